-- What of functions $2 and relations $3 role $1 may not use, besides the schema.
SELECT 'USAGE on schema promo_guard' WHERE NOT has_schema_privilege($1::name, 'promo_guard', 'USAGE')
UNION ALL
SELECT format('EXECUTE on %s', p.oid::regprocedure)
FROM pg_proc AS p
WHERE p.pronamespace = 'promo_guard'::regnamespace AND p.proname = ANY ($2) AND NOT has_function_privilege($1::name, p.oid, 'EXECUTE')
UNION ALL
SELECT format('SELECT on promo_guard.%I', c.relname)
FROM pg_class AS c
WHERE c.relnamespace = 'promo_guard'::regnamespace AND c.relname = ANY ($3) AND NOT has_table_privilege($1::name, c.oid, 'SELECT')
