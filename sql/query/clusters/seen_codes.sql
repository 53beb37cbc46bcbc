-- Of the codes $1 those that were tried from $3 on and before $2, with the text made what the column is.
SELECT u.hash
FROM unnest($1::text[]) AS u (hash)
JOIN (
    SELECT DISTINCT a.code_hash
    FROM promo_guard.attempts AS a
    WHERE a.code_hash = ANY (ARRAY(SELECT @hash@ FROM unnest($1::text[]) AS u (hash))) AND a.attempted_at < $2 AND a.attempted_at >= $3
) AS s ON s.code_hash = @hash@
