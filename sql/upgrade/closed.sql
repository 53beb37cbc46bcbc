-- What is new is closed to PUBLIC. Only what was never granted or revoked is touched: to revoke anything from an object of
-- before would make its grants, which are the user's, part of the extension, and pg_dump would leave them out.
DO $upgrade$
DECLARE
    fresh text;
BEGIN
    FOR fresh IN
        SELECT p.oid::pg_catalog.regprocedure::pg_catalog.text
        FROM pg_catalog.pg_proc AS p
        WHERE p.pronamespace OPERATOR(pg_catalog.=) 'promo_guard'::pg_catalog.regnamespace AND p.proacl IS NULL
    LOOP
        EXECUTE pg_catalog.format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', fresh);
    END LOOP;
END
$upgrade$;
