-- Runbook section 4: the guarded unpause. check_unpause() and plan_unpause() read and write nothing; unpause() decides.
--
-- Settings: two dozen small questions about one campaign are asked by way of indexes; compiling one takes longer than all.

CREATE FUNCTION promo_guard.check_unpause(campaign_id bigint)
RETURNS TABLE (
    "position" integer, name text, passed boolean, blocking boolean, overridable boolean, detail text, evidence jsonb
)
LANGUAGE c STABLE SECURITY DEFINER ROWS 12
SET search_path = pg_catalog, pg_temp
SET TimeZone = 'UTC'
SET DateStyle = 'ISO, MDY'
SET IntervalStyle = 'postgres'
SET extra_float_digits = 1
SET quote_all_identifiers = off
SET jit = off
AS 'MODULE_PATHNAME', 'check_unpause_wrapper';
COMMENT ON FUNCTION promo_guard.check_unpause(bigint) IS
$$Every check that must pass before an unpause, computed as of now, with its numbers and what would change its answer. Writes nothing, works on a standby.
Arguments: campaign_id.
Returns: one row a check, in a fixed order: position; name; passed; blocking, not passed: a check that cannot be computed blocks, and says what it lacks; overridable, whether unpause() may be told to pass over it; detail, sentences; evidence, the numbers (and retry_after, where waiting helps).
The checks: is_paused; not_rotated, its code was not replaced by rotate(); validity_window; uses_left, limit less used less reserved; scope_known, by policy known_scopes or other campaigns; history_explains_pause, by whom and why it was paused, by an action of ours, or by the auto-pause rule, which held before the pause; not_abuse, see classify(); burst_over, those who were turned away before the pause do not come back; guard_would_not_repause, the auto-pause rule as of now, the pause's own echo included, for the application's job counts it; config_converts, those for whom it is meant can use it; settlement_clean, see settlement_violations(), from an hour before the pause; traffic_observed, attempts are recorded at all.
For operators. Errors: 02000 no campaign with that id; 22004 a null id; 55000 not bound; 42501.
Source: runbook 4.1 and 4.2.$$;

CREATE FUNCTION promo_guard.plan_unpause(campaign_id bigint)
RETURNS TABLE (
    campaign_id bigint, allowed boolean, verdict text, failed_checks text[], fingerprint text, retry_after timestamptz,
    campaign_name text, status text, paused_at timestamptz
)
LANGUAGE c STABLE SECURITY DEFINER ROWS 1
SET search_path = pg_catalog, pg_temp
SET TimeZone = 'UTC'
SET DateStyle = 'ISO, MDY'
SET IntervalStyle = 'postgres'
SET extra_float_digits = 1
SET quote_all_identifiers = off
SET jit = off
AS 'MODULE_PATHNAME', 'plan_unpause_wrapper';
COMMENT ON FUNCTION promo_guard.plan_unpause(bigint) IS
$$What unpause() would decide now, and the fingerprint to hand to it. Writes nothing, works on a standby.
Arguments: campaign_id.
Returns: one row: campaign_id; allowed, no check fails; verdict, see classify(); failed_checks, see check_unpause(); fingerprint, of what would be agreed on: id, status, validity, limits, scope, audience, discount, the policy, the verdict and the failed checks, nothing that moves under live traffic; retry_after, when all that fails will have passed by itself, null where waiting is not enough; campaign_name, status, and paused_at, the best that is known of when it was paused.
For operators. Errors: as check_unpause().
Source: runbook section 4.$$;

CREATE FUNCTION promo_guard.unpause(
    campaign_id bigint, reason text, overrides text[] DEFAULT '{}', fingerprint text DEFAULT NULL,
    bake interval DEFAULT NULL, on_regression text DEFAULT 'alert'
) RETURNS TABLE (
    campaign_id bigint, decision text, status text, failed_checks text[], overridden text[], retry_after timestamptz,
    action_id bigint, detail text
)
LANGUAGE c VOLATILE SECURITY DEFINER ROWS 1
SET search_path = pg_catalog, pg_temp
SET TimeZone = 'UTC'
SET DateStyle = 'ISO, MDY'
SET IntervalStyle = 'postgres'
SET extra_float_digits = 1
SET quote_all_identifiers = off
SET jit = off
AS 'MODULE_PATHNAME', 'unpause_wrapper';
COMMENT ON FUNCTION promo_guard.unpause(bigint, text, text[], text, interval, text) IS
$$Unpauses one campaign if every check passes or each failed check is overridden; else refuses and says why. The checks are computed on fresh data. Then the campaign's row is locked (redemptions go on), and the campaign's terms, the policy and the auto-pause rule are read again. If terms or policy changed, the checks are computed again, at most twice; a third change is refused. Status, updated_at, the action log and a notification are one transaction. A refusal is on record too, and in the server's log.
Arguments: campaign_id; reason, 1 to 2,000 characters in one line; overrides, names of checks that the caller takes upon himself: never is_paused, not_rotated, validity_window, uses_left; fingerprint, of plan_unpause(): refused where what was agreed on has changed since, null = not compared; bake, how long the campaign is watched, null = policy bake_for (15 min); on_regression, what a failed bake does: alert or pause.
Returns: one row: campaign_id; decision, UNPAUSED or REFUSED; status as it is now; failed_checks; overridden, those of them that were passed over; retry_after, when to try again, null where waiting is not enough; action_id, of its row in the action log; detail, sentences.
For operators. Errors: 02000 no campaign with that id; 22004 a null id or override; 22023 a reason that is blank, too long or has control characters, an override that is no check or cannot be overridden, a fingerprint that is not one, a bake out of range, an unknown on_regression; 55P03 the row is locked by somebody else for longer than 3 s; 55000 not bound, or the table behind a view written by hand is not known, or a trigger of the application's undid the change; 25001 isolation above READ COMMITTED; 25006 a standby or a read-only transaction; 42501.
Source: runbook section 4.$$;

CREATE FUNCTION promo_guard.paused_together(campaign_id bigint)
RETURNS TABLE (campaign_id bigint, campaign_name text, paused_at timestamptz, paused_by text)
LANGUAGE c STABLE SECURITY DEFINER ROWS 40
SET search_path = pg_catalog, pg_temp
SET TimeZone = 'UTC'
SET DateStyle = 'ISO, MDY'
SET IntervalStyle = 'postgres'
SET extra_float_digits = 1
SET quote_all_identifiers = off
SET jit = off
AS 'MODULE_PATHNAME', 'paused_together_wrapper';
COMMENT ON FUNCTION promo_guard.paused_together(bigint) IS
$$The campaigns that one actor paused at once: the campaign itself, and those that the same role paused with the same application within a minute of it, as far as they are still PAUSED and were not changed since. Writes nothing, works on a standby.
Arguments: campaign_id, of a PAUSED campaign.
Returns: campaign_id; campaign_name; paused_at; paused_by, the role and its application; in the order of the pauses.
Where the pause was a mistake, this unpauses all that pass their own checks, each with its own decision and its own row in the action log (promoctl unpause --together does the same in a transaction each):
  SELECT u.* FROM promo_guard.paused_together(7) AS p, LATERAL promo_guard.unpause(p.campaign_id, 'the pause was a mistake', '{history_explains_pause}') AS u;
For operators. Errors: 02000 no campaign with that id; 22004 a null id; 55000 the campaign is not PAUSED, the status history has no record of its pause, not bound; 42501.
Source: runbook section 4.$$;
