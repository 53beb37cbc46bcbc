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
                          'drift_stars', coalesce(sum(d.drift_stars), 0), 'abs_drift_stars', coalesce(sum(d.abs_drift_stars), 0),
                          'ledger_drift_stars', sum(d.ledger_drift_stars))
               FROM promo_guard.reconciliation_drift($2::timestamptz - $1::timestamptz, $2, $2::timestamptz - $1::timestamptz) AS d))
FROM promo_guard.settlement_summary($2::timestamptz - $1::timestamptz, $2) WITH ORDINALITY
    AS s (rule, severity, checked, violations, pending, skipped, place)
