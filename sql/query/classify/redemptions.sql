-- What became of the redemptions of campaigns $1: from $2 (the earlier time) to $3 (the evidence's begin) and from there to
-- $4, one of each a campaign; $5 is as_of, and what is younger than $6 may still be bought with.
SELECT s.id,
       count(*) FILTER (WHERE s.old_enough AND s.now AND s.applied) AS applied,
       count(*) FILTER (WHERE s.old_enough AND s.now) AS of,
       count(*) FILTER (WHERE NOT s.now AND s.applied) AS earlier_applied,
       count(*) FILTER (WHERE NOT s.now) AS earlier_of,
       count(*) FILTER (WHERE s.old_enough AND (s.last_applied IS NULL OR s.created_at > s.last_applied)) AS since_last,
       count(*) FILTER (WHERE s.reserved) AS reserved,
       count(*) FILTER (WHERE s.last_applied IS NULL OR s.created_at > s.last_applied) AS open_since_last,
       max(s.last_applied)::timestamptz AS last_applied
FROM (
    SELECT p.id,
           r.created_at,
           r.created_at >= p.since AS now,
           r.created_at <= $6 AS old_enough,
           x.applied,
           r.status = 'RESERVED' AND (r.reserved_until IS NULL OR r.reserved_until > $5) AS reserved,
           max(r.created_at) FILTER (WHERE x.applied) OVER (PARTITION BY p.id) AS last_applied
    FROM unnest($1::bigint[], $2::timestamptz[], $3::timestamptz[], $4::timestamptz[]) AS p (id, earliest, since, until)
    JOIN promo_guard.redemptions AS r
      ON r.promo_code_id = p.id AND r.created_at >= p.earliest AND r.created_at <= p.until
    -- One revoked after its purchase was paid back was bought with; without applied_at nobody knows.
    CROSS JOIN LATERAL (SELECT r.status = 'APPLIED' OR r.applied_at IS NOT NULL AS applied) AS x
) AS s
GROUP BY s.id
