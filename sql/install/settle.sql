-- Runbook section 5: settlement. Reading functions: they write nothing, and answer the same for the same data and as_of.
--
-- Settings: almost none of the rows read are returned, which the planner cannot know, so sending them from workers costs
-- nothing. A hash table of a million purchases takes 125 MB, which the processes share; at the default of work_mem both sides
-- are spilled to disk. The rules make one wide predicate, which every worker would compile for itself.

-- An aggregate for settlement's own statements, which run as the owner of the application's tables: so it is open to all (see
-- privileges.sql). It has no settings: they would be set anew for each row, and it looks nothing up.
CREATE FUNCTION promo_guard.settle_sketch_add(sketch internal, class integer, token bigint, use_key bigint) RETURNS internal
LANGUAGE c IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'settle_sketch_add_wrapper';
COMMENT ON FUNCTION promo_guard.settle_sketch_add(internal, integer, bigint, bigint) IS
$$Adds one row to the state of the aggregate settle_sketch().$$;

CREATE FUNCTION promo_guard.settle_sketch_combine(internal, internal) RETURNS internal
LANGUAGE c IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'settle_sketch_combine_wrapper';
COMMENT ON FUNCTION promo_guard.settle_sketch_combine(internal, internal) IS
$$Merges two states of the aggregate settle_sketch().$$;

CREATE FUNCTION promo_guard.settle_sketch_bytes(internal) RETURNS bytea
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'settle_sketch_bytes_wrapper';
COMMENT ON FUNCTION promo_guard.settle_sketch_bytes(internal) IS
$$Serializes the state of the aggregate settle_sketch().$$;

CREATE FUNCTION promo_guard.settle_sketch_read(bytea, internal) RETURNS internal
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'settle_sketch_read_wrapper';
COMMENT ON FUNCTION promo_guard.settle_sketch_read(bytea, internal) IS
$$Deserializes the state of the aggregate settle_sketch().$$;

CREATE AGGREGATE promo_guard.settle_sketch(class integer, token bigint, use_key bigint) (
    SFUNC = promo_guard.settle_sketch_add, STYPE = internal, SSPACE = 8000000,
    COMBINEFUNC = promo_guard.settle_sketch_combine, SERIALFUNC = promo_guard.settle_sketch_bytes,
    DESERIALFUNC = promo_guard.settle_sketch_read, FINALFUNC = promo_guard.settle_sketch_bytes, PARALLEL = SAFE
);
COMMENT ON AGGREGATE promo_guard.settle_sketch(integer, bigint, bigint) IS
$$Summarizes redemptions or purchases for settlement_violations() in one pass, in parallel.

It keeps sums of tokens, and which users may have more than one use.
Access: the owner of the bound tables. Runbook 5.2.

Arguments
  class    class of the row, 0 to 3; null = outside the window
  token    hash of the values that redemption and purchase must share
  use_key  hash of user and campaign of a redemption that is applied

Returns
  Bytes that only this version of the library reads.

Example
  SELECT length(promo_guard.settle_sketch(0, 1, 1));$$;

