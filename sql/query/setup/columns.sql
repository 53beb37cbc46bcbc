-- The columns of relation $1: name, type as written, name of the type beneath all domains, and whether that is an enum.
WITH RECURSIVE layer (attnum, attname, written, oid) AS (
    SELECT a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.atttypid
    FROM pg_attribute AS a
    WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped
    UNION ALL
    SELECT l.attnum, l.attname, l.written, t.typbasetype
    FROM layer AS l
    JOIN pg_type AS t ON t.oid = l.oid
    WHERE t.typtype = 'd'
)
SELECT l.attname::text, l.written, t.typname::text, t.typtype = 'e'
FROM layer AS l
JOIN pg_type AS t ON t.oid = l.oid
WHERE t.typtype <> 'd'
ORDER BY l.attnum
