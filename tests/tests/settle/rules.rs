//! Each rule, planted once in a healthy shop: found once, with what was expected and what is there, and nothing else is.

use super::shop::{AS_OF, broken, pending, shop, shop_where, summary, violations};
use promo_guard_tests::{golden, repo, table};

/// A defect, how it is made, and how it is reported: redemption, purchase, user, expected, actual.
struct Plant(&'static str, &'static str, [&'static str; 5]);

const PLANTS: &[Plant] = &[
    Plant(
        "applied_without_purchase",
        "UPDATE promo_redemptions SET applied_purchase_id = NULL WHERE user_id = 1;
         UPDATE purchases SET discount_stars_amount = 0, stars_amount = 100, applied_promo_code_id = NULL WHERE id = key(1);
         UPDATE ledger SET amount = 100 WHERE id = 1",
        ["1001", "∅", "1", "a purchase", "none"],
    ),
    Plant(
        "dangling_purchase",
        "UPDATE promo_redemptions SET applied_purchase_id = key(999) WHERE user_id = 2;
         UPDATE purchases SET discount_stars_amount = 0, stars_amount = 100, applied_promo_code_id = NULL WHERE id = key(2);
         UPDATE ledger SET amount = 100 WHERE id = 2",
        ["1002", "999", "2", "a purchase", "none"],
    ),
    Plant(
        "applied_not_credited",
        "UPDATE purchases SET status = 'FAILED', credited_at = NULL, paid_at = NULL WHERE id = key(3); DELETE FROM ledger WHERE id = 3",
        ["1003", "3", "3", "CREDITED or REFUNDED", "FAILED"],
    ),
    Plant(
        "credited_not_applied",
        "UPDATE promo_redemptions SET status = 'EXPIRED', applied_at = NULL WHERE user_id = 4;
         UPDATE promo_codes SET used_total = used_total - 1 WHERE id = 1",
        ["1004", "4", "4", "APPLIED", "EXPIRED"],
    ),
    Plant(
        "refunded_not_revoked",
        "UPDATE purchases SET status = 'REFUNDED', refunded_at = '2026-03-01 11:40Z' WHERE id = key(5);
         INSERT INTO ledger VALUES (1005, key(5), 'DEBIT', 80, '2026-03-01 11:40Z')",
        ["1005", "5", "5", "REVOKED", "APPLIED"],
    ),
    Plant(
        "revoked_not_refunded",
        "UPDATE promo_redemptions SET status = 'REVOKED' WHERE user_id = 6",
        ["1006", "6", "6", "REFUNDED", "CREDITED"],
    ),
    Plant(
        "zero_discount",
        "UPDATE purchases SET discount_stars_amount = 0, stars_amount = 100 WHERE id = key(7); UPDATE ledger SET amount = 100 WHERE id = 7",
        ["1007", "7", "7", "20", "0"],
    ),
    Plant(
        "wrong_discount",
        "UPDATE purchases SET discount_stars_amount = 21, stars_amount = 79 WHERE id = key(8); UPDATE ledger SET amount = 79 WHERE id = 8",
        ["1008", "8", "8", "20", "21"],
    ),
    Plant(
        "discount_without_redemption",
        "DELETE FROM promo_redemptions WHERE user_id = 9; UPDATE promo_codes SET used_total = used_total - 1 WHERE id = 1",
        ["∅", "9", "9", "a redemption", "none"],
    ),
    Plant(
        "user_mismatch",
        "UPDATE purchases SET user_id = 77 WHERE id = key(10)",
        ["1010", "10", "10", "10", "77"],
    ),
    Plant(
        "campaign_mismatch",
        "UPDATE purchases SET applied_promo_code_id = 2 WHERE id = key(11)",
        ["1011", "11", "11", "1", "2"],
    ),
    Plant(
        "amount_identity",
        "UPDATE purchases SET stars_amount = 81 WHERE id = key(12); UPDATE ledger SET amount = 81 WHERE id = 12",
        ["1012", "12", "12", "80", "81"],
    ),
    Plant(
        "over_redeemed",
        "SELECT sell(n, 6) FROM generate_series(61, 63) AS n; UPDATE promo_codes SET used_total = 3 WHERE id = 6",
        ["∅", "∅", "∅", "2", "3"],
    ),
    Plant(
        "credited_not_in_ledger",
        "DELETE FROM ledger WHERE id = 13",
        ["∅", "13", "13", "CREDIT 80", "nothing"],
    ),
    Plant(
        "reservation_overdue",
        "INSERT INTO promo_redemptions VALUES (key(1050), 1, 50, 'RESERVED', '2026-03-01 11:54:59Z', NULL, NULL,
                                               '2026-03-01 11:39Z', NULL, '2026-03-01 11:39Z')",
        ["1050", "∅", "50", "EXPIRED or APPLIED", "RESERVED"],
    ),
    Plant(
        "paid_not_credited",
        "INSERT INTO purchases VALUES (key(51), 51, 'star', 100, 0, 100, 'PAID_UNCREDITED', NULL, '2026-03-01 11:28Z', '2026-03-01 11:29:59Z', NULL, NULL)",
        ["∅", "51", "51", "CREDITED", "PAID_UNCREDITED"],
    ),
    Plant(
        "precheckout_stuck",
        "INSERT INTO purchases VALUES (key(52), 52, 'star', 100, 0, 100, 'PRECHECKOUT_OK', NULL, '2026-03-01 11:29:59Z', NULL, NULL, NULL)",
        ["∅", "52", "52", "paid or FAILED", "PRECHECKOUT_OK"],
    ),
    Plant(
        "used_total_drift",
        "UPDATE promo_codes SET used_total = used_total + 3 WHERE id = 1",
        ["∅", "∅", "∅", "40", "43"],
    ),
];

#[test]
fn a_healthy_shop_has_no_violation_and_every_rule_has_looked() {
    let mut db = shop();
    assert!(violations(&mut db).is_empty());
    let summary = summary(&mut db);
    assert_eq!(summary.len(), 18);
    for row in &summary {
        assert_eq!(row[2..], ["0", "0", "∅"], "{row:?}");
    }
    let checked = |rule: &str| summary.iter().find(|row| row[0] == rule).map(|row| row[1].as_str()).unwrap();
    for (rule, n) in [
        ("applied_without_purchase", "40"),
        ("zero_discount", "40"),
        ("amount_identity", "40"),
        ("credited_not_in_ledger", "40"),
        ("used_total_drift", "2"),
        ("reservation_overdue", "0"),
    ] {
        assert_eq!(checked(rule), n, "{rule}; a grant is no discount");
    }
}

#[test]
fn each_rule_is_found_once_with_expected_and_actual_and_trips_no_other() {
    for Plant(rule, sql, reported) in PLANTS {
        let mut db = shop_where(sql);
        let mut expected = vec![*rule];
        expected.extend(reported);
        assert_eq!(violations(&mut db), [expected], "{rule}");
        let found: Vec<_> = summary(&mut db)
            .into_iter()
            .filter(|row| row[2] != "0")
            .map(|row| (row[0].clone(), row[2].clone()))
            .collect();
        assert_eq!(found, [((*rule).to_owned(), "1".to_owned())], "the summary counts what the list shows");
        assert_eq!(pending(&mut db), [], "{rule}");
    }
}

#[test]
fn all_rules_at_once_are_each_found_once_critical_ones_first_and_said_in_a_sentence() {
    let mut db = shop();
    for Plant(rule, sql, _) in PLANTS {
        // their own counts of used_total would add up to drift
        db.batch_execute(sql).unwrap_or_else(|e| panic!("{rule}: {e:?}"));
    }
    let rules = table(
        &mut db,
        &format!(
            "SELECT rule, severity, campaign_id, detail FROM promo_guard.settlement_violations(as_of => {AS_OF})"
        ),
    );
    let mut names: Vec<_> = rules.iter().map(|row| row[0].as_str()).collect();
    assert_eq!(rules[13][1], "critical");
    assert_eq!(rules[14][1], "warning");
    for row in &rules {
        assert!(row[3].ends_with('.') && row[3].len() > 20, "{row:?}");
        let plain = ["paid_not_credited", "precheckout_stuck"].contains(&row[0].as_str());
        assert_eq!(row[2] == "∅", plain, "{row:?}");
    }
    names.sort_unstable();
    let mut planted: Vec<_> = PLANTS.iter().map(|p| p.0).collect();
    planted.sort_unstable();
    assert_eq!(names, planted);
    let first = table(
        &mut db,
        &format!("SELECT rule FROM promo_guard.settlement_violations(as_of => {AS_OF}, max_rows => 2)"),
    );
    assert_eq!(first, [["applied_without_purchase"], ["dangling_purchase"]]);
    let six = table(
        &mut db,
        &format!("SELECT rule FROM promo_guard.settlement_violations(as_of => {AS_OF}, campaign_id => 6)"),
    );
    assert_eq!(six, [["over_redeemed"]], "one campaign's");
}

#[test]
fn a_user_beyond_their_limit_is_named_and_one_within_it_is_not() {
    let mut db = shop_where(
        "SELECT sell(n, 7) FROM generate_series(71, 76) AS n;
         UPDATE promo_redemptions SET user_id = 71 WHERE user_id IN (72, 73); UPDATE purchases SET user_id = 71 WHERE user_id IN (72, 73);
         UPDATE promo_redemptions SET user_id = 74 WHERE user_id = 75; UPDATE purchases SET user_id = 74 WHERE user_id = 75;
         UPDATE promo_codes SET used_total = 6 WHERE id = 7",
    );
    assert_eq!(violations(&mut db), [["over_redeemed", "∅", "∅", "71", "2", "3"]]);
}

#[test]
fn what_used_total_counts_is_policy() {
    // refunded and revoked: ever applied, and not applied now
    let mut db = shop_where(
        "UPDATE purchases SET status = 'REFUNDED', refunded_at = '2026-03-01 11:40Z' WHERE id = key(1);
         UPDATE promo_redemptions SET status = 'REVOKED' WHERE user_id = 1;
         INSERT INTO ledger VALUES (1001, key(1), 'DEBIT', 80, '2026-03-01 11:40Z')",
    );
    assert!(broken(&mut db).is_empty());
    db.batch_execute(
        "SELECT promo_guard.set_policy('used_total_counts', 'applied', 'this shop counts down')",
    )
    .unwrap();
    assert_eq!(violations(&mut db), [["used_total_drift", "∅", "∅", "∅", "39", "40"]]);
}

#[test]
fn a_ledger_with_a_credit_too_many_or_of_another_amount_or_without_its_debit_is_found() {
    for (sql, expected, actual) in [
        (
            "INSERT INTO ledger VALUES (1001, key(1), 'CREDIT', 80, '2026-03-01 11:40Z')",
            "CREDIT 80",
            "CREDIT 160",
        ),
        ("UPDATE ledger SET amount = 100 WHERE id = 1", "CREDIT 80", "CREDIT 100"),
        (
            "UPDATE purchases SET status = 'REFUNDED', refunded_at = '2026-03-01 11:40Z' WHERE id = key(1);
             UPDATE promo_redemptions SET status = 'REVOKED' WHERE user_id = 1",
            "CREDIT 80, DEBIT 80",
            "CREDIT 80",
        ),
    ] {
        let mut db = shop_where(sql);
        assert_eq!(
            violations(&mut db),
            [["credited_not_in_ledger", "∅", "1", "1", expected, actual]],
            "{sql}"
        );
    }
}

#[test]
fn a_purchase_that_two_redemptions_point_to_appears_once_a_rule() {
    let mut db = shop_where(
        "ALTER TABLE promo_redemptions DROP CONSTRAINT promo_redemptions_applied_purchase_id_key;
         INSERT INTO promo_redemptions SELECT key(3001), promo_code_id, 3001, status, reserved_until, applied_purchase_id,
             validation_snapshot, created_at, applied_at, updated_at FROM promo_redemptions WHERE user_id = 1;
         UPDATE promo_codes SET used_total = 41 WHERE id = 1; UPDATE purchases SET stars_amount = 90 WHERE id = key(1);
         UPDATE ledger SET amount = 90 WHERE id = 1",
    );
    assert_eq!(broken(&mut db), ["user_mismatch", "amount_identity"]);
}

#[test]
fn a_limit_of_nothing_is_exceeded_by_one_use() {
    let mut db = shop_where(
        "SELECT sell(n, 7) FROM generate_series(71, 73) AS n; UPDATE promo_codes SET used_total = 3, max_uses_per_user = 0 WHERE id = 7;
         UPDATE promo_redemptions SET user_id = 71 WHERE user_id = 72; UPDATE purchases SET user_id = 71 WHERE user_id = 72",
    );
    assert_eq!(
        violations(&mut db),
        [["over_redeemed", "∅", "∅", "71", "0", "2"], ["over_redeemed", "∅", "∅", "73", "0", "1"]]
    );
}

#[test]
fn the_catalogue_has_a_sentence_of_every_rule() {
    let mut db = shop();
    for Plant(_, sql, _) in PLANTS {
        db.batch_execute(sql).unwrap();
    }
    let rows = table(
        &mut db,
        &format!(
            "SELECT rule, expected, actual, detail FROM promo_guard.settlement_violations(as_of => {AS_OF}) ORDER BY rule"
        ),
    );
    assert_eq!(rows.len(), 18);
    let mut page = String::from("Violations\n");
    for row in rows {
        page.push_str(&format!("  {}: expected {}, actual {}\n    {}\n", row[0], row[1], row[2], row[3]));
    }
    golden(&repo().join("tests/catalogue/settlement.txt"), &page);
}
