//! What a bake comes to.

use super::shop::shop;
use super::{customers, status, tick, tries, unpaused};
use postgres::Client;
use promo_guard_tests::{refused, table};

#[test]
fn a_clean_campaign_passes_once_its_time_is_over_and_not_before() {
    let (mut db, _) = shop();
    unpaused(&mut db, "alert", 5);
    customers(&mut db, 6000, 12, 4);
    assert!(tick(&mut db).is_empty(), "it runs");
    assert_eq!(status(&mut db, "state"), "RUNNING");
    assert_eq!(
        table(
            &mut db,
            "SELECT attempts, failures, failure_rate, applied, users, failing_users FROM promo_guard.bake_status(7)"
        ),
        [["12", "0", "0", "12", "12", "0"]]
    );
    let detail = status(&mut db, "detail");
    assert!(
        detail.contains("Look 5 of 15: 0 of 12 users not accepted (0 %)")
            && detail.contains("No regression so far"),
        "{detail}"
    );
    db.batch_execute(
        "UPDATE promo_guard.bake SET since = since - interval '10 min', until = until - interval '10 min'",
    )
    .unwrap();
    customers(&mut db, 6100, 30, 12);
    assert_eq!(tick(&mut db), [["7", "PASSED"]]);
    assert!(tick(&mut db).is_empty(), "once");
    let detail = status(&mut db, "detail");
    assert!(
        detail.starts_with("0 of 42 users not accepted (0 %); ")
            && detail.contains("42 redemptions were applied"),
        "{detail}"
    );
    // what comes afterwards changes no verdict
    tries(&mut db, 9000, 90, "NOT_APPLICABLE", 3);
    assert!(tick(&mut db).is_empty());
    assert_eq!(status(&mut db, "state || attempts"), "PASSED42");
}

#[test]
fn too_little_traffic_is_inconclusive_and_never_a_pass() {
    let (mut db, _) = shop();
    unpaused(&mut db, "alert", 16);
    customers(&mut db, 6000, 3, 10);
    assert_eq!(tick(&mut db), [["7", "INCONCLUSIVE"]]);
    let detail = status(&mut db, "detail");
    assert!(
        detail.starts_with("Too little traffic to decide: 0 of 3 users") && detail.contains("are needed"),
        "{detail}"
    );
}

#[test]
fn people_who_get_in_and_never_get_anything_are_no_pass() {
    let (mut db, _) = shop();
    unpaused(&mut db, "alert", 16);
    db.batch_execute("SELECT attempts(7, 6000, 40, 'ACCEPTED', NULL, 40, '15 min', '20 s')").unwrap();
    assert_eq!(tick(&mut db), [["7", "INCONCLUSIVE"]]);
    assert!(status(&mut db, "detail").contains("no redemption was applied"));
}

#[test]
fn abuse_that_comes_back_fails_it_and_the_campaign_is_paused_again_once() {
    let (mut db, _) = shop();
    unpaused(&mut db, "pause", 5);
    customers(&mut db, 6000, 10, 4);
    tries(&mut db, 8000, 40, "NOT_APPLICABLE", 3);
    assert_eq!(tick(&mut db), [["7", "FAILED"]]);
    assert!(tick(&mut db).is_empty(), "once");
    assert_eq!(table(&mut db, "SELECT status FROM promo_codes WHERE id = 7"), [["PAUSED"]]);
    let detail = status(&mut db, "detail");
    assert!(
        detail.contains("were not accepted") && detail.contains("It was paused again (action"),
        "{detail}"
    );
    assert_eq!(status(&mut db, "repaused_at IS NOT NULL"), "t");
    // by whom, and on whose behalf
    let logged = table(
        &mut db,
        "SELECT l.action, l.decision, l.actor, l.after ->> 'asked_for_by', l.reason LIKE 'The bake after its unpause (action %) failed: %',
                b.repause_action_id = l.id, h.to_status
         FROM promo_guard.action_log AS l JOIN promo_guard.bake AS b USING (campaign_id)
         JOIN promo_guard.status_history AS h ON h.transaction_id = l.transaction_id
         WHERE l.action = 'pause'",
    );
    assert_eq!(logged, [["pause", "PAUSED", "postgres", "postgres", "t", "t", "PAUSED"]]);
    // a person unpauses by hand past us, and nothing pauses it a second time
    db.batch_execute("UPDATE promo_codes SET status = 'ACTIVE' WHERE id = 7").unwrap();
    assert!(tick(&mut db).is_empty());
    assert_eq!(table(&mut db, "SELECT status FROM promo_codes WHERE id = 7"), [["ACTIVE"]]);
}

