-- Whether the status history's trigger sits on the bound campaigns' table, enabled.
SELECT EXISTS (
    SELECT
    FROM promo_guard.binding AS b
    JOIN pg_namespace AS n ON n.nspname = b.relation_schema
    JOIN pg_class AS t ON t.relnamespace = n.oid AND t.relname = b.relation_name
    JOIN pg_trigger AS g ON g.tgrelid = t.oid AND g.tgname = 'promo_guard_status_history'
    WHERE b.entity = 'campaigns' AND b.bound AND g.tgenabled IN ('O', 'A'))
