//! A status history that does not tell all.

use super::shop::{AS_OF, calm, of, shop_where};
use promo_guard_tests::table;

const RULE: &str = "status_off_history";

#[test]
fn a_disabled_trigger_and_what_was_changed_meanwhile_are_told() {
    let mut db = shop_where(
        "SELECT change(1, 'PAUSED', '2026-03-01 11:00Z');
         ALTER TABLE promo_codes DISABLE TRIGGER promo_guard_status_history;
         UPDATE promo_codes SET status = 'ACTIVE', updated_at = '2026-03-01 11:40Z' WHERE id = 1;
         ALTER TABLE promo_codes ENABLE TRIGGER promo_guard_status_history",
    );
    assert_eq!(of(&mut db, RULE, AS_OF), [["1", "11:40", "11:40", "t"]]);
    let said = table(
        &mut db,
        &format!(
            "SELECT severity, escalate_to, detail FROM promo_guard.escalations({AS_OF}) WHERE rule = '{RULE}'"
        ),
    );
    assert_eq!(said[0][..2], ["critical", "backend_on_call"]);
    assert!(
        said[0][2].starts_with(
            "Its status is ACTIVE, but the last recorded status is PAUSED (2026-03-01 11:00:00Z)"
        ),
        "{said:?}"
    );
    // no history saw it, so nothing else can
    assert!(of(&mut db, "unpaused_outside_guard", AS_OF).is_empty());
}

#[test]
fn a_trigger_that_is_off_is_told_before_anything_is_changed() {
    for off in [
        "ALTER TABLE promo_codes DISABLE TRIGGER promo_guard_status_history",
        "ALTER TABLE promo_codes DISABLE TRIGGER ALL",
        "ALTER TABLE promo_codes ENABLE REPLICA TRIGGER promo_guard_status_history",
        "DROP TRIGGER promo_guard_status_history ON promo_codes",
    ] {
        let mut db = shop_where(off);
        let found =
            table(&mut db, "SELECT rule, campaign_id, overdue, detail FROM promo_guard.escalations()");
        assert_eq!(found.len(), 1, "{off}: {found:?}");
        assert_eq!(found[0][..3], [RULE, "∅", "t"], "{off}");
        assert!(
            found[0][3].contains("public.promo_codes") && found[0][3].contains("attach_history()"),
            "{found:?}"
        );
        db.batch_execute("SELECT promo_guard.attach_history()").unwrap();
        assert!(of(&mut db, RULE, "now()").is_empty(), "{off}");
    }
}

#[test]
fn a_history_that_was_detached_by_our_function_or_agrees_is_none() {
    let (mut db, _) = calm();
    db.batch_execute(
        "SELECT change(1, 'PAUSED', '2026-03-01 11:00Z'); SELECT change(1, 'ACTIVE', '2026-03-01 11:30Z')",
    )
    .unwrap();
    assert!(of(&mut db, RULE, "now()").is_empty());
    db.batch_execute("SELECT promo_guard.detach_history()").unwrap();
    assert!(of(&mut db, RULE, "now()").is_empty());
    // a campaign that is gone cannot be compared
    db.batch_execute("INSERT INTO promo_guard.status_history (campaign_id, to_status, at, actor, transaction_id) VALUES (99, 'PAUSED', now(), 'x', '1')").unwrap();
    assert!(of(&mut db, RULE, "now()").is_empty());
}
