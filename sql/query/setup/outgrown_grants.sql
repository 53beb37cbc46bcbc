-- Roles that may do all that an earlier version gave to the group of $3, and not all that this one gives: the role and what it
-- lacks of the functions $1 (and tables $2), as far as they exist.
SELECT r.rolname::text, string_agg(o.name, ', ' ORDER BY o.name)
FROM pg_roles AS r
CROSS JOIN (
    SELECT p.proname::text AS name, p.oid, NULL::oid AS relation, p.proacl AS acl, p.proowner AS owner
    FROM pg_proc AS p WHERE p.pronamespace = 'promo_guard'::regnamespace AND p.proname = ANY ($1)
    UNION ALL
    SELECT c.relname::text, NULL, c.oid, c.relacl, c.relowner
    FROM pg_class AS c WHERE c.relnamespace = 'promo_guard'::regnamespace AND c.relname = ANY ($2)
) AS o
WHERE NOT r.rolsuper
  -- once granted by name, all of them
  AND (SELECT count(*) = cardinality($3)
       FROM pg_proc AS p
       WHERE p.pronamespace = 'promo_guard'::regnamespace AND p.proname = ANY ($3)
         AND EXISTS (SELECT FROM aclexplode(p.proacl) AS g WHERE g.grantee = r.oid AND g.grantee <> p.proowner))
  AND CASE WHEN o.relation IS NULL THEN NOT has_function_privilege(r.oid, o.oid, 'EXECUTE')
           ELSE NOT has_table_privilege(r.oid, o.relation, 'SELECT') END
GROUP BY r.rolname
ORDER BY r.rolname
