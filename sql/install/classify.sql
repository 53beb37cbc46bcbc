-- Runbook section 2: classify. Reading functions: they write nothing, and answer the same for the same data and as_of.

CREATE FUNCTION promo_guard.classify(lookback interval DEFAULT NULL, as_of timestamptz DEFAULT pg_catalog.now())
RETURNS TABLE (
    campaign_id bigint, campaign_name text, status text, verdict text, confidence double precision, action text,
    reasons text[], evidence jsonb, campaign_key text
)
LANGUAGE c STABLE SECURITY DEFINER ROWS 50
SET search_path = pg_catalog, pg_temp
SET TimeZone = 'UTC'
SET DateStyle = 'ISO, MDY'
SET IntervalStyle = 'postgres'
SET extra_float_digits = 1
SET quote_all_identifiers = off
SET jit = off
AS 'MODULE_PATHNAME', 'classify_wrapper';
COMMENT ON FUNCTION promo_guard.classify(interval, timestamptz) IS
$$Gives a verdict on each campaign that is paused, has failures, or has a finding; gravest first.

For a paused campaign the evidence is the time around the pause, however long ago that was.
Failures caused by the pause are no evidence. A column that the application does not have is named,
and lowers the confidence.
Access: readers and operators. Runbook 2 and 3.

Arguments
  lookback  length of the window; null = policy triage_lookback (30 min)
  as_of     end of the window; default now()

Returns
  campaign_id, campaign_name, status
              the campaign as it is now
  verdict     ABUSE_LIKELY: its code appears leaked, or is attacked. CONFIG_REGRESSION: its
              validity, limits, audience or scope reject its customers. INCONCLUSIVE: two
              explanations fit, no record explains the pause, or no attempts are recorded.
              FALSE_POSITIVE: paused, and nothing is wrong. HEALTHY: nothing is wrong, or it ended
              as planned
  confidence  how often such a verdict was right in generated shops that were not used for fitting,
              0 to 1
  action      what to do, from runbook section 3
  reasons     sentences, the conclusion first
  evidence    the numbers, with the normal ones; earlier_attempts_since: attempts before this
              time were not read (policy verdict_reach)
  campaign_key
              the application's own id of the campaign

Errors
  22023  lookback is not positive or is longer than 100 years, or as_of is infinite
  22004  as_of is null
  55000  promo_guard is not bound to an application

Example
  SELECT campaign_id, verdict, action, reasons FROM promo_guard.classify();$$;
