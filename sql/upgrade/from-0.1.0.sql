-- From 0.1.0: what assemble.sh cannot take from sql/install. It stands first in the upgrade script, after the check of the encoding.
-- A table that has changed is altered here. A function that is gone or has other arguments is dropped here.
--
-- Nothing is granted here. What an extension's script grants on its own objects counts as theirs from the start, and pg_dump
-- leaves it out: the grants of a role would be gone after a restore. doctor() names the roles that lack what is new.

-- pg_restore -j loads tables in any order (setup.sql says more).
ALTER TABLE promo_guard.action_log DROP CONSTRAINT action_log_incident_id_fkey;

-- What was recorded before are changes.
ALTER TABLE promo_guard.status_history
    ADD COLUMN kind text NOT NULL DEFAULT 'change' CHECK (kind OPERATOR(pg_catalog.=) ANY (ARRAY['change', 'baseline']));
