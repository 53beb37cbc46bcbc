-- The first table that view $1 reads, by its present name.
SELECT format('%I.%I', n.nspname, t.relname)
FROM pg_rewrite AS w
JOIN pg_depend AS d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid AND d.refclassid = 'pg_class'::regclass
JOIN pg_class AS t ON t.oid = d.refobjid AND t.oid <> w.ev_class
JOIN pg_namespace AS n ON n.oid = t.relnamespace
WHERE w.ev_class = $1
ORDER BY t.oid
LIMIT 1
