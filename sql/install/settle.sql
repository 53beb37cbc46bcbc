-- Runbook section 5: settlement. Reading functions: they write nothing, and answer the same for the same data and as_of.
--
-- Settings: of the rows looked at next to none come back, which the planner cannot know, so sending them from workers costs
-- nothing. A hash table of a million purchases takes 125 MB, which the processes share; at the default of work_mem both sides
-- are spilled to disk. The rules make one wide predicate, which every worker would compile for itself.

-- An aggregate for settlement's own statements, which run as the owner of the application's tables: so it is open to all (see
-- privileges.sql). It has no settings: they would be set anew for each row, and it looks nothing up.
CREATE FUNCTION promo_guard.settle_sketch_add(
    sketch internal, class integer, token bigint, campaign bigint, use_key bigint, applied boolean, ever_applied boolean
) RETURNS internal
LANGUAGE c IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'settle_sketch_add_wrapper';
COMMENT ON FUNCTION promo_guard.settle_sketch_add(internal, integer, bigint, bigint, bigint, boolean, boolean) IS
$$Part of the aggregate settle_sketch: adds a row.$$;

CREATE FUNCTION promo_guard.settle_sketch_combine(internal, internal) RETURNS internal
LANGUAGE c IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'settle_sketch_combine_wrapper';
COMMENT ON FUNCTION promo_guard.settle_sketch_combine(internal, internal) IS
$$Part of the aggregate settle_sketch: adds what another worker found.$$;

CREATE FUNCTION promo_guard.settle_sketch_bytes(internal) RETURNS bytea
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'settle_sketch_bytes_wrapper';
COMMENT ON FUNCTION promo_guard.settle_sketch_bytes(internal) IS
$$Part of the aggregate settle_sketch: its bytes, on their way from a worker and as its result.$$;

CREATE FUNCTION promo_guard.settle_sketch_read(bytea, internal) RETURNS internal
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'settle_sketch_read_wrapper';
COMMENT ON FUNCTION promo_guard.settle_sketch_read(bytea, internal) IS
$$Part of the aggregate settle_sketch: from its bytes.$$;

CREATE AGGREGATE promo_guard.settle_sketch(
    class integer, token bigint, campaign bigint, use_key bigint, applied boolean, ever_applied boolean
) (
    SFUNC = promo_guard.settle_sketch_add, STYPE = internal, SSPACE = 8000000,
    COMBINEFUNC = promo_guard.settle_sketch_combine, SERIALFUNC = promo_guard.settle_sketch_bytes,
    DESERIALFUNC = promo_guard.settle_sketch_read, FINALFUNC = promo_guard.settle_sketch_bytes, PARALLEL = SAFE
);
COMMENT ON AGGREGATE promo_guard.settle_sketch(integer, bigint, bigint, bigint, boolean, boolean) IS
$$What settlement_violations() needs to know of all redemptions, or of all purchases, before it looks at any pair of them: sums of tokens, uses by campaign, users with more than one use. Of no use by itself.
Arguments: class of the row (0 to 3, null = not in the window); token, a hash of what both sides must agree on; campaign; use_key, a hash of user and campaign; applied, ever_applied. Returns: bytes that only this version reads.$$;

