-- Runbook section 3: containment. Changing functions: each changes campaigns under the locks of their rows, and writes what it did
-- into the action log in the same transaction.

CREATE FUNCTION promo_guard.pause(campaign_id bigint, reason text)
RETURNS TABLE (campaign_id bigint, decision text, status text, detail text, action_id bigint)
LANGUAGE c VOLATILE SECURITY DEFINER ROWS 1
SET search_path = pg_catalog, pg_temp
SET TimeZone = 'UTC'
SET DateStyle = 'ISO, MDY'
SET IntervalStyle = 'postgres'
SET extra_float_digits = 1
SET quote_all_identifiers = off
AS 'MODULE_PATHNAME', 'pause_wrapper';
COMMENT ON FUNCTION promo_guard.pause(bigint, text) IS
$$Pauses one campaign: ACTIVE to PAUSED, with updated_at. Can be repeated.
Arguments: campaign_id; reason, 1 to 2,000 characters in one line, for the action log.
Returns: one row: campaign_id; decision, PAUSED, ALREADY_PAUSED, or REFUSED (a campaign that is EXPIRED or DEPLETED); status as it is now; detail, a sentence; action_id, of its row in the action log.
For operators. Errors: 02000 no campaign with that id; 22004 a null id; 22023 a reason that is blank, too long or has control characters; 55P03 the row is locked by somebody else for longer than 3 s; 55000 not bound, or the table behind a view written by hand is not known, or a trigger of the application's undid the change; 25001 isolation above READ COMMITTED; 25006 a standby or a read-only transaction; 42501.
Source: runbook section 3.$$;

CREATE FUNCTION promo_guard.pause_batch(campaign_name text, reason text)
RETURNS TABLE (campaign_id bigint, decision text, status text, detail text, action_id bigint)
LANGUAGE c VOLATILE SECURITY DEFINER ROWS 1000
SET search_path = pg_catalog, pg_temp
SET TimeZone = 'UTC'
SET DateStyle = 'ISO, MDY'
SET IntervalStyle = 'postgres'
SET extra_float_digits = 1
SET quote_all_identifiers = off
AS 'MODULE_PATHNAME', 'pause_batch_wrapper';
COMMENT ON FUNCTION promo_guard.pause_batch(text, text) IS
$$Pauses every ACTIVE code of a batch, the codes that share a campaign_name, in one transaction: all of them or none. Can be repeated.
Arguments: campaign_name, exactly; reason, 1 to 2,000 characters in one line, for the action log.
Returns: a row for each code that was ACTIVE or PAUSED, in the order of their ids, as pause(): campaign_id; decision, PAUSED or ALREADY_PAUSED; status; detail; action_id, of its own row in the action log (action pause). Codes that are EXPIRED or DEPLETED are left as they are and not listed.
For operators. Errors: 02000 no campaign with that name; 22004 a null name; 22023 a reason that is blank, too long or has control characters; 55P03 a row is locked by another session for longer than 3 s; 55000 not bound, or the table behind a view written by hand is not known, or a trigger of the application's undid a change; 25001 isolation above READ COMMITTED; 25006 a standby or a read-only transaction; 42501.
Source: runbook section 3.$$;

CREATE TABLE promo_guard.rotation (
    old_campaign_id bigint PRIMARY KEY,
    new_campaign_id bigint NOT NULL UNIQUE,
    at              timestamptz NOT NULL,
    action_id       bigint NOT NULL
);
COMMENT ON TABLE promo_guard.rotation IS 'Which campaign replaced which, once its code had leaked: the old one stays paused for good';
COMMENT ON COLUMN promo_guard.rotation.old_campaign_id IS 'The campaign whose code leaked';
COMMENT ON COLUMN promo_guard.rotation.new_campaign_id IS 'The one that replaced it';
COMMENT ON COLUMN promo_guard.rotation.at IS 'When';
COMMENT ON COLUMN promo_guard.rotation.action_id IS 'The action';
SELECT pg_catalog.pg_extension_config_dump('promo_guard.rotation', '');

