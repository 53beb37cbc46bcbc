-- What the adapter view $1 must not hold: the first of it, in words. A view's rule is a query tree; it names every function by its
-- oid (funcid), and what an operator calls by the operator's (opno).
WITH tree AS (
    SELECT w.ev_action::text AS query
    FROM pg_rewrite AS w
    JOIN pg_class AS c ON c.oid = w.ev_class
    WHERE c.relnamespace = 'promo_guard'::regnamespace AND c.relname = $1 AND w.rulename = '_RETURN'
),
called AS (
    SELECT m[1]::oid AS oid FROM tree AS t, regexp_matches(t.query, ':funcid (\d+)', 'g') AS m
    UNION
    SELECT o.oprcode::oid FROM tree AS t, regexp_matches(t.query, ':opno (\d+)', 'g') AS m JOIN pg_operator AS o ON o.oid = m[1]::oid
)
SELECT f.what
FROM (
    SELECT 1 AS position, 'has a query of its own' AS what FROM tree AS t WHERE t.query LIKE '%:hasSubLinks true%'
    UNION ALL
    SELECT 2, 'has an aggregate' FROM tree AS t WHERE t.query LIKE '%:hasAggs true%'
    UNION ALL
    SELECT 3, 'has a window function' FROM tree AS t WHERE t.query LIKE '%:hasWindowFuncs true%'
    UNION ALL
    SELECT 4, 'returns a set' FROM tree AS t WHERE t.query LIKE '%:hasTargetSRFs true%'
    UNION ALL
    SELECT 5, format('calls %s, which is volatile', p.oid::regprocedure)
    FROM called AS c
    JOIN pg_proc AS p ON p.oid = c.oid
    WHERE p.provolatile = 'v'
) AS f
ORDER BY f.position, f.what
LIMIT 1
