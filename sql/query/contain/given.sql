-- The fields of a JSON object ($1) with their types and values as text, in their order; one row without a field for what is no object.
SELECT e.key, jsonb_typeof(e.value), e.value #>> '{}'
FROM jsonb_each(CASE WHEN jsonb_typeof($1) = 'object' THEN $1 END) AS e
UNION ALL
SELECT NULL, jsonb_typeof($1), NULL
WHERE jsonb_typeof($1) <> 'object'
