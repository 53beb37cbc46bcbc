-- The status of campaigns ($1) where it is not the recorded one ($2), and when their rows were edited last.
SELECT g.id, g.recorded, c.status::text, g.at, c.updated_at::timestamptz
FROM unnest($1::bigint[], $2::text[], $3::timestamptz[]) AS g (id, recorded, at)
JOIN promo_guard.campaigns AS c ON c.id = g.id
WHERE c.status::text IS DISTINCT FROM g.recorded
ORDER BY g.id
