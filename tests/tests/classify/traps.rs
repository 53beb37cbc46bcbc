//! The traps of the domain that a verdict can fall into.

use super::shop::{AS_OF, assert_verdict, attempts, campaign, hiccup, set, shop, taken, verdict};
use promo_guard_tests::table;

#[test]
fn trap_1_the_echo_of_a_pause_is_no_evidence_of_abuse() {
    let mut db = shop();
    campaign(&mut db, 7, "'ACTIVE'");
    taken(&mut db, 7, "2026-03-01 05:00Z", "1 min", "1 + g % 400", 360, "APPLIED");
    hiccup(&mut db, 7);
    attempts(&mut db, 7, "2026-03-01 11:06Z", "4 s", "100 + g % 300", 800, "'EXPIRED'", "NULL");
    let (action, reasons) = assert_verdict(&mut db, 7, "FALSE_POSITIVE");
    assert!(reasons.contains("failed because it is paused; they are no evidence"), "{reasons}");
    assert_eq!(action, "Validate campaign 7's configuration and recent traffic, then unpause it.");
}

#[test]
fn trap_2_an_edit_after_the_pause_changes_no_verdict() {
    let mut db = shop();
    campaign(&mut db, 7, "'ACTIVE'");
    hiccup(&mut db, 7);
    attempts(&mut db, 7, "2026-03-01 11:06Z", "4 s", "100 + g % 300", 800, "'EXPIRED'", "NULL");
    let before = verdict(&mut db, 7);
    set(&mut db, 7, "updated_at = '2026-03-01 11:50Z'");
    assert_eq!(verdict(&mut db, 7), before);
}

#[test]
fn trap_3_failures_on_codes_of_nobody_say_nothing_of_a_campaign() {
    let mut db = shop();
    campaign(&mut db, 7, "'ACTIVE'");
    attempts(&mut db, 7, "2026-03-01 11:40Z", "5 min", "g", 3, "'NOT_APPLICABLE'", "'ALREADY_USED'");
    // 3,000 guesses by five strangers on codes that do not exist
    attempts(&mut db, 999, "2026-03-01 11:40Z", "300 ms", "9000 + g % 5", 3_000, "'INVALID'", "NULL");
    db.batch_execute(
        "UPDATE promo_attempts SET normalized_code_hash = lpad(id::text, 64, 'f') WHERE result = 'INVALID'",
    )
    .unwrap();
    assert_verdict(&mut db, 7, "HEALTHY");
    let rows = table(
        &mut db,
        &format!("SELECT count(*) FROM promo_guard.classify(as_of => '{AS_OF}') WHERE verdict <> 'HEALTHY'"),
    );
    assert_eq!(rows, [["0"]]);
}

#[test]
fn trap_4_a_misprint_is_no_attack_and_a_leak_is_one_although_it_succeeds() {
    let mut db = shop();
    campaign(&mut db, 7, "'ACTIVE'");
    attempts(&mut db, 999, "2026-03-01 11:35Z", "10 s", "1 + g", 120, "'INVALID'", "NULL");
    taken(&mut db, 7, "2026-03-01 11:35:30Z", "10 s", "1 + g", 110, "APPLIED");
    attempts(&mut db, 7, "2026-03-01 11:40Z", "5 min", "g", 3, "'NOT_APPLICABLE'", "'ALREADY_USED'");
    assert_verdict(&mut db, 7, "HEALTHY");

    // a quiet code that 150 strangers take within minutes, many of them twice
    campaign(&mut db, 8, "'ACTIVE'");
    taken(&mut db, 8, "2026-02-28 13:00Z", "30 min", "1 + g % 400", 40, "APPLIED");
    taken(&mut db, 8, "2026-03-01 10:00Z", "2 s", "9000 + g", 150, "APPLIED");
    attempts(
        &mut db,
        8,
        "2026-03-01 10:00:20Z",
        "2 s",
        "9000 + g",
        130,
        "'NOT_APPLICABLE'",
        "'ALREADY_USED'",
    );
    set(&mut db, 8, "status = 'PAUSED', updated_at = '2026-03-01 10:05Z'");
    // its burst has been over for almost two hours, and it stays what it was; a promotion to new customers would leave the same rows
    let (action, reasons) = assert_verdict(&mut db, 8, "INCONCLUSIVE");
    assert!(
        action.starts_with(
            "Keep campaign 8 PAUSED until you know whether a promotion was planned. If one was, record it: SELECT promo_guard.announce(8, '2026-03-01 "
        ),
        "{action}"
    );
    assert!(reasons.contains("Cannot tell a promotion from a leak"), "{reasons}");
}

