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
$$A verdict on each campaign that is paused or has failures in the lookback, and on each other one whose verdict is not HEALTHY; gravest first.
Arguments: lookback, null = policy triage_lookback (30 min); as_of, the end of the window.
Returns: verdict, one of ABUSE_LIKELY (its code appears leaked, or is attacked), CONFIG_REGRESSION (validity, limits, audience or scope turn its customers away), INCONCLUSIVE (two explanations fit, or no record explains the pause, or attempts are no longer recorded), FALSE_POSITIVE (paused, and nothing is wrong with it), HEALTHY (also: it ended in the ordinary course); confidence, how often such a verdict was right in generated shops that the weights were not fitted on, 0 to 1; action, the containment step of runbook section 3; reasons, sentences, the conclusion first; evidence, their numbers beside the normal ones; campaign_key, the application's own id of it.
For a paused campaign the evidence is the time from 15 minutes before the guard's rule held to 10 minutes after the pause (policy guard_lookback), however long ago; 45 minutes before where its row contradicts what was accepted. Failures that a pause causes are no evidence. A column that the application lacks is named, and lowers the confidence.
Errors: 22023 a lookback that is not positive or above 100 years, 22004 a null as_of, 55000 not bound, 42501.
Source: runbook 2 and 3.$$;
