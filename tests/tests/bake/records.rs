//! What is written down, and what is said when nobody ticks.

use super::shop::shop;
use super::{customers, status, tick, tries, unpaused};
use promo_guard_tests::{server, table};

#[test]
fn a_bake_that_nobody_ticks_is_reported() {
    let (mut db, _) = shop();
    unpaused(&mut db, "alert", 1);
    assert!(table(&mut db, "SELECT * FROM promo_guard.doctor() WHERE topic = 'bake'").is_empty());
    db.batch_execute(
        "UPDATE promo_guard.bake SET since = since - interval '3 min', until = until - interval '3 min'",
    )
    .unwrap();
    assert!(status(&mut db, "detail").contains("it has not been ticked since "));
    let found = table(&mut db, "SELECT level, remediation FROM promo_guard.doctor() WHERE topic = 'bake'");
    assert_eq!((found.len(), found[0][0].as_str()), (1, "warn"));
    db.batch_execute(&found[0][1]).unwrap();
    assert!(table(&mut db, "SELECT * FROM promo_guard.doctor() WHERE topic = 'bake'").is_empty());
    assert!(!status(&mut db, "detail").contains("has not been ticked"));
}

#[test]
fn another_unpause_begins_another_bake_and_calls_off_a_pause_that_is_due() {
    let (mut db, _) = shop();
    unpaused(&mut db, "alert", 1);
    db.batch_execute("SELECT promo_guard.pause(7, 'x')").unwrap();
    db.batch_execute(
        "UPDATE promo_guard.bake SET state = 'FAILED', decided_at = now(), detail = 'x', repause_due = true",
    )
    .unwrap();
    unpaused(&mut db, "alert", 0);
    assert_eq!(
        table(&mut db, "SELECT state, repause_due FROM promo_guard.bake ORDER BY id"),
        [["FAILED", "f"], ["RUNNING", "f"]]
    );
    assert!(tick(&mut db).is_empty());
    assert_eq!(table(&mut db, "SELECT count(*) FROM promo_guard.bake_status()"), [["1"]]);
}

#[test]
fn a_campaign_whose_row_is_held_is_paused_by_the_next_tick_and_holds_up_nobody() {
    let (mut db, name) = shop();
    unpaused(&mut db, "pause", 5);
    tries(&mut db, 8000, 40, "NOT_APPLICABLE", 4);
    let mut other = server().connect(&name);
    other.batch_execute("BEGIN; UPDATE promo_codes SET used_total = used_total WHERE id = 7").unwrap();
    assert_eq!(tick(&mut db), [["7", "FAILED"]], "the verdict does not wait");
    assert_eq!(status(&mut db, "repaused_at"), "∅");
    other.batch_execute("COMMIT").unwrap();
    assert_eq!(tick(&mut db), [["7", "FAILED"]]);
    assert_eq!(table(&mut db, "SELECT status FROM promo_codes WHERE id = 7"), [["PAUSED"]]);
}

#[test]
fn a_campaign_that_cannot_be_paused_says_why_and_keeps_no_other_from_its_verdict() {
    let (mut db, name) = shop();
    unpaused(&mut db, "pause", 16);
    tries(&mut db, 8000, 40, "NOT_APPLICABLE", 14);
    server()
        .connect_as("shop", &name)
        .batch_execute(
            "CREATE FUNCTION never() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'not on a Tuesday'; END $$;
             CREATE TRIGGER never BEFORE UPDATE ON promo_codes FOR EACH ROW EXECUTE FUNCTION never()",
        )
        .unwrap();
    // another campaign's bake, after it in order
    db.batch_execute(
        "INSERT INTO promo_guard.bake (campaign_id, action_id, began_by, since, until, on_regression, false_alarm, paused_at, terms)
         SELECT 8, action_id, began_by, since, until, 'alert', false_alarm, paused_at, '{}' FROM promo_guard.bake",
    )
    .unwrap();
    assert_eq!(tick(&mut db), [["7", "FAILED"], ["8", "INCONCLUSIVE"]]);
    tick(&mut db);
    let detail = status(&mut db, "detail");
    assert_eq!(detail.matches("not on a Tuesday").count(), 1, "{detail}");
    server().connect_as("shop", &name).batch_execute("DROP TRIGGER never ON promo_codes").unwrap();
    assert_eq!(tick(&mut db), [["7", "FAILED"]]);
    assert!(status(&mut db, "detail").ends_with(").") && status(&mut db, "repaused_at") != "∅");
}

#[test]
fn the_baseline_is_fixed_by_the_first_tick() {
    let (mut db, _) = shop();
    unpaused(&mut db, "alert", 1);
    customers(&mut db, 6000, 3, 1);
    tick(&mut db);
    let first = table(&mut db, "SELECT baseline FROM promo_guard.bake");
    assert!(first[0][0].contains("\"of\": \"campaign\""), "{first:?}");
    db.batch_execute("DELETE FROM promo_attempts WHERE attempted_at < now() - interval '1 hour'").unwrap();
    tick(&mut db);
    assert_eq!(table(&mut db, "SELECT baseline FROM promo_guard.bake"), first);
}
