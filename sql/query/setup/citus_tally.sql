-- Whether each worker adds up attempts by itself: Citus distributes them by their code, and role $1 may call the aggregate there.
SELECT bool_and(w.success AND w.result = 't')
FROM promo_guard.binding AS b
JOIN pg_dist_partition AS p
    ON p.logicalrelid = to_regclass(format('%I.%I', b.relation_schema, b.relation_name)) AND p.partmethod = 'h'
    AND column_to_column_name(p.logicalrelid, p.partkey) = b.columns ->> 'code_hash'
CROSS JOIN LATERAL run_command_on_workers(format(
    'SELECT has_schema_privilege(%1$L, ''promo_guard'', ''USAGE'') AND bool_and(has_function_privilege(%1$L, a.oid, ''EXECUTE''))
     FROM pg_proc AS a WHERE a.proname = ''tally'' AND a.pronamespace = ''promo_guard''::regnamespace',
    pg_get_userbyid($1))) AS w
WHERE b.entity = 'attempts' AND b.bound
