-- Runbook 1.3: failures that belong together.
--
-- The aggregate. bind() lets the application's owner, as whom its attempts are read, call it and all its parts: a distributed
-- database asks for that. They reveal nothing that their caller does not hand them.

CREATE FUNCTION promo_guard.tally_add(
    internal, code_hash "any", user_id bigint, result text, attempted_at timestamptz, since timestamptz, until timestamptz,
    max_attempts bigint
) RETURNS internal
LANGUAGE c IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'tally_add';
COMMENT ON FUNCTION promo_guard.tally_add(internal, "any", bigint, text, timestamptz, timestamptz, timestamptz, bigint) IS
$$Adds one attempt to the state of the aggregate tally().$$;

CREATE FUNCTION promo_guard.tally_merge(internal, internal) RETURNS internal
LANGUAGE c IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'tally_merge';
COMMENT ON FUNCTION promo_guard.tally_merge(internal, internal) IS
$$Merges two states of the aggregate tally().$$;

CREATE FUNCTION promo_guard.tally_save(internal) RETURNS bytea
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'tally_save';
COMMENT ON FUNCTION promo_guard.tally_save(internal) IS
$$Serializes the state of the aggregate tally().$$;

CREATE FUNCTION promo_guard.tally_load(bytea, internal) RETURNS internal
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'tally_load';
COMMENT ON FUNCTION promo_guard.tally_load(bytea, internal) IS
$$Deserializes the state of the aggregate tally().$$;

CREATE AGGREGATE promo_guard.tally(
    code_hash "any", user_id bigint, result text, attempted_at timestamptz, since timestamptz, until timestamptz,
    max_attempts bigint
) (
    SFUNC = promo_guard.tally_add, STYPE = internal, SSPACE = 1000000,
    COMBINEFUNC = promo_guard.tally_merge, SERIALFUNC = promo_guard.tally_save, DESERIALFUNC = promo_guard.tally_load,
    FINALFUNC = promo_guard.tally_save, FINALFUNC_MODIFY = READ_WRITE, PARALLEL = SAFE
);
COMMENT ON AGGREGATE promo_guard.tally("any", bigint, text, timestamptz, timestamptz, timestamptz, bigint) IS
$$Summarizes the attempts of a window in one pass, in parallel.

triage(), classify(), failure_clusters() and failure_cluster_members() read its result.
Access: the owner of the bound tables. Runbook 1.3.

Arguments
  code_hash     hash of the code that was tried, of any type
  user_id       user who tried; null = unknown
  result        result of the attempt
  attempted_at  time of the attempt; a row outside the window or without a time is ignored
  since, until  the window; the same for every row
  max_attempts  attempts above this number are sampled (policy cluster_max_attempts); the same for
                every row

Returns
  Bytes that only this version of the library reads.

Errors
  22004  since or until is null

Example
  SELECT length(promo_guard.tally(a.code_hash, a.user_id, a.result, a.attempted_at, now() - interval
    '1 hour', now(), 1000000)) FROM promo_guard.attempts AS a;$$;

-- Settings: the attempts of a window flow through a parallel aggregate, of which one row comes back; to compile its expressions
-- would cost more than to run them.

CREATE FUNCTION promo_guard.failure_clusters(
    lookback interval DEFAULT NULL, as_of timestamptz DEFAULT pg_catalog.now(), max_rows integer DEFAULT 50
) RETURNS TABLE (
    cluster_id text, kind text, campaign_id bigint, attempts bigint, users bigint, codes bigint, results jsonb,
    first_seen timestamptz, last_seen timestamptz, peak_per_minute bigint, active boolean, recovered_users bigint,
    score double precision, explanation text, series bigint[], accepted bigint, uncounted bigint,
    needs_action boolean, campaign_name text, campaign_key text
)
LANGUAGE c STABLE SECURITY DEFINER ROWS 50
SET search_path = pg_catalog, pg_temp
SET TimeZone = 'UTC'
SET DateStyle = 'ISO, MDY'
SET IntervalStyle = 'postgres'
SET extra_float_digits = 1
SET quote_all_identifiers = off
SET jit = off
AS 'MODULE_PATHNAME', 'failure_clusters_wrapper';
COMMENT ON FUNCTION promo_guard.failure_clusters(interval, timestamptz, integer) IS
$$Groups failed attempts by cause, worst cluster first.

One code can have several clusters, for example its attackers and its customers.
Access: readers and operators. Runbook 1.3 and 2.

Arguments
  lookback  length of the window; null = policy triage_lookback (30 min)
  as_of     end of the window; default now()
  max_rows  maximum number of rows; null = all

