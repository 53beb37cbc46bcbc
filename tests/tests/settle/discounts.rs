//! The discount that was promised, to the star, whatever the snapshot holds.

use super::shop::{broken, shop, shop_where, violations};
use postgres::Client;

/// Sells to user 50 under `campaign` with this snapshot, gives what is reported of the discount, and takes it back.
fn sold(db: &mut Client, campaign: i64, base: &str, off: &str, snapshot: &str) -> Vec<Vec<String>> {
    db.batch_execute(&format!(
        "BEGIN; SELECT sell(50, {campaign}, {base}, {off}, {snapshot});
         UPDATE promo_codes SET used_total = used_total + 1 WHERE id = {campaign}"
    ))
    .unwrap_or_else(|e| panic!("{snapshot}: {e:?}"));
    let found =
        violations(db).into_iter().map(|row| vec![row[0].clone(), row[4].clone(), row[5].clone()]).collect();
    db.batch_execute("ROLLBACK").unwrap();
    found
}

#[test]
fn percentages_round_what_is_paid_up_fixed_ones_are_capped_and_free_is_free() {
    let mut db = shop();
    for (campaign, base, off) in [
        (1, 100, 20),
        (1, 99, 19), // 79.2 to pay, so 80
        (1, 4, 0),   // 3.2 to pay, so 4: a small base that rounds to no discount
        (1, 0, 0),   // a purchase of nothing
        (5, 101, 10),
        (2, 100, 50),
        (2, 30, 30),
        (2, 0, 0),
        (3, 100, 100),
        (3, 0, 0),
    ] {
        assert!(
            sold(&mut db, campaign, &base.to_string(), &off.to_string(), "NULL").is_empty(),
            "{campaign}: {off} off {base}"
        );
        let more = off + 1;
        if more <= base {
            assert_eq!(
                sold(&mut db, campaign, &base.to_string(), &more.to_string(), "NULL"),
                [["wrong_discount".to_owned(), off.to_string(), more.to_string()]]
            );
        }
        if off > 0 {
            assert_eq!(
                sold(&mut db, campaign, &base.to_string(), "0", "NULL"),
                [["zero_discount".to_owned(), off.to_string(), "0".to_owned()]]
            );
        }
    }
}

#[test]
fn trap_10_the_snapshot_counts_and_not_the_campaign_edited_since() {
    let mut db =
        shop_where("UPDATE promo_codes SET discount_value = 30, discount_type = 'FIXED' WHERE id = 1");
    assert_eq!(broken(&mut db), [""; 0]);
    // without one, the campaign as it is now
    db.batch_execute("UPDATE promo_redemptions SET validation_snapshot = NULL WHERE user_id = 1").unwrap();
    assert_eq!(violations(&mut db), [["wrong_discount", "1001", "1", "1", "30", "20"]]);
}

