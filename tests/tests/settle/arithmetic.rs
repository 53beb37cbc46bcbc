//! A shop's own arithmetic is policy: what it counts as lawful is no violation, and what is wrong by its rules is found.

use super::shop::{AS_OF, broken, shop, shop_where, tables, violations};
use postgres::Client;
use promo_guard_tests::table;

fn set(db: &mut Client, name: &str, value: &str) {
    db.execute("SELECT promo_guard.set_policy($1, $2, 'the shop counts so')", &[&name, &value]).unwrap();
}

/// Sells at 15 % with each discount that this rounding gives, by numbers of any length.
fn sell_rounded(db: &mut Client, discount: &str) {
    db.batch_execute(&format!(
        "INSERT INTO promo_codes (id, code_hash, code_prefix, campaign_name, promo_type, discount_value, target_scope, status, valid_from, valid_until, used_total)
         VALUES (8, repeat('8', 64), 'P', 'Fifteen', 'PERCENT_DISCOUNT', 15, 'ALL', 'ACTIVE', '2026-01-01Z', '2027-01-01Z', 200);
         SELECT sell(100 + n, 8, 3400 + n, {discount}, NULL) FROM generate_series(1, 200) AS n"
    ))
    .unwrap();
}

/// Each rounding, and the discount of 3400 + n by numeric arithmetic.
const ROUNDINGS: [(&str, &str); 5] = [
    ("floor", "floor((3400 + n) * 0.15)::bigint"),
    ("half_down", "ceil((3400 + n) * 0.15 - 0.5)::bigint"),
    ("half_even", "round(((3400 + n) * 0.15)::float8)::bigint"),
    ("half_up", "round((3400 + n) * 0.15)::bigint"),
    ("ceil", "ceil((3400 + n) * 0.15)::bigint"),
];

#[test]
fn a_shop_that_rounds_by_its_own_rule_has_only_the_violation_that_is_one() {
    for (rounding, discount) in ROUNDINGS {
        let mut db = shop();
        sell_rounded(&mut db, discount);
        // 10 too much
        db.batch_execute(
            "UPDATE purchases SET discount_stars_amount = discount_stars_amount + 10, stars_amount = stars_amount - 10 WHERE id = key(150);
             UPDATE ledger SET amount = amount - 10 WHERE id = 150",
        )
        .unwrap();
        if rounding != "floor" {
            let wrong = broken(&mut db);
            assert!(wrong.len() > 50 && wrong.iter().all(|r| r == "wrong_discount"), "{rounding}: {wrong:?}");
        }
        for (other, _) in ROUNDINGS {
            set(&mut db, "discount_rounding", other);
            let found = violations(&mut db);
            if other == rounding {
                assert_eq!(found.len(), 1, "{rounding}: {found:?}");
                assert_eq!((found[0][0].as_str(), found[0][2].as_str()), ("wrong_discount", "150"));
                let drift = table(
                    &mut db,
                    &format!(
                        "SELECT sum(applied), sum(settled), sum(missing), sum(surplus), sum(drift_stars) FROM promo_guard.reconciliation_drift(as_of => {AS_OF})"
                    ),
                );
                assert_eq!(drift, [["240", "239", "0", "1", "10"]], "{rounding}");
            } else {
                assert!(found.len() > 1, "{rounding} is not {other}");
            }
        }
    }
}

