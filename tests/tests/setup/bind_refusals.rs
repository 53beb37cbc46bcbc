//! Bad input to `bind`: the SQLSTATE, a DETAIL, a HINT, and nothing changed.

use postgres::Client;
use promo_guard_tests::{refused, server, table};

/// A picture of everything of ours in the database.
fn picture(db: &mut Client) -> Vec<Vec<String>> {
    table(
        db,
        "SELECT 'view ' || viewname FROM pg_views WHERE schemaname = 'promo_guard'
         UNION ALL SELECT 'bound ' || b::text FROM promo_guard.binding AS b
         UNION ALL SELECT 'action ' || l.id FROM promo_guard.action_log AS l
         UNION ALL SELECT 'policy ' || o::text FROM promo_guard.policy_override AS o ORDER BY 1",
    )
}

#[test]
fn bad_input_is_refused_and_changes_nothing() {
    let (mut db, _) = server().database();
    db.batch_execute(
        "CREATE VIEW a_view AS SELECT * FROM promo_codes; CREATE SEQUENCE a_sequence; CREATE TYPE a_type AS (x integer);
         CREATE MATERIALIZED VIEW a_matview AS SELECT * FROM promo_codes;
         CREATE TABLE no_hash (user_id bigint, result text, attempted_at timestamptz);
         CREATE TABLE uuid_ids (id uuid, code_hash char(64), result text, attempted_at timestamptz, user_id uuid);
         CREATE TABLE numeric_ids (id uuid, code_hash char(64), result text, attempted_at timestamptz, user_id numeric);
         CREATE TEMP TABLE promo_redemptions_tmp (LIKE public.promo_redemptions);",
    )
    .unwrap();
    let before = picture(&mut db);
    for (call, code, message) in [
        ("promo_codes => 'a_view'", "42809", "is a view"),
        ("promo_codes => 'a_matview'", "42809", "is a materialized view"),
        ("promo_codes => 'a_sequence'", "42809", "is a sequence"),
        ("promo_codes => 'a_type'", "42809", "is a composite type"),
        ("promo_codes => 'promo_codes_pkey'", "42809", "is an index"),
        ("promo_codes => 4294967295::oid::regclass", "42P01", "no relation with oid 4294967295"),
        ("promo_redemptions => 'promo_redemptions_tmp'", "42809", "is a temporary table"),
        ("promo_attempts => 'no_hash'", "42703", "no column for \"attempts\".\"code_hash\""),
        ("promo_attempts => 'uuid_ids'", "42804", "\"attempts\".\"user_id\" is a key and"),
        ("promo_attempts => 'numeric_ids'", "42804", "is of type numeric"),
        ("promo_codes => 'promo_attempts'", "42703", "no column for \"campaigns\""),
        ("columns => '[]'", "22023", "must be a JSON object"),
        ("columns => '{\"tries\": {}}'", "22023", "is not an entity"),
        ("columns => '{\"attempts\": {\"colour\": \"x\"}}'", "22023", "no column \"colour\""),
        ("columns => '{\"attempts\": {\"result\": 5}}'", "22023", "is mapped to 5"),
        ("columns => '{\"attempts\": {\"code_hash\": \"nothing\"}}'", "42703", "no column nothing"),
        ("columns => '{\"attempts\": {\"result\": null}}'", "42703", "no column for \"attempts\".\"result\""),
        ("columns => '{\"campaigns\": {\"new_users_only\": \"id\"}}'", "42804", "is of type bigint"),
    ] {
        let met = refused(&mut db, &format!("SELECT * FROM promo_guard.bind({call})"));
        assert_eq!(met.code, code, "{call}: {met:?}");
        assert!(met.message.contains(message), "{call}: {met:?}");
        assert!(!met.detail.is_empty() && !met.hint.is_empty(), "{call}: {met:?}");
        assert_eq!(picture(&mut db), before, "{call}");
    }
    // null is the default everywhere
    db.batch_execute("SELECT promo_guard.bind(NULL, NULL, NULL, NULL, NULL, NULL)").unwrap();
}

#[test]
fn a_temporary_table_of_the_same_name_is_never_taken_for_the_application() {
    let (mut db, _) = server().database();
    db.batch_execute(
        "CREATE TEMP TABLE promo_attempts (LIKE public.promo_attempts); CREATE TEMP TABLE promo_codes (LIKE public.promo_codes);
         SET search_path = pg_temp, public;",
    )
    .unwrap();
    let bound = table(&mut db, "SELECT DISTINCT split_part(bound_to, '.', 1) FROM promo_guard.bind()");
    assert_eq!(bound, [["public"]]);
}

#[test]
fn without_tables_on_the_path_the_hint_is_the_call_that_names_all() {
    let (mut db, _) = server().database();
    db.batch_execute("SET search_path = pg_catalog").unwrap();
    let met = refused(&mut db, "SELECT promo_guard.bind()");
    assert_eq!(met.code, "42P01");
    assert_eq!(
        met.hint,
        "SELECT * FROM promo_guard.bind(promo_codes => 'schema.table', promo_attempts => 'schema.table', promo_redemptions => 'schema.table', purchases => 'schema.table');"
    );
    assert_eq!(met.message, "no table \"promo_codes\" on the search_path (and 3 more problems)");
    assert_eq!(met.detail.lines().count(), 4, "{met:?}");
}

#[test]
fn unbound_functions_say_what_to_run() {
    let (mut db, _) = server().database();
    for call in [
        "blast_radius()",
        "paused_campaigns()",
        "failed_attempts()",
        "unbind()",
        "attach_history()",
        "detach_history()",
    ] {
        let met = refused(&mut db, &format!("SELECT promo_guard.{call}"));
        assert_eq!(
            (met.code.as_str(), met.hint.as_str()),
            ("55000", "SELECT * FROM promo_guard.bind();"),
            "{call}"
        );
    }
}

#[test]
fn changing_functions_refuse_a_snapshot_that_may_be_old_and_a_transaction_that_may_not_write() {
    let (mut db, name) = server().bound_database();
    db.batch_execute("DO $$ BEGIN CREATE ROLE someone; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$").unwrap();
    for call in [
        "bind()",
        "unbind()",
        "attach_history()",
        "detach_history()",
        "grant_reader('someone')",
        "grant_operator('someone')",
        "revoke_access('someone')",
        "set_policy('guard_min_users', '3', 'test')",
    ] {
        for (begin, code) in [
            ("BEGIN ISOLATION LEVEL REPEATABLE READ", "25001"),
            ("BEGIN ISOLATION LEVEL SERIALIZABLE", "25001"),
            ("BEGIN READ ONLY", "25006"),
        ] {
            let mut db = server().connect(&name);
            db.batch_execute(begin).unwrap();
            let met = refused(&mut db, &format!("SELECT promo_guard.{call}"));
            assert_eq!(met.code, code, "{begin}; {call}");
            assert!(!met.hint.is_empty(), "{met:?}");
        }
    }
}
