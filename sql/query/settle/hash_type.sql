-- The type beneath all domains of the column code_hash in the view $1.
WITH RECURSIVE layer (oid) AS (
    SELECT a.atttypid
    FROM pg_attribute AS a
    JOIN pg_class AS v ON v.oid = a.attrelid
    WHERE v.relnamespace = 'promo_guard'::regnamespace AND v.relname = $1 AND a.attname = 'code_hash'
    UNION ALL
    SELECT t.typbasetype FROM layer AS l JOIN pg_type AS t ON t.oid = l.oid WHERE t.typtype = 'd'
)
SELECT t.typname::text FROM layer AS l JOIN pg_type AS t ON t.oid = l.oid WHERE t.typtype <> 'd'
