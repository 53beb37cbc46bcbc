-- An incident ($1) as the action log keeps it: as it is, and as it will be with $2 the next checkpoint, $3 the closing, $4 the
-- note. Ids are strings: 63 bits do not survive a double.
SELECT f.before, f.before || jsonb_build_object('next_checkpoint_at', $2::timestamptz, 'closed_at', $3::timestamptz, 'note', $4::text)
FROM promo_guard.incident AS i,
     LATERAL (SELECT jsonb_build_object(
         'incident_id', i.id::text, 'title', i.title, 'trigger', i.trigger, 'started_at', i.started_at,
         'detected_at', i.detected_at, 'declared_at', i.declared_at, 'next_checkpoint_at', i.next_checkpoint_at,
         'closed_at', i.closed_at, 'note', i.note) AS before) AS f
WHERE i.id = $1
