//! Who may do what: every function, table, view and sequence of ours as nobody, reader, operator and owner, compared with
//! the table below. What is not in the table fails the test, so a new function goes into it.

use promo_guard_tests::{refused, server, table};

const NOBODY: &str = "-";
const READER: &str = "reader operator";
const OPERATOR: &str = "operator";

/// Who may execute each function.
const FUNCTIONS: &[(&str, &str)] = &[
    ("acknowledge_escalation", OPERATOR),
    ("action_hash", NOBODY),
    ("announce", OPERATOR),
    ("announce_batch", OPERATOR),
    ("attach_history", NOBODY),
    ("bake_series", READER),
    ("bake_status", READER),
    ("baseline", READER),
    ("bind", NOBODY),
    ("blast_radius", READER),
    ("campaign_batch", OPERATOR),
    ("check_unpause", OPERATOR),
    ("checkpoint", OPERATOR),
    ("classify", READER),
    ("close_incident", OPERATOR),
    ("detach_history", NOBODY),
    ("doctor", READER),
    ("escalations", READER),
    ("failed_attempts", OPERATOR),
    ("failure_cluster_members", OPERATOR),
    ("failure_clusters", READER),
    ("find_campaigns", READER),
    ("fix_campaign", OPERATOR),
    ("gauges", READER),
    ("grant_operator", NOBODY),
    ("grant_reader", NOBODY),
    ("incident_report", READER),
    ("key_number", READER),
    ("open_incident", OPERATOR),
    ("pause", OPERATOR),
    ("pause_batch", OPERATOR),
    ("paused_campaigns", READER),
    ("paused_together", OPERATOR),
    ("plan_unpause", OPERATOR),
    ("policy_defaults", READER),
    ("probe_progress", OPERATOR),
    ("probe_redeem", OPERATOR),
    ("reconciliation_drift", READER),
    ("record_status_change", NOBODY),
    ("revoke_access", NOBODY),
    ("rotate", OPERATOR),
    ("set_policy", NOBODY),
    ("settle_sketch", NOBODY),
    ("settle_sketch_add", NOBODY),
    ("settle_sketch_bytes", NOBODY),
    ("settle_sketch_combine", NOBODY),
    ("settle_sketch_read", NOBODY),
    ("settlement_summary", READER),
    ("settlement_violations", OPERATOR),
    ("tally", NOBODY),
    ("tally_add", NOBODY),
    ("tally_load", NOBODY),
    ("tally_merge", NOBODY),
    ("tally_save", NOBODY),
    ("tick", OPERATOR),
    ("triage", READER),
    ("unbind", NOBODY),
    ("unpause", OPERATOR),
    ("version", READER),
    ("withdraw_announcement", OPERATOR),
];

/// Who may read each table, view and sequence; nobody but the owner may write any.
const RELATIONS: &[(&str, &str)] = &[
    ("acknowledgement", OPERATOR),
    ("acknowledgement_id_seq", NOBODY),
    ("action_log", OPERATOR),
    ("action_log_id_seq", NOBODY),
    ("announcement", NOBODY),
    ("announcement_id_seq", NOBODY),
    ("announcement_withdrawal", NOBODY),
    ("announcements", READER),
    ("attempts", NOBODY),
    ("bake", OPERATOR),
    ("bake_id_seq", NOBODY),
    ("binding", NOBODY),
    ("campaigns", NOBODY),
    ("incident", OPERATOR),
    ("incident_id_seq", NOBODY),
    ("metrics", READER),
    ("policy", READER),
    ("policy_override", NOBODY),
    ("purchases", NOBODY),
    ("redemptions", NOBODY),
    ("rotation", OPERATOR),
    ("status_history", OPERATOR),
    ("status_history_id_seq", NOBODY),
];

fn pairs(rows: &[(&str, &str)]) -> Vec<Vec<String>> {
    rows.iter().map(|(a, b)| vec![(*a).to_owned(), (*b).to_owned()]).collect()
}

