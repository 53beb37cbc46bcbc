-- The ledger compared with purchases, as a payment reconciliation job does: a credit more or less than what was paid, at the
-- time of the purchase's credit; and entries for what was never credited, at their own time. What happened after $3 is
-- still within its time.
entry AS MATERIALIZED (
    SELECT e.* FROM promo_guard.ledger AS e WHERE e.created_at >= $1 AND e.created_at <= $3
),
credited_for AS MATERIALIZED (
    SELECT p.id
    FROM promo_guard.purchases AS p
    WHERE p.id = ANY (ARRAY(SELECT e.purchase_id FROM entry AS e)) AND p.status IN ('CREDITED', 'REFUNDED')
),
ledger_line AS (
    SELECT e.created_at::timestamptz AS at, 1 AS credits, 0::numeric AS drift, :currency_of_entry AS currency
    FROM promo_guard.ledger AS e
    WHERE e.entry = 'CREDIT' AND e.created_at >= $1 AND e.created_at <= $2
    UNION ALL
    SELECT k.credited_at::timestamptz, 0,
           k.credited::numeric - k.debited
               - CASE WHEN k.purchase_status = 'CREDITED' OR k.in_part THEN coalesce(k.stars_amount, 0) - k.refund_due ELSE 0 END,
           k.currency
    FROM booking AS k
    WHERE k.credited_at >= $1 AND k.credited_at <= $2 AND (k.credited_at > $3 OR k.refunded_at > $3) IS NOT TRUE
    UNION ALL
    SELECT e.created_at::timestamptz, 0,
           CASE WHEN e.entry = 'CREDIT' THEN e.amount WHEN e.entry = 'DEBIT' THEN -e.amount::numeric ELSE 0 END,
           :currency_of_entry
    FROM entry AS e
    LEFT JOIN credited_for AS p ON p.id = e.purchase_id
    WHERE p.id IS NULL
),
booked AS (
    SELECT b.start, b.currency, coalesce(sum(l.credits), 0)::bigint AS credits, coalesce(sum(l.drift), 0) AS drift
    FROM bucket AS b
    LEFT JOIN ledger_line AS l
        ON least(date_bin($6::bigint * interval '1 microsecond', l.at, $1),
                 $1 + ($7::bigint - 1) * ($6::bigint * interval '1 microsecond')) = b.start
        AND l.currency IS NOT DISTINCT FROM b.currency
    GROUP BY b.start, b.currency
)