#[test]
fn what_differs_by_no_more_than_the_tolerance_is_equal() {
    let mut db = shop_where(
        "UPDATE purchases SET discount_stars_amount = 21, stars_amount = 79 WHERE id = key(1); UPDATE ledger SET amount = 79 WHERE id = 1;
         UPDATE purchases SET discount_stars_amount = 18, stars_amount = 82 WHERE id = key(2); UPDATE ledger SET amount = 82 WHERE id = 2;
         UPDATE purchases SET stars_amount = 81 WHERE id = key(3); UPDATE ledger SET amount = 81 WHERE id = 3;
         SELECT sell(50, 1, 5, 0, NULL); UPDATE promo_codes SET used_total = 41 WHERE id = 1",
    );
    let by_tolerance = [
        &["zero_discount", "wrong_discount", "wrong_discount", "amount_identity"][..],
        &["wrong_discount"],
        &[],
    ];
    for (tolerance, rules) in by_tolerance.iter().enumerate() {
        set(&mut db, "amount_tolerance", &tolerance.to_string());
        assert_eq!(broken(&mut db), *rules, "{tolerance}");
        let drift = table(
            &mut db,
            &format!("SELECT sum(missing + surplus) FROM promo_guard.reconciliation_drift(as_of => {AS_OF})"),
        );
        let off = rules.iter().filter(|r| r.ends_with("discount")).count().to_string();
        assert_eq!(drift, [[off]], "{tolerance}");
    }
}

/// Purchase 50 of 100 stars takes the codes of campaigns 1 (20 %) and 2 (50 stars), and 51 of 60 stars as well; purchase 52
/// takes one.
const SEVERAL: &str = "
    ALTER TABLE promo_redemptions DROP CONSTRAINT promo_redemptions_applied_purchase_id_key;
    SELECT sell(50, 1, 100, 70, NULL), sell(51, 1, 60, 60, NULL), sell(52, 2, 100, 50, NULL);
    INSERT INTO promo_redemptions VALUES
        (key(3050), 2, 50, 'APPLIED', NULL, key(50), NULL, '2026-03-01 11:28Z', '2026-03-01 11:30Z', '2026-03-01 11:30Z'),
        (key(3051), 2, 51, 'APPLIED', NULL, key(51), NULL, '2026-03-01 11:28Z', '2026-03-01 11:30Z', '2026-03-01 11:30Z'),
        -- given up, and so of no account
        (key(4050), 7, 50, 'EXPIRED', NULL, key(50), NULL, '2026-03-01 11:28Z', NULL, '2026-03-01 11:30Z');
    UPDATE promo_codes SET used_total = 42 WHERE id = 1; UPDATE promo_codes SET used_total = 3 WHERE id = 2;
";

#[test]
fn several_codes_on_one_purchase_add_up_where_policy_says_so() {
    let mut db = shop_where(SEVERAL);
    let false_ones = broken(&mut db);
    assert!(
        false_ones.contains(&"wrong_discount".into()) && false_ones.contains(&"campaign_mismatch".into())
    );
    set(&mut db, "codes_per_purchase", "several");
    // 60 stars are all that there is to give: 12 and 50 are more
    let found = violations(&mut db);
    assert_eq!(found, [["credited_not_applied", "4050", "50", "50", "APPLIED", "EXPIRED"]]);
    db.batch_execute("DELETE FROM promo_redemptions WHERE id = key(4050)").unwrap();
    let drift = format!(
        "SELECT sum(applied), sum(settled), sum(missing), sum(surplus), sum(drift_stars) FROM promo_guard.reconciliation_drift(as_of => {AS_OF})"
    );
    assert_eq!(table(&mut db, &drift)[0][2..], ["0", "0", "0"]);
    // One campaign at a time, by its indexes, the same.
    for campaign in ["1", "2"] {
        let one = format!(
            "SELECT rule FROM promo_guard.settlement_violations(as_of => {AS_OF}, campaign_id => {campaign})"
        );
        assert_eq!(table(&mut db, &one), [[""; 0]; 0], "campaign {campaign}");
    }

    // What is wrong by this rule: the second discount was not given, a campaign that was not redeemed, a third code.
    db.batch_execute(
        "UPDATE purchases SET discount_stars_amount = 20, stars_amount = 80 WHERE id = key(50); UPDATE ledger SET amount = 80 WHERE id = 50;
         UPDATE purchases SET applied_promo_code_id = 3 WHERE id = key(51)",
    )
    .unwrap();
    let found = violations(&mut db);
    let of = |rule: &str| {
        found.iter().filter(|row| row[0] == rule).map(|row| row[1..].to_vec()).collect::<Vec<_>>()
    };
    assert_eq!(of("wrong_discount"), [["1050", "50", "50", "70", "20"]]);
    assert_eq!(of("campaign_mismatch"), [["1051", "51", "51", "1", "3"], ["3051", "51", "51", "2", "3"]]);
    assert_eq!(found.len(), 3, "{found:?}");
    assert_eq!(table(&mut db, &drift)[0][2..], ["1", "0", "-50"]);
}

