-- A tick looked at bake $1, whose baseline is $2 and which has made $3 looks by now.
UPDATE promo_guard.bake
SET ticked_at = clock_timestamp(), ticked_by = session_user, baseline = $2, looks = $3
WHERE id = $1
