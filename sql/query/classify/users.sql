-- Users $2, each of a campaign $1 within the evidence from $3 to $4: first and last activity before it, earlier uses of the campaign,
-- whether they had bought anything; other campaigns' codes tried within it, unknown codes tried in the 90 minutes up to its end,
-- and whether a program sent their attempts. Up to $5, where that is asked: codes that answered them clearly, and those of them
-- that they went on with: $6 spans of $7 microseconds or more since the first answer hold another. $8: the batch that a campaign
-- stands for, or null; its codes are one campaign. Attempts are read no further back than $9 microseconds before the evidence,
-- once for all users.
WITH asked AS MATERIALIZED (
    SELECT generate_subscripts($1::bigint[], 1)::bigint AS place, unnest($1::bigint[]) AS campaign_id, unnest($2::bigint[]) AS user_id,
           unnest($3::timestamptz[]) AS since, unnest($4::timestamptz[]) AS until, unnest($5::timestamptz[]) AS told_until,
           unnest($8::text[]) AS batch
),
tried AS MATERIALIZED (
    SELECT a.user_id::bigint AS user_id, a.code_hash, a.result::text AS result, a.attempted_at::timestamptz AS at, a.source = 'API' AS api
    FROM promo_guard.attempts AS a
    WHERE a.user_id = ANY ($2) AND :within(a)
),
seen AS (
    SELECT u.place, min(t.at) AS first, max(t.at) AS last
    FROM asked AS u
    JOIN tried AS t ON t.user_id = u.user_id AND t.at < u.since AND t.at >= u.since - $9 * interval '1 microsecond'
    GROUP BY u.place
),
answered AS (
    SELECT c.place, count(*) AS told, count(*) FILTER (WHERE c.spans >= $6) AS went_on
    FROM (
        SELECT t.place, t.code_hash,
               count(DISTINCT floor(extract(epoch FROM t.at - t.told_at) * 1000000 / $7))
                   FILTER (WHERE t.at - t.told_at >= $7 * interval '1 microsecond') AS spans
        FROM (
            SELECT u.place, a.code_hash, a.at, min(a.at) OVER (PARTITION BY u.place, a.code_hash) AS told_at
            FROM asked AS u
            JOIN tried AS a ON a.user_id = u.user_id AND a.at < u.told_until AND a.at >= u.since - $9 * interval '1 microsecond'
            WHERE a.result IN ('NOT_APPLICABLE', 'EXPIRED')
        ) AS t
        GROUP BY t.place, t.code_hash
    ) AS c
    GROUP BY c.place
),
redeemed AS (
    SELECT u.place, min(r.created_at) AS first, max(r.created_at) AS last, count(*) FILTER (WHERE r.promo_code_id = u.campaign_id) AS uses
    FROM asked AS u
    JOIN promo_guard.redemptions AS r ON r.user_id = u.user_id AND r.created_at < u.since
    WHERE r.user_id = ANY ($2)
    GROUP BY u.place
),
bought AS (
    SELECT u.place, min(p.created_at) AS first, max(p.created_at) AS last
    FROM asked AS u
    JOIN promo_guard.purchases AS p ON p.user_id = u.user_id AND p.created_at < u.since
    WHERE p.user_id = ANY ($2)
    GROUP BY u.place
),
codes AS (
    SELECT t.place,
           count(DISTINCT c.id) FILTER (
               WHERE c.id <> t.campaign_id AND (c.campaign_name = t.batch) IS NOT TRUE AND t.at >= t.since) AS others,
           count(DISTINCT t.code_hash) FILTER (WHERE c.id IS NULL) AS unknown,
           bool_or(t.api) FILTER (WHERE (c.id = t.campaign_id OR c.campaign_name = t.batch) AND t.at >= t.since) AS api
    FROM (
        SELECT u.place, u.campaign_id, u.batch, u.since, a.code_hash, a.at, a.api
        FROM asked AS u
        JOIN tried AS a ON a.user_id = u.user_id AND a.at >= u.until - interval '90 minutes' AND a.at <= u.until
    ) AS t
    LEFT JOIN promo_guard.campaigns AS c ON c.code_hash = t.code_hash
    GROUP BY t.place
)
SELECT u.place - 1,
       least(a.first, r.first, p.first)::timestamptz,
       greatest(a.last, r.last, p.last)::timestamptz,
       coalesce(r.uses, 0),
       p.first IS NOT NULL,
       coalesce(d.others, 0),
       coalesce(d.unknown, 0),
       d.api,
       coalesce(w.told, 0),
       coalesce(w.went_on, 0)
FROM asked AS u
LEFT JOIN seen AS a ON a.place = u.place
LEFT JOIN answered AS w ON w.place = u.place
LEFT JOIN redeemed AS r ON r.place = u.place
LEFT JOIN bought AS p ON p.place = u.place
LEFT JOIN codes AS d ON d.place = u.place
