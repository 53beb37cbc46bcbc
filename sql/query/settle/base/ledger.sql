-- Credited and refunded purchases in the window, and what the ledger holds of each.
booking AS NOT MATERIALIZED (
    SELECT p.applied_promo_code_id AS campaign_id, :user_of_p AS user_id, NULL AS redemption_id, p.id AS shown_purchase_id,
           p.status AS purchase_status, p.stars_amount, p.credited_at, p.refunded_at,
           CASE WHEN p.status = 'REFUNDED' OR :refunded_amount > 0 THEN 1 ELSE 0 END AS debits_due,
           CASE WHEN p.status = 'REFUNDED' OR :refunded_amount > 0 THEN coalesce(:refunded_amount, p.stars_amount) ELSE 0 END
               AS refund_due,
           coalesce(:refunded_amount < p.stars_amount, false) AS in_part, :currency AS currency,
           coalesce(l.credits, 0) AS credits, coalesce(l.credited, 0) AS credited,
           coalesce(l.debits, 0) AS debits, coalesce(l.debited, 0) AS debited
    FROM purchase AS p
    LEFT JOIN (
        SELECT e.purchase_id,
               count(*) FILTER (WHERE e.entry = 'CREDIT') AS credits,
               sum(e.amount) FILTER (WHERE e.entry = 'CREDIT') AS credited,
               count(*) FILTER (WHERE e.entry = 'DEBIT') AS debits,
               sum(e.amount) FILTER (WHERE e.entry = 'DEBIT') AS debited
        FROM promo_guard.ledger AS e
        WHERE e.purchase_id IN (SELECT p.id FROM purchase AS p
                                WHERE p.in_window AND ($5 IS NULL OR p.applied_promo_code_id = $5))
        GROUP BY e.purchase_id
    ) AS l ON l.purchase_id = p.id
    WHERE p.in_window AND p.status IN ('CREDITED', 'REFUNDED')
      AND ($5 IS NULL OR p.applied_promo_code_id = $5)
)
