-- Runbook section 6: incidents, and the report about one.

CREATE FUNCTION promo_guard.open_incident(title text, trigger text, started_at timestamptz DEFAULT NULL) RETURNS bigint
LANGUAGE c VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET TimeZone = 'UTC'
AS 'MODULE_PATHNAME', 'open_incident_wrapper';
COMMENT ON FUNCTION promo_guard.open_incident(text, text, timestamptz) IS
$$Declares an incident. At most one is open, so that every action taken while it is belongs to it.
Arguments: title, up to 200 characters; trigger, the event that led here, such as promo_campaign_auto_paused or payments_reconciliation_diff_detected; started_at, null = the first minute of the burst of failures that goes on or ended within policy triage_lookback, looked up in the last day's attempts a minute against the same time of the seven days before; where there is none the start is not known.
detected_at is the first pause since the start, from the status history or the evidence; where there is none, the declaration.
Returns: the incident's id. Logged as an action.
For operators. Errors: 55006 one is open already; 22004 a null, 22023 an empty or too long title or trigger, or a started_at that is not in the past; 55P03 another such change did not end within 3 s; 25001, 25006, 42501.
Source: runbook 6.$$;

CREATE FUNCTION promo_guard.checkpoint(incident_id bigint, next_at timestamptz, note text)
RETURNS TABLE (
    id bigint, title text, trigger text, started_at timestamptz, detected_at timestamptz, declared_at timestamptz,
    declared_by text, next_checkpoint_at timestamptz, closed_at timestamptz, note text
)
LANGUAGE c VOLATILE SECURITY DEFINER ROWS 1
SET search_path = pg_catalog, pg_temp
SET TimeZone = 'UTC'
AS 'MODULE_PATHNAME', 'checkpoint_wrapper';
COMMENT ON FUNCTION promo_guard.checkpoint(bigint, timestamptz, text) IS
$$Notes how an open incident stands, and promises when others will hear next. A promise that is not kept is escalated (checkpoint_overdue). It has nothing to do with PostgreSQL's own CHECKPOINT.
Arguments: incident_id; next_at, in the future; note, up to 10,000 characters.
Returns: the incident's row. Logged as an action: earlier checkpoints stay there.
For operators. Errors: 02000 no incident with that id; 55000 it is closed; 22004 a null; 22023 an empty or too long note, or a next_at that is not in the future; 55P03; 25001, 25006, 42501.
Source: runbook 6.$$;

CREATE FUNCTION promo_guard.close_incident(incident_id bigint, note text)
RETURNS TABLE (
    id bigint, title text, trigger text, started_at timestamptz, detected_at timestamptz, declared_at timestamptz,
    declared_by text, next_checkpoint_at timestamptz, closed_at timestamptz, note text
)
LANGUAGE c VOLATILE SECURITY DEFINER ROWS 1
SET search_path = pg_catalog, pg_temp
SET TimeZone = 'UTC'
AS 'MODULE_PATHNAME', 'close_incident_wrapper';
COMMENT ON FUNCTION promo_guard.close_incident(bigint, text) IS
$$Closes an open incident; there is no next checkpoint then.
Arguments: incident_id; note, how it ended, up to 10,000 characters.
Returns: the incident's row. Logged as an action.
For operators. Errors: 02000 no incident with that id; 55000 it is closed already; 22004 a null; 22023 an empty or too long note; 55P03; 25001, 25006, 42501.
Source: runbook 6.$$;
