-- What campaigns $1 accepted, against their rows as they stand: before $2 (the evidence's begin, one a campaign) and up to $3
-- (as_of): accepted before the evidence, bought with before it, accepted after valid_until, accepted before valid_from.
SELECT p.place - 1,
       count(*) FILTER (WHERE r.created_at < p.since),
       count(*) FILTER (WHERE r.created_at < p.since AND (r.status = 'APPLIED' OR r.applied_at IS NOT NULL)),
       count(*) FILTER (WHERE r.created_at >= c.valid_until),
       count(*) FILTER (WHERE r.created_at < c.valid_from)
FROM (
    SELECT generate_subscripts($1::bigint[], 1)::bigint AS place, unnest($1::bigint[]) AS id, unnest($2::timestamptz[]) AS since
) AS p
JOIN promo_guard.campaigns AS c ON c.id = p.id
JOIN promo_guard.redemptions AS r ON r.promo_code_id = p.id AND r.created_at <= $3
WHERE r.promo_code_id = ANY ($1)
GROUP BY p.place
