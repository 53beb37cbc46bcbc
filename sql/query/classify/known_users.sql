-- Which users ($2, each of a campaign $1) are known: who did anything before $4, or anything with another code before $3; by their
-- places. Most are known for long, which an index of users and times tells by itself: it is asked first and alone.
SELECT u.place
FROM unnest($1::bigint[], $2::bigint[], $3::timestamptz[], $4::timestamptz[])
    WITH ORDINALITY AS u (campaign_id, user_id, since, long_since, place)
WHERE EXISTS (
        SELECT FROM promo_guard.attempts AS a
        WHERE a.user_id = u.user_id AND a.attempted_at < u.long_since)
   OR EXISTS (
        SELECT FROM promo_guard.campaigns AS c
        JOIN promo_guard.attempts AS a ON a.code_hash <> c.code_hash
        WHERE c.id = u.campaign_id AND a.user_id = u.user_id AND a.attempted_at < u.since AND a.attempted_at >= u.long_since)
   OR EXISTS (
        SELECT FROM promo_guard.redemptions AS r
        WHERE r.user_id = u.user_id AND r.created_at < u.since
          AND (r.created_at < u.long_since OR r.promo_code_id <> u.campaign_id))
   OR EXISTS (
        SELECT FROM promo_guard.purchases AS p
        WHERE p.user_id = u.user_id AND p.created_at < u.since
          AND (p.created_at < u.long_since OR p.applied_promo_code_id IS DISTINCT FROM u.campaign_id))
