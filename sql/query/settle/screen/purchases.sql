-- The tokens of the purchases in the window.
SELECT promo_guard.settle_sketch(p.class, p.token, NULL)
FROM purchase_state AS p
WHERE p.in_window
