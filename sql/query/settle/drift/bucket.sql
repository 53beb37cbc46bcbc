-- The buckets, from the start of the window on, each with the currencies that are in use; as_of itself belongs to the last one.
bucket AS (
    SELECT $1 + g.n * ($6::bigint * interval '1 microsecond') AS start, u.currency
    FROM generate_series(0, $7::bigint - 1) AS g (n)
    CROSS JOIN (:currencies) AS u (currency)
)
