-- Runbook section 1: triage. Reading functions: they write nothing, and answer the same for the same data and as_of.

CREATE FUNCTION promo_guard.blast_radius(lookback interval DEFAULT NULL, as_of timestamptz DEFAULT pg_catalog.now())
RETURNS TABLE (
    status text, campaigns bigint, changed bigint, attempts bigint, failed_attempts bigint, failing_users bigint,
    open_reservations bigint, reserved_stars bigint
)
LANGUAGE c STABLE SECURITY DEFINER ROWS 5
SET search_path = pg_catalog, pg_temp
SET TimeZone = 'UTC'
SET DateStyle = 'ISO, MDY'
SET IntervalStyle = 'postgres'
SET extra_float_digits = 1
SET quote_all_identifiers = off
SET jit = off
AS 'MODULE_PATHNAME', 'blast_radius_wrapper';
COMMENT ON FUNCTION promo_guard.blast_radius(interval, timestamptz) IS
$$How far the incident reaches: one row a status of campaigns, and one with a null status for attempts on codes that no campaign has.
Arguments: lookback, null = policy triage_lookback (30 min); as_of, the end of the window.
Returns: campaigns; changed, those with updated_at in the lookback; attempts, failed_attempts and failing_users (distinct) in the lookback; open_reservations at as_of and the discount stars that they hold. Statuses are today's.
Errors: 22023 a lookback that is not positive or above 100 years, 22004 a null as_of, 55000 not bound, 42501.
Source: runbook 1.1.$$;

CREATE FUNCTION promo_guard.paused_campaigns(
    lookback interval DEFAULT NULL, as_of timestamptz DEFAULT pg_catalog.now(), max_rows integer DEFAULT 50
) RETURNS TABLE (
    campaign_id bigint, campaign_name text, code_prefix text, status text, updated_at timestamptz,
    paused_at timestamptz, paused_at_source text, paused_by text, failed_attempts bigint, verdict text,
    campaign_key text
)
LANGUAGE c STABLE SECURITY DEFINER ROWS 50
SET search_path = pg_catalog, pg_temp
SET TimeZone = 'UTC'
SET DateStyle = 'ISO, MDY'
SET IntervalStyle = 'postgres'
SET extra_float_digits = 1
SET quote_all_identifiers = off
SET jit = off
AS 'MODULE_PATHNAME', 'paused_campaigns_wrapper';
COMMENT ON FUNCTION promo_guard.paused_campaigns(interval, timestamptz, integer) IS
$$Campaigns that are paused, newest first, and since when.
Arguments: lookback, only those paused within it, null = all; as_of; max_rows, null = all.
Returns: paused_at with its source: history (our own record), evidence (the auto-pause rule held for the code between its last success and the first failure that the pause caused: when it began to), or estimated (an upper bound: the first failure that the pause caused, or updated_at, which any edit moves); paused_by; failed_attempts on its code within the lookback (null: policy triage_lookback); verdict, see classify(); campaign_key, the application's own id of it: campaign_id as text, or the key that campaign_id is made of.
Errors: 22023, 22004, 55000, 42501 as blast_radius().
Source: runbook 1.2.$$;

CREATE FUNCTION promo_guard.failed_attempts(
    lookback interval DEFAULT NULL, as_of timestamptz DEFAULT pg_catalog.now(), max_rows integer DEFAULT 50
) RETURNS TABLE (
    code_hash text, campaign_id bigint, result text, attempts bigint, users bigint, first_seen timestamptz,
    last_seen timestamptz, accepted bigint, campaign_key text
)
LANGUAGE c STABLE SECURITY DEFINER ROWS 50
SET search_path = pg_catalog, pg_temp
SET TimeZone = 'UTC'
SET DateStyle = 'ISO, MDY'
SET IntervalStyle = 'postgres'
SET extra_float_digits = 1
SET quote_all_identifiers = off
SET jit = off
AS 'MODULE_PATHNAME', 'failed_attempts_wrapper';
COMMENT ON FUNCTION promo_guard.failed_attempts(interval, timestamptz, integer) IS
$$Failed attempts by code and result, most attempts first.
Arguments: lookback, null = policy triage_lookback (30 min); as_of; max_rows, null = all.
Returns: code_hash; campaign_id, null for a code that no campaign has; result, one of policy failure_results; attempts; users, distinct; first_seen and last_seen; accepted, the accepted attempts on that code in the lookback; campaign_key, the application's own id of the campaign.
For operators: it shows hashes. Errors: 22023, 22004, 55000, 42501 as blast_radius().
Source: runbook 1.3.$$;

