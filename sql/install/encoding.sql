-- First of all: refuse a database in which promo_guard cannot work. The library says the same, in the same words.
DO $encoding$
BEGIN
    IF pg_catalog.current_setting('server_encoding') OPERATOR(pg_catalog.<>) 'UTF8' THEN
        RAISE EXCEPTION 'promo_guard needs a database with encoding UTF8' USING
            ERRCODE = '0A000',
            DETAIL = pg_catalog.format('The encoding of this database is %s. promo_guard handles all names and reasons as UTF-8.',
                                       pg_catalog.current_setting('server_encoding')),
            HINT = 'Create a database with ENCODING ''UTF8'' TEMPLATE template0, and move the data with pg_dump and pg_restore. Clients may use any encoding.';
    END IF;
END
$encoding$;

