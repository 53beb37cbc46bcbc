-- Of the columns $2 of table $1 those that are served: by a valid index that begins with them (true), or by partitions whose key
-- does (false).
SELECT a.attname::text, i.indexed
FROM pg_attribute AS a
CROSS JOIN LATERAL (
    SELECT EXISTS (SELECT FROM pg_index AS i
                   WHERE i.indrelid = a.attrelid AND i.indisvalid AND i.indpred IS NULL AND i.indkey[0] = a.attnum)
) AS i (indexed)
WHERE a.attrelid = $1 AND a.attname = ANY ($2::name[]) AND NOT a.attisdropped
  AND (i.indexed OR EXISTS (SELECT FROM pg_partitioned_table AS p WHERE p.partrelid = a.attrelid AND p.partattrs[0] = a.attnum))