#[test]
fn an_id_that_stands_for_nobody_has_no_limit_and_mismatches_with_no_user() {
    let erased = "
        SELECT sell(n, 7) FROM generate_series(101, 160) AS n; UPDATE promo_codes SET used_total = 63 WHERE id = 7;
        UPDATE promo_redemptions SET user_id = 0 WHERE user_id BETWEEN 101 AND 160;
        UPDATE purchases SET user_id = -1 WHERE user_id BETWEEN 101 AND 160;
        SELECT sell(n, 7) FROM generate_series(201, 203) AS n;
        UPDATE promo_redemptions SET user_id = 201 WHERE user_id IN (202, 203); UPDATE purchases SET user_id = 201 WHERE user_id IN (202, 203)";
    let mut db = shop_where(erased);
    assert_eq!(broken(&mut db).len(), 62, "60 mismatches, one of 60 uses, one of 3");
    set(&mut db, "nobody_user_ids", "{0,-1}");
    let one = ["over_redeemed", "∅", "∅", "201", "2", "3"];
    assert_eq!(violations(&mut db), [one]);
    let by_campaign = format!(
        "SELECT rule, user_id FROM promo_guard.settlement_violations(as_of => {AS_OF}, campaign_id => 7)"
    );
    assert_eq!(table(&mut db, &by_campaign), [["over_redeemed", "201"]]);
    assert_eq!(
        table(
            &mut db,
            &format!("SELECT sum(violations) FROM promo_guard.settlement_summary(as_of => {AS_OF})")
        ),
        [["1"]]
    );
}

#[test]
fn a_limit_holds_against_the_uses_that_policy_counts() {
    // 5 uses of a limit of 4, three of them refunded and revoked since
    let mut db = shop_where(
        "SELECT sell(n, 6, 100, 20, NULL) FROM generate_series(61, 65) AS n;
         UPDATE promo_codes SET max_total_uses = 4, used_total = 5 WHERE id = 6;
         UPDATE purchases SET status = 'REFUNDED', refunded_at = '2026-03-01 11:40Z' WHERE user_id BETWEEN 61 AND 63;
         UPDATE promo_redemptions SET status = 'REVOKED' WHERE user_id BETWEEN 61 AND 63;
         INSERT INTO ledger SELECT 1000 + n, key(n), 'DEBIT', 80, '2026-03-01 11:40Z' FROM generate_series(61, 63) AS n",
    );
    assert_eq!(violations(&mut db), [["over_redeemed", "∅", "∅", "∅", "4", "5"]]);
    let detail = format!("SELECT detail FROM promo_guard.settlement_violations(as_of => {AS_OF})");
    assert_eq!(
        table(&mut db, &detail)[0][0],
        "5 redemptions count as uses (2 applied now, the others revoked since), the campaign allows 4."
    );
    // Of this type the shop counts what is applied now.
    set(&mut db, "used_total_counts_by_type", "{PERCENT_DISCOUNT:applied}");
    assert_eq!(violations(&mut db), [["used_total_drift", "∅", "∅", "∅", "2", "5"]]);
    db.batch_execute("UPDATE promo_codes SET used_total = 2 WHERE id = 6").unwrap();
    assert_eq!(broken(&mut db), [""; 0]);
    set(&mut db, "used_total_counts_by_type", "{PREMIUM_GRANT:applied}");
    assert_eq!(broken(&mut db), ["over_redeemed", "used_total_drift"]);
    set(&mut db, "used_total_counts", "applied");
    assert_eq!(broken(&mut db), [""; 0]);
}

