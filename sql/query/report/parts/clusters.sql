-- Failures that belong together in the time from $1 to $2. An unknown code's cluster is named after a hash: the name stays here.
SELECT coalesce(jsonb_agg(jsonb_build_object(
           'rank', c.place, 'kind', c.kind, 'campaign_id', c.campaign_id::text, 'attempts', c.attempts, 'users', c.users,
           'codes', c.codes, 'first_seen', c.first_seen, 'last_seen', c.last_seen, 'active', c.active,
           'recovered_users', c.recovered_users, 'explanation', c.explanation) ORDER BY c.place), '[]')
FROM (
    SELECT row_number() OVER () AS place, f.*
    FROM promo_guard.failure_clusters($2::timestamptz - $1::timestamptz, $2, NULL) AS f
) AS c
