-- What settlement finds for campaign $3 from $1 to $2, by rule.
SELECT v.rule, v.severity, count(*)
FROM promo_guard.settlement_violations($2 - $1, $2, $3, 10000) AS v
GROUP BY v.rule, v.severity
ORDER BY min(v.severity), count(*) DESC, v.rule
