-- The columns of table $1 that can be written: name, type as written, type beneath all domains, the default as an expression (of
-- an identity its sequence's next value), whether it is an identity, and whether every row has a value of its own in it by
-- itself: a unique index on it alone, and a default.
WITH RECURSIVE layer (attnum, oid) AS (
    SELECT a.attnum, a.atttypid
    FROM pg_attribute AS a
    WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
    UNION ALL
    SELECT l.attnum, t.typbasetype
    FROM layer AS l
    JOIN pg_type AS t ON t.oid = l.oid
    WHERE t.typtype = 'd'
)
SELECT a.attname::text,
       format_type(a.atttypid, a.atttypmod),
       t.typname::text,
       CASE WHEN a.attidentity <> ''
            THEN format('nextval(%L::regclass)', pg_get_serial_sequence($1::regclass::text, a.attname))
            ELSE pg_get_expr(d.adbin, d.adrelid) END,
       a.attidentity <> '',
       d.oid IS NOT NULL AND EXISTS (
           SELECT FROM pg_index AS i
           WHERE i.indrelid = $1 AND i.indisunique AND i.indnkeyatts = 1 AND i.indkey[0] = a.attnum)
FROM layer AS l
JOIN pg_type AS t ON t.oid = l.oid AND t.typtype <> 'd'
JOIN pg_attribute AS a ON a.attrelid = $1 AND a.attnum = l.attnum
LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
ORDER BY a.attnum
