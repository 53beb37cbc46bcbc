-- Runbook section 6: incidents, and the report about one.

CREATE FUNCTION promo_guard.open_incident(title text, trigger text, started_at timestamptz DEFAULT NULL) RETURNS bigint
LANGUAGE c VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET TimeZone = 'UTC'
SET DateStyle = 'ISO, MDY'
SET IntervalStyle = 'postgres'
SET extra_float_digits = 1
SET quote_all_identifiers = off
AS 'MODULE_PATHNAME', 'open_incident_wrapper';
COMMENT ON FUNCTION promo_guard.open_incident(text, text, timestamptz) IS
$$Declares an incident, to which all actions belong until it is closed.

At most one incident is open. detected_at is the first pause since the start, from the status
history
or the evidence, else the time of the declaration.
Access: operators. Runbook 6.

Arguments
  title       what it is called; one line, 1 to 200 characters
  trigger     the event that led to it, such as promo_campaign_auto_paused; one line, 1 to 200
              characters
  started_at  when it started; null = the first minute of the current burst of failures, found in
              the attempts of the last day; unknown if there is no burst

Returns
  The id of the incident. It is an action in the action log.

Errors
  55006  an incident is open
  22004  title or trigger is null
  22023  title or trigger is blank, too long or has a character that is not allowed, or started_at
         is not in the past
  55P03  another session holds the lock for more than 3 s
  25001  the isolation level is above READ COMMITTED
  25006  a standby, or a read-only transaction

Example
  SELECT promo_guard.open_incident('Spring campaign paused', 'promo_campaign_auto_paused');$$;

CREATE FUNCTION promo_guard.checkpoint(incident_id bigint, next_at timestamptz, note text)
RETURNS TABLE (
    id bigint, title text, trigger text, started_at timestamptz, detected_at timestamptz, declared_at timestamptz,
    declared_by text, next_checkpoint_at timestamptz, closed_at timestamptz, note text
)
LANGUAGE c VOLATILE SECURITY DEFINER ROWS 1
SET search_path = pg_catalog, pg_temp
SET TimeZone = 'UTC'
SET DateStyle = 'ISO, MDY'
SET IntervalStyle = 'postgres'
SET extra_float_digits = 1
SET quote_all_identifiers = off
AS 'MODULE_PATHNAME', 'checkpoint_wrapper';
COMMENT ON FUNCTION promo_guard.checkpoint(bigint, timestamptz, text) IS
$$Records the state of an open incident and the time of the next report.

A missed time is escalated (rule checkpoint_overdue). It is unrelated to PostgreSQL's CHECKPOINT.
Access: operators. Runbook 6.

Arguments
  incident_id  the incident
  next_at      time of the next report, in the future
  note         what is known and what is done next; one line, 1 to 2,000 characters

Returns
  One row: the incident. It is an action in the action log, which keeps earlier checkpoints.

Errors
  02000  no incident has this id
  55000  the incident is closed
  22004  an argument is null
  22023  the note is blank, too long or has a character that is not allowed, or next_at is not in
         the future
  55P03  another session holds the lock for more than 3 s
  25001  the isolation level is above READ COMMITTED
  25006  a standby, or a read-only transaction

Example
  SELECT * FROM promo_guard.checkpoint(1, now() + interval '30 minutes', 'paused, code is being
    rotated');$$;

CREATE FUNCTION promo_guard.close_incident(incident_id bigint, note text)
RETURNS TABLE (
    id bigint, title text, trigger text, started_at timestamptz, detected_at timestamptz, declared_at timestamptz,
    declared_by text, next_checkpoint_at timestamptz, closed_at timestamptz, note text
)
LANGUAGE c VOLATILE SECURITY DEFINER ROWS 1
SET search_path = pg_catalog, pg_temp
SET TimeZone = 'UTC'
SET DateStyle = 'ISO, MDY'
SET IntervalStyle = 'postgres'
SET extra_float_digits = 1
SET quote_all_identifiers = off
AS 'MODULE_PATHNAME', 'close_incident_wrapper';
COMMENT ON FUNCTION promo_guard.close_incident(bigint, text) IS
$$Closes an open incident and removes its next checkpoint.

Access: operators. Runbook 6.

Arguments
  incident_id  the incident
  note         how it ended; one line, 1 to 2,000 characters

Returns
  One row: the incident. It is an action in the action log.

Errors
  02000  no incident has this id
  55000  the incident is closed
  22004  an argument is null
  22023  the note is blank, too long or has a character that is not allowed
  55P03  another session holds the lock for more than 3 s
  25001  the isolation level is above READ COMMITTED
  25006  a standby, or a read-only transaction

Example
  SELECT * FROM promo_guard.close_incident(1, 'code rotated, failures are normal again');$$;

CREATE FUNCTION promo_guard.incident_report(
    incident_id bigint DEFAULT NULL, lookback interval DEFAULT NULL, as_of timestamptz DEFAULT pg_catalog.now()
) RETURNS jsonb
LANGUAGE c STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET TimeZone = 'UTC'
SET DateStyle = 'ISO, MDY'
SET IntervalStyle = 'postgres'
SET extra_float_digits = 1
SET quote_all_identifiers = off
SET work_mem = '64MB'
AS 'MODULE_PATHNAME', 'incident_report_wrapper';
COMMENT ON FUNCTION promo_guard.incident_report(bigint, interval, timestamptz) IS
$$Returns the report about an incident as JSON, with the data for its charts.

promoctl report shows it as Markdown, Slack text or HTML. It has no code hashes and no user ids. The
same data and as_of give the same bytes. Ids are strings. Statuses are as of now. It writes nothing
and works on a standby.
Access: readers and operators. Runbook 6.

Arguments
  incident_id  the incident; null = the one that was open at as_of, else a report about the lookback
               alone
  lookback     length of the window without an incident or with an unknown start, and of the time
               before the start in the series; null = policy triage_lookback (30 min)
  as_of        end of the window; default now()

Returns
  window           from the start of the incident to its end or as_of, at most 31 days
  incident         title, trigger, times and how they are known; null without an incident
  affected         campaigns that were paused or changed, acted on, or have a verdict
  user_impact      failing, recovered, suspected_attackers, estimate_low, estimate_high, method
  actions          ids paused, unpaused, rotated, fixed, and the log
  verdicts, clusters, funnel, settlement, escalations, timeline
                   sections of the report
  next_checkpoint  time of the next report
  series           attempts by result, and users failing and recovered, over time
  basis            which fields are facts and which are estimates
  campaign_names   the name of each campaign in the report, by its id

Errors
  02000  no incident has this id
  22023  lookback is not positive or is longer than 100 years, or as_of is infinite
  22004  as_of is null
  55000  promo_guard is not bound to an application

Example
  SELECT jsonb_pretty(promo_guard.incident_report(lookback => '2 hours'));$$;
