-- The expressions that indexes of table $1 begin with.
SELECT pg_get_indexdef(i.indexrelid, 1, false)
FROM pg_index AS i
WHERE i.indrelid = $1 AND i.indisvalid AND i.indpred IS NULL AND i.indkey[0] = 0
