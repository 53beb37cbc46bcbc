-- How column $2 of table $1 is served: by a valid index that begins with it, or by partitions whose key begins with it;
-- whether the table is partitioned; about how many rows it has; whether they lie in the column's order.
SELECT EXISTS (
           SELECT FROM pg_index AS i
           WHERE i.indrelid = c.oid AND i.indisvalid AND i.indpred IS NULL AND i.indkey[0] = a.attnum
       ) OR EXISTS (
           SELECT FROM pg_partitioned_table AS p WHERE p.partrelid = c.oid AND p.partattrs[0] = a.attnum
       ),
       c.relkind = 'p',
       c.reltuples,
       coalesce((
           SELECT abs(s.correlation) > 0.95
           FROM pg_stats AS s
           WHERE s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = a.attname
           ORDER BY s.inherited
           LIMIT 1
       ), false)
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = $2 AND NOT a.attisdropped
WHERE c.oid = $1 AND c.relkind IN ('r', 'p')