CREATE FUNCTION promo_guard.settlement_violations(
    lookback interval DEFAULT NULL, as_of timestamptz DEFAULT pg_catalog.now(), campaign_id bigint DEFAULT NULL,
    max_rows integer DEFAULT NULL
) RETURNS TABLE (
    rule text, severity text, campaign_id bigint, redemption_id text, purchase_id text, user_id bigint, expected text,
    actual text, detail text
)
LANGUAGE c STABLE SECURITY DEFINER ROWS 50
SET search_path = pg_catalog, pg_temp
SET TimeZone = 'UTC'
SET DateStyle = 'ISO, MDY'
SET IntervalStyle = 'postgres'
SET extra_float_digits = 1
SET quote_all_identifiers = off
SET jit = off
SET parallel_tuple_cost = 0
SET work_mem = '64MB'
AS 'MODULE_PATHNAME', 'settlement_violations_wrapper';
COMMENT ON FUNCTION promo_guard.settlement_violations(interval, timestamptz, bigint, integer) IS
$$Discounts that are not accounted for, in both directions: redemptions without their purchase, discounts without their redemption, and every other rule of settlement; critical ones first. What is still within its time (policies settle_grace, payment_grace) is none: settlement_summary() counts it as pending.
Arguments: lookback, null = policy settle_lookback (1 hour): a defect is found when either side, redemption or purchase, has a time in it; as_of, the end of the window: rows made later are not counted; campaign_id, only this campaign, null = all; max_rows, null = all.
Returns: rule; severity, critical or warning; campaign_id; redemption_id and purchase_id as text; user_id; expected and actual, a status or a number of stars or uses; detail, a sentence. A redemption or purchase appears once a rule. A rule that cannot run is absent here and named by settlement_summary().
For operators: it shows users. Errors: 22023 a lookback that is not positive or above 100 years, or a negative max_rows, 22004 a null as_of, 55000 not bound, 42501.
Source: runbook 5.2.$$;

CREATE FUNCTION promo_guard.settlement_summary(lookback interval DEFAULT NULL, as_of timestamptz DEFAULT pg_catalog.now())
RETURNS TABLE (rule text, severity text, checked bigint, violations bigint, pending bigint, skipped text)
LANGUAGE c STABLE SECURITY DEFINER ROWS 18
SET search_path = pg_catalog, pg_temp
SET TimeZone = 'UTC'
SET DateStyle = 'ISO, MDY'
SET IntervalStyle = 'postgres'
SET extra_float_digits = 1
SET quote_all_identifiers = off
SET jit = off
SET parallel_tuple_cost = 0
SET work_mem = '64MB'
AS 'MODULE_PATHNAME', 'settlement_summary_wrapper';
COMMENT ON FUNCTION promo_guard.settlement_summary(interval, timestamptz) IS
$$Every rule of settlement with what it looked at and found.
Arguments: lookback, null = policy settle_lookback (1 hour); as_of, the end of the window.
Returns: rule; severity; checked, the rows that the rule is about (over_redeemed: campaigns with a limit, and their users with more than one use); violations, as many as settlement_violations() lists; pending, what would be a violation and is still within its time; skipped, why the rule could not run (its numbers are null then), else null.
Errors: 22023, 22004, 55000, 42501 as settlement_violations().
Source: runbook 5.2.$$;

CREATE FUNCTION promo_guard.reconciliation_drift(
    lookback interval DEFAULT NULL, as_of timestamptz DEFAULT pg_catalog.now(), bucket interval DEFAULT '5 minutes'
) RETURNS TABLE (
    bucket_start timestamptz, applied bigint, settled bigint, missing bigint, surplus bigint, drift_stars bigint,
    abs_drift_stars bigint, paid_purchases bigint, ledger_credits bigint, ledger_drift_stars bigint, currency text
)
LANGUAGE c STABLE SECURITY DEFINER ROWS 12
SET search_path = pg_catalog, pg_temp
SET TimeZone = 'UTC'
SET DateStyle = 'ISO, MDY'
SET IntervalStyle = 'postgres'
SET extra_float_digits = 1
SET quote_all_identifiers = off
SET jit = off
SET work_mem = '64MB'
AS 'MODULE_PATHNAME', 'reconciliation_drift_wrapper';
COMMENT ON FUNCTION promo_guard.reconciliation_drift(interval, timestamptz, interval) IS
$$Discounts due against discounts given, by time; and the ledger against purchases, which never looks at discounts.
Arguments: lookback, null = policy settle_lookback (1 hour); as_of; bucket, a row each, empty ones too, the first starting with the window; the last may be shorter.
Returns: applied, discount redemptions applied in the bucket; settled, those whose purchase is credited (or was, and is refunded) with the discount promised; missing, with less or no credited purchase; surplus, with more, and discounts on credited purchases that no applied redemption explains; what is within policy settle_grace is in none of the three. drift_stars, discounts given less discounts due; abs_drift_stars, the same without signs, since opposite errors cancel in the sum. paid_purchases. ledger_credits, CREDIT entries booked in the bucket; ledger_drift_stars, ledger less purchases credited in the bucket; both null where no ledger is bound. currency, where purchases.currency is bound: a row for each bucket and each currency in use, never a sum of several; else null. Amounts that differ by no more than policy amount_tolerance are equal.
Errors: 22023 a bucket that is not positive or gives more than 10,000 rows, 22004 a null bucket; and as settlement_violations().
Source: runbook 5.3 and 7.$$;