#[test]
fn a_snapshot_that_cannot_be_read_falls_back_to_the_campaign_and_never_raises_an_error() {
    let mut db = shop();
    for snapshot in [
        "'{}'",
        "'null'",
        "'[]'",
        "'[1, 2]'",
        "'\"PERCENT\"'",
        "'true'",
        "'7'",
        r#"'{"discount_type": "PERCENT"}'"#,
        r#"'{"discount_type": "PERCENT", "discount_value": null}'"#,
        r#"'{"discount_type": "PERCENT", "discount_value": "a lot"}'"#,
        r#"'{"discount_type": "PERCENT", "discount_value": ""}'"#,
        r#"'{"discount_type": "PERCENT", "discount_value": -20}'"#,
        r#"'{"discount_type": "PERCENT", "discount_value": 12.5}'"#,
        r#"'{"discount_type": "PERCENT", "discount_value": 1e400}'"#,
        r#"'{"discount_type": "FIXED", "discount_value": 99999999999999999999999999}'"#,
        r#"'{"discount_type": "FIXED", "discount_value": {"value": 5}}'"#,
        r#"'{"discount_type": "FIXED", "discount_value": [5]}'"#,
        r#"'{"discount_type": {"PERCENT": 1}, "discount_value": 5}'"#,
        r#"'{"discount_type": "BOGO", "discount_value": 5}'"#,
        r#"'{"discount_type": 5, "discount_value": 5}'"#,
        r#"'{"discount_value": 20}'"#,
        r#"'{"discount_type": null, "discount_value": 20}'"#,
        r#"'{"discount_type": "PERCENT", "discount_value": "20"}'"#,
    ] {
        assert!(sold(&mut db, 1, "100", "20", snapshot).is_empty(), "{snapshot}");
        assert_eq!(sold(&mut db, 1, "100", "21", snapshot), [["wrong_discount", "20", "21"]], "{snapshot}");
    }
    // readable, and not the campaign's
    for (snapshot, due) in [
        (r#"'{"discount_type": "FREE"}'"#, "100"),
        (r#"'{"discount_type": "FREE", "discount_value": null}'"#, "100"),
        (r#"'{"discount_type": "FIXED", "discount_value": 999999999999}'"#, "100"),
        (r#"'{"discount_type": "PERCENT", "discount_value": 250}'"#, "100"),
        (r#"'{"discount_type": "PERCENT", "discount_value": 0}'"#, "0"),
    ] {
        assert!(sold(&mut db, 1, "100", due, snapshot).is_empty(), "{snapshot}");
        assert_eq!(sold(&mut db, 1, "100", "21", snapshot), [["wrong_discount", due, "21"]], "{snapshot}");
    }
}

#[test]
fn where_nothing_says_what_was_promised_nothing_is_held_against_it() {
    for sql in [
        "DELETE FROM promo_codes WHERE id = 1; UPDATE promo_redemptions SET validation_snapshot = NULL",
        "UPDATE promo_codes SET discount_value = NULL, discount_percent = NULL WHERE id = 1; UPDATE promo_redemptions SET validation_snapshot = NULL",
        "ALTER TABLE promo_codes DROP CONSTRAINT promo_codes_discount_type_check;
         UPDATE promo_codes SET discount_type = 'BOGO' WHERE id = 1; UPDATE promo_redemptions SET validation_snapshot = NULL",
    ] {
        let mut db = shop_where(sql);
        assert_eq!(broken(&mut db), [""; 0], "{sql}");
    }
}

#[test]
fn the_largest_numbers_that_a_column_can_hold_are_answered() {
    let mut db = super::shop::tables();
    db.batch_execute(
        "ALTER TABLE purchases ALTER base_stars_amount TYPE bigint, ALTER discount_stars_amount TYPE bigint, ALTER stars_amount TYPE bigint;
         ALTER TABLE promo_codes ALTER discount_value TYPE bigint, ALTER used_total TYPE bigint, ALTER max_total_uses TYPE bigint;
         ALTER TABLE ledger ALTER amount TYPE bigint;
         SELECT promo_guard.bind(ledger => 'ledger');
         UPDATE purchases SET base_stars_amount = 9223372036854775807, discount_stars_amount = -9223372036854775808,
             stars_amount = -9223372036854775808 WHERE id = key(1);
         UPDATE purchases SET base_stars_amount = -9223372036854775808, discount_stars_amount = 9223372036854775807 WHERE id = key(2);
         UPDATE purchases SET base_stars_amount = 90000000000000000, discount_stars_amount = 18000000000000000,
             stars_amount = 72000000000000000 WHERE id = key(3);
         UPDATE ledger SET amount = 9223372036854775807;
         UPDATE promo_codes SET discount_value = 9223372036854775807, used_total = -9223372036854775808 WHERE id = 1;
         UPDATE promo_redemptions SET validation_snapshot = NULL WHERE user_id IN (4, 5)",
    )
    .unwrap();
    let found = broken(&mut db);
    assert_eq!(found.iter().filter(|r| *r == "amount_identity").count(), 2);
    assert_eq!(found.iter().filter(|r| *r == "wrong_discount").count(), 2, "4 and 5, by the campaign");
    promo_guard_tests::table(
        &mut db,
        "SELECT promo_guard.reconciliation_drift(as_of => '2026-03-01 12:00Z')",
    );
}