#[test]
fn trap_5_a_retry_loop_of_a_few_clients_is_no_abuse() {
    let mut db = shop();
    campaign(&mut db, 7, "'ACTIVE'");
    taken(&mut db, 7, "2026-03-01 05:00Z", "1 min", "1 + g % 400", 360, "APPLIED");
    attempts(
        &mut db,
        7,
        "2026-03-01 11:10Z",
        "200 ms",
        "1 + g % 3",
        300,
        "'NOT_APPLICABLE'",
        "'ALREADY_USED'",
    );
    set(&mut db, 7, "status = 'PAUSED', updated_at = '2026-03-01 11:11Z'");
    let (_, reasons) = assert_verdict(&mut db, 7, "FALSE_POSITIVE");
    assert!(reasons.contains("3 of 3 users who tried often keep the even pace of a program"), "{reasons}");
}

#[test]
fn trap_6_rate_limited_customers_of_a_paused_code_are_no_attackers() {
    let mut db = shop();
    campaign(&mut db, 7, "'ACTIVE'");
    hiccup(&mut db, 7);
    attempts(&mut db, 7, "2026-03-01 11:06Z", "20 s", "100 + g % 60", 160, "'EXPIRED'", "NULL");
    attempts(&mut db, 7, "2026-03-01 11:07Z", "2 s", "100 + g % 60", 1_500, "'RATE_LIMITED'", "NULL");
    assert_verdict(&mut db, 7, "FALSE_POSITIVE");
}

#[test]
fn trap_7_each_fault_of_configuration_is_named_and_an_ordinary_end_is_none() {
    let mut db = shop();
    // valid_until a year too early: it was accepted after its end
    campaign(&mut db, 1, "'PAUSED'");
    taken(&mut db, 1, "2026-03-01 08:00Z", "1 min", "1 + g % 400", 180, "APPLIED");
    attempts(&mut db, 1, "2026-03-01 11:00Z", "2 s", "1 + g % 400", 150, "'EXPIRED'", "NULL");
    set(&mut db, 1, "valid_until = '2026-01-15Z', updated_at = '2026-03-01 11:04Z'");
    let (action, _) = assert_verdict(&mut db, 1, "CONFIG_REGRESSION");
    assert_eq!(action, "Fix valid_until of campaign 1 before it is unpaused.");

    // each in a shop of its own: users who try several codes within minutes are another matter
    db = shop();
    // a limit of 30 for a rush
    campaign(&mut db, 2, "'PAUSED'");
    taken(&mut db, 2, "2026-03-01 11:00Z", "2 s", "1 + g", 30, "APPLIED");
    attempts(&mut db, 2, "2026-03-01 11:01Z", "2 s", "50 + g", 150, "'NOT_APPLICABLE'", "'DEPLETED'");
    set(
        &mut db,
        2,
        "valid_from = '2026-03-01 11:00Z', max_total_uses = 30, used_total = 30, updated_at = '2026-03-01 11:05Z'",
    );
    let (action, _) = assert_verdict(&mut db, 2, "CONFIG_REGRESSION");
    assert!(action.contains("max_total_uses"), "{action}");

    db = shop();
    // an audience flag on a campaign for everybody
    campaign(&mut db, 3, "'PAUSED'");
    taken(&mut db, 3, "2026-03-01 06:00Z", "30 s", "1 + g % 400", 600, "APPLIED");
    attempts(&mut db, 3, "2026-03-01 11:00Z", "2 s", "1 + g", 150, "'NOT_APPLICABLE'", "'NEW_USERS_ONLY'");
    set(&mut db, 3, "new_users_only = true, updated_at = '2026-03-01 11:05Z'");
    let (action, _) = assert_verdict(&mut db, 3, "CONFIG_REGRESSION");
    assert!(action.contains("new_users_only"), "{action}");

    db = shop();
    // a scope that nothing has: accepted, never bought, and not one attempt failed
    campaign(&mut db, 4, "'ACTIVE'");
    taken(&mut db, 4, "2026-03-01 06:00Z", "1 min", "1 + g % 400", 300, "APPLIED");
    taken(&mut db, 4, "2026-03-01 11:00Z", "1 min", "1 + g % 400", 58, "EXPIRED");
    set(&mut db, 4, "target_scope = 'PREMIUM_2025'");
    let (action, _) = assert_verdict(&mut db, 4, "CONFIG_REGRESSION");
    assert_eq!(action, "Pause campaign 4, fix its target_scope, then unpause it.");
    // ... and the same where the scope exists, but is the wrong one
    set(&mut db, 4, "target_scope = 'ALL'");
    assert_verdict(&mut db, 4, "CONFIG_REGRESSION");

    db = shop();
    // over as planned: customers keep coming, the job pauses it
    campaign(&mut db, 5, "'PAUSED'");
    taken(&mut db, 5, "2026-03-01 08:00Z", "1 min", "1 + g % 400", 180, "APPLIED");
    attempts(&mut db, 5, "2026-03-01 11:00:01Z", "2 s", "1 + g % 400", 150, "'EXPIRED'", "NULL");
    set(&mut db, 5, "valid_until = '2026-03-01 11:00Z', updated_at = '2026-03-01 11:04Z'");
    let (action, reasons) = assert_verdict(&mut db, 5, "HEALTHY");
    assert_eq!(action, "Leave campaign 5 PAUSED: it is over.");
    assert!(reasons.contains("ended as planned"), "{reasons}");
}

