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
$$Part of the aggregate tally(): the state on its way from a worker to its leader.$$;

CREATE FUNCTION promo_guard.tally_load(bytea, internal) RETURNS internal
LANGUAGE c IMMUTABLE PARALLEL SAFE STRICT
AS 'MODULE_PATHNAME', 'tally_load';
COMMENT ON FUNCTION promo_guard.tally_load(bytea, internal) IS
$$Part of the aggregate tally(): the state as it arrives.$$;

CREATE FUNCTION promo_guard.tally_end(internal) RETURNS bytea
LANGUAGE c IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'tally_end';
COMMENT ON FUNCTION promo_guard.tally_end(internal) IS
$$Part of the aggregate tally(): hands the state over.$$;

CREATE AGGREGATE promo_guard.tally(
    code_hash "any", user_id bigint, result text, attempted_at timestamptz, since timestamptz, until timestamptz,
    max_attempts bigint
) (
    SFUNC = promo_guard.tally_add, STYPE = internal, SSPACE = 1000000,
    COMBINEFUNC = promo_guard.tally_merge, SERIALFUNC = promo_guard.tally_save, DESERIALFUNC = promo_guard.tally_load,
    FINALFUNC = promo_guard.tally_end, FINALFUNC_MODIFY = READ_WRITE, PARALLEL = SAFE
);
COMMENT ON AGGREGATE promo_guard.tally("any", bigint, text, timestamptz, timestamptz, timestamptz, bigint) IS
$$What failure_clusters(), failure_cluster_members() and classify() see of the attempts of a window, in one pass, in parallel.
Arguments: code_hash, of any type; user_id, null = not known; result; attempted_at, rows outside of the window or without a time are passed over; since and until, the window, and max_attempts, the same for every row: past it a sample is kept that depends on the rows alone (policy cluster_max_attempts).
Returns: bytes that only this library reads; null where one of those functions has taken it.
Errors: 22004 a null window.
Source: runbook 1.3.$$;
