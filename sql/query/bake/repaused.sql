-- The re-pause of bake $1 is done, or no longer needed: $2 when and $3 by which action it was done (null: not by us), $4 what is
-- to be said of it.
UPDATE promo_guard.bake
SET repause_due = false, repaused_at = $2, repause_action_id = $3, detail = detail || ' ' || $4
WHERE id = $1
