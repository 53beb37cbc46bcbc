-- About how many rows the table $1 of the campaigns has, where a look at all of them finds the same codes as the database does: not
-- where their column is compared by a collation that takes different texts for equal. Negative: not known.
SELECT c.reltuples::bigint
FROM pg_class AS c
WHERE c.oid = $1 AND NOT EXISTS (
    SELECT FROM pg_attribute AS a
    JOIN pg_collation AS l ON l.oid = a.attcollation
    WHERE a.attrelid = 'promo_guard.campaigns'::regclass AND a.attname = 'code_hash' AND NOT l.collisdeterministic)
