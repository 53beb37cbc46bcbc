-- The type $1: as written, the name of the type beneath all domains, and whether that is an enum.
WITH RECURSIVE layer (written, oid) AS (
    SELECT format_type(t.oid, NULL), t.oid FROM pg_type AS t WHERE t.oid = $1
    UNION ALL
    SELECT l.written, t.typbasetype
    FROM layer AS l
    JOIN pg_type AS t ON t.oid = l.oid
    WHERE t.typtype = 'd'
)
SELECT l.written, t.typname::text, t.typtype = 'e'
FROM layer AS l
JOIN pg_type AS t ON t.oid = l.oid
WHERE t.typtype <> 'd'
