//! A column that the application lacks: the rules that need it are skipped and say why, and no other rule changes.

use super::shop::{broken, summary, tables};
use promo_guard_tests::table;

/// Tables, columns dropped, and the rules that cannot run without them.
const DROPPED: &[(&str, &[&str], &[&str])] = &[
    ("promo_redemptions", &["user_id"], &["user_mismatch"]),
    ("purchases", &["user_id"], &["user_mismatch"]),
    (
        "promo_redemptions",
        &["promo_code_id"],
        &["applied_without_purchase", "campaign_mismatch", "over_redeemed", "used_total_drift"],
    ),
    ("purchases", &["applied_promo_code_id"], &["campaign_mismatch"]),
    (
        "promo_redemptions",
        &["applied_at"],
        &["applied_not_credited", "revoked_not_refunded", "used_total_drift"],
    ),
    ("promo_redemptions", &["reserved_until"], &["reservation_overdue"]),
    ("promo_redemptions", &["updated_at"], &[]),
    ("promo_redemptions", &["validation_snapshot"], &[]),
    ("purchases", &["base_stars_amount"], &["zero_discount", "wrong_discount", "amount_identity"]),
    ("purchases", &["stars_amount"], &["amount_identity", "credited_not_in_ledger"]),
    ("purchases", &["created_at"], &["precheckout_stuck"]),
    ("purchases", &["paid_at"], &["paid_not_credited"]),
    ("purchases", &["credited_at"], &["credited_not_applied", "credited_not_in_ledger"]),
    ("purchases", &["refunded_at"], &["refunded_not_revoked", "credited_not_in_ledger"]),
    ("purchases", &["product_code"], &[]),
    ("promo_codes", &["discount_type"], &[]),
    ("promo_codes", &["discount_value", "discount_percent"], &[]),
    ("promo_codes", &["max_uses_per_user"], &[]),
    ("promo_codes", &["created_at"], &[]),
    ("promo_codes", &["promo_type"], &[]),
    ("promo_codes", &["target_scope"], &[]),
    ("promo_codes", &["used_total"], &["used_total_drift"]),
    ("promo_codes", &["code_hash", "applicable_products", "new_users_only", "first_purchase_only"], &[]),
];

#[test]
fn each_missing_column_skips_the_rules_that_need_it_with_the_reason_and_no_other() {
    for (table_name, columns, rules) in DROPPED {
        let mut db = tables();
        for column in *columns {
            db.batch_execute(&format!("ALTER TABLE {table_name} DROP COLUMN {column} CASCADE")).unwrap();
        }
        db.batch_execute("SELECT promo_guard.bind(ledger => 'ledger')").unwrap();
        let lines = summary(&mut db);
        let skipped: Vec<_> = lines.iter().filter(|row| row[4] != "∅").collect();
        let mut names: Vec<_> = skipped.iter().map(|row| row[0].as_str()).collect();
        let mut wanted = rules.to_vec();
        names.sort_unstable();
        wanted.sort_unstable();
        assert_eq!(names, wanted, "without {table_name}.{columns:?}");
        for row in skipped {
            assert_eq!(row[1..4], ["∅", "∅", "∅"], "never a zero that nobody counted");
            assert!(columns.iter().any(|c| row[4].contains(c)), "{row:?}");
        }
        assert_eq!(broken(&mut db), [""; 0], "{columns:?}");
        for call in
            ["reconciliation_drift(as_of => '2026-03-01 12:00Z')", "probe_redeem(repeat('1', 64), 1, 'star')"]
        {
            table(&mut db, &format!("SELECT * FROM promo_guard.{call}"));
        }
    }
}

#[test]
fn where_neither_snapshot_nor_campaign_can_say_what_was_promised_the_discount_rules_are_skipped() {
    let mut db = tables();
    db.batch_execute(
        "ALTER TABLE promo_redemptions DROP COLUMN validation_snapshot;
         ALTER TABLE promo_codes DROP COLUMN discount_value, DROP COLUMN discount_percent;
         SELECT promo_guard.bind(ledger => 'ledger')",
    )
    .unwrap();
    let skipped: Vec<_> = summary(&mut db).into_iter().filter(|row| row[4] != "∅").collect();
    let reason = "the application has no column for redemptions.validation_snapshot or campaigns.discount_value or campaigns.discount_percent";
    assert_eq!(
        skipped,
        [["zero_discount", "∅", "∅", "∅", reason], ["wrong_discount", "∅", "∅", "∅", reason]]
    );
}

#[test]
fn without_a_ledger_its_rule_is_skipped_and_its_columns_are_null() {
    let mut db = tables();
    db.batch_execute("SELECT promo_guard.bind()").unwrap();
    let line = summary(&mut db).into_iter().find(|row| row[0] == "credited_not_in_ledger").unwrap();
    assert_eq!(line, ["credited_not_in_ledger", "∅", "∅", "∅", "no ledger is bound"]);
    let drift = table(
        &mut db,
        "SELECT DISTINCT ledger_credits, ledger_drift_stars FROM promo_guard.reconciliation_drift(as_of => '2026-03-01 12:00Z')",
    );
    assert_eq!(drift, [["∅", "∅"]]);
}

#[test]
fn a_view_written_by_hand_is_taken_at_its_word() {
    let mut db = tables();
    db.batch_execute("ALTER TABLE purchases DROP COLUMN refunded_at; SELECT promo_guard.bind()").unwrap();
    let definition =
        table(&mut db, "SELECT replace(rtrim(pg_get_viewdef('promo_guard.purchases'), ';'), 'NULL::timestamp with time zone', 't.credited_at')")[0][0]
            .clone();
    db.batch_execute(&format!(
        "CREATE OR REPLACE VIEW promo_guard.purchases AS {definition}; SELECT promo_guard.bind()"
    ))
    .unwrap();
    let skipped: Vec<_> =
        summary(&mut db).into_iter().filter(|row| row[4] != "∅").map(|row| row[0].clone()).collect();
    assert_eq!(skipped, ["credited_not_in_ledger"], "no ledger; refunds are known");
}

#[test]
fn a_table_renamed_after_bind_still_lacks_what_it_lacked() {
    let mut db = tables();
    db.batch_execute(
        "ALTER TABLE purchases DROP COLUMN refunded_at; SELECT promo_guard.bind(ledger => 'ledger');
         ALTER TABLE purchases RENAME TO orders; ALTER TABLE orders RENAME COLUMN status TO state",
    )
    .unwrap();
    let skipped: Vec<_> =
        summary(&mut db).into_iter().filter(|row| row[4] != "∅").map(|row| row[0].clone()).collect();
    assert_eq!(skipped, ["refunded_not_revoked", "credited_not_in_ledger"]);
}
