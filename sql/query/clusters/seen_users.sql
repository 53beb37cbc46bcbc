-- Of the users $1 those who had any code accepted before $2, so that they are customers. Attempts alone do not count: an attack
-- that has gone on for hours would make customers of its accounts. A semi-join: with an index on user_id one probe a user, without
-- it one scan.
SELECT u.id
FROM unnest($1::bigint[]) AS u (id)
WHERE EXISTS (SELECT FROM promo_guard.attempts AS a
              WHERE a.user_id = u.id AND a.attempted_at < $2 AND a.result::text = 'ACCEPTED')
