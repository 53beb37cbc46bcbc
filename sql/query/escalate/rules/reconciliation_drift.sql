-- What reconciliation_drift() finds in its usual window up to $1: since which bucket, and how much of each currency.
SELECT min(k.since), sum(k.missing)::bigint, sum(k.surplus)::bigint,
       string_agg(format('%s %s', k.apart, k.unit), ' and ' ORDER BY k.unit),
       string_agg(format('%s %s', k.ledger, k.unit), ' and ' ORDER BY k.unit), max(k.last)
FROM (
    SELECT coalesce(d.currency, 'stars') AS unit, min(d.bucket_start) AS since, max(d.bucket_start) AS last,
           sum(d.missing) AS missing, sum(d.surplus) AS surplus, sum(d.abs_drift_stars) AS apart,
           coalesce(sum(abs(d.ledger_drift_stars)), 0) AS ledger
    FROM promo_guard.reconciliation_drift(NULL, $1) AS d
    WHERE d.missing > 0 OR d.surplus > 0 OR d.abs_drift_stars > 0 OR d.ledger_drift_stars <> 0
    GROUP BY 1
) AS k
HAVING count(*) > 0
