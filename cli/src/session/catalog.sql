-- Every table of the application's that has more than nothing in it to see: columns with their types beneath domains, keys of one column, and
-- foreign keys of one column. Partitions are left to their table.
SELECT jsonb_build_object(
    'schema', n.nspname, 'name', c.relname, 'rows', c.reltuples::bigint, 'partitioned', c.relkind = 'p',
    'fields', (
        SELECT jsonb_agg(jsonb_build_object(
            'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod), 'base', b.typname, 'is_enum', b.typtype = 'e',
            'nullable', NOT a.attnotnull, 'readable', has_column_privilege(c.oid, a.attnum, 'SELECT'),
            'key', EXISTS (SELECT FROM pg_index AS i WHERE i.indrelid = c.oid AND i.indisprimary AND i.indnkeyatts = 1 AND i.indkey[0] = a.attnum),
            'unique', EXISTS (SELECT FROM pg_index AS i WHERE i.indrelid = c.oid AND i.indisunique AND i.indpred IS NULL AND i.indnkeyatts = 1
                                                         AND i.indkey[0] = a.attnum),
            'words', coalesce(
                (SELECT jsonb_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_enum AS e WHERE e.enumtypid = b.oid),
                -- CHECK (status IN ('draft', 'active'))
                (SELECT jsonb_agg(DISTINCT replace(m[1], '''''', ''''))
                 FROM pg_constraint AS k, regexp_matches(pg_get_constraintdef(k.oid), '''((?:[^'']|'''')*)''::', 'g') AS m
                 WHERE k.conrelid = c.oid AND k.contype = 'c' AND k.conkey = ARRAY[a.attnum] AND pg_get_constraintdef(k.oid) ~ '= ANY'),
                '[]')
        ) ORDER BY a.attnum)
        FROM pg_attribute AS a
        CROSS JOIN LATERAL (
            WITH RECURSIVE beneath AS (
                SELECT t.oid, t.typname, t.typtype, t.typbasetype FROM pg_type AS t WHERE t.oid = a.atttypid
                UNION ALL
                SELECT t.oid, t.typname, t.typtype, t.typbasetype FROM beneath AS d JOIN pg_type AS t ON t.oid = d.typbasetype WHERE d.typtype = 'd'
            )
            SELECT d.oid, d.typname, d.typtype FROM beneath AS d WHERE d.typtype <> 'd' LIMIT 1
        ) AS b
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    ),
    'links', coalesce((
        SELECT jsonb_agg(jsonb_build_object('column', f.attname, 'schema', rn.nspname, 'table', r.relname, 'to', g.attname) ORDER BY k.conname)
        FROM pg_constraint AS k
        JOIN pg_class AS r ON r.oid = k.confrelid
        JOIN pg_namespace AS rn ON rn.oid = r.relnamespace
        JOIN pg_attribute AS f ON f.attrelid = k.conrelid AND f.attnum = k.conkey[1]
        JOIN pg_attribute AS g ON g.attrelid = k.confrelid AND g.attnum = k.confkey[1]
        WHERE k.conrelid = c.oid AND k.contype = 'f' AND cardinality(k.conkey) = 1
    ), '[]'))
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't'
  AND n.nspname <> 'information_schema' AND n.nspname <> 'promo_guard' AND NOT starts_with(n.nspname, 'pg_')
  AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY coalesce(array_position($1::text[], n.nspname::text), 2147483647), n.nspname, c.relname
LIMIT 10000
