-- Whether an unpause was refused in the last 7 days because the application's auto-pause job would have paused it again.
SELECT EXISTS (
    SELECT
    FROM promo_guard.action_log AS l
    WHERE l.at > now() - '7 days'::interval AND l.action = 'unpause' AND l.decision = 'REFUSED'
      AND l.checks @> '[{"name": "guard_would_not_repause", "passed": false}]')
