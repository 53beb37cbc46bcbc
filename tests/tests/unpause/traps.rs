//! The traps of the domain that section 4 can fall into, in tables.

use super::shop::{failed, shop};
use postgres::Client;
use promo_guard_tests::table;

/// The names of the checks that fail.
fn names(db: &mut Client) -> Vec<String> {
    failed(db, 7).into_iter().map(|f| f.0).collect()
}

fn detail(db: &mut Client, check: &str) -> String {
    let rows = table(db, &format!("SELECT detail FROM promo_guard.check_unpause(7) WHERE name = '{check}'"));
    rows[0][0].clone()
}

#[test]
fn trap_1_for_a_popular_code_waiting_never_helps_and_the_echo_is_still_no_abuse() {
    let (mut db, _) = shop();
    db.batch_execute("SELECT attempts(7, 5000, 125, 'EXPIRED', NULL, 125, '9 min 50 s', '4700 ms')").unwrap();
    assert_eq!(names(&mut db), ["guard_would_not_repause"], "an echo is neither abuse nor burst");
    let plan = table(&mut db, "SELECT allowed, verdict, retry_after FROM promo_guard.plan_unpause(7)");
    assert_eq!(plan, [["f", "FALSE_POSITIVE", "∅"]]);
    let says = detail(&mut db, "guard_would_not_repause");
    for said in ["in 10 min at this rate", "Waiting does not help", "job_condition", "otate the code"] {
        assert!(says.contains(said), "{said:?} is missing in {says}");
    }
    // told that the job is stopped or patched, it is done, and doctor says how the job is patched from then on
    let refused = table(&mut db, "SELECT decision, failed_checks FROM promo_guard.unpause(7, 'x')");
    assert_eq!(refused, [["REFUSED", "{guard_would_not_repause}"]]);
    let offered = table(&mut db, "SELECT remediation FROM promo_guard.doctor() WHERE topic = 'guard'");
    assert!(
        offered[0][0].contains("GRANT SELECT ON promo_guard.status_history TO shop")
            && offered[0][0].contains("coalesce")
    );
    db.batch_execute(&offered[0][0]).unwrap();
    let lifted = table(
        &mut db,
        "SELECT decision, overridden FROM promo_guard.unpause(7, 'the job is patched', '{guard_would_not_repause}')",
    );
    assert_eq!(lifted, [["UNPAUSED", "{guard_would_not_repause}"]]);
}

#[test]
fn trap_1_after_a_burst_that_ends_the_rule_drains_and_retry_after_is_when() {
    let (mut db, _) = shop();
    // paused four minutes ago: the taps are still in the job's window
    db.batch_execute(
        "UPDATE promo_attempts SET attempted_at = attempted_at + interval '26 min' WHERE normalized_code_hash = code(7) AND result <> 'ACCEPTED';
         DELETE FROM promo_attempts WHERE attempted_at > now();
         UPDATE promo_codes SET updated_at = now() - interval '4 min' WHERE id = 7",
    )
    .unwrap();
    assert_eq!(names(&mut db), ["burst_over", "guard_would_not_repause"]);
    let waits = table(
        &mut db,
        "SELECT retry_after > now() AND retry_after <= now() + interval '10 min' FROM promo_guard.plan_unpause(7)",
    );
    assert_eq!(waits, [["t"]]);
    let answer =
        table(&mut db, "SELECT decision, retry_after IS NOT NULL, detail FROM promo_guard.unpause(7, 'x')");
    assert_eq!(answer[0][..2], ["REFUSED", "t"], "{answer:?}");
}

#[test]
fn trap_2_an_edit_after_the_pause_moves_neither_its_time_nor_its_cause() {
    let (mut db, _) = shop();
    let paused_at = "SELECT paused_at FROM promo_guard.plan_unpause(7)";
    let before = table(&mut db, paused_at);
    db.batch_execute("UPDATE promo_codes SET campaign_name = 'Renamed', updated_at = now() WHERE id = 7")
        .unwrap();
    assert_eq!(table(&mut db, paused_at), before);
    assert_eq!(names(&mut db), [""; 0]);
}

#[test]
fn trap_7_configurations_that_keep_people_out_stay_paused_until_they_are_mended() {
    let (mut db, _) = shop();
    for (wrong, check) in [
        ("valid_until = now() - interval '1 hour'", "validity_window"),
        ("valid_until = valid_from - interval '1 hour'", "validity_window"),
        ("max_total_uses = 1400", "uses_left"),
        ("target_scope = 'PREMIUM_2025'", "scope_known"),
    ] {
        db.batch_execute(&format!("BEGIN; UPDATE promo_codes SET {wrong} WHERE id = 7")).unwrap();
        let failing = names(&mut db);
        assert!(failing.contains(&check.to_owned()), "{wrong}: {failing:?}");
        db.batch_execute("ROLLBACK").unwrap();
    }
    // a scope that exists and sells nothing: no failed attempt at all, and nobody buys
    db.batch_execute(
        "UPDATE promo_redemptions SET status = 'EXPIRED', applied_at = NULL WHERE created_at > now() - interval '90 min';
         UPDATE promo_codes SET used_total = (SELECT count(*) FROM promo_redemptions WHERE applied_at IS NOT NULL) WHERE id = 7",
    )
    .unwrap();
    let failing = names(&mut db);
    assert!(failing.contains(&"config_converts".to_owned()), "{failing:?}");
    assert!(detail(&mut db, "config_converts").contains("led to a purchase (earlier:"));
}

