-- The reference table of name $1 that role $2 may update: an update of a reference table makes Citus commit in two phases.
SELECT format('%I.%I', n.nspname, c.relname)
FROM pg_dist_partition AS p
JOIN pg_class AS c ON c.oid = p.logicalrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE p.partmethod = 'n' AND p.repmodel = 't' AND c.relname = $1 AND has_table_privilege($2, c.oid, 'UPDATE')
ORDER BY 1
LIMIT 1