#[test]
fn with_alert_a_bake_that_fails_leaves_the_campaign_alone() {
    let (mut db, _) = shop();
    unpaused(&mut db, "alert", 5);
    tries(&mut db, 8000, 40, "NOT_APPLICABLE", 4);
    assert_eq!(tick(&mut db), [["7", "FAILED"]]);
    assert_eq!(table(&mut db, "SELECT status FROM promo_codes WHERE id = 7"), [["ACTIVE"]]);
    assert_eq!(status(&mut db, "repaused_at"), "∅");
}

#[test]
fn trap_1_customers_whom_the_pause_kept_out_are_no_failures_once_they_get_in() {
    let (mut db, _) = shop();
    unpaused(&mut db, "alert", 16);
    tries(&mut db, 4000, 25, "EXPIRED", 20);
    tries(&mut db, 4000, 25, "ACCEPTED", 15);
    customers(&mut db, 6000, 30, 12);
    assert_eq!(tick(&mut db), [["7", "PASSED"]]);
    assert_eq!(status(&mut db, "users || ' ' || failing_users"), "55 0");
}

#[test]
fn trap_6_what_the_limiter_turned_away_says_nothing() {
    let (mut db, _) = shop();
    unpaused(&mut db, "alert", 16);
    customers(&mut db, 6000, 40, 15);
    tries(&mut db, 1000, 25, "RATE_LIMITED", 9);
    assert_eq!(tick(&mut db), [["7", "PASSED"]]);
    assert_eq!(status(&mut db, "failures || ' ' || users || ' ' || failing_users"), "25 40 0");
}

#[test]
fn a_code_that_runs_out_is_neither_abused_nor_wrong() {
    let refused_for = |reason: &str| {
        let (mut db, _) = shop();
        // It had run out the day before as well, and more was given: those who come now came then.
        db.batch_execute(
            "SELECT attempts(7, 40000, 200, 'NOT_APPLICABLE', 'DEPLETED', 200, '10 hours', '2 s')",
        )
        .unwrap();
        unpaused(&mut db, "alert", 16);
        customers(&mut db, 6000, 30, 12);
        db.batch_execute(&format!(
            "SELECT attempts(7, 40000, 60, 'NOT_APPLICABLE', {reason}, 60, '4 min', '2 s')"
        ))
        .unwrap();
        let changed = tick(&mut db);
        let told = status(&mut db, "detail");
        (changed, status(&mut db, "users || ' ' || failing_users || ' ' || baseline_rate::numeric"), told)
    };
    let (changed, counts, told) = refused_for("'DEPLETED'");
    assert_eq!((changed, counts.as_str()), (vec![vec!["7".to_owned(), "PASSED".to_owned()]], "30 0 0"));
    assert!(told.contains("besides 60 attempts when no uses were left"), "{told}");
    // As many who are told anything else are a regression, measured by the day without those.
    let (changed, counts, told) = refused_for("NULL");
    assert_eq!(changed, [["7", "FAILED"]], "{told}");
    assert!(counts.ends_with(" 0"), "{counts}");
}

#[test]
fn a_surge_of_strangers_fails_it_though_everybody_gets_in() {
    let (mut db, _) = shop();
    unpaused(&mut db, "alert", 5);
    customers(&mut db, 20_000, 10, 4);
    tries(&mut db, 30_000, 400, "ACCEPTED", 3);
    db.batch_execute(
        "UPDATE promo_attempts SET attempted_at = now() - interval '100 s' WHERE user_id >= 30000",
    )
    .unwrap();
    assert_eq!(tick(&mut db), [["7", "FAILED"]]);
    assert!(status(&mut db, "detail").contains("tried this code for the first time"));
}

#[test]
fn somebody_who_pauses_it_ends_the_bake_and_is_named() {
    let (mut db, _) = shop();
    unpaused(&mut db, "pause", 2);
    customers(&mut db, 6000, 5, 1);
    db.batch_execute("SELECT promo_guard.pause(7, 'a customer called')").unwrap();
    assert_eq!(tick(&mut db), [["7", "SUPERSEDED"]]);
    let detail = status(&mut db, "detail");
    assert!(
        detail.starts_with("postgres (promo-guard-tests) set it to PAUSED at ")
            && detail.contains("a customer called"),
        "{detail}"
    );
    assert!(tick(&mut db).is_empty());
}

