-- What validity campaigns $1 had before our own fix_campaign() changed it for the first time after $2 and up to $3: when that was, and
-- valid_from and valid_until before (infinite where there was no limit; null where that field was left alone).
SELECT p.id, f.at,
       CASE WHEN f.before ? 'valid_from' THEN coalesce((f.before ->> 'valid_from')::timestamptz, '-infinity') END,
       CASE WHEN f.before ? 'valid_until' THEN coalesce((f.before ->> 'valid_until')::timestamptz, 'infinity') END
FROM unnest($1::bigint[], $2::timestamptz[]) AS p (id, since)
CROSS JOIN LATERAL (
    SELECT l.at, l.before
    FROM promo_guard.action_log AS l
    WHERE l.campaign_id = p.id AND l.at > p.since AND l.at <= $3 AND l.decision = 'FIXED' AND l.before ?| ARRAY['valid_from', 'valid_until']
    ORDER BY l.id
    LIMIT 1
) AS f