CREATE FUNCTION promo_guard.find_campaigns(reference text, max_rows integer DEFAULT 10)
RETURNS TABLE (campaign_id bigint, campaign_name text, code_prefix text, status text, matched text, campaign_key text)
LANGUAGE c STABLE SECURITY DEFINER ROWS 10
SET search_path = pg_catalog, pg_temp
SET TimeZone = 'UTC'
SET DateStyle = 'ISO, MDY'
SET IntervalStyle = 'postgres'
SET extra_float_digits = 1
SET quote_all_identifiers = off
SET jit = off
AS 'MODULE_PATHNAME', 'find_campaigns_wrapper';
COMMENT ON FUNCTION promo_guard.find_campaigns(text, integer) IS
$$Campaigns that a reference means: by id, by key, by name, or by a part of the name.
Arguments: reference, an id or a text; a number is an id and never a part of a name; upper and lower case are the same in a part. max_rows, null = all.
Returns: one row for each campaign that matches; matched is key, id, name or part; campaign_key is the application's own id of it. A key excludes the rest, and whole names exclude parts. Paused campaigns come first.
Example: SELECT * FROM promo_guard.find_campaigns('student');
Errors: 22004 a null reference, 22023 an empty one, 55000 not bound, 42501.$$;

CREATE FUNCTION promo_guard.triage(lookback interval DEFAULT NULL, as_of timestamptz DEFAULT pg_catalog.now())
RETURNS jsonb
LANGUAGE c STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET TimeZone = 'UTC'
SET DateStyle = 'ISO, MDY'
SET IntervalStyle = 'postgres'
SET extra_float_digits = 1
SET quote_all_identifiers = off
SET jit = off
AS 'MODULE_PATHNAME', 'triage_wrapper';
COMMENT ON FUNCTION promo_guard.triage(interval, timestamptz) IS
$$The whole first page of an incident in one value, from one reading of the attempts.
Arguments: lookback, null = policy triage_lookback (30 min); as_of, the end of the window.
Returns: a jsonb object. Ids are strings, times are UTC.
  window: from, until.
  headline: attempts, failed_attempts, failed_share and normal_failed_share (the same time of earlier days), failing_users, paused, paused_within the window, paused_by_verdict, active_with_findings, need_action.
  campaigns: at most 50 that are paused, fail, or have a finding; what goes on comes first, then by verdict and failing users. Each with campaign_key (the application's own id of it), status, paused_at, paused_not_before and paused_not_after (bounds from the data), paused_at_source, paused_by, pause_reason, paused_with (of many campaigns that one actor paused at once the one that stands for them), verdict, confidence, attempts, failed_attempts, users (who failed), accepted, needs_action, action, short_action (a few words of it), next_command (promoctl), reasons. Of names that several share, the worst code is always among them. campaigns_total is the number of all.
  mass_pauses: many campaigns that one actor paused within a minute, and of which nothing else is known: campaign_id (the one that stands for them), paused_at, paused_by, campaigns (how many), next_command. paused_together() lists them.
  batches: names that several of these campaigns share, with the number of codes, paused ones, codes of each verdict, those that need action, and the sums. Codes that can be used once each are judged as one campaign too: verdict, confidence, action, reasons and next_command are of the whole batch, null where nothing is found.
  unknown_codes: the clusters of codes that no campaign has. clusters: see failure_clusters(). blast_radius, baseline, failed_attempts (operators), settlement (settlement_summary() of the last hour), escalations: the rows of these functions.
  unpaused: campaigns that are ACTIVE again since a time within the window: campaign_key, unpaused_at, unpaused_by, bake_state, bake_since, bake_until.
  ingestion: state (alive, silent, unknown), silent_seconds, last_attempt_in_window.
  withheld: sections that are absent, each with the reason.
Example: SELECT jsonb_pretty(promo_guard.triage() -> 'headline');
Errors: 22023 a lookback that is not positive or above 100 years, 22004 a null as_of, 55000 not bound, 42501.
Source: runbook sections 1 and 2.$$;
