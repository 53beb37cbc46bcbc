-- Last of all: the owner alone has privileges on what is ours. PUBLIC has some by default, and ALTER DEFAULT PRIVILEGES may have
-- given any role some at the moment of creation. Roles get what they need from grant_reader() and grant_operator(), the owner of
-- the application's tables from bind(). Default privileges never reach columns or row types.
--
-- A REVOKE here also sets what PostgreSQL records as the extension's initial privileges (pg_init_privs). pg_dump writes only what
-- differs from them.
DO $schema$
DECLARE
    grantee pg_catalog.text;
BEGIN
    FOR grantee IN
        SELECT 'PUBLIC'
        UNION
        SELECT pg_catalog.quote_ident(r.rolname)
        FROM pg_catalog.pg_namespace AS n
        CROSS JOIN LATERAL pg_catalog.aclexplode(n.nspacl) AS g
        JOIN pg_catalog.pg_roles AS r ON r.oid OPERATOR(pg_catalog.=) g.grantee
        WHERE n.nspname OPERATOR(pg_catalog.=) 'promo_guard' AND g.grantee OPERATOR(pg_catalog.<>) n.nspowner
    LOOP
        EXECUTE pg_catalog.format('REVOKE ALL ON SCHEMA promo_guard FROM %s CASCADE', grantee);
    END LOOP;
END
$schema$;

-- An upgrade runs this too. An object whose privileges are still its initial ones, or that has none on record because it is new, is
-- closed. Any other one was granted since: a REVOKE would turn those grants into initial privileges, which a dump leaves
-- out. doctor() compares it with the groups and gives the REVOKE to run.
DO $members$
DECLARE
    revoke pg_catalog.text;
    role   pg_catalog.name;
BEGIN
    FOR revoke IN
        SELECT pg_catalog.format('REVOKE ALL ON %s %s FROM %s CASCADE', o.kind, o.name, coalesce(pg_catalog.quote_ident(r.rolname), 'PUBLIC'))
        FROM (
            SELECT 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid AS class, c.oid,
                   CASE WHEN c.relkind OPERATOR(pg_catalog.=) 'S' THEN 'SEQUENCE' ELSE 'TABLE' END AS kind, c.oid::pg_catalog.regclass::pg_catalog.text AS name,
                   c.relowner AS owner, c.relacl AS acl
            FROM pg_catalog.pg_class AS c
            WHERE c.relkind OPERATOR(pg_catalog.=) ANY ('{r,p,v,m,f,S}'::pg_catalog."char"[])
            UNION ALL
            SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass::pg_catalog.oid, p.oid, 'ROUTINE',
                   p.oid::pg_catalog.regprocedure::pg_catalog.text, p.proowner, p.proacl
            FROM pg_catalog.pg_proc AS p
            UNION ALL
            SELECT 'pg_catalog.pg_type'::pg_catalog.regclass::pg_catalog.oid, t.oid, 'TYPE',
                   t.oid::pg_catalog.regtype::pg_catalog.text, t.typowner, t.typacl
            FROM pg_catalog.pg_type AS t
            -- From PostgreSQL 18 on, array types and the row types of tables are members too. They have no privileges of their own.
            WHERE t.typrelid OPERATOR(pg_catalog.=) 0::pg_catalog.oid
              AND NOT EXISTS (SELECT FROM pg_catalog.pg_type AS a WHERE a.typarray OPERATOR(pg_catalog.=) t.oid)
        ) AS o
        JOIN pg_catalog.pg_depend AS d
            ON d.classid OPERATOR(pg_catalog.=) o.class AND d.objid OPERATOR(pg_catalog.=) o.oid
            AND d.deptype OPERATOR(pg_catalog.=) 'e' AND d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_extension'::pg_catalog.regclass
        JOIN pg_catalog.pg_extension AS e
            ON e.oid OPERATOR(pg_catalog.=) d.refobjid AND e.extname OPERATOR(pg_catalog.=) 'promo_guard'
        LEFT JOIN pg_catalog.pg_init_privs AS i
            ON i.classoid OPERATOR(pg_catalog.=) o.class AND i.objoid OPERATOR(pg_catalog.=) o.oid
            AND i.objsubid OPERATOR(pg_catalog.=) 0
        CROSS JOIN LATERAL (
            -- PUBLIC is always among them: the REVOKE puts the object on record, so that the next upgrade knows it.
            SELECT 0::pg_catalog.oid AS grantee
            UNION
            SELECT x.grantee FROM pg_catalog.aclexplode(o.acl) AS x WHERE x.grantee OPERATOR(pg_catalog.<>) o.owner
        ) AS g
        LEFT JOIN pg_catalog.pg_roles AS r ON r.oid OPERATOR(pg_catalog.=) g.grantee
        WHERE i.initprivs IS NULL OR o.acl OPERATOR(pg_catalog.<@) i.initprivs
    LOOP
        EXECUTE revoke;
    END LOOP;
    FOR role IN
        SELECT DISTINCT r.rolname
        FROM pg_catalog.pg_depend AS d
        JOIN pg_catalog.pg_extension AS e
            ON e.oid OPERATOR(pg_catalog.=) d.refobjid AND e.extname OPERATOR(pg_catalog.=) 'promo_guard'
        JOIN pg_catalog.pg_init_privs AS i
            ON i.classoid OPERATOR(pg_catalog.=) d.classid AND i.objoid OPERATOR(pg_catalog.=) d.objid
        CROSS JOIN LATERAL pg_catalog.aclexplode(i.initprivs) AS g
        JOIN pg_catalog.pg_roles AS r ON r.oid OPERATOR(pg_catalog.=) g.grantee AND r.oid OPERATOR(pg_catalog.<>) g.grantor
        WHERE d.deptype OPERATOR(pg_catalog.=) 'e' AND d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_extension'::pg_catalog.regclass
    LOOP
        RAISE WARNING 'role % has privileges on promo_guard from default privileges at its installation', role
            USING HINT = 'SELECT detail, remediation FROM promo_guard.doctor() WHERE topic = ''access'';';
    END LOOP;
END
$members$;
