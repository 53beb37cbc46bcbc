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
$$Counts campaigns, attempts, users and reservations by campaign status.

Statuses are as of now, not as of as_of.
Access: readers and operators. Runbook 1.1.

Arguments
  lookback  length of the window; null = policy triage_lookback (30 min)
  as_of     end of the window; default now()

Returns
  One row for each status, and one with a null status for attempts on unknown codes.
  campaigns          campaigns with this status
  changed            those of them with updated_at in the window
  attempts, failed_attempts
                     attempts in the window, and failed ones (policy failure_results)
  failing_users      distinct users who failed in the window
  open_reservations  reservations open at as_of
  reserved_stars     discount stars that these reservations hold

Errors
  22023  lookback is not positive or is longer than 100 years, or as_of is infinite
  22004  as_of is null
  55000  promo_guard is not bound to an application

Example
  SELECT * FROM promo_guard.blast_radius(lookback => '1 hour');$$;

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
$$Lists paused campaigns, newest pause first, with the time of the pause and the verdict.

Statuses are as of now, not as of as_of.
Access: readers and operators. Runbook 1.2.

Arguments
  lookback  lists only campaigns paused in the window; null = every paused campaign
  as_of     end of the window; default now()
  max_rows  maximum number of rows; null = all

Returns
  campaign_id, campaign_name, code_prefix, status, updated_at
                    the campaign as it is now
  paused_at         time of the pause
  paused_at_source  history: recorded by the status history. evidence: computed from attempts, the
                    time when the auto-pause rule began to hold. estimated: an upper bound, from the
                    first failure caused by the pause or from updated_at
  paused_by         role that paused it, where it was recorded
  failed_attempts   failed attempts on its code in the window (null lookback: policy
                    triage_lookback)
  verdict           see classify()
  campaign_key      the application's own id: campaign_id as text, or the key that campaign_id is
                    made of

Errors
  22023  lookback is not positive or is longer than 100 years, as_of is infinite, or max_rows is
         negative
  22004  as_of is null
  55000  promo_guard is not bound to an application

Example
  SELECT campaign_id, campaign_name, paused_at, verdict FROM promo_guard.paused_campaigns();$$;

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
$$Counts failed attempts by code and result, most attempts first.

Access: operators, because it shows code hashes. Runbook 1.3.

Arguments
  lookback  length of the window; null = policy triage_lookback (30 min)
  as_of     end of the window; default now()
  max_rows  maximum number of rows; null = all

Returns
  code_hash        hash of the code
  campaign_id      its campaign; null for an unknown code
  result           one of policy failure_results
  attempts, users  failed attempts with this result, and the distinct users who made them
  first_seen, last_seen
                   first and last of these attempts
  accepted         accepted attempts on the code in the window
  campaign_key     the application's own id of the campaign

Errors
  22023  lookback is not positive or is longer than 100 years, as_of is infinite, or max_rows is
         negative
  22004  as_of is null
  55000  promo_guard is not bound to an application

Example
  SELECT * FROM promo_guard.failed_attempts(max_rows => 10);$$;

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
$$Finds campaigns by id, by key, by name, or by part of the name.

A number is an id, never a part of a name. Upper and lower case are equal in a part of a name.
If a key matches, nothing else is searched. If a whole name matches, names that only contain it are
left out. Paused campaigns come first.
Access: readers and operators.

Arguments
  reference  id, key, name, or part of a name
  max_rows   maximum number of rows; null = all

Returns
  campaign_id, campaign_name, code_prefix, status
           the campaign as it is now
  matched  what matched: key, id, name or part
  campaign_key
           the application's own id of the campaign

Errors
  22004  reference is null
  22023  reference is empty, or max_rows is negative
  55000  promo_guard is not bound to an application

Example
  SELECT * FROM promo_guard.find_campaigns('student');$$;

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
$$Returns the first page of an incident as one JSON object, from one reading of the attempts.

Ids are strings. Times are in UTC. Statuses are as of now, not as of as_of.
Access: readers and operators. Runbook sections 1 and 2.

Arguments
  lookback  length of the window; null = policy triage_lookback (30 min)
  as_of     end of the window; default now()

Returns
  window           from, until
  headline         attempts, failed_attempts, failed_share, normal_failed_share (same time of
                   earlier days), failing_users, paused, paused_within, paused_by_verdict,
                   active_with_findings, need_action
  campaigns        at most 50 campaigns that are paused, have failures, or have a finding. Campaigns
                   that still cause damage come first. Each has its campaign_key, status, pause,
                   verdict, confidence, counts, action, next_command and reasons. paused_with is the
                   campaign_id of the mass pause that it belongs to
  campaigns_total  number of all such campaigns
  mass_pauses      many campaigns that one actor paused within a minute, with nothing else found:
                   campaign_id (one of them, which stands for all), paused_at, paused_by, campaigns
                   (their number), next_command. paused_together() lists them
  batches          names shared by several of these campaigns, with their codes, verdicts and sums.
                   Codes that can be used once each are judged as one campaign: verdict, confidence,
                   action, reasons and next_command of the batch, null where nothing is found
  unknown_codes    clusters of attempts on unknown codes
  clusters         rows of failure_clusters()
  blast_radius, baseline, escalations
                   rows of the functions with these names
  failed_attempts  rows of failed_attempts(); operators only
  settlement       rows of settlement_summary() for the last hour
  unpaused         campaigns that became ACTIVE again in the window, with campaign_key and bake
  ingestion        state (alive, silent, unknown), silent_seconds, last_attempt_in_window
  withheld         sections left out, with the reason

Errors
  22023  lookback is not positive or is longer than 100 years, or as_of is infinite
  22004  as_of is null
  55000  promo_guard is not bound to an application

Example
  SELECT jsonb_pretty(promo_guard.triage() -> 'headline');$$;
