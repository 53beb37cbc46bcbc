-- The ledger has one CREDIT of the amount paid for each credited purchase with stars to pay, and one DEBIT of it more for
-- each refunded one. A refund in part (purchases.refunded_stars_amount) may be booked in several DEBITs of that amount together.
-- Pending: credited or refunded less than policy settle_grace ago; the entry may be about to follow.
-- Not broken: a purchase with nothing to pay and nothing booked.
--@ needs
ledger
purchases.stars_amount
purchases.credited_at
purchases.refunded_at
--@ checked
x.stars_amount > 0
--@ broken
x.credits <> 1 OR x.credited <> x.stars_amount
OR x.debits <> x.debits_due AND NOT (x.in_part AND x.debits > 0) OR x.debited <> x.refund_due
--@ pending
x.credited_at > $3 OR x.refunded_at > $3
--@ expected
format('CREDIT %s%s', x.stars_amount, CASE WHEN x.debits_due = 1 THEN format(', DEBIT %s', x.refund_due) END)
--@ actual
concat_ws(', ', CASE WHEN x.credits > 0 THEN format('CREDIT %s', x.credited) END,
          CASE WHEN x.debits > 0 THEN format('DEBIT %s', x.debited) END,
          CASE WHEN x.credits + x.debits = 0 THEN 'nothing' END)
--@ detail
format('The purchase is %s; booked are %s credits and %s debits.', x.purchase_status, x.credits, x.debits)