CREATE FUNCTION promo_guard.fix_campaign(campaign_id bigint, changes jsonb, reason text, dry_run boolean DEFAULT false)
RETURNS TABLE (field text, before text, after text)
LANGUAGE c VOLATILE SECURITY DEFINER ROWS 3
SET search_path = pg_catalog, pg_temp
SET TimeZone = 'UTC'
SET DateStyle = 'ISO, MDY'
SET IntervalStyle = 'postgres'
SET extra_float_digits = 1
SET quote_all_identifiers = off
AS 'MODULE_PATHNAME', 'fix_campaign_wrapper';
COMMENT ON FUNCTION promo_guard.fix_campaign(bigint, jsonb, text, boolean) IS
$$Fixes the terms of one paused campaign, after judging what it would become; its status stays PAUSED.
Arguments: campaign_id; changes, an object of valid_from, valid_until (times as strings, UTC where they name no zone), target_scope, max_total_uses, max_uses_per_user (whole numbers, null = no limit), new_users_only, first_purchase_only; reason, 1 to 2,000 characters in one line, for the action log; dry_run, true = show the outcome and change nothing.
The outcome as a whole must be sound: valid_from before valid_until, valid_until in the future, max_total_uses above what is used and reserved, max_uses_per_user 1 or more and no more than max_total_uses, target_scope one of policy known_scopes (none: one that another campaign has).
Returns: a row for each field given: field, before, after; times in UTC.
For operators. Errors: 22023 a name that is no field, a value of the wrong type, an outcome that is not sound (DETAIL: everything that is wrong), a reason that is blank, too long or has control characters; 42703 a field that the application has no column for; 55000 not paused, not bound, or a trigger of the application's undid the change; 22003 a number that the column cannot hold; 02000 no campaign with that id; 22004 a null; 55P03 the row is locked by somebody else for longer than 3 s; 25001, 25006, 42501.
Source: runbook section 3.$$;

CREATE FUNCTION promo_guard.rotate(
    campaign_ids bigint[], code_hashes text[], code_prefixes text[], reason text, new_ids bigint[] DEFAULT NULL
) RETURNS TABLE (old_campaign_id bigint, new_campaign_id bigint, status text, max_total_uses bigint, action_id bigint, new_campaign_key text)
LANGUAGE c VOLATILE SECURITY DEFINER ROWS 1000
SET search_path = pg_catalog, pg_temp
SET TimeZone = 'UTC'
SET DateStyle = 'ISO, MDY'
SET IntervalStyle = 'postgres'
SET extra_float_digits = 1
SET quote_all_identifiers = off
AS 'MODULE_PATHNAME', 'rotate_wrapper';
COMMENT ON FUNCTION promo_guard.rotate(bigint[], text[], text[], text, bigint[]) IS
$$Replaces leaked codes: for each campaign a successor, all in one transaction or none.
Arguments: campaign_ids, all of them paused; code_hashes, 64 hex digits each (HMAC-SHA256 of the normalised new code, as the application makes it), and code_prefixes, in the same order; reason, 1 to 2,000 characters in one line, for the action log; new_ids, null = the column's default, or random free ids where it has none. Where ids are made of keys (uuid, text) it must be null: a successor gets the column's default or a random key; where the code's hash is the key, the new hash.
A successor is a copy of the whole row with the new hash, prefix and id, used_total 0, the remaining limit (limit - used - open reservations; none stays none), status PAUSED: it goes through unpause() like any other. Identity columns, and unique columns with a default, make values of their own; the rest of the row is copied. The old campaign stays paused for good.
Returns: a row for each campaign, in their order: old_campaign_id, new_campaign_id, status and max_total_uses of the successor, action_id, new_campaign_key (the application's own id of the successor). The table rotation keeps the lineage.
For operators. Errors: 22023 empty or unequal arrays, new_ids where ids are made of keys, duplicates, what is no hash, a prefix longer than 16 characters, a reason that is blank, too long or has control characters; 22004 a null; 02000 no campaign with an id; 55000 a campaign that is not paused, was rotated before, or has no uses left, not bound, or a trigger of the application's changed a successor; 23505 a code or an id that is in use already, or a unique column of the application's without a default; 55P03 a row is locked by somebody else for longer than 3 s; 25001, 25006, 42501. promoctl rotate makes codes and calls it.
Source: runbook section 3.$$;

CREATE FUNCTION promo_guard.campaign_batch(campaign_name text)
RETURNS TABLE (
    campaign_id bigint, code_prefix text, status text, max_total_uses bigint, used_total bigint, open_reservations bigint,
    remaining bigint, rotated_into bigint, rotated_from bigint, campaign_key text
)
LANGUAGE c STABLE SECURITY DEFINER ROWS 1000
SET search_path = pg_catalog, pg_temp
SET TimeZone = 'UTC'
SET DateStyle = 'ISO, MDY'
SET IntervalStyle = 'postgres'
SET extra_float_digits = 1
SET quote_all_identifiers = off
AS 'MODULE_PATHNAME', 'campaign_batch_wrapper';
COMMENT ON FUNCTION promo_guard.campaign_batch(text) IS
$$The codes that share a campaign_name, a batch: what each may still be used, and whether it was rotated.
Arguments: campaign_name, exactly.
Returns: campaign_id, code_prefix, status, max_total_uses (null = no limit), used_total, open_reservations, remaining (limit - used - open reservations, 0 at least; null = no limit), rotated_into (the successor), rotated_from (the campaign that it is the successor of; it has the same name), campaign_key (the application's own id of it).
For operators. Errors: 22004 a null name; 55000 not bound; 42501. Source: runbook section 3.$$;