#[test]
fn the_guard_that_pauses_it_again_is_told_from_a_person() {
    let (mut db, name) = shop();
    unpaused(&mut db, "pause", 2);
    // one user's retry storm and a friend: few people, so no alarm of ours, but the guard counts attempts
    db.batch_execute("SELECT attempts(7, 4000, 2, 'NOT_APPLICABLE', NULL, 130, '60 s', '200 ms')").unwrap();
    promo_guard_tests::server()
        .connect_as("shop", &name)
        .batch_execute("UPDATE promo_codes SET status = 'PAUSED', updated_at = now() WHERE id = 7")
        .unwrap();
    assert_eq!(tick(&mut db), [["7", "SUPERSEDED"]]);
    let detail = status(&mut db, "detail");
    assert!(
        detail.starts_with("The application's guard paused it again at ") && detail.contains("its rule held"),
        "{detail}"
    );
}

#[test]
fn changed_terms_end_it() {
    let (mut db, _) = shop();
    unpaused(&mut db, "alert", 2);
    db.batch_execute("UPDATE promo_codes SET max_total_uses = 6000, updated_at = now() WHERE id = 7")
        .unwrap();
    assert_eq!(tick(&mut db), [["7", "SUPERSEDED"]]);
    assert!(status(&mut db, "detail").contains("(max_total_uses)"));
}

#[test]
fn the_series_has_every_minute_and_the_mix_of_results() {
    let (mut db, _) = shop();
    unpaused(&mut db, "alert", 3);
    customers(&mut db, 6000, 3, 1);
    tries(&mut db, 8000, 2, "NOT_APPLICABLE", 1);
    let series =
        table(&mut db, "SELECT attempts, failures, applied, results FROM promo_guard.bake_series(7)");
    assert_eq!(series.len(), 4);
    assert_eq!(series[0], ["0", "0", "0", "{}"]);
    let all = table(
        &mut db,
        "SELECT sum(attempts), sum(failures), sum(applied), sum((results ->> 'ACCEPTED')::int) FROM promo_guard.bake_series(7, '10 s')",
    );
    assert_eq!(all, [["5", "2", "3", "3"]]);
}

#[test]
fn bad_input_has_its_sqlstate_and_changes_nothing() {
    let (mut db, _) = shop();
    let state = |db: &mut Client| {
        [
            "SELECT * FROM promo_codes ORDER BY id",
            "SELECT * FROM promo_guard.bake",
            "SELECT * FROM promo_guard.action_log ORDER BY id",
        ]
        .map(|sql| table(db, sql))
    };
    let all_refused = |db: &mut Client, calls: &[(&str, &str)]| {
        let before = state(db);
        for (call, code) in calls {
            let met = refused(db, &format!("SELECT * FROM promo_guard.{call}"));
            assert_eq!(met.code, *code, "{call}: {met:?}");
            assert!(!met.detail.is_empty() && !met.hint.is_empty(), "{call}: {met:?}");
        }
        assert_eq!(state(db), before);
    };
    all_refused(
        &mut db,
        &[
            ("bake_status(99)", "02000"),
            ("bake_status(-1)", "02000"),
            ("bake_series(99)", "02000"),
            ("bake_series(7)", "02000"),
            ("bake_series(NULL)", "22004"),
            ("unpause(7, 'x', bake => '1 s')", "22023"),
            ("unpause(7, 'x', bake => '2 days')", "22023"),
            ("unpause(7, 'x', bake => '1 month')", "22023"),
            ("unpause(7, 'x', bake => '-1 month 31 days')", "22023"),
            ("unpause(7, 'x', bake => '-15 min')", "22023"),
            ("unpause(7, 'x', bake => '178000000 years')", "22023"),
            ("unpause(7, 'x', on_regression => 'panic')", "22023"),
            ("unpause(7, 'x', on_regression => '')", "22023"),
        ],
    );
    assert!(table(&mut db, "SELECT * FROM promo_guard.bake_status(7)").is_empty(), "it has had none");
    unpaused(&mut db, "alert", 1);
    all_refused(
        &mut db,
        &[
            ("bake_series(7, NULL)", "22004"),
            ("bake_series(7, '0 s')", "22023"),
            ("bake_series(7, '-1 min')", "22023"),
            ("bake_series(7, '1 us')", "22023"),
        ],
    );
    for (begin, code) in [
        ("BEGIN ISOLATION LEVEL REPEATABLE READ", "25001"),
        ("BEGIN ISOLATION LEVEL SERIALIZABLE", "25001"),
        ("BEGIN READ ONLY", "25006"),
    ] {
        db.batch_execute(begin).unwrap();
        let met = refused(&mut db, "SELECT promo_guard.tick()");
        assert!(met.code == code && !met.detail.is_empty() && !met.hint.is_empty(), "{met:?}");
        db.batch_execute("ROLLBACK").unwrap();
    }
}
