-- The owner of table $1, and which of the functions $2 it may not execute.
SELECT r.rolname::text,
       (SELECT string_agg(p.proname, ', ' ORDER BY p.proname)
        FROM pg_proc AS p
        WHERE p.pronamespace = 'promo_guard'::regnamespace AND p.proname = ANY ($2)
          AND NOT has_function_privilege(c.relowner, p.oid, 'EXECUTE'))
FROM pg_class AS c
JOIN pg_roles AS r ON r.oid = c.relowner
WHERE c.oid = $1
