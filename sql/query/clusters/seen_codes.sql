-- Of the codes $1 those that were tried before $2: one probe each, with the text made what the column is.
SELECT u.hash
FROM unnest($1::text[]) AS u (hash)
CROSS JOIN LATERAL (
    SELECT FROM promo_guard.attempts AS a WHERE a.code_hash = @hash@ AND a.attempted_at < $2 LIMIT 1
) AS a
