-- Records that campaigns ($1), whose last recorded status is $2 (null = none is), were found with the status $3 at $4.
INSERT INTO promo_guard.status_history
    (campaign_id, from_status, to_status, at, actor, application_name, transaction_id, kind)
SELECT c.id, c.before, c.status, $4, session_user, current_setting('application_name'), pg_current_xact_id(), 'baseline'
FROM unnest($1::bigint[], $2::text[], $3::text[]) AS c (id, before, status)
