-- What is new is closed to every role but the owner, as privileges.sql of the install script does it. What was there before keeps its
-- grants, which are the user's: to revoke anything from such an object would make its grants part of the extension, and pg_dump
-- would leave them out. Where default privileges opened an object of before to others, doctor() names it with the REVOKE.
DO $upgrade$
DECLARE
    revoke text;
BEGIN
    FOR revoke IN
        SELECT pg_catalog.format('REVOKE ALL ON %s FROM %s CASCADE', o.what,
                                 CASE WHEN g.grantee OPERATOR(pg_catalog.=) 0 THEN 'PUBLIC'
                                      ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(g.grantee)::pg_catalog.text) END)
        FROM (
            SELECT pg_catalog.format('FUNCTION %s', p.oid::pg_catalog.regprocedure) AS what, p.oid, p.proowner AS owner,
                   coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner)) AS acl
            FROM pg_catalog.pg_proc AS p
            WHERE p.pronamespace OPERATOR(pg_catalog.=) 'promo_guard'::pg_catalog.regnamespace
            UNION ALL
            SELECT pg_catalog.format('%s %s', CASE WHEN c.relkind OPERATOR(pg_catalog.=) 'S' THEN 'SEQUENCE' ELSE 'TABLE' END,
                                     c.oid::pg_catalog.regclass), c.oid, c.relowner, c.relacl
            FROM pg_catalog.pg_class AS c
            WHERE c.relnamespace OPERATOR(pg_catalog.=) 'promo_guard'::pg_catalog.regnamespace
              AND c.relkind OPERATOR(pg_catalog.=) ANY (ARRAY['r', 'v', 'S']::"char"[])
        ) AS o
        CROSS JOIN LATERAL pg_catalog.aclexplode(o.acl) AS g
        WHERE g.grantee OPERATOR(pg_catalog.<>) o.owner
          AND NOT o.oid OPERATOR(pg_catalog.=) ANY (pg_catalog.current_setting('promo_guard.before')::pg_catalog.oid[])
        GROUP BY o.what, g.grantee
    LOOP
        EXECUTE revoke;
    END LOOP;
END
$upgrade$;
