-- The statuses of the campaigns whose code is one of $1, compared as the column's own type wants it, which keeps its index; bytes
-- are shown as digits.
SELECT @hash_shown@, CASE WHEN c.id IS NOT NULL THEN coalesce(c.status::text, '(none)') END
FROM promo_guard.campaigns AS c
WHERE @hash_among@