#[test]
fn trap_7_an_audience_flag_that_turns_people_away_in_numbers() {
    let (mut db, _) = shop();
    db.batch_execute(
        "SELECT attempts(7, 1100, 60, 'NOT_APPLICABLE', 'NEW_USERS_ONLY', 60, '50 min', '14 s');
         UPDATE promo_codes SET new_users_only = true WHERE id = 7",
    )
    .unwrap();
    assert!(names(&mut db).contains(&"config_converts".to_owned()));
    let says = detail(&mut db, "config_converts");
    assert!(says.contains("new_users_only") && says.contains("Fix it first"), "{says}");
}

#[test]
fn trap_8_an_attack_riding_on_a_broken_configuration_fails_for_both() {
    let (mut db, _) = shop();
    db.batch_execute(
        "UPDATE promo_codes SET target_scope = 'PREMIUM_2025', new_users_only = true WHERE id = 7;
         SELECT attempts(7, 900000, 45, 'NOT_APPLICABLE', 'NEW_USERS_ONLY', 600, '40 min', '1 s');
         SELECT attempts(7, 900000, 45, 'EXPIRED', NULL, 580, '29 min', '3 s')",
    )
    .unwrap();
    let failing = names(&mut db);
    for check in ["scope_known", "not_abuse", "burst_over", "guard_would_not_repause"] {
        assert!(failing.contains(&check.to_owned()), "{check} in {failing:?}");
    }
    assert_eq!(
        table(&mut db, "SELECT verdict, retry_after FROM promo_guard.plan_unpause(7)"),
        [["ABUSE_LIKELY", "∅"]]
    );
}

#[test]
fn trap_9_a_pause_that_neither_history_nor_evidence_explains_may_be_somebodys_decision() {
    let (mut db, _) = shop();
    // no taps: nobody but the row says that it is paused
    db.batch_execute("DELETE FROM promo_attempts WHERE result = 'NOT_APPLICABLE'").unwrap();
    assert!(names(&mut db).contains(&"history_explains_pause".to_owned()));
    assert!(detail(&mut db, "history_explains_pause").contains("No record says who paused it or why"));
    // paused again by hand, past us: the history knows who, and not why
    db.batch_execute("UPDATE promo_codes SET status = 'ACTIVE' WHERE id = 7; UPDATE promo_codes SET status = 'PAUSED' WHERE id = 7").unwrap();
    let says = detail(&mut db, "history_explains_pause");
    assert!(
        says.contains("by postgres (promo-guard-tests)") && says.contains("not by the auto-pause rule"),
        "{says}"
    );
    // paused with our own function the reason is known, and the pause is a decision
    db.batch_execute("UPDATE promo_codes SET status = 'ACTIVE' WHERE id = 7; SELECT promo_guard.pause(7, 'a typo in the mail')").unwrap();
    let says = detail(&mut db, "history_explains_pause");
    assert!(
        says.contains("a typo in the mail") && names(&mut db).contains(&"history_explains_pause".to_owned()),
        "{says}"
    );
    // ... until what it was about is mended
    db.batch_execute(
        "SELECT promo_guard.fix_campaign(7, '{\"max_uses_per_user\": 2}', 'the typo is mended')",
    )
    .unwrap();
    let says = detail(&mut db, "history_explains_pause");
    assert!(
        says.contains("Fixed since: max_uses_per_user")
            && !names(&mut db).contains(&"history_explains_pause".to_owned()),
        "{says}"
    );
}

#[test]
fn trap_9_require_history_blocks_while_it_is_not_attached() {
    let (mut db, _) = shop();
    db.batch_execute("SELECT promo_guard.set_policy('require_history', 'on', 'rules'); SELECT promo_guard.detach_history()").unwrap();
    assert_eq!(names(&mut db), ["history_explains_pause"]);
    db.batch_execute("SELECT promo_guard.attach_history()").unwrap();
    assert_eq!(names(&mut db), [""; 0]);
}

#[test]
fn trap_13_the_time_of_a_decision_is_not_frozen_with_the_transaction() {
    let (mut db, _) = shop();
    db.batch_execute("BEGIN; SELECT pg_sleep(0.3); SELECT promo_guard.unpause(7, 'x')").unwrap();
    let at = "SELECT bool_and(at > now() + interval '0.2 s') FROM (
                  SELECT updated_at AS at FROM promo_codes WHERE id = 7
                  UNION ALL SELECT at FROM promo_guard.action_log WHERE action = 'unpause'
                  UNION ALL SELECT since FROM promo_guard.bake UNION ALL SELECT at FROM promo_guard.status_history WHERE kind = 'change') AS t";
    assert_eq!(table(&mut db, at), [["t"]]);
    db.batch_execute("COMMIT").unwrap();
}

#[test]
fn trap_16_dead_ingestion_is_no_calm() {
    let (mut db, _) = shop();
    db.batch_execute("DELETE FROM promo_attempts WHERE attempted_at > now() - interval '50 min'").unwrap();
    assert!(names(&mut db).contains(&"traffic_observed".to_owned()));
    let says = detail(&mut db, "traffic_observed");
    assert!(says.contains("No attempts recorded since"), "{says}");
    db.batch_execute("DELETE FROM promo_attempts").unwrap();
    assert!(names(&mut db).contains(&"traffic_observed".to_owned()), "none at all is no calm either");
}
