//! A defect is found when either side falls into the lookback, and nothing from after as_of counts.

use super::shop::{broken, shop, shop_where, violations};
use promo_guard_tests::table;

#[test]
fn a_redemption_before_the_lookback_is_found_by_its_purchase_in_it() {
    // redeemed at 09:00, revoked never, refunded at 11:40
    let mut db = shop_where(
        "UPDATE promo_redemptions SET created_at = '2026-03-01 09:00Z', applied_at = '2026-03-01 09:02Z', updated_at = '2026-03-01 09:02Z' WHERE user_id = 1;
         UPDATE purchases SET created_at = '2026-03-01 09:00Z', paid_at = '2026-03-01 09:01Z', credited_at = '2026-03-01 09:02Z',
             status = 'REFUNDED', refunded_at = '2026-03-01 11:40Z' WHERE id = key(1);
         INSERT INTO ledger VALUES (1001, key(1), 'DEBIT', 80, '2026-03-01 11:40Z')",
    );
    assert_eq!(violations(&mut db), [["refunded_not_revoked", "1001", "1", "1", "REVOKED", "APPLIED"]]);
}

#[test]
fn a_purchase_before_the_lookback_is_found_by_its_redemption_in_it() {
    let mut db = shop_where(
        "UPDATE promo_redemptions SET updated_at = '2026-03-01 11:40Z', status = 'REVOKED', created_at = '2026-03-01 09:00Z',
             applied_at = '2026-03-01 09:02Z' WHERE user_id = 1;
         UPDATE purchases SET created_at = '2026-03-01 09:00Z', paid_at = '2026-03-01 09:01Z', credited_at = '2026-03-01 09:02Z' WHERE id = key(1)",
    );
    assert_eq!(broken(&mut db), ["revoked_not_refunded"]);
}

#[test]
fn a_window_includes_both_ends_and_nothing_beyond() {
    let mut db = shop_where("UPDATE purchases SET stars_amount = 79; UPDATE ledger SET amount = 79");
    let found = |db: &mut postgres::Client, lookback: &str, as_of: &str| {
        table(
            db,
            &format!("SELECT count(*) FROM promo_guard.settlement_violations('{lookback}', '{as_of}') WHERE rule = 'amount_identity'"),
        )[0][0]
            .clone()
    };
    // the last time of any of them is 11:30, the first 11:28
    assert_eq!(found(&mut db, "30 min", "2026-03-01 12:00Z"), "40");
    assert_eq!(found(&mut db, "29 min 59 s", "2026-03-01 12:00Z"), "0");
    assert_eq!(found(&mut db, "1 hour", "2026-03-01 11:29Z"), "40");
    // at 11:28:30 the redemptions are there, and the purchases that they point to are of the future
    assert_eq!(found(&mut db, "1 hour", "2026-03-01 11:28:30Z"), "0");
    assert_eq!(found(&mut db, "10 years", "2026-02-01 00:00Z"), "0");
}

#[test]
fn rows_of_the_future_are_not_counted_and_break_nothing_that_points_to_them() {
    let mut db = shop_where(
        "UPDATE purchases SET created_at = '2099-01-01Z' WHERE id = key(1);
         UPDATE promo_redemptions SET created_at = '2099-01-01Z' WHERE user_id = 2",
    );
    assert_eq!(broken(&mut db), [""; 0], "neither dangling nor without a redemption");
}

#[test]
fn campaigns_touched_in_the_window_are_counted_over_all_of_their_history() {
    let mut db = shop_where(
        "SELECT sell(n, 6, at => '2025-06-01 00:00Z') FROM generate_series(61, 63) AS n; UPDATE promo_codes SET used_total = 2 WHERE id = 6",
    );
    assert_eq!(broken(&mut db), [""; 0], "nothing of campaign 6 is in the window");
    db.batch_execute("UPDATE promo_codes SET updated_at = '2026-03-01 11:59Z' WHERE id = 6").unwrap();
    assert_eq!(broken(&mut db), ["over_redeemed", "used_total_drift"], "an edit touches it");
    db.batch_execute(
        "UPDATE promo_codes SET updated_at = '2026-01-01Z' WHERE id = 6;
         UPDATE promo_redemptions SET updated_at = '2026-03-01 11:59Z' WHERE user_id = 61",
    )
    .unwrap();
    assert_eq!(broken(&mut db), ["over_redeemed", "used_total_drift"], "so does a redemption");
}

#[test]
fn the_lookback_is_policy_where_none_is_given() {
    let mut db = shop();
    db.batch_execute("UPDATE purchases SET stars_amount = 79; UPDATE ledger SET amount = 79").unwrap();
    assert_eq!(broken(&mut db).len(), 40);
    db.batch_execute("SELECT promo_guard.set_policy('settle_lookback', '10 min', 'test')").unwrap();
    assert_eq!(broken(&mut db).len(), 0);
}
