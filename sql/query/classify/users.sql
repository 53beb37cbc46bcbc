-- Users $2, each of a campaign $1 within the evidence from $3 to $4: first and last activity of the year before it, earlier uses
-- of the campaign, whether they had bought anything; other campaigns' codes tried within it, unknown codes tried in the 90 minutes
-- up to its end, and whether a program sent their attempts. Up to $5, where that is asked: codes that answered them clearly, and those of
-- them that they went on with: $6 spans of $7 microseconds or more since the first answer hold another. $8: the batch that a campaign
-- stands for, or null; its codes are one campaign. Each part is a range of an index on user.
SELECT u.place - 1,
       least(a.first, r.first, p.first)::timestamptz,
       greatest(a.last, r.last, p.last)::timestamptz,
       coalesce(r.uses, 0),
       p.first IS NOT NULL,
       coalesce(d.others, 0),
       coalesce(d.unknown, 0),
       d.api,
       w.told,
       w.went_on
FROM unnest($1::bigint[], $2::bigint[], $3::timestamptz[], $4::timestamptz[], $5::timestamptz[], $8::text[]) WITH ORDINALITY
    AS u (campaign_id, user_id, since, until, told_until, batch, place)
CROSS JOIN LATERAL (
    SELECT min(a.attempted_at) AS first, max(a.attempted_at) AS last
    FROM promo_guard.attempts AS a
    WHERE a.user_id = u.user_id AND a.attempted_at < u.since AND a.attempted_at >= u.since - interval '1 year'
) AS a
CROSS JOIN LATERAL (
    SELECT count(c.told_at) AS told, count(*) FILTER (WHERE c.spans >= $6) AS went_on
    FROM (
        SELECT min(t.told_at) AS told_at,
               count(DISTINCT floor(extract(epoch FROM t.attempted_at - t.told_at) * 1000000 / $7))
                   FILTER (WHERE t.attempted_at - t.told_at >= $7 * interval '1 microsecond') AS spans
        FROM (
            SELECT a.code_hash, a.attempted_at, min(a.attempted_at) OVER (PARTITION BY a.code_hash) AS told_at
            FROM promo_guard.attempts AS a
            WHERE a.user_id = u.user_id AND a.result IN ('NOT_APPLICABLE', 'EXPIRED') AND a.attempted_at < u.told_until
              AND a.attempted_at >= u.since - interval '1 year'
        ) AS t
        GROUP BY t.code_hash
    ) AS c
) AS w
CROSS JOIN LATERAL (
    SELECT min(r.created_at) AS first, max(r.created_at) AS last,
           count(*) FILTER (WHERE r.promo_code_id = u.campaign_id) AS uses
    FROM promo_guard.redemptions AS r
    WHERE r.user_id = u.user_id AND r.created_at < u.since
) AS r
CROSS JOIN LATERAL (
    SELECT min(p.created_at) AS first, max(p.created_at) AS last
    FROM promo_guard.purchases AS p
    WHERE p.user_id = u.user_id AND p.created_at < u.since
) AS p
CROSS JOIN LATERAL (
    SELECT count(DISTINCT c.id) FILTER (
               WHERE c.id <> u.campaign_id AND (c.campaign_name = u.batch) IS NOT TRUE AND a.attempted_at >= u.since) AS others,
           count(DISTINCT a.code_hash) FILTER (WHERE c.id IS NULL) AS unknown,
           bool_or(a.source = 'API') FILTER (
               WHERE (c.id = u.campaign_id OR c.campaign_name = u.batch) AND a.attempted_at >= u.since) AS api
    FROM promo_guard.attempts AS a
    LEFT JOIN promo_guard.campaigns AS c ON c.code_hash = a.code_hash
    WHERE a.user_id = u.user_id AND a.attempted_at >= u.until - interval '90 minutes' AND a.attempted_at <= u.until
) AS d