#[test]
fn uses_left_follows_the_uses_that_policy_counts() {
    let mut db = shop_where(
        "SELECT sell(n, 6, 100, 20, NULL) FROM generate_series(61, 64) AS n;
         UPDATE promo_codes SET max_total_uses = 4, used_total = 1, status = 'PAUSED' WHERE id = 6;
         UPDATE promo_redemptions SET status = 'REVOKED' WHERE user_id BETWEEN 61 AND 63",
    );
    let check = "SELECT passed, detail FROM promo_guard.check_unpause(6) WHERE name = 'uses_left'";
    let found = table(&mut db, check);
    assert_eq!(found[0][0], "f");
    assert!(found[0][1].contains("used 4, reserved 0; used_total says 1"), "{found:?}");
    set(&mut db, "used_total_counts", "applied");
    assert_eq!(table(&mut db, check)[0][0], "t");
}

#[test]
fn a_refund_in_part_keeps_the_redemption_where_policy_says_so() {
    let mut db = tables();
    db.batch_execute(
        "ALTER TABLE purchases ADD refunded_stars_amount integer;
         UPDATE purchases SET status = 'REFUNDED', refunded_at = '2026-03-01 11:40Z', refunded_stars_amount = 30 WHERE user_id = 1;
         INSERT INTO ledger VALUES (1001, key(1), 'DEBIT', 10, '2026-03-01 11:40Z'), (1002, key(1), 'DEBIT', 20, '2026-03-01 11:41Z');
         UPDATE purchases SET status = 'REFUNDED', refunded_at = '2026-03-01 11:40Z', refunded_stars_amount = 80 WHERE user_id = 2;
         INSERT INTO ledger VALUES (1003, key(2), 'DEBIT', 80, '2026-03-01 11:40Z');
         SELECT promo_guard.bind(ledger => 'ledger')",
    )
    .unwrap();
    assert_eq!(broken(&mut db), ["refunded_not_revoked"; 2]);
    set(&mut db, "partial_refunds", "keep");
    assert_eq!(violations(&mut db), [["refunded_not_revoked", "1002", "2", "2", "REVOKED", "APPLIED"]]);
    let ledger = format!(
        "SELECT sum(abs(ledger_drift_stars)) FROM promo_guard.reconciliation_drift(as_of => {AS_OF})"
    );
    assert_eq!(table(&mut db, &ledger), [["0"]]);
    // the ledger lacks a part
    db.batch_execute("DELETE FROM ledger WHERE id = 1002").unwrap();
    assert_eq!(
        violations(&mut db)[1],
        ["credited_not_in_ledger", "∅", "1", "1", "CREDIT 80, DEBIT 30", "CREDIT 80, DEBIT 10"]
    );
    assert_eq!(table(&mut db, &ledger), [["20"]]);
}

