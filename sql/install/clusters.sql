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
$$Part of the aggregate tally(): adds a row.$$;

CREATE FUNCTION promo_guard.tally_merge(internal, internal) RETURNS internal
LANGUAGE c IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'tally_merge';
COMMENT ON FUNCTION promo_guard.tally_merge(internal, internal) IS
$$Part of the aggregate tally(): adds what another process has seen.$$;

CREATE FUNCTION promo_guard.tally_save(internal) RETURNS bytea
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'tally_save';
COMMENT ON FUNCTION promo_guard.tally_save(internal) IS
$$Part of the aggregate tally(): the state as bytes, from a worker to its leader and as the result.$$;

CREATE FUNCTION promo_guard.tally_load(bytea, internal) RETURNS internal
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'tally_load';
COMMENT ON FUNCTION promo_guard.tally_load(bytea, internal) IS
$$Part of the aggregate tally(): the state as it arrives.$$;

CREATE AGGREGATE promo_guard.tally(
    code_hash "any", user_id bigint, result text, attempted_at timestamptz, since timestamptz, until timestamptz,
    max_attempts bigint
) (
    SFUNC = promo_guard.tally_add, STYPE = internal, SSPACE = 1000000,
    COMBINEFUNC = promo_guard.tally_merge, SERIALFUNC = promo_guard.tally_save, DESERIALFUNC = promo_guard.tally_load,
    FINALFUNC = promo_guard.tally_save, FINALFUNC_MODIFY = READ_WRITE, PARALLEL = SAFE
);
COMMENT ON AGGREGATE promo_guard.tally("any", bigint, text, timestamptz, timestamptz, timestamptz, bigint) IS
$$What failure_clusters(), failure_cluster_members() and classify() see of the attempts of a window, in one pass, in parallel.
Arguments: code_hash, of any type; user_id, null = not known; result; attempted_at, rows outside of the window or without a time are passed over; since and until, the window, and max_attempts, the same for every row: past it a sample is kept that depends on the rows alone (policy cluster_max_attempts).
Returns: bytes that only this library reads.
Errors: 22004 a null window.
Source: runbook 1.3.$$;

-- Settings: the attempts of a window flow through a parallel aggregate, of which one row comes back; to compile its expressions
-- would cost more than to run them.

CREATE FUNCTION promo_guard.failure_clusters(
    lookback interval DEFAULT NULL, as_of timestamptz DEFAULT pg_catalog.now(), max_rows integer DEFAULT 50
) RETURNS TABLE (
    cluster_id text, kind text, campaign_id bigint, attempts bigint, users bigint, codes bigint, results jsonb,
    first_seen timestamptz, last_seen timestamptz, peak_per_minute bigint, active boolean, recovered_users bigint,
    score double precision, explanation text, series bigint[], accepted bigint, uncounted bigint
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
$$Failed attempts put together by their cause, worst first. One code can have several clusters: its attackers and its customers.
Arguments: lookback, null = policy triage_lookback (30 min); as_of, the end of the window; max_rows, null = all.
Returns: cluster_id, campaign and kind, or the kind and the beginning of its earliest hash (it may change when that leaves the lookback); kind: LEAKED_CODE (a known code that appears leaked), ABUSED_CODE (a known code that its users keep retrying), CONFIG_FAILURE (a campaign that rejects its own customers), ENUMERATION (guessed codes), SURGE (many users at once on a known code; the verdict establishes neither abuse nor a fault), UNKNOWN_CODE (one unknown code that many send: misprinted, not created yet, or deleted), MISTYPED_CODE (a wrong spelling that many tried; campaign_id is the one meant), RETRY_STORM (few clients in a loop), PAUSE_ECHO (failures caused by the pause: no evidence of abuse), BACKGROUND (unrelated failures). LEAKED_CODE, ABUSED_CODE and CONFIG_FAILURE follow the verdict of classify(); campaign_id, null for unknown codes; attempts, failed ones (policy failure_results); users and codes, distinct; results, failed attempts by result; first_seen and last_seen; peak_per_minute; active, whether it goes on at as_of (policy cluster_active_within); recovered_users, accepted on a campaign within policy recovery_within of their failure; score, the order; explanation, a sentence; series, failed attempts in each of 30 equal parts of the lookback; accepted, accepted attempts of the same users on the same codes; uncounted, attempts of the whole lookback that were counted and not looked at since there were more than policy cluster_max_attempts allows for (0 as a rule; a WARNING says it too). The numbers are then those of a sample.
Errors: 22023 a lookback that is not positive or above 100 years, or a negative max_rows, 22004 a null as_of, 55000 not bound, 42501.
Source: runbook 1.3 and 2.$$;

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
$$Who is in which cluster: every user and code that failed together in the lookback, once, in order of code and user.
Arguments: lookback, null = policy triage_lookback (30 min); as_of. As given to failure_clusters(): cluster_id is the same then.
Returns: cluster_id; user_id, null for attempts without a user, which are one row a code; code_hash, as the application stores it (bytes as hexadecimal digits); attempts, failed ones: they add up to those of the cluster.
For operators: it shows users and hashes. Errors: 22023, 22004, 55000, 42501 as failure_clusters().
Source: runbook 1.3.$$;

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
$$Attempts by result, beside what is usual at this time of day: the same slot of up to 7 earlier days.
Arguments: lookback, null = policy triage_lookback (30 min); as_of, the end of the window. A lookback of more than a day is compared with those right before it at whole days' distance, one of more than a week with none.
Returns: result, the usual five and any other; attempts; share of all attempts, 0 to 1, null where there were none; expected, the median of the earlier days, null where nothing was kept of them; ratio, attempts by expected, null where expected is null or 0; periods, how many earlier days there were. A day without a single attempt in its slot counts as one of which nothing was kept.
Errors: 22023, 22004, 55000, 42501 as failure_clusters().
Source: runbook, primary trigger events, and 1.3.$$;
