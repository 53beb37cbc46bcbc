-- Drops every foreign key of the current schema, for data that break them on purpose.
DO $$
DECLARE
    c record;
BEGIN
    FOR c IN
        SELECT conrelid::regclass AS referencing, conname
        FROM pg_constraint
        JOIN pg_namespace n ON n.oid = connamespace
        WHERE contype = 'f' AND n.nspname = current_schema()
    LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', c.referencing, c.conname);
    END LOOP;
END
$$;
