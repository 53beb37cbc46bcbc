//! Acknowledging is not silencing.

use super::shop::{calm, one, shop_where};
use promo_guard_tests::{refused, server, table};

const LISTED: &str = "SELECT rule, campaign_id, overdue, acknowledged_by FROM promo_guard.escalations(now() + interval '1 hour')";

#[test]
fn it_stays_listed_and_due_with_who_is_on_it() {
    let (mut db, name) = calm();
    db.batch_execute("UPDATE promo_codes SET status = 'PAUSED' WHERE id = 2; UPDATE promo_codes SET status = 'ACTIVE' WHERE id = 2").unwrap();
    db.batch_execute(
        "CREATE ROLE escalate_operator LOGIN; SELECT promo_guard.grant_operator('escalate_operator')",
    )
    .unwrap();
    assert_eq!(table(&mut db, LISTED), [["unpaused_outside_guard", "2", "t", "∅"]]);
    let mut operator = server().connect_as("escalate_operator", &name);
    let row = table(
        &mut operator,
        "SELECT rule, campaign_id, acknowledged_by, note FROM promo_guard.acknowledge_escalation('unpaused_outside_guard', 2, 'calling backend')",
    );
    assert_eq!(row, [["unpaused_outside_guard", "2", "escalate_operator", "calling backend"]]);
    assert_eq!(table(&mut db, LISTED), [["unpaused_outside_guard", "2", "t", "escalate_operator"]]);
    let log = table(
        &mut db,
        "SELECT decision, reason, actor, after ->> 'rule', after ->> 'campaign_id', campaign_id FROM promo_guard.action_log WHERE action = 'acknowledge_escalation'",
    );
    assert_eq!(
        log,
        [["ACKNOWLEDGED", "calling backend", "escalate_operator", "unpaused_outside_guard", "2", "∅"]]
    );
    // before it was acknowledged it was not
    let then = "SELECT acknowledged_by FROM promo_guard.escalations((SELECT at - interval '1 microsecond' FROM promo_guard.acknowledgement))";
    assert_eq!(one(&mut db, then), "∅");
    // it happens again: somebody must take note again
    db.batch_execute("UPDATE promo_codes SET status = 'PAUSED' WHERE id = 2; UPDATE promo_codes SET status = 'ACTIVE' WHERE id = 2").unwrap();
    assert_eq!(table(&mut db, LISTED)[0][3], "∅");
}

#[test]
fn an_escalation_about_no_campaign_is_acknowledged_without_one() {
    let mut db = shop_where("ALTER TABLE promo_codes DISABLE TRIGGER promo_guard_status_history");
    db.batch_execute("SELECT promo_guard.acknowledge_escalation('status_off_history', NULL, 'on it')")
        .unwrap();
    assert_eq!(table(&mut db, LISTED), [["status_off_history", "∅", "t", "postgres"]]);
}

#[test]
fn what_is_not_there_cannot_be_acknowledged_and_readers_cannot_at_all() {
    let (mut db, name) = calm();
    for (call, code) in [
        ("'unpaused_outside_guard', 2, 'x'", "02000"),
        ("'status_off_history', NULL, 'x'", "02000"),
        ("'no_such_rule', 2, 'x'", "22023"),
        ("NULL, 2, 'x'", "22004"),
        ("'bake_failed', 2, NULL", "22004"),
        ("'bake_failed', 2, '  '", "22023"),
    ] {
        let met = refused(&mut db, &format!("SELECT promo_guard.acknowledge_escalation({call})"));
        assert_eq!(met.code, code, "{call}: {met:?}");
        assert!(!met.hint.is_empty(), "{call}: {met:?}");
    }
    assert_eq!(one(&mut db, "SELECT count(*) FROM promo_guard.acknowledgement"), "0");
    db.batch_execute("CREATE ROLE escalate_reader LOGIN; SELECT promo_guard.grant_reader('escalate_reader')")
        .unwrap();
    let mut reader = server().connect_as("escalate_reader", &name);
    reader.batch_execute("SELECT * FROM promo_guard.escalations()").unwrap();
    assert_eq!(
        refused(&mut reader, "SELECT promo_guard.acknowledge_escalation('bake_failed', 2, 'x')").code,
        "42501"
    );
    assert_eq!(refused(&mut reader, "TABLE promo_guard.acknowledgement").code, "42501");
}
