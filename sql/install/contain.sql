-- Runbook section 3: containment. Changing functions: each changes campaigns under the locks of their rows, and writes what it did
-- into the action log in the same transaction.

CREATE FUNCTION promo_guard.pause(campaign_id bigint, reason text)
RETURNS TABLE (campaign_id bigint, decision text, status text, detail text, action_id bigint, campaign_key text)
LANGUAGE c VOLATILE SECURITY DEFINER ROWS 1
SET search_path = pg_catalog, pg_temp
SET TimeZone = 'UTC'
SET DateStyle = 'ISO, MDY'
SET IntervalStyle = 'postgres'
SET extra_float_digits = 1
SET quote_all_identifiers = off
AS 'MODULE_PATHNAME', 'pause_wrapper';
COMMENT ON FUNCTION promo_guard.pause(bigint, text) IS
$$Pauses one active campaign: status ACTIVE becomes PAUSED.

A second call changes nothing. The change, updated_at and the action log are one transaction.
Access: operators. Runbook section 3.

Arguments
  campaign_id  the campaign
  reason       why, for the action log; one line, 1 to 2,000 characters

Returns
  One row.
  campaign_id  the campaign
  decision     PAUSED, ALREADY_PAUSED, or REFUSED (a campaign that is EXPIRED or DEPLETED)
  status       the status now
  detail       one sentence
  action_id    its row in the action log
  campaign_key
               the application's own id of the campaign

Errors
  02000  no campaign has this id
  22004  campaign_id is null
  22023  the reason is null, blank, too long or has a character that is not allowed
  55P03  another session locks the campaign's row for more than 3 s
  55000  promo_guard is not bound, the table behind a handwritten view is unknown, or a trigger of
         the application reverted the change
  25001  the isolation level is above READ COMMITTED
  25006  a standby, or a read-only transaction

Example
  SELECT * FROM promo_guard.pause(17, 'code appears leaked');$$;

CREATE FUNCTION promo_guard.pause_batch(campaign_name text, reason text)
RETURNS TABLE (campaign_id bigint, decision text, status text, detail text, action_id bigint, campaign_key text)
LANGUAGE c VOLATILE SECURITY DEFINER ROWS 1000
SET search_path = pg_catalog, pg_temp
SET TimeZone = 'UTC'
SET DateStyle = 'ISO, MDY'
SET IntervalStyle = 'postgres'
SET extra_float_digits = 1
SET quote_all_identifiers = off
AS 'MODULE_PATHNAME', 'pause_batch_wrapper';
COMMENT ON FUNCTION promo_guard.pause_batch(text, text) IS
$$Pauses every active code of a batch in one transaction: all of them or none.

The codes that share a campaign_name are a batch. A second call changes nothing.
Access: operators. Runbook section 3.

Arguments
  campaign_name  exact name of the batch
  reason         why, for the action log; one line, 1 to 2,000 characters

Returns
  One row for each code that was ACTIVE or PAUSED, in the order of ids. EXPIRED and DEPLETED codes
  are left as they are.
  campaign_id  the campaign
  decision     PAUSED or ALREADY_PAUSED
  status       the status now
  detail       one sentence
  action_id    its own row in the action log
  campaign_key
               the application's own id of the campaign

Errors
  02000  no campaign has this name
  22004  campaign_name is null
  22023  the reason is null, blank, too long or has a character that is not allowed
  55P03  another session locks a campaign's row for more than 3 s
  55000  promo_guard is not bound, the table behind a handwritten view is unknown, or a trigger of
         the application reverted a change
  25001  the isolation level is above READ COMMITTED
  25006  a standby, or a read-only transaction

Example
  SELECT * FROM promo_guard.pause_batch('Student -25%', 'batch appears leaked');$$;

CREATE TABLE promo_guard.rotation (
    old_campaign_id bigint PRIMARY KEY,
    new_campaign_id bigint NOT NULL UNIQUE,
    at              timestamptz NOT NULL,
    action_id       bigint NOT NULL
);
COMMENT ON TABLE promo_guard.rotation IS 'Rotated campaigns and their successors.

rotate() adds rows. A rotated campaign stays paused.';
COMMENT ON COLUMN promo_guard.rotation.old_campaign_id IS 'The campaign whose code leaked.';
COMMENT ON COLUMN promo_guard.rotation.new_campaign_id IS 'Its successor.';
COMMENT ON COLUMN promo_guard.rotation.at IS 'When it was rotated.';
COMMENT ON COLUMN promo_guard.rotation.action_id IS 'The rotation, in the action log.';
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
$$Changes the terms of one paused campaign; it stays paused.