CREATE FUNCTION promo_guard.probe_redeem(
    code_hash text, user_id bigint DEFAULT NULL, product_code text DEFAULT NULL
) RETURNS TABLE (result text, reason text, campaign_id bigint, discount_type text, discount_value bigint)
LANGUAGE c STABLE SECURITY DEFINER ROWS 1
SET search_path = pg_catalog, pg_temp
SET TimeZone = 'UTC'
SET DateStyle = 'ISO, MDY'
SET IntervalStyle = 'postgres'
SET extra_float_digits = 1
SET quote_all_identifiers = off
AS 'MODULE_PATHNAME', 'probe_redeem_wrapper';
COMMENT ON FUNCTION promo_guard.probe_redeem(text, bigint, text) IS
$$What the application would answer to a code now, writing nothing. It simulates: the runbook's controlled redemption in staging is still the application's.
Arguments: code_hash, as the application stores it (bytes in hex), never the plain code; user_id, null = whatever depends on the user is passed over; product_code, null = any.
Returns: result and reason: INVALID (UNKNOWN_CODE); EXPIRED (PAUSED, NOT_STARTED, ENDED, DEPLETED, NOT_ACTIVE); NOT_APPLICABLE (ALREADY_USED, DEPLETED, NEW_USERS_ONLY, FIRST_PURCHASE_ONLY, PRODUCT_NOT_COVERED); ACCEPTED. campaign_id; discount_type and discount_value as they stand, null for a grant. A user counts as new without a redemption applied or a purchase credited. Rate limits and target_scope are not simulated.
For operators. Errors: 22004 a null code_hash, 55000 not bound, 42501.
Source: runbook 5.1.$$;

CREATE FUNCTION promo_guard.probe_progress(code_hash text, user_id bigint, since timestamptz)
RETURNS TABLE (step text, state text, at timestamptz, detail text, id text)
LANGUAGE c STABLE SECURITY DEFINER ROWS 3
SET search_path = pg_catalog, pg_temp
SET TimeZone = 'UTC'
SET DateStyle = 'ISO, MDY'
SET IntervalStyle = 'postgres'
SET extra_float_digits = 1
SET quote_all_identifiers = off
AS 'MODULE_PATHNAME', 'probe_progress_wrapper';
COMMENT ON FUNCTION promo_guard.probe_progress(text, bigint, timestamptz) IS
$$How far one user's real redemption of a code has come: what promoctl probe --wait asks again and again.
Arguments: code_hash, as the application stores it (bytes in hex); user_id; since, what is older belongs to another redemption.
Returns: three rows, step attempt, redemption and settlement; state WAITING (nothing there yet), PENDING (on its way), DONE or FAILED; at, the time of what stands there; detail, the application's own status; id, of the attempt, the redemption, the purchase. An accepted attempt counts before others, else the latest; of several redemptions the latest. Settlement is DONE when the purchase is credited and the redemption applied, or a grant is given; whether it was settled right is for settlement_violations() to say.
For operators: it is about a user. Errors: 22004 a null argument, 55000 not bound, or bound without the columns that tell users and codes apart, 42501.
Source: runbook 5.1.$$;
