-- What the application lacks, as entity.column: known of the views that bind() made. A view written by hand shows every column.
SELECT b.entity || '.' || c.key
FROM promo_guard.binding AS b
JOIN pg_class AS v ON v.relnamespace = 'promo_guard'::regnamespace AND v.relname = b.entity AND v.relkind = 'v'
CROSS JOIN LATERAL jsonb_each(b.columns) AS c
WHERE b.bound AND jsonb_typeof(c.value) <> 'string' AND pg_get_viewdef(v.oid) = b.view_definition
UNION ALL
-- The one view that may be missing altogether.
SELECT 'ledger'
WHERE NOT EXISTS (SELECT FROM pg_class AS v
                  WHERE v.relnamespace = 'promo_guard'::regnamespace AND v.relname = 'ledger' AND v.relkind = 'v')
