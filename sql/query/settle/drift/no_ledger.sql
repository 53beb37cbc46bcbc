-- No ledger is bound: nothing can be said of it.
booked AS (
    SELECT b.start, b.currency, NULL::bigint AS credits, NULL::numeric AS drift FROM bucket AS b
)
