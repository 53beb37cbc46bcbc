-- From 0.2.0: what assemble.sh cannot take from sql/install. from-0.1.0.sql says what belongs here.

-- pg_restore -j loads tables in any order (setup.sql says more).
ALTER TABLE promo_guard.action_log DROP CONSTRAINT action_log_incident_id_fkey;
ALTER TABLE promo_guard.rotation DROP CONSTRAINT rotation_action_id_fkey;
ALTER TABLE promo_guard.bake DROP CONSTRAINT bake_action_id_fkey, DROP CONSTRAINT bake_repause_action_id_fkey;

-- What was recorded before are changes.
ALTER TABLE promo_guard.status_history
    ADD COLUMN kind text NOT NULL DEFAULT 'change' CHECK (kind OPERATOR(pg_catalog.=) ANY (ARRAY['change', 'baseline']));

-- The aggregate has another final function. The owner of the application's tables gets the new one from bind(), which doctor() names.
DROP AGGREGATE promo_guard.tally("any", bigint, text, timestamptz, timestamptz, timestamptz, bigint);
DROP FUNCTION promo_guard.tally_end(internal);

-- This one no longer counts uses by campaign.
DROP AGGREGATE promo_guard.settle_sketch(integer, bigint, bigint, bigint, boolean, boolean);
DROP FUNCTION promo_guard.settle_sketch_add(internal, integer, bigint, bigint, bigint, boolean, boolean);
