-- Users of campaigns $1 who used each more often than its max_uses_per_user allows now, up to $2 (as_of).
SELECT u.id, count(*)
FROM (
    SELECT c.id::bigint AS id
    FROM promo_guard.campaigns AS c
    JOIN promo_guard.redemptions AS r ON r.promo_code_id = c.id
    WHERE c.id = ANY ($1) AND c.max_uses_per_user IS NOT NULL AND r.created_at <= $2
      AND r.status NOT IN ('EXPIRED', 'REJECTED') AND :user(r) IS NOT NULL
    GROUP BY c.id, r.user_id, c.max_uses_per_user
    HAVING count(*) > c.max_uses_per_user
) AS u
GROUP BY u.id
