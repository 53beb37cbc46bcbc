//! Policy is data, and every change of it has a reason.

use postgres::fallible_iterator::FallibleIterator;
use promo_guard_tests::{refused, server, table};
use std::time::Duration;

#[test]
fn a_change_is_stored_shown_logged_and_taken_back() {
    let (mut db, _) = server().database();
    let row = table(
        &mut db,
        "SELECT * FROM promo_guard.set_policy('guard_lookback', '1200 seconds', 'the job looks further')",
    );
    assert_eq!(row[0][..4], ["guard_lookback", "20 min", "10 min", "interval"]);
    assert_eq!(
        table(&mut db, "SELECT value FROM promo_guard.policy WHERE name = 'guard_lookback'"),
        [["20 min"]]
    );
    let log = "SELECT action, decision, reason, before, after, actor, policy ->> 'guard_lookback' FROM promo_guard.action_log ORDER BY id DESC LIMIT 1";
    assert_eq!(
        table(&mut db, log)[0],
        [
            "set_policy",
            "DONE",
            "the job looks further",
            r#"{"guard_lookback": "10 min"}"#,
            r#"{"guard_lookback": "20 min"}"#,
            "postgres",
            "20 min"
        ]
    );
    let actions = "SELECT count(*) FROM promo_guard.action_log";
    db.batch_execute("SELECT (promo_guard.set_policy('guard_lookback', '20 min', 'said again')).*").unwrap();
    assert_eq!(
        table(&mut db, actions),
        [["1"]],
        "what changes nothing is not logged, however often it is called"
    );
    db.batch_execute("SELECT promo_guard.set_policy('guard_lookback', NULL, 'back again')").unwrap();
    assert_eq!(table(&mut db, actions), [["2"]]);
    assert!(
        table(&mut db, "SELECT * FROM promo_guard.policy_override").is_empty(),
        "only what differs is stored"
    );
    assert_eq!(
        table(&mut db, "SELECT count(*) FROM promo_guard.policy"),
        table(&mut db, "SELECT count(*) FROM promo_guard.policy_defaults()")
    );
}

#[test]
fn a_change_is_told_to_whoever_listens_with_the_action_id_and_no_more() {
    let (mut db, name) = server().database();
    let mut listener = server().connect(&name);
    listener.batch_execute("LISTEN promo_guard").unwrap();
    db.batch_execute(
        "SELECT promo_guard.set_policy('guard_min_users', '7', 'a reason that stays in the log')",
    )
    .unwrap();
    let heard = listener.notifications().timeout_iter(Duration::from_secs(60)).next().unwrap().unwrap();
    let payload: serde_json::Value = serde_json::from_str(heard.payload()).unwrap();
    let id = table(&mut db, "SELECT max(id) FROM promo_guard.action_log")[0][0].clone();
    assert_eq!(
        payload,
        serde_json::json!({ "action_id": id, "action": "set_policy", "campaign_id": null, "decision": "DONE" })
    );
}

#[test]
fn changes_at_the_same_time_leave_one_chain() {
    let (mut db, name) = server().database();
    std::thread::scope(|scope| {
        for worker in 0..6 {
            let name = &name;
            scope.spawn(move || {
                let mut db = server().connect(name);
                for i in 0..20 {
                    let policy = ["guard_min_users", "guard_min_failures", "high_value_stars"][worker % 3];
                    db.batch_execute(&format!(
                        "SELECT promo_guard.set_policy('{policy}', '{}', 'worker {worker}')",
                        10 + worker * 100 + i
                    ))
                    .unwrap();
                }
            });
        }
    });
    assert_eq!(table(&mut db, "SELECT count(*) FROM promo_guard.action_log"), [["120"]]);
    assert_eq!(table(&mut db, "SELECT level FROM promo_guard.doctor() WHERE topic = 'chain'"), [["ok"]]);
}

#[test]
fn bad_values_are_refused_with_what_would_do() {
    let (mut db, _) = server().database();
    for (call, code) in [
        ("'no_such', '1', 'r'", "42704"),
        ("NULL, '1', 'r'", "22004"),
        ("'guard_min_users', '3', ''", "22023"),
        ("'guard_min_users', '3', '   '", "22023"),
        ("'guard_min_users', '3', NULL", "22023"),
        ("'guard_min_users', '0', 'r'", "22023"),
        ("'guard_min_users', 'x', 'r'", "22023"),
        ("'guard_min_users', '99999999999999999999', 'r'", "22023"),
        ("'guard_lookback', '1 month', 'r'", "22023"),
        ("'guard_lookback', '-5 min', 'r'", "22023"),
        ("'guard_lookback', '9 days', 'r'", "22023"),
        ("'failure_results', '{ACCEPTED}', 'r'", "22023"),
        ("'failure_results', '{}', 'r'", "22023"),
        ("'bake_false_alarm', '80 %', 'r'", "22023"),
        ("'used_total_counts', 'all', 'r'", "22023"),
        ("'require_history', 'perhaps', 'r'", "22023"),
    ] {
        let met = refused(&mut db, &format!("SELECT promo_guard.set_policy({call})"));
        assert_eq!(met.code, code, "{call}: {met:?}");
        assert!(!met.hint.is_empty(), "{call}: {met:?}");
    }
    assert_eq!(
        refused(&mut db, "SELECT promo_guard.set_policy('guard_lookback', 'soon', 'r')").code,
        "22007"
    );
    assert!(table(&mut db, "SELECT * FROM promo_guard.action_log").is_empty(), "nothing was logged as done");
}

#[test]
fn a_stored_value_that_this_version_cannot_read_blocks_and_is_found() {
    let (mut db, _) = server().bound_database();
    db.batch_execute("INSERT INTO promo_guard.policy_override VALUES ('guard_min_users', 'many', 'by hand', now(), 'postgres')").unwrap();
    assert_eq!(refused(&mut db, "SELECT promo_guard.blast_radius()").code, "22023");
    let found = table(&mut db, "SELECT level FROM promo_guard.doctor() WHERE topic = 'policy'");
    assert_eq!(found, [["error"]]);
}

#[test]
fn a_changed_policy_changes_the_answer() {
    let (mut db, _) = server().bound_database();
    db.batch_execute(
        "INSERT INTO promo_attempts SELECT g, g, repeat('a', 64), 'INVALID', 'API', now() - interval '40 min' FROM generate_series(1, 5) AS g",
    )
    .unwrap();
    let failed = "SELECT failed_attempts FROM promo_guard.blast_radius() WHERE status IS NULL";
    assert_eq!(table(&mut db, failed), [["0"]]);
    db.batch_execute("SELECT promo_guard.set_policy('triage_lookback', '1 hour', 'a slow night')").unwrap();
    assert_eq!(table(&mut db, failed), [["5"]]);
    db.batch_execute("SELECT promo_guard.set_policy('failure_results', 'EXPIRED', 'test')").unwrap();
    assert_eq!(table(&mut db, failed), [["0"]]);
}
