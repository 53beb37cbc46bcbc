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
$$Computes the 12 checks that must pass before a campaign is unpaused.

It writes nothing and works on a standby. A check that cannot be evaluated blocks the unpause.
Access: operators. Runbook 4.1 and 4.2.

Arguments
  campaign_id  the campaign

Returns
  One row for each check, in a fixed order.
  position, name    place and name of the check, see below
  passed, blocking  blocking is the opposite of passed
  overridable       whether unpause() can override it
  detail            the numbers, and what changes the result
  evidence          the numbers as JSON, with retry_after where waiting helps

Checks
  is_paused         the campaign is paused
  not_rotated       rotate() has not replaced its code
  validity_window   now is between valid_from and valid_until
  uses_left         limit - used - reserved is above 0
  scope_known       target_scope is in policy known_scopes, else in use by another campaign
  history_explains_pause
                    the auto-pause rule explains the pause, or fix_campaign() fixed its cause since;
                    pause() is a decision of an operator, which no rule explains
  not_abuse         the verdict of classify() does not speak of abuse
  burst_over        the users rejected before the pause no longer try
  guard_would_not_repause
                    the application's auto-pause rule does not hold now, counting the failures
                    caused by the pause
  config_converts   the users it is meant for can use it
  settlement_clean  settlement_violations() has no critical rows since an hour before the pause
  traffic_observed  attempts are being recorded

Errors
  02000  no campaign has this id
  22004  campaign_id is null
  55000  promo_guard is not bound to an application

Example
  SELECT name, passed, detail FROM promo_guard.check_unpause(17);$$;

CREATE FUNCTION promo_guard.plan_unpause(campaign_id bigint)
RETURNS TABLE (
    campaign_id bigint, allowed boolean, verdict text, failed_checks text[], fingerprint text, retry_after timestamptz,
    campaign_name text, status text, paused_at timestamptz, campaign_key text
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
$$Shows what unpause() would decide now, with the fingerprint to pass to it.

It writes nothing and works on a standby.
Access: operators. Runbook section 4.

Arguments
  campaign_id  the campaign

Returns
  One row.
  campaign_id, campaign_name, status
                 the campaign as it is now
  allowed        whether every check passes
  verdict        see classify()
  failed_checks  names of the checks that fail, see check_unpause()
  fingerprint    SHA-256 over the campaign's terms, the policy, the verdict and the failed checks;
                 live traffic does not change it
  retry_after    when every failed check will pass without a change; null = waiting is not enough
  paused_at      best known time of the pause
  campaign_key   the application's own id of the campaign

Errors
  02000  no campaign has this id
  22004  campaign_id is null
  55000  promo_guard is not bound to an application

Example
  SELECT allowed, failed_checks, fingerprint FROM promo_guard.plan_unpause(17);$$;

CREATE FUNCTION promo_guard.unpause(
    campaign_id bigint, reason text, overrides text[] DEFAULT '{}', fingerprint text DEFAULT NULL,
    bake interval DEFAULT NULL, on_regression text DEFAULT 'alert'
) RETURNS TABLE (
    campaign_id bigint, decision text, status text, failed_checks text[], overridden text[], retry_after timestamptz,
    action_id bigint, detail text, campaign_key text
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
$$Unpauses one campaign if no check fails, or each failed check is overridden; else refuses.

The checks are computed on fresh data. Then the campaign's row is locked; redemptions continue. Its
terms, the policy and the auto-pause rule are read again. If the terms or the policy changed, the
checks are computed again, at most twice; a third change is refused. Status, updated_at, the action
log and NOTIFY are one transaction. A refusal is recorded in the action log and the server's log.
Access: operators. Runbook section 4.

Arguments
  campaign_id    the campaign
  reason         why, for the action log; one line, 1 to 2,000 characters
  overrides      names of failed checks to override; never is_paused, not_rotated, validity_window
                 or uses_left; default none
  fingerprint    from plan_unpause(); refused if the plan changed since; null = not compared
  bake           how long the campaign is watched afterwards, 5 s to 1 day; null = policy bake_for
                 (15 min)
  on_regression  what a failed bake does: alert (default) or pause

Returns
  One row.
  campaign_id, status  the campaign and its status now
  decision             UNPAUSED or REFUSED
  failed_checks, overridden
                       checks that fail, and those of them that were overridden
  retry_after          when to try again; null = waiting is not enough
  action_id            its row in the action log
  detail               why
  campaign_key         the application's own id of the campaign

Errors
  02000  no campaign has this id
  22004  campaign_id or an override is null
  22023  the reason is null, blank, too long or has a character that is not allowed; an override is
         unknown or not allowed; the fingerprint, bake or on_regression is not valid
  55P03  another session locks the campaign's row for more than 3 s
  55000  promo_guard is not bound, the table behind a handwritten view is unknown, or a trigger of
         the application reverted the change
  25001  the isolation level is above READ COMMITTED
  25006  a standby, or a read-only transaction

Example
  SELECT * FROM promo_guard.unpause(17, 'false alarm', overrides => '{burst_over}', bake => '15
    min');$$;

CREATE FUNCTION promo_guard.paused_together(campaign_id bigint)
RETURNS TABLE (campaign_id bigint, campaign_name text, paused_at timestamptz, paused_by text, campaign_key text)
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
$$Lists the campaigns that one actor paused at once, in the order of the pauses.

These are the campaign itself, and those that the same role paused with the same application_name
within a minute of it, as far as they are still PAUSED and were not changed since. It writes nothing
and runs on a standby. If the pause was a mistake, promoctl unpause --together unpauses them, each
after its own checks.
Access: operators. Runbook section 4.

Arguments
  campaign_id  a PAUSED campaign

Returns
  campaign_id, campaign_name
             the campaign
  paused_at  time of its pause
  paused_by  the role, with its application_name
  campaign_key
             the application's own id of the campaign

Errors
  02000  no campaign has this id
  22004  campaign_id is null
  55000  the campaign is not PAUSED, the status history has no record of its pause, or
         promo_guard is not bound to an application

Example
  SELECT u.* FROM promo_guard.paused_together(7) AS p, LATERAL promo_guard.unpause(p.campaign_id,
    'the pause was a mistake', '{history_explains_pause}') AS u;$$;