Returns
  cluster_id       campaign and kind, or kind and start of its earliest hash; it can change when
                   that hash leaves the window
  kind             ABUSED_CODE: a known code that its users keep retrying. LEAKED_CODE: a known code
                   that appears leaked. CONFIG_FAILURE: a campaign that rejects its own customers.
                   These three follow the verdict of classify(). SURGE: many users at once on a
                   known code; the verdict establishes neither abuse nor a fault. ENUMERATION:
                   guessed codes. UNKNOWN_CODE: one unknown code that many users send: misprinted,
                   not created yet, or deleted. MISTYPED_CODE: one wrong spelling that many users
                   send. RETRY_STORM: few clients in a loop. PAUSE_ECHO: failures caused by the
                   pause, no evidence of abuse. BACKGROUND: unrelated failures
  campaign_id      the campaign, for MISTYPED_CODE the one that was meant; null for unknown codes
  attempts, users, codes
                   failed attempts (policy failure_results), distinct users, distinct codes
  results          failed attempts by result
  first_seen, last_seen
                   first and last failed attempt
  peak_per_minute  most failed attempts in one minute
  active           whether it continues at as_of (policy cluster_active_within)
  recovered_users  users accepted within policy recovery_within of their failure
  score            order of the clusters
  explanation      one sentence with the numbers
  series           failed attempts in each of 30 equal parts of the window
  accepted         accepted attempts of the same users on the same codes
  uncounted        attempts that were left out of the sample, normally 0; above policy
                   cluster_max_attempts the numbers are those of a sample, and a WARNING says so
  needs_action     whether a person has to act: by the kind, for SURGE by the verdict
  campaign_name    name of the campaign; null where it has none
  campaign_key     the application's own id of the campaign

Errors
  22023  lookback is not positive or is longer than 100 years, as_of is infinite, or max_rows is
         negative
  22004  as_of is null
  55000  promo_guard is not bound to an application

Example
  SELECT kind, campaign_id, attempts, users, explanation FROM promo_guard.failure_clusters();$$;

CREATE FUNCTION promo_guard.failure_cluster_members(lookback interval DEFAULT NULL, as_of timestamptz DEFAULT pg_catalog.now())
RETURNS TABLE (cluster_id text, user_id bigint, code_hash text, attempts bigint)
LANGUAGE c STABLE SECURITY DEFINER ROWS 10000
SET search_path = pg_catalog, pg_temp
SET TimeZone = 'UTC'
SET DateStyle = 'ISO, MDY'
SET IntervalStyle = 'postgres'
SET extra_float_digits = 1
SET quote_all_identifiers = off
SET jit = off
AS 'MODULE_PATHNAME', 'failure_cluster_members_wrapper';
COMMENT ON FUNCTION promo_guard.failure_cluster_members(interval, timestamptz) IS
$$Lists the users and codes of each cluster of failure_clusters(), in order of code and user.

Every pair of user and code that failed in the window is in exactly one cluster.
Access: operators, because it shows users and code hashes. Runbook 1.3.

Arguments
  lookback  length of the window; null = policy triage_lookback (30 min)
  as_of     end of the window; default now()

Returns
  cluster_id  as in failure_clusters() with the same arguments
  user_id     the user; null = attempts without a user, one row for each code
  code_hash   the code as the application stores it; bytes are shown in hex
  attempts    failed attempts; they add up to those of the cluster

Errors
  22023  lookback is not positive or is longer than 100 years, or as_of is infinite
  22004  as_of is null
  55000  promo_guard is not bound to an application

Example
  SELECT * FROM promo_guard.failure_cluster_members(lookback => '10 min');$$;

CREATE FUNCTION promo_guard.baseline(lookback interval DEFAULT NULL, as_of timestamptz DEFAULT pg_catalog.now())
RETURNS TABLE (
    result text, attempts bigint, share double precision, expected double precision, ratio double precision, periods integer
)
LANGUAGE c STABLE SECURITY DEFINER ROWS 6
SET search_path = pg_catalog, pg_temp
SET TimeZone = 'UTC'
SET DateStyle = 'ISO, MDY'
SET IntervalStyle = 'postgres'
SET extra_float_digits = 1
SET quote_all_identifiers = off
SET jit = off
AS 'MODULE_PATHNAME', 'baseline_wrapper';
COMMENT ON FUNCTION promo_guard.baseline(interval, timestamptz) IS
$$Compares attempts by result with the same time of up to 7 earlier days.

A lookback of more than a day is compared with the periods before it, at a distance of whole days.
A lookback of more than a week is not compared.
Access: readers and operators. Runbook, primary trigger events, and 1.3.

Arguments
  lookback  length of the window; null = policy triage_lookback (30 min)
  as_of     end of the window; default now()

Returns
  result    the five results of the application, and any other found
  attempts  attempts with this result in the window
  share     their share of all attempts, 0 to 1; null = no attempts
  expected  median of the earlier days; null = no earlier day has data
  ratio     attempts / expected; null where expected is null or 0
  periods   number of earlier days with data; a day without any attempt in this period has none

Errors
  22023  lookback is not positive or is longer than 100 years, or as_of is infinite
  22004  as_of is null
  55000  promo_guard is not bound to an application

Example
  SELECT result, attempts, expected FROM promo_guard.baseline();$$;