The result must be valid as a whole: valid_from before valid_until, valid_until in the future,
max_total_uses above the uses and reservations, max_uses_per_user from 1 to max_total_uses,
target_scope one of policy known_scopes (where that is empty: the scope of another campaign).
Access: operators. Runbook section 3.

Arguments
  campaign_id  the campaign
  changes      JSON object with any of valid_from, valid_until (strings; UTC without a time zone),
               target_scope, max_total_uses, max_uses_per_user (whole numbers; null = no limit),
               new_users_only, first_purchase_only
  reason       why, for the action log; one line, 1 to 2,000 characters
  dry_run      true = show the result and change nothing; default false

Returns
  One row for each field in changes: field, before, after. Times are in UTC.

Errors
  22023  an unknown field, a value of the wrong type, a result that is not valid (DETAIL lists every
         fault), or a reason that is null, blank, too long or has a character that is not allowed
  42703  the application has no column for a field
  55000  the campaign is not paused, promo_guard is not bound, or a trigger of the application
         reverted the change
  22003  a number is out of range for the column
  02000  no campaign has this id
  22004  campaign_id or changes is null
  55P03  another session locks the campaign's row for more than 3 s
  25001  the isolation level is above READ COMMITTED
  25006  a standby, or a read-only transaction

Example
  SELECT * FROM promo_guard.fix_campaign(17, '{"valid_until": "2030-01-31"}', 'typo in the year',
    true);$$;

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
$$Replaces leaked codes: makes a paused successor for each paused campaign, all or none.

A successor is a copy of the row with the new hash, prefix and id, used_total 0, status PAUSED and
the remaining limit (limit - used - open reservations). unpause() makes it ACTIVE. Identity columns,
and unique columns with a default, get new values. The old campaign stays paused.
promoctl rotate makes the codes and calls this function.
Access: operators. Runbook section 3.

Arguments
  campaign_ids   the campaigns, all of them paused
  code_hashes    64 hex digits each: HMAC-SHA256 of the normalised new code, as the application
                 makes it
  code_prefixes  first characters of the new codes, at most 16; same order
  reason         why, for the action log; one line, 1 to 2,000 characters
  new_ids        ids of the successors, same order; null = the column's default, else random free
                 ids. Must be null where ids are made of keys (uuid, text): a successor then gets
                 the column's default or a random key, or the new hash where the hash is the key

Returns
  One row for each campaign, in the order given. The table rotation keeps the pairs.
  old_campaign_id, new_campaign_id
             the campaign and its successor
  status, max_total_uses
             of the successor
  action_id  its row in the action log
  new_campaign_key
             the application's own id of the successor

Errors
  22023  an empty array, arrays of different lengths, duplicates, new_ids where ids are made of
         keys, a value that is no hash, a prefix longer than 16 characters, or a reason that is
         null, blank, too long or has a character that is not allowed
  22004  an array or an element is null
  02000  no campaign has one of the ids
  55000  a campaign is not paused, was rotated before or has no uses left, promo_guard is not bound,
         or a trigger of the application changed a successor
  23505  a code or an id is in use, or a unique column has no default
  55P03  another session locks a campaign's row for more than 3 s
  25001  the isolation level is above READ COMMITTED
  25006  a standby, or a read-only transaction

Example
  SELECT * FROM promo_guard.rotate('{17}', ARRAY[repeat('0', 64)], '{AB}', 'code appears leaked');$$;

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
$$Lists the codes that share a campaign_name, with the uses left and their rotation.

Access: operators. Runbook section 3.

Arguments
  campaign_name  exact name of the batch

Returns
  campaign_id, code_prefix, status
                  the campaign as it is now
  max_total_uses  limit of uses; null = no limit
  used_total, open_reservations
                  uses counted by the application, and open reservations
  remaining       limit - used - open reservations, at least 0; null = no limit
  rotated_into    its successor
  rotated_from    the campaign that it replaced
  campaign_key    the application's own id of the campaign

Errors
  22004  campaign_name is null
  55000  promo_guard is not bound to an application

Example
  SELECT * FROM promo_guard.campaign_batch('Student -25%');$$;
