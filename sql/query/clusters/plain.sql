-- Whether the table $1 answers the same to everybody within a snapshot: no foreign table, and no policy that holds for its owner too.
SELECT c.relkind IN ('r', 'p') AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
FROM pg_class AS c
WHERE c.oid = $1
