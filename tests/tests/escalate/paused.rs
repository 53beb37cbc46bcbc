//! A campaign of high value that stays paused (runbook 7: more than 30 minutes).

use super::shop::{AS_OF, calm, escalations, of, shop_where};
use promo_guard_tests::{server, table};

const RULE: &str = "high_value_paused";

#[test]
fn a_calm_shop_has_nothing_to_escalate() {
    let (mut db, _) = calm();
    assert!(escalations(&mut db, AS_OF).is_empty());
}

#[test]
fn it_is_listed_from_its_pause_on_and_overdue_after_thirty_minutes() {
    let mut db = shop_where("SELECT change(1, 'PAUSED', '2026-03-01 11:40Z')");
    assert_eq!(of(&mut db, RULE, AS_OF), [["1", "11:40", "12:10", "f"]]);
    assert_eq!(
        of(&mut db, RULE, "'2026-03-01 12:10Z'"),
        [["1", "11:40", "12:10", "f"]],
        "more than 30 minutes"
    );
    assert_eq!(of(&mut db, RULE, "'2026-03-01 12:10:00.000001Z'"), [["1", "11:40", "12:10", "t"]]);
    let said = table(
        &mut db,
        &format!("SELECT severity, escalate_to, detail FROM promo_guard.escalations({AS_OF})"),
    );
    assert_eq!(said[0][..2], ["critical", "product_owner"]);
    assert_eq!(
        said[0][2],
        "It gave 20,000 discount stars in the 7 days before its pause. It has been paused for 20 min. \
         Tell the product owner at 2026-03-01 12:10:00Z if it is still paused."
    );
    db.batch_execute("SELECT promo_guard.set_policy('escalate_paused_after', '15 min', 'test')").unwrap();
    assert_eq!(of(&mut db, RULE, AS_OF), [["1", "11:40", "11:55", "t"]]);
}

#[test]
fn flapping_does_not_start_the_clock_anew() {
    let mut db = shop_where(
        "SELECT change(1, 'PAUSED', '2026-03-01 11:10Z'), change(1, 'ACTIVE', '2026-03-01 11:30Z');
         SELECT change(1, 'PAUSED', '2026-03-01 11:33Z'), change(1, 'ACTIVE', '2026-03-01 11:39Z');
         SELECT change(1, 'PAUSED', '2026-03-01 11:41Z')",
    );
    // 20 and 6 minutes before, so 4 more
    assert_eq!(of(&mut db, RULE, AS_OF), [["1", "11:10", "11:45", "t"]]);
    let detail =
        table(&mut db, &format!("SELECT detail FROM promo_guard.escalations({AS_OF}) WHERE rule = '{RULE}'"));
    assert!(detail[0][0].contains("paused for 45 min (3 pauses, counted as one)"), "{detail:?}");
    // between two pauses it is not paused
    db.batch_execute("SELECT change(1, 'ACTIVE', '2026-03-01 11:50Z')").unwrap();
    assert!(of(&mut db, RULE, AS_OF).is_empty());
}

#[test]
fn little_value_or_an_end_of_its_own_is_not_escalated() {
    let mut db = shop_where(
        "SELECT change(2, 'PAUSED', '2026-03-01 11:00Z'), change(3, 'PAUSED', '2026-03-01 11:00Z')",
    );
    assert!(of(&mut db, RULE, AS_OF).is_empty(), "100 stars are few, none are none");
    db.batch_execute("SELECT promo_guard.set_policy('high_value_stars', '100', 'test')").unwrap();
    assert_eq!(of(&mut db, RULE, AS_OF), [["2", "11:00", "11:30", "t"]]);
    db.batch_execute("UPDATE promo_codes SET valid_until = '2026-03-01 11:59Z' WHERE id = 2").unwrap();
    assert!(of(&mut db, RULE, AS_OF).is_empty(), "it is over anyway");
}

#[test]
fn only_the_seven_days_before_the_pause_count_and_a_purchase_counts_once() {
    let mut db = shop_where(
        "SELECT promo_guard.set_policy('high_value_stars', '20001', 'test'); SELECT change(1, 'PAUSED', '2026-03-01 11:00Z')",
    );
    assert!(of(&mut db, RULE, AS_OF).is_empty(), "by its campaign and by its redemption, it is one purchase");
    db.batch_execute("SELECT sell(31, 1, 5, '2026-02-22 10:59Z'), sell(32, 1, 5, '2026-03-01 11:01Z')")
        .unwrap();
    assert!(of(&mut db, RULE, AS_OF).is_empty());
    db.batch_execute("SELECT sell(33, 1, 1, '2026-02-22 11:01Z')").unwrap();
    assert_eq!(of(&mut db, RULE, AS_OF).len(), 1);
}

#[test]
fn without_a_history_the_evidence_says_since_when() {
    let mut db = shop_where(
        "SELECT promo_guard.detach_history(); UPDATE promo_codes SET status = 'PAUSED', updated_at = '2026-03-01 11:20Z' WHERE id = 1",
    );
    assert_eq!(of(&mut db, RULE, AS_OF), [["1", "11:20", "11:50", "t"]]);
    let detail = table(&mut db, &format!("SELECT detail FROM promo_guard.escalations({AS_OF})"));
    assert!(detail[0][0].contains("or longer"), "estimated: {detail:?}");
}

#[test]
fn where_the_value_cannot_be_known_every_pause_counts() {
    let (mut db, _) = server().database();
    db.batch_execute(
        "SET TimeZone = 'UTC'; ALTER TABLE purchases DROP COLUMN credited_at; SELECT promo_guard.bind();
         INSERT INTO promo_codes (id, code_hash, code_prefix, campaign_name, promo_type, target_scope, status, valid_from, valid_until, updated_at)
         VALUES (7, repeat('7', 64), 'P', 'Seven', 'PREMIUM_GRANT', 'ALL', 'PAUSED', '2026-01-01Z', '2037-01-01Z', '2026-03-01 11:00Z')",
    )
    .unwrap();
    assert_eq!(of(&mut db, RULE, AS_OF), [["7", "11:00", "11:30", "t"]]);
    let detail = table(&mut db, &format!("SELECT detail FROM promo_guard.escalations({AS_OF})"));
    assert!(detail[0][0].contains("purchases.credited_at"), "{detail:?}");
}
