-- Privileges on objects of ours that go beyond the groups. $1 and $2: functions and relations of readers, $3 and $4: those of operators
-- besides, $5: functions of the application's owner, $6: adapter views. $7 and $8: what makes a role a reader, and an operator.
-- One row for each object, grantee and grantor: what is held, and the REVOKE.
WITH object AS (
    SELECT 'SCHEMA promo_guard' AS what, NULL::text AS function, NULL::text AS relation, NULL::text AS attribute,
           n.nspowner AS owner, coalesce(n.nspacl, acldefault('n', n.nspowner)) AS acl
    FROM pg_namespace AS n
    WHERE n.nspname = 'promo_guard'
    UNION ALL
    SELECT format('FUNCTION %s', p.oid::regprocedure), p.proname, NULL, NULL, p.proowner,
           coalesce(p.proacl, acldefault('f', p.proowner))
    FROM pg_proc AS p
    WHERE p.pronamespace = 'promo_guard'::regnamespace
    UNION ALL
    SELECT format('%s promo_guard.%I', CASE WHEN c.relkind = 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, c.relname), NULL, c.relname, NULL,
           c.relowner, c.relacl
    FROM pg_class AS c
    WHERE c.relnamespace = 'promo_guard'::regnamespace AND c.relkind IN ('r', 'v', 'm', 'S')
    UNION ALL
    SELECT format('TABLE promo_guard.%I', c.relname), NULL, c.relname, a.attname, c.relowner, a.attacl
    FROM pg_class AS c
    JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attacl IS NOT NULL AND NOT a.attisdropped
    WHERE c.relnamespace = 'promo_guard'::regnamespace
),
held AS (
    SELECT o.what, o.function, o.relation, o.attribute, g.grantee, g.grantor, g.privilege_type AS privilege, g.is_grantable AS grantable
    FROM object AS o
    CROSS JOIN LATERAL aclexplode(o.acl) AS g
    WHERE g.grantee <> o.owner
),
member AS (
    SELECT h.grantee,
           array_agg(h.function) FILTER (WHERE h.privilege = 'EXECUTE') @> $7::text[] AS reader,
           array_agg(h.function) FILTER (WHERE h.privilege = 'EXECUTE') @> $8::text[] AS operator
    FROM held AS h
    WHERE h.grantee <> 0
    GROUP BY h.grantee
),
application AS (
    SELECT t.relowner AS owner
    FROM pg_rewrite AS w
    JOIN pg_depend AS d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid AND d.refclassid = 'pg_class'::regclass
    JOIN pg_class AS t ON t.oid = d.refobjid AND t.oid <> w.ev_class
    WHERE w.ev_class = to_regclass('promo_guard.campaigns')
    ORDER BY t.oid
    LIMIT 1
)
SELECT h.what,
       CASE WHEN h.grantee = 0 THEN 'PUBLIC' ELSE pg_get_userbyid(h.grantee)::text END AS grantee,
       string_agg(h.privilege || CASE WHEN h.grantable THEN ' WITH GRANT OPTION' ELSE '' END, ', ' ORDER BY h.privilege) AS privileges,
       format('%sREVOKE ALL%s ON %s FROM %s CASCADE;',
              CASE WHEN h.grantor = any (SELECT o.owner FROM object AS o) THEN '' ELSE format('SET ROLE %I; ', pg_get_userbyid(h.grantor)) END,
              CASE WHEN h.attribute IS NULL THEN '' ELSE format(' (%I)', h.attribute) END, h.what,
              CASE WHEN h.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(h.grantee)::text) END)
           || CASE WHEN h.grantor = any (SELECT o.owner FROM object AS o) THEN '' ELSE ' RESET ROLE;' END AS remediation,
       bool_and(h.privilege = 'SELECT' AND h.relation = ANY ($6)) AS reads_a_view
FROM held AS h
LEFT JOIN member AS m ON m.grantee = h.grantee
WHERE h.grantable
   OR h.grantee = 0
   OR CASE
          WHEN h.attribute IS NOT NULL THEN true
          WHEN h.function IS NOT NULL THEN NOT (
              coalesce(m.reader, false) AND h.function = ANY ($1)
              OR coalesce(m.operator, false) AND h.function = ANY ($1 || $3)
              OR h.grantee = (SELECT a.owner FROM application AS a) AND h.function = ANY ($5))
          WHEN h.relation IS NOT NULL THEN h.privilege <> 'SELECT' OR NOT (
              coalesce(m.reader, false) AND h.relation = ANY ($2)
              OR coalesce(m.operator, false) AND h.relation = ANY ($2 || $4)
              OR h.grantee = (SELECT a.owner FROM application AS a) AND h.relation = ANY ($6))
          -- the schema: for the groups, the application's owner, and a role that was given an adapter view
          ELSE h.privilege <> 'USAGE' OR NOT (
              coalesce(m.reader, false)
              OR h.grantee = (SELECT a.owner FROM application AS a)
              OR EXISTS (SELECT FROM held AS v WHERE v.grantee = h.grantee AND v.relation = ANY ($6)))
      END
GROUP BY h.what, h.attribute, h.grantee, h.grantor
ORDER BY h.what, 2
