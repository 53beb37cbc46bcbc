//! Discounts due against discounts given, by time.

use super::shop::{AS_OF, shop, shop_where};
use postgres::Client;
use promo_guard_tests::table;

/// The buckets that are not empty: start, applied, settled, missing, surplus, drift, absolute drift, paid, credits, ledger drift.
fn drift(db: &mut Client, bucket: &str) -> Vec<Vec<String>> {
    table(
        db,
        &format!(
            "SELECT to_char(bucket_start, 'HH24:MI'), applied, settled, missing, surplus, drift_stars, abs_drift_stars, paid_purchases,
                    ledger_credits, ledger_drift_stars
             FROM promo_guard.reconciliation_drift(as_of => {AS_OF}, bucket => '{bucket}')
             WHERE (applied, missing, surplus, paid_purchases, ledger_credits, ledger_drift_stars) <> (0, 0, 0, 0, 0, 0)"
        ),
    )
}

#[test]
fn a_healthy_hour_has_a_row_a_bucket_and_no_drift() {
    let mut db = shop();
    let rows = table(
        &mut db,
        &format!(
            "SELECT count(*), min(bucket_start), max(bucket_start), sum(abs_drift_stars) FROM promo_guard.reconciliation_drift(as_of => {AS_OF})"
        ),
    );
    assert_eq!(rows, [["12", "2026-03-01 11:00:00+00", "2026-03-01 11:55:00+00", "0"]]);
    assert_eq!(
        drift(&mut db, "5 min"),
        [
            ["11:25", "0", "0", "0", "0", "0", "0", "40", "0", "0"],
            ["11:30", "40", "40", "0", "0", "0", "0", "0", "40", "0"]
        ]
    );
}

#[test]
fn trap_11_errors_that_cancel_in_the_sum_show_in_the_absolute_one() {
    let mut db = shop_where(
        "UPDATE purchases SET discount_stars_amount = 10, stars_amount = 90 WHERE id = key(1); UPDATE ledger SET amount = 90 WHERE id = 1;
         UPDATE purchases SET discount_stars_amount = 30, stars_amount = 70 WHERE id = key(2); UPDATE ledger SET amount = 70 WHERE id = 2",
    );
    let row = &drift(&mut db, "1 hour")[0];
    // the ledger agrees with the purchases to the star: a wrong discount is invisible to it
    assert_eq!(row[1..], ["40", "38", "1", "1", "0", "20", "40", "40", "0"]);
}

#[test]
fn redemptions_without_purchase_and_discounts_without_redemption_are_counted_where_they_happened() {
    let mut db = shop_where(
        "SELECT sell(51, at => '2026-03-01 11:05Z'); UPDATE purchases SET status = 'FAILED', credited_at = NULL, paid_at = NULL WHERE id = key(51);
         SELECT sell(52, at => '2026-03-01 11:10Z'); DELETE FROM promo_redemptions WHERE user_id = 52;
         SELECT sell(53, at => '2026-03-01 11:15Z'); UPDATE promo_redemptions SET applied_purchase_id = NULL WHERE user_id = 53;
         DELETE FROM purchases WHERE id = key(53); DELETE FROM ledger WHERE id IN (51, 53);
         SELECT sell(54, at => '2026-03-01 11:57Z'); UPDATE purchases SET status = 'PAID_UNCREDITED', credited_at = NULL WHERE id = key(54);
         DELETE FROM ledger WHERE id = 54",
    );
    let rows: Vec<_> =
        drift(&mut db, "5 min").into_iter().filter(|row| row[0] != "11:25" && row[0] != "11:30").collect();
    assert_eq!(
        rows,
        [
            ["11:05", "1", "0", "1", "0", "-20", "20", "1", "0", "0"],
            ["11:10", "0", "0", "0", "1", "20", "20", "0", "1", "0"],
            ["11:15", "1", "0", "1", "0", "0", "0", "0", "0", "0"],
            ["11:55", "1", "0", "0", "0", "0", "0", "1", "0", "0"]
        ],
        "without a purchase its stars are not known; what was applied minutes ago is pending"
    );
}

#[test]
fn refunds_and_revocations_in_order_are_no_drift() {
    let mut db = shop_where(
        "UPDATE purchases SET status = 'REFUNDED', refunded_at = '2026-03-01 11:40Z' WHERE id = key(1);
         UPDATE promo_redemptions SET status = 'REVOKED' WHERE user_id = 1;
         INSERT INTO ledger VALUES (1001, key(1), 'DEBIT', 80, '2026-03-01 11:40Z')",
    );
    assert_eq!(drift(&mut db, "1 hour")[0][1..], ["40", "40", "0", "0", "0", "0", "40", "40", "0"]);
}

#[test]
fn a_ledger_that_lacks_a_credit_or_has_one_for_nothing_drifts() {
    let mut db = shop_where(
        "DELETE FROM ledger WHERE id = 1; UPDATE ledger SET amount = 85 WHERE id = 2;
         INSERT INTO ledger VALUES (999, key(999), 'CREDIT', 7, '2026-03-01 11:02Z')",
    );
    let rows = drift(&mut db, "30 min");
    assert_eq!(rows[0][8..], ["1", "7"], "a credit for a purchase that does not exist");
    assert_eq!(rows[1][8..], ["39", "-75"], "80 not booked, 5 too many");
}

#[test]
fn as_of_belongs_to_the_last_bucket() {
    let mut db = shop_where("SELECT sell(51, at => '2026-03-01 12:00Z'); DELETE FROM ledger WHERE id = 51");
    let last = drift(&mut db, "5 min").pop().unwrap();
    assert_eq!(last[..2], ["11:55", "1"]);
    let buckets = table(
        &mut db,
        &format!(
            "SELECT count(*) FROM promo_guard.reconciliation_drift(as_of => {AS_OF}, bucket => '7 min')"
        ),
    );
    assert_eq!(buckets, [["9"]], "eight of seven minutes and one of four");
}
