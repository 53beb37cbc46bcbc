-- For blast_radius: the same where it was counted already, one of each a status.
SELECT t.status, t.attempts, t.failed_attempts, t.failing_users
FROM unnest($4::text[], $5::bigint[], $6::bigint[], $7::bigint[]) AS t (status, attempts, failed_attempts, failing_users)
