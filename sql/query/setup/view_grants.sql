-- Grants on view $1 to anybody but its owner.
SELECT coalesce(jsonb_agg(jsonb_build_object(
           'role', coalesce(r.rolname, 'public'), 'public', g.grantee = 0, 'privilege', g.privilege_type, 'grantable', g.is_grantable)
           ORDER BY r.rolname, g.privilege_type), '[]')
FROM pg_class AS c
CROSS JOIN LATERAL aclexplode(c.relacl) AS g
LEFT JOIN pg_roles AS r ON r.oid = g.grantee
WHERE c.oid = $1 AND g.grantee <> c.relowner
