-- The values of column :column in view :view that no rule knows ($1), and how many rows have each, most first; null is shown as such.
-- :recent restricts it to rows since $2.
SELECT coalesce(u.value, 'null'), u.n
FROM (
    SELECT rtrim(v.:column::text) AS value, count(*) AS n
    FROM promo_guard.:view AS v
    WHERE (v.:column IS NULL OR rtrim(v.:column::text) <> ALL ($1)) AND :recent
    GROUP BY 1
) AS u
WHERE u.value IS NOT NULL OR :null_is_unknown
ORDER BY u.n DESC, u.value
LIMIT 20
