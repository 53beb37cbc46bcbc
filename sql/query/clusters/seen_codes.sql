-- Of the codes $1 those that were tried before $2, with the text made what the column is. A semi-join: with an index on code_hash one
-- probe a code, without it one scan.
SELECT u.hash
FROM unnest($1::text[]) AS u (hash)
WHERE EXISTS (SELECT FROM promo_guard.attempts AS a WHERE a.code_hash = @hash@ AND a.attempted_at < $2)
