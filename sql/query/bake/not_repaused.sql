-- Bake $1 failed, and its campaign could not be paused: $2 says why. The next tick tries again, and says it once.
UPDATE promo_guard.bake
SET detail = detail || ' ' || $2
WHERE id = $1 AND right(detail, length($2)) <> $2