CREATE FUNCTION promo_guard.settlement_violations(
    lookback interval DEFAULT NULL, as_of timestamptz DEFAULT pg_catalog.now(), campaign_id bigint DEFAULT NULL,
    max_rows integer DEFAULT NULL
) RETURNS TABLE (
    rule text, severity text, campaign_id bigint, redemption_id text, purchase_id text, user_id bigint, expected text,
    actual text, detail text, campaign_key text
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
$$Lists discounts and redemptions that break a settlement rule, critical ones first.

Rows still within policy settle_grace or payment_grace are not listed; settlement_summary() counts
them as pending. A redemption or purchase appears once for each rule.
Access: operators, because it shows users. Runbook 5.2.

Arguments
  lookback     length of the window; null = policy settle_lookback (1 hour). A row is found when the
               redemption or the purchase has a time in the window
  as_of        end of the window; default now()
  campaign_id  only this campaign; null = all
  max_rows     maximum number of rows; null = all

Returns
  rule, severity    the rule, and critical or warning; settlement_summary() lists rules that cannot
                    run
  campaign_id, redemption_id, purchase_id, user_id
                    what it is about
  expected, actual  a status, or a number of stars or uses
  detail            one sentence
  campaign_key      the application's own id of the campaign

Errors
  22023  lookback is not positive or is longer than 100 years, as_of is infinite, or max_rows is
         negative
  22004  as_of is null
  55000  promo_guard is not bound to an application

Example
  SELECT * FROM promo_guard.settlement_violations(lookback => '1 day', max_rows => 20);$$;

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
$$Counts what each settlement rule checked and found.

Access: readers and operators. Runbook 5.2.

Arguments
  lookback  length of the window; null = policy settle_lookback (1 hour)
  as_of     end of the window; default now()

Returns
  One row for each rule.
  rule, severity  the rule, and critical or warning
  checked         rows that the rule is about; for over_redeemed, campaigns with a limit and their
                  users with several uses
  violations      rows that settlement_violations() lists
  pending         rows that become violations after policy settle_grace or payment_grace
  skipped         why the rule cannot run, or why it may have missed something where it found
                  nothing: a status has values that no rule knows. Its counts are null then

Errors
  22023  lookback is not positive or is longer than 100 years, or as_of is infinite
  22004  as_of is null
  55000  promo_guard is not bound to an application

Example
  SELECT * FROM promo_guard.settlement_summary() WHERE violations > 0;$$;

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
$$Compares discounts due with discounts given, and purchases with the ledger, over time.

Rows within policy settle_grace count neither as settled nor as missing or surplus. Amounts that
differ by at most policy amount_tolerance are equal.
Access: readers and operators. Runbook 5.3 and 7.

Arguments
  lookback  length of the window; null = policy settle_lookback (1 hour)
  as_of     end of the window; default now()
  bucket    length of time of one row, at most 10,000 rows; default 5 min

Returns
  One row for each bucket, also for an empty one. Where purchases.currency is bound, one row for
  each bucket and currency.
  bucket_start        start of the bucket; the last bucket may be shorter
  applied             discount redemptions applied in the bucket
  settled             those with a credited purchase (or a refunded one that was credited) and the
                      discount promised
  missing             those with a smaller discount, or without a credited purchase
  surplus             those with a larger discount, and discounts without an applied redemption
  drift_stars         discounts given - discounts due
  abs_drift_stars     the same without signs, because opposite errors cancel in a sum
  paid_purchases      purchases paid in the bucket
  ledger_credits      CREDIT entries in the bucket; null = no ledger is bound
  ledger_drift_stars  ledger - purchases credited in the bucket; null = no ledger is bound
  currency            currency of the amounts; null = purchases.currency is not bound

Errors
  22023  lookback is not positive or is longer than 100 years, as_of is infinite, or bucket is not
         positive or gives more than 10,000 rows
  22004  as_of or bucket is null
  55000  promo_guard is not bound to an application

Example
  SELECT * FROM promo_guard.reconciliation_drift(lookback => '1 day', bucket => '1 hour');$$;

CREATE FUNCTION promo_guard.probe_redeem(
    code_hash text, user_id bigint DEFAULT NULL, product_code text DEFAULT NULL
) RETURNS TABLE (result text, reason text, campaign_id bigint, discount_type text, discount_value bigint, campaign_key text)
LANGUAGE c STABLE SECURITY DEFINER ROWS 1
SET search_path = pg_catalog, pg_temp
SET TimeZone = 'UTC'
SET DateStyle = 'ISO, MDY'
SET IntervalStyle = 'postgres'
SET extra_float_digits = 1
SET quote_all_identifiers = off
AS 'MODULE_PATHNAME', 'probe_redeem_wrapper';
COMMENT ON FUNCTION promo_guard.probe_redeem(text, bigint, text) IS
$$Simulates what the application would answer to a code now; it writes nothing.

The controlled redemption in staging of the runbook is still done with the application. Rate limits
and target_scope are not simulated. A user is new without an applied redemption and without a
credited purchase.
Access: operators. Runbook 5.1.

Arguments
  code_hash     hash of the code as the application stores it (bytes in hex); never the plain code
  user_id       the user; null = conditions on the user are not checked
  product_code  the product; null = any

Returns
  One row.
  result       ACCEPTED, INVALID, EXPIRED or NOT_APPLICABLE
  reason       INVALID: UNKNOWN_CODE. EXPIRED: PAUSED, NOT_STARTED, ENDED, DEPLETED, NOT_ACTIVE.
               NOT_APPLICABLE: ALREADY_USED, DEPLETED, NEW_USERS_ONLY, FIRST_PURCHASE_ONLY,
               PRODUCT_NOT_COVERED
  campaign_id  the campaign; null for an unknown code
  discount_type, discount_value
               the discount; null for a grant
  campaign_key
               the application's own id of the campaign

Errors
  22004  code_hash is null
  55000  promo_guard is not bound to an application

Example
  SELECT * FROM promo_guard.probe_redeem(repeat('0', 64), user_id => 4711);$$;

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
$$Follows one user's real redemption of a code; promoctl probe --wait calls it repeatedly.

Of several attempts the accepted one counts, else the latest. Of several redemptions the latest
counts. Use settlement_violations() to see whether it was settled correctly.
Access: operators, because it shows a user. Runbook 5.1.

Arguments
  code_hash  hash of the code as the application stores it (bytes in hex)
  user_id    the user
  since      start of the redemption; earlier rows are ignored

Returns
  Three rows.
  step    attempt, redemption or settlement
  state   WAITING: nothing recorded yet. PENDING: started. DONE: settlement is done when the
          purchase is credited and the redemption applied, or when a grant is applied. FAILED
  at      time of the record
  detail  the application's own status
  id      id of the attempt, redemption or purchase

Errors
  22004  an argument is null
  55000  promo_guard is not bound, or the columns for users and codes are not bound

Example
  SELECT * FROM promo_guard.probe_progress(repeat('0', 64), 4711, now() - interval '5 minutes');$$;