#[test]
fn every_object_is_open_to_exactly_those_whom_the_contract_names() {
    let (mut db, name) = server().bound_database();
    db.batch_execute(
        "CREATE ROLE nobody LOGIN; CREATE ROLE reader LOGIN; CREATE ROLE operator LOGIN;
         SELECT promo_guard.grant_reader('reader'); SELECT promo_guard.grant_operator('operator');",
    )
    .unwrap();
    let functions = table(
        &mut db,
        "SELECT p.proname, coalesce(string_agg(r.rolname, ' ' ORDER BY r.rolname DESC) FILTER (WHERE has_function_privilege(r.rolname, p.oid, 'EXECUTE')), '-')
         FROM pg_proc AS p, pg_roles AS r
         WHERE p.pronamespace = 'promo_guard'::regnamespace AND r.rolname IN ('nobody', 'reader', 'operator')
         GROUP BY p.oid, p.proname ORDER BY p.proname",
    );
    assert_eq!(functions, pairs(FUNCTIONS));
    let relations = table(
        &mut db,
        "SELECT c.relname,
                coalesce(string_agg(r.rolname, ' ' ORDER BY r.rolname DESC) FILTER (WHERE
                    CASE WHEN c.relkind = 'S' THEN has_sequence_privilege(r.rolname, c.oid, 'SELECT')
                         ELSE has_table_privilege(r.rolname, c.oid, 'SELECT') END), '-')
         FROM pg_class AS c, pg_roles AS r
         WHERE c.relnamespace = 'promo_guard'::regnamespace AND c.relkind IN ('r', 'v', 'm', 'S')
           AND r.rolname IN ('nobody', 'reader', 'operator')
         GROUP BY c.oid, c.relname ORDER BY c.relname",
    );
    assert_eq!(relations, pairs(RELATIONS));
    let writers = table(
        &mut db,
        "SELECT c.relname, r.rolname FROM pg_class AS c, pg_roles AS r
         WHERE c.relnamespace = 'promo_guard'::regnamespace AND r.rolname IN ('nobody', 'reader', 'operator', 'shop')
           AND CASE WHEN c.relkind = 'S' THEN has_sequence_privilege(r.rolname, c.oid, 'USAGE, UPDATE')
                    WHEN c.relkind IN ('r', 'v') THEN has_table_privilege(r.rolname, c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE, TRIGGER, REFERENCES')
                    ELSE false END",
    );
    assert!(writers.is_empty(), "{writers:?}");

    // and what is open works
    for (role, may) in [("reader", READER), ("operator", OPERATOR)] {
        let mut client = server().connect_as(role, &name);
        for call in [
            "blast_radius()",
            "failure_clusters()",
            "baseline()",
            "paused_campaigns()",
            "triage()",
            "doctor()",
            "version()",
        ] {
            client.batch_execute(&format!("SELECT * FROM promo_guard.{call}")).unwrap();
        }
        let page = "SELECT t -> 'failed_attempts' IS NOT NULL, t -> 'withheld' ? 'failed_attempts' FROM promo_guard.triage() AS t";
        let sees = if may == OPERATOR { ["t", "f"] } else { ["f", "t"] };
        assert_eq!(table(&mut client, page), [sees]);
        let failed = "SELECT * FROM promo_guard.failed_attempts()";
        if may == OPERATOR {
            client.batch_execute(failed).unwrap();
            client.batch_execute("TABLE promo_guard.action_log; TABLE promo_guard.status_history").unwrap();
        } else {
            assert_eq!(refused(&mut client, failed).code, "42501");
        }
        // neither can touch the application's tables
        for sql in [
            "SELECT * FROM promo_codes",
            "UPDATE promo_codes SET status = 'ACTIVE'",
            "SELECT * FROM promo_guard.attempts",
        ] {
            assert_eq!(refused(&mut client, sql).code, "42501", "{role}: {sql}");
        }
    }
    assert_eq!(
        refused(&mut server().connect_as("nobody", &name), "SELECT promo_guard.version()").code,
        "42501"
    );
}

#[test]
fn access_is_taken_back_whole_and_the_application_keeps_what_it_needs() {
    let (mut db, name) = server().bound_database();
    db.batch_execute("CREATE ROLE temp LOGIN; SELECT promo_guard.grant_operator('temp'); SELECT promo_guard.grant_operator('shop')").unwrap();
    db.batch_execute("SELECT promo_guard.revoke_access('temp'); SELECT promo_guard.revoke_access('shop')")
        .unwrap();
    assert_eq!(
        refused(&mut server().connect_as("temp", &name), "SELECT promo_guard.version()").code,
        "42501"
    );
    assert_eq!(
        refused(&mut server().connect_as("shop", &name), "SELECT * FROM promo_guard.blast_radius()").code,
        "42501"
    );
    db.batch_execute("SELECT promo_guard.blast_radius()").unwrap();
    // no grant is left to hold the role back
    db.batch_execute("DROP ROLE temp").unwrap();
    let actions = table(
        &mut db,
        "SELECT action, after ->> 'role' FROM promo_guard.action_log WHERE after ? 'role' ORDER BY id DESC LIMIT 1",
    );
    assert_eq!(actions, [["revoke_access", "shop"]]);
}

#[test]
fn roles_that_do_not_exist_are_refused() {
    let (mut db, _) = server().bound_database();
    for function in ["grant_reader", "grant_operator", "revoke_access"] {
        for (role, code) in [
            ("4294967295::oid::regrole", "42704"),
            ("'-'", "42704"),
            ("NULL", "22004"),
            ("'no_such_role'", "42704"),
        ] {
            let met = refused(&mut db, &format!("SELECT promo_guard.{function}({role})"));
            assert_eq!(met.code, code, "{function}({role})");
            assert!(role == "'no_such_role'" || !met.hint.is_empty(), "{met:?}");
        }
    }
}
