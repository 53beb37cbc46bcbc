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
$$Declares an incident. At most one is open, so that every action taken while it is belongs to it.
Arguments: title, 1 to 200 characters in one line; trigger, 1 to 200 characters in one line, the event that led here, such as promo_campaign_auto_paused or payments_reconciliation_diff_detected; started_at, null = the first minute of the burst of failures that goes on or ended within policy triage_lookback, looked up in the last day's attempts a minute against the same time of the seven days before; where there is none the start is not known.
detected_at is the first pause since the start, from the status history or the evidence; where there is none, the declaration.
Returns: the incident's id. Logged as an action.
For operators. Errors: 55006 one is open already; 22004 a null, 22023 a title or trigger that is blank, too long or has control characters, or a started_at that is not in the past; 55P03 another such change did not end within 3 s; 25001, 25006, 42501.
Source: runbook 6.$$;

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
$$Notes how an open incident stands, and promises when others will hear next. A promise that is not kept is escalated (checkpoint_overdue). It has nothing to do with PostgreSQL's own CHECKPOINT.
Arguments: incident_id; next_at, in the future; note, 1 to 2,000 characters in one line.
Returns: the incident's row. Logged as an action: earlier checkpoints stay there.
For operators. Errors: 02000 no incident with that id; 55000 it is closed; 22004 a null; 22023 a note that is blank, too long or has control characters, or a next_at that is not in the future; 55P03; 25001, 25006, 42501.
Source: runbook 6.$$;

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
$$Closes an open incident; there is no next checkpoint then.
Arguments: incident_id; note, how it ended, 1 to 2,000 characters in one line.
Returns: the incident's row. Logged as an action.
For operators. Errors: 02000 no incident with that id; 55000 it is closed already; 22004 a null; 22023 a note that is blank, too long or has control characters; 55P03; 25001, 25006, 42501.
Source: runbook 6.$$;

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
$$All that others are to be told of an incident, as JSON with the data for its charts; promoctl report shows it as Markdown, Slack text or a page. The same bytes for the same data and as_of. Ids are strings; hashes, codes and user ids are not in it.
Arguments: incident_id, null = the one that was open at as_of, where there is none the report is about the lookback alone; lookback, null = policy triage_lookback (30 min): how far back it looks without an incident, or where the incident's start is not known, and how much of the time before the start the series shows; as_of.
Returns: as_of; window (from the incident's start to its end or as_of, at most 31 days); incident (title, trigger, started_at, detected_at and how they are known, declared_at, closed_at), null without one; affected (campaigns and their count: paused or changed in the window, acted on, or with a verdict); user_impact (failing, recovered, suspected_attackers, estimate_low, estimate_high, method); actions (ids paused, unpaused, rotated, fixed, and the log); verdicts; clusters; funnel; settlement (every rule, and the drift); escalations; next_checkpoint; timeline; series (attempts by result, users failing and recovered, by time); basis (which fields are facts, which are estimates).
Statuses are today's. Writes nothing, works on a standby. Errors: 02000 no incident with that id; 22023 a lookback that is not positive or above 100 years, 22004 a null as_of, 55000 not bound, 42501.
Source: runbook 6.$$;