#[test]
fn trap_8_of_a_mixture_the_gravest_is_the_verdict_and_both_are_named() {
    let mut db = shop();
    campaign(&mut db, 7, "'PAUSED'");
    taken(&mut db, 7, "2026-03-01 06:00Z", "30 s", "1 + g % 400", 600, "APPLIED");
    attempts(&mut db, 7, "2026-03-01 11:00Z", "2 s", "1 + g", 150, "'NOT_APPLICABLE'", "'NEW_USERS_ONLY'");
    attempts(
        &mut db,
        7,
        "2026-03-01 11:00:01Z",
        "330 ms",
        "9000 + g % 90",
        890,
        "'NOT_APPLICABLE'",
        "'NEW_USERS_ONLY'",
    );
    set(&mut db, 7, "new_users_only = true, updated_at = '2026-03-01 11:05Z'");
    let (action, reasons) = assert_verdict(&mut db, 7, "ABUSE_LIKELY");
    assert!(action.contains("rotate its code") && action.contains("new_users_only"), "{action}");
    assert!(reasons.contains("accounts attack its code") && reasons.contains("a flag was set"), "{reasons}");
}

#[test]
fn trap_9_a_pause_that_nothing_explains_is_inconclusive() {
    let mut db = shop();
    campaign(&mut db, 7, "'PAUSED'");
    taken(&mut db, 7, "2026-03-01 08:00Z", "1 min", "1 + g % 400", 180, "APPLIED");
    attempts(&mut db, 7, "2026-03-01 11:01Z", "30 s", "1 + g % 400", 100, "'EXPIRED'", "NULL");
    set(&mut db, 7, "updated_at = '2026-03-01 11:00Z'");
    let (action, reasons) = assert_verdict(&mut db, 7, "INCONCLUSIVE");
    assert!(reasons.contains("no record says who paused it or why"), "{reasons}");
    assert!(action.starts_with("Keep campaign 7 PAUSED"), "{action}");
    // nor does the echo of that pause explain it, however loud, once somebody has edited the row
    attempts(&mut db, 7, "2026-03-01 11:01:01Z", "3 s", "1 + g % 400", 900, "'EXPIRED'", "NULL");
    set(&mut db, 7, "updated_at = '2026-03-01 11:30Z'");
    assert_verdict(&mut db, 7, "INCONCLUSIVE");
    // nor does our own history: it knows when and by whom, not why
    set(&mut db, 7, "status = 'ACTIVE'");
    set(&mut db, 7, "status = 'PAUSED'");
    let rows = table(&mut db, "SELECT verdict FROM promo_guard.classify() WHERE campaign_id = 7");
    assert_eq!(rows, [["INCONCLUSIVE"]]);
    // a pause of ours carries its reason
    set(&mut db, 7, "status = 'ACTIVE'");
    db.batch_execute("SELECT promo_guard.pause(7, 'to mend the landing page')").unwrap();
    let rows = table(
        &mut db,
        "SELECT verdict, reasons::text LIKE '%to mend the landing page%' FROM promo_guard.classify() WHERE campaign_id = 7",
    );
    assert_eq!(rows[0][1], "t", "{rows:?}");
}

