-- What reconciliation_drift() finds in its usual window up to $1: since which bucket, and how much.
SELECT min(d.bucket_start), coalesce(sum(d.missing), 0)::bigint, coalesce(sum(d.surplus), 0)::bigint,
       coalesce(sum(d.abs_drift_stars), 0)::bigint, coalesce(sum(abs(d.ledger_drift_stars)), 0)::bigint, max(d.bucket_start)
FROM promo_guard.reconciliation_drift(NULL, $1) AS d
WHERE d.missing > 0 OR d.surplus > 0 OR d.abs_drift_stars > 0 OR d.ledger_drift_stars <> 0
HAVING count(*) > 0