#[test]
fn currencies_are_named_and_never_added_up() {
    let mut db = tables();
    db.batch_execute(
        "ALTER TABLE purchases ADD currency text; ALTER TABLE promo_codes ADD discount_currency char(3);
         UPDATE purchases SET currency = CASE WHEN user_id % 2 = 0 THEN 'EUR' ELSE 'USD' END;
         UPDATE promo_codes SET discount_currency = 'EUR' WHERE id = 2;
         SELECT sell(50, 2, 100, 50, NULL), sell(51, 2, 100, 57, NULL);
         UPDATE purchases SET currency = CASE WHEN user_id = 50 THEN 'EUR' ELSE 'USD' END WHERE user_id >= 50;
         UPDATE promo_codes SET used_total = 2 WHERE id = 2;
         SELECT promo_guard.bind(ledger => 'ledger')",
    )
    .unwrap();
    assert_eq!(broken(&mut db), [""; 0], "50 EUR off are 57 USD off, as far as can be told");
    db.batch_execute(
        "UPDATE purchases SET discount_stars_amount = 27, stars_amount = 73 WHERE user_id = 2;
         UPDATE purchases SET discount_stars_amount = 13, stars_amount = 87 WHERE user_id = 1;
         UPDATE ledger SET amount = CASE id WHEN 2 THEN 73 ELSE 87 END WHERE id IN (1, 2);
         DELETE FROM ledger WHERE id = 4",
    )
    .unwrap();
    let details = format!(
        "SELECT detail FROM promo_guard.settlement_violations(as_of => {AS_OF}) WHERE rule = 'wrong_discount'"
    );
    assert_eq!(
        table(&mut db, &details),
        [
            ["The user was promised 20 USD off 100 and was given 13: too little by 7."],
            ["The user was promised 20 EUR off 100 and was given 27: too much by 7."]
        ]
    );
    let drift = format!(
        "SELECT currency, sum(applied), sum(missing), sum(surplus), sum(drift_stars), sum(paid_purchases), sum(ledger_credits), sum(ledger_drift_stars)
         FROM promo_guard.reconciliation_drift(as_of => {AS_OF}) GROUP BY 1 ORDER BY 1"
    );
    assert_eq!(
        table(&mut db, &drift),
        [["EUR", "21", "0", "1", "7", "21", "20", "-80"], ["USD", "21", "1", "0", "-7", "21", "21", "0"]]
    );
    let rows = format!("SELECT count(*) FROM promo_guard.reconciliation_drift(as_of => {AS_OF})");
    assert_eq!(table(&mut db, &rows), [["24"]], "twelve buckets of each currency");
}

#[test]
fn escalations_metrics_and_reports_add_up_no_currencies_either() {
    let mut db = tables();
    db.batch_execute(
        "ALTER TABLE purchases ADD currency text;
         UPDATE purchases SET currency = CASE WHEN user_id % 2 = 0 THEN 'EUR' ELSE 'USD' END;
         UPDATE purchases SET discount_stars_amount = 27, stars_amount = 73 WHERE user_id = 2;
         UPDATE purchases SET discount_stars_amount = 13, stars_amount = 87 WHERE user_id IN (1, 3);
         -- to the present
         UPDATE purchases SET created_at = now() - interval '20 min', paid_at = now() - interval '20 min', credited_at = now() - interval '20 min';
         UPDATE promo_redemptions SET created_at = now() - interval '20 min', applied_at = now() - interval '20 min', updated_at = now() - interval '20 min';
         SELECT promo_guard.bind()",
    )
    .unwrap();
    let detail =
        table(&mut db, "SELECT detail FROM promo_guard.escalations() WHERE rule = 'reconciliation_drift'");
    assert!(
        detail[0][0].contains("2 missing discounts, 1 surplus, a difference of 7 EUR and 14 USD"),
        "{detail:?}"
    );
    let metrics = "SELECT labels, value FROM promo_guard.metrics WHERE name = 'promo_guard_drift_stars' ORDER BY labels";
    assert_eq!(table(&mut db, metrics), [[r#"{"currency": "EUR"}"#, "7"], [r#"{"currency": "USD"}"#, "14"]]);
    let report = "SELECT r #>> '{settlement,drift,drift_stars}', r #>> '{settlement,drift,currencies,0,drift_stars}', r #>> '{settlement,drift,currencies,1,currency}', r #>> '{settlement,drift,currencies,1,drift_stars}' FROM promo_guard.incident_report(lookback => '1 hour') AS r";
    assert_eq!(table(&mut db, report), [["∅", "7", "USD", "-14"]]);
}
