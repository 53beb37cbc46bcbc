-- The table of oid $1 as a change needs it: its owner, and the search_path that this owner has in this database, as psql would
-- find it. The application's triggers count on that path, and not on the caller's, who could put tables of his own into it.
SELECT t.relowner,
       pg_get_userbyid(t.relowner)::text,
       (SELECT substr(c.setting, length('search_path=') + 1)
        FROM pg_db_role_setting AS s, unnest(s.setconfig) AS c (setting)
        WHERE s.setrole IN (t.relowner, 0)
          AND s.setdatabase IN (0, (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database()))
          AND c.setting LIKE 'search\_path=%'
        ORDER BY s.setrole = 0, s.setdatabase = 0
        LIMIT 1)
FROM pg_class AS t
WHERE t.oid = $1
