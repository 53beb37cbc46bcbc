-- The types of purchases' ids as they stand in redemptions and in purchases, without length, domains looked through; and
-- whether there is the aggregate that looks at tokens, in the form that this library has.
WITH RECURSIVE layer (relname, oid) AS (
    SELECT c.relname, a.atttypid
    FROM pg_attribute AS a
    JOIN pg_class AS c ON c.oid = a.attrelid
    WHERE c.relnamespace = 'promo_guard'::regnamespace
      AND (c.relname, a.attname) IN (('redemptions', 'applied_purchase_id'), ('purchases', 'id'))
    UNION ALL
    SELECT l.relname, t.typbasetype
    FROM layer AS l
    JOIN pg_type AS t ON t.oid = l.oid
    WHERE t.typtype = 'd'
)
SELECT max(format_type(l.oid, NULL)) FILTER (WHERE l.relname = 'redemptions'),
       max(format_type(l.oid, NULL)) FILTER (WHERE l.relname = 'purchases'),
       EXISTS (SELECT FROM pg_proc AS p WHERE p.pronamespace = 'promo_guard'::regnamespace AND p.proname = 'settle_sketch' AND p.pronargs = 3)
FROM layer AS l
JOIN pg_type AS t ON t.oid = l.oid
WHERE t.typtype <> 'd'
