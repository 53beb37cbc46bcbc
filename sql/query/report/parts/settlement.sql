-- What settlement finds in the time from $1 to $2: every rule, and the drift of the whole.
SELECT jsonb_build_object(
           'from', $1::timestamptz,
           'until', $2::timestamptz,
           'critical', coalesce(sum(s.violations) FILTER (WHERE s.severity = 'critical'), 0),
           'warnings', coalesce(sum(s.violations) FILTER (WHERE s.severity = 'warning'), 0),
           'pending', coalesce(sum(s.pending), 0),
           'skipped', count(s.skipped),
           'rules', jsonb_agg(jsonb_build_object(
               'rule', s.rule, 'severity', s.severity, 'checked', s.checked, 'violations', s.violations, 'pending', s.pending,
               'skipped', s.skipped) ORDER BY s.violations DESC NULLS LAST, s.severity, s.place),
           'drift', (
               SELECT jsonb_build_object(
                          'applied', coalesce(sum(d.applied), 0), 'settled', coalesce(sum(d.settled), 0),
                          'missing', coalesce(sum(d.missing), 0), 'surplus', coalesce(sum(d.surplus), 0),
                          'drift_stars', CASE WHEN count(DISTINCT d.currency) < 2 THEN coalesce(sum(d.drift_stars), 0) END,
                          'abs_drift_stars', CASE WHEN count(DISTINCT d.currency) < 2 THEN coalesce(sum(d.abs_drift_stars), 0) END,
                          'ledger_drift_stars', CASE WHEN count(DISTINCT d.currency) < 2 THEN sum(d.ledger_drift_stars) END)
                      -- amounts of several currencies are not added up
                      || CASE WHEN count(DISTINCT d.currency) < 2 THEN '{}' ELSE jsonb_build_object('currencies', jsonb_agg(jsonb_build_object(
                             'currency', d.currency, 'drift_stars', d.drift_stars, 'abs_drift_stars', d.abs_drift_stars,
                             'ledger_drift_stars', d.ledger_drift_stars) ORDER BY d.currency) FILTER (WHERE d.currency IS NOT NULL)) END
               FROM promo_guard.reconciliation_drift($2::timestamptz - $1::timestamptz, $2, $2::timestamptz - $1::timestamptz) AS d))
FROM promo_guard.settlement_summary($2::timestamptz - $1::timestamptz, $2) WITH ORDINALITY
    AS s (rule, severity, checked, violations, pending, skipped, place)