#[test]
fn trap_14_nobody_and_the_future_are_no_crowd() {
    let mut db = shop();
    campaign(&mut db, 7, "'ACTIVE'");
    attempts(&mut db, 7, "2026-03-01 11:40Z", "1 s", "NULL", 90, "'NOT_APPLICABLE'", "NULL");
    attempts(&mut db, 7, "2026-03-02 11:40Z", "1 s", "9000 + g", 500, "'NOT_APPLICABLE'", "NULL");
    attempts(&mut db, 7, "infinity", "1 s", "9000 + g", 3, "'NOT_APPLICABLE'", "NULL");
    assert_verdict(&mut db, 7, "HEALTHY");
    db.batch_execute("UPDATE promo_codes SET updated_at = 'infinity', valid_until = 'infinity', status = 'PAUSED' WHERE id = 7").unwrap();
    assert_verdict(&mut db, 7, "INCONCLUSIVE");
}

#[test]
fn trap_16_silence_of_everything_is_no_calm() {
    let mut db = shop();
    campaign(&mut db, 7, "'ACTIVE'");
    hiccup(&mut db, 7);
    campaign(&mut db, 8, "'ACTIVE'");
    attempts(
        &mut db,
        8,
        "2026-03-01 10:59Z",
        "1 s",
        "9000 + g % 60",
        240,
        "'NOT_APPLICABLE'",
        "'NEW_USERS_ONLY'",
    );
    set(&mut db, 8, "status = 'PAUSED', updated_at = '2026-03-01 11:02Z'");
    assert_verdict(&mut db, 7, "FALSE_POSITIVE");
    db.batch_execute("DELETE FROM promo_attempts WHERE attempted_at > '2026-03-01 11:06Z'").unwrap();
    let (_, reasons) = assert_verdict(&mut db, 7, "INCONCLUSIVE");
    assert!(reasons.contains("ingestion may be down"), "{reasons}");
    assert_verdict(&mut db, 8, "ABUSE_LIKELY");
}

#[test]
fn what_the_application_has_no_column_for_is_named_and_never_passed() {
    let mut db = shop();
    campaign(&mut db, 7, "'ACTIVE'");
    hiccup(&mut db, 7);
    let sure = |db: &mut postgres::Client| {
        table(db, &format!("SELECT verdict, confidence > 0.9, reasons::text FROM promo_guard.classify(as_of => '{AS_OF}') WHERE campaign_id = 7"))
            .remove(0)
    };
    assert_eq!(sure(&mut db)[..2], ["FALSE_POSITIVE", "t"]);
    db.batch_execute(r#"SELECT promo_guard.bind(columns => '{"attempts": {"metadata": null}, "redemptions": {"applied_at": null}, "purchases": {"created_at": null}}')"#).unwrap();
    let row = sure(&mut db);
    assert_eq!(row[..2], ["FALSE_POSITIVE", "f"]);
    assert!(row[2].contains("attempts.metadata, redemptions.applied_at, purchases.created_at"), "{row:?}");
    db.batch_execute(r#"SELECT promo_guard.bind(columns => '{"attempts": {"user_id": null}}')"#).unwrap();
    let row = sure(&mut db);
    assert_eq!(row[0], "INCONCLUSIVE", "{row:?}");
}
