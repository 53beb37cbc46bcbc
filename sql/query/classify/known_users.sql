-- Which users ($2, each of a campaign $1) are known: who did anything before $4, or anything with another code before $3. Most are
-- known for long, which an index of users and times tells by itself: it is asked first and alone.
SELECT u.campaign_id, u.user_id
FROM unnest($1::bigint[], $2::bigint[], $3::timestamptz[], $4::timestamptz[]) AS u (campaign_id, user_id, since, long_since)
JOIN promo_guard.campaigns AS c ON c.id = u.campaign_id
WHERE EXISTS (
        SELECT FROM promo_guard.attempts AS a
        WHERE a.user_id = u.user_id AND a.attempted_at < u.long_since)
   OR EXISTS (
        SELECT FROM promo_guard.attempts AS a
        WHERE a.user_id = u.user_id AND a.attempted_at < u.since AND a.attempted_at >= u.long_since AND a.code_hash <> c.code_hash)
   OR EXISTS (
        SELECT FROM promo_guard.redemptions AS r
        WHERE r.user_id = u.user_id AND r.created_at < u.since
          AND (r.created_at < u.long_since OR r.promo_code_id <> c.id))
   OR EXISTS (
        SELECT FROM promo_guard.purchases AS p
        WHERE p.user_id = u.user_id AND p.created_at < u.since
          AND (p.created_at < u.long_since OR p.applied_promo_code_id IS DISTINCT FROM c.id))
