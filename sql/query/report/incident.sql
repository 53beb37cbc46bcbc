-- One incident ($1), its row locked so that of two changes the second sees the first.
SELECT i.id, i.title, i.trigger, i.started_at, i.detected_at, i.declared_at, i.declared_by::text, i.next_checkpoint_at, i.closed_at,
       i.note
FROM promo_guard.incident AS i
WHERE i.id = $1
FOR NO KEY UPDATE
