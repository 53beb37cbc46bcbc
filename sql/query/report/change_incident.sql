-- A change of an incident ($1): $2 the next checkpoint, $3 when it was closed, $4 the note.
UPDATE promo_guard.incident AS i
SET next_checkpoint_at = $2, closed_at = $3, note = $4
WHERE i.id = $1
