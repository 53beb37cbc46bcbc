-- Runbook section 3: containment. Changing functions: each changes one campaign, by its id, under the lock of its row, and
-- writes what it did into the action log in the same transaction.

CREATE FUNCTION promo_guard.pause(campaign_id bigint, reason text)
RETURNS TABLE (campaign_id bigint, decision text, status text, detail text, action_id bigint)
LANGUAGE c VOLATILE SECURITY DEFINER ROWS 1
SET search_path = pg_catalog, pg_temp
SET TimeZone = 'UTC'
AS 'MODULE_PATHNAME', 'pause_wrapper';
COMMENT ON FUNCTION promo_guard.pause(bigint, text) IS
$$Pauses one campaign: ACTIVE to PAUSED, with updated_at. Can be repeated.
Arguments: campaign_id; reason, not empty, for the action log.
Returns: one row: campaign_id; decision, PAUSED, ALREADY_PAUSED, or REFUSED (a campaign that is EXPIRED or DEPLETED); status as it is now; detail, a sentence; action_id, of its row in the action log.
For operators. Errors: 02000 no campaign with that id; 22004 a null id; 22023 an empty reason; 55P03 the row is locked by somebody else for longer than 3 s; 55000 not bound, or the table behind a view written by hand is not known, or a trigger of the application's undid the change; 25001 isolation above READ COMMITTED; 25006 a standby or a read-only transaction; 42501.
Source: runbook section 3.$$;

CREATE TABLE promo_guard.rotation (
    old_campaign_id bigint PRIMARY KEY,
    new_campaign_id bigint NOT NULL UNIQUE,
    at              timestamptz NOT NULL,
    action_id       bigint NOT NULL REFERENCES promo_guard.action_log (id)
);
COMMENT ON TABLE promo_guard.rotation IS 'Which campaign replaced which, once its code had leaked: the old one stays paused for good';
COMMENT ON COLUMN promo_guard.rotation.old_campaign_id IS 'The campaign whose code leaked';
COMMENT ON COLUMN promo_guard.rotation.new_campaign_id IS 'The one that replaced it';
COMMENT ON COLUMN promo_guard.rotation.at IS 'When';
COMMENT ON COLUMN promo_guard.rotation.action_id IS 'The action';
SELECT pg_catalog.pg_extension_config_dump('promo_guard.rotation', '');
