//! Ids and columns of other types, unknown users, orphans: the same answers.

use super::shop::{broken, shop_where, tables, violations};
use promo_guard_tests::table;

/// A few defects of every kind of join.
const DEFECTS: &str = "
    UPDATE promo_redemptions SET applied_purchase_id = NULL WHERE user_id = 1;
    UPDATE purchases SET discount_stars_amount = 0, stars_amount = 100 WHERE user_id = 1; UPDATE ledger SET amount = 100 WHERE id = 1;
    DELETE FROM purchases WHERE user_id = 2;
    DELETE FROM promo_redemptions WHERE user_id = 9; UPDATE promo_codes SET used_total = used_total - 1 WHERE id = 1;
    UPDATE purchases SET stars_amount = 81 WHERE user_id = 12; UPDATE ledger SET amount = 81 WHERE id = 12;
    DELETE FROM ledger WHERE id = 13;
";
const FOUND: [&str; 5] = [
    "applied_without_purchase",
    "dangling_purchase",
    "discount_without_redemption",
    "amount_identity",
    "credited_not_in_ledger",
];

#[test]
fn ids_may_be_text_or_bigint_times_without_zone_and_words_of_any_text_type() {
    let number = "ltrim(replace(ID::text, '-', ''), '0')";
    for (what, key) in [("text", number.to_owned()), ("bigint", format!("{number}::bigint"))] {
        let mut db = tables();
        db.batch_execute(DEFECTS).unwrap();
        let key = |column: &str| key.replace("ID", column);
        db.batch_execute(&format!(
            "ALTER TABLE promo_redemptions DROP CONSTRAINT IF EXISTS promo_redemptions_applied_purchase_id_fkey;
             ALTER TABLE promo_redemptions DROP CONSTRAINT promo_redemptions_status_check;
             ALTER TABLE promo_redemptions ALTER id TYPE {what} USING {}, ALTER applied_purchase_id TYPE {what} USING {},
                 ALTER status TYPE char(12), ALTER user_id TYPE integer, ALTER created_at TYPE timestamp USING created_at AT TIME ZONE 'UTC',
                 ALTER applied_at TYPE timestamp USING applied_at AT TIME ZONE 'UTC';
             ALTER TABLE purchases DROP CONSTRAINT purchases_status_check;
             CREATE TYPE state AS ENUM ('CREDITED', 'REFUNDED', 'PAID_UNCREDITED');
             ALTER TABLE purchases ALTER id TYPE {what} USING {}, ALTER status TYPE state USING status::text::state,
                 ALTER base_stars_amount TYPE smallint, ALTER credited_at TYPE timestamp USING credited_at AT TIME ZONE 'UTC';
             ALTER TABLE ledger DROP CONSTRAINT ledger_entry_check;
             ALTER TABLE ledger ALTER purchase_id TYPE {what} USING {}, ALTER entry TYPE char(9);
             ALTER TABLE promo_codes DROP CONSTRAINT promo_codes_promo_type_check, DROP CONSTRAINT promo_codes_discount_type_check;
             ALTER TABLE promo_codes ALTER promo_type TYPE char(20), ALTER discount_type TYPE name;
             SELECT promo_guard.bind(ledger => 'ledger')",
            key("id"),
            key("applied_purchase_id"),
            key("id"),
            key("purchase_id"),
        ))
        .unwrap_or_else(|e| panic!("{what}: {e:?}"));
        assert_eq!(broken(&mut db), FOUND, "{what}");
        let ids = violations(&mut db);
        assert_eq!((ids[1][1].as_str(), ids[1][2].as_str()), ("1002", "2"), "the id that leads nowhere");
        table(&mut db, "SELECT promo_guard.reconciliation_drift(as_of => '2026-03-01 12:00Z')");
    }
}

#[test]
fn ids_that_do_not_compare_are_compared_as_text() {
    let mut db = tables();
    db.batch_execute(DEFECTS).unwrap();
    db.batch_execute(
        "ALTER TABLE promo_redemptions ALTER applied_purchase_id TYPE text;
         UPDATE promo_redemptions SET applied_purchase_id = 'no uuid at all' WHERE user_id = 2;
         SELECT promo_guard.bind(ledger => 'ledger')",
    )
    .unwrap();
    assert_eq!(broken(&mut db), FOUND);
    assert_eq!(violations(&mut db)[1][2], "no uuid at all", "as the redemption has it");
}

#[test]
fn users_who_are_not_known_mismatch_with_nobody_and_have_no_limit() {
    let mut db = shop_where(
        "ALTER TABLE purchases ALTER user_id DROP NOT NULL; ALTER TABLE promo_redemptions ALTER user_id DROP NOT NULL;
         UPDATE purchases SET user_id = NULL WHERE user_id <= 5; UPDATE promo_redemptions SET user_id = NULL WHERE user_id BETWEEN 4 AND 9",
    );
    assert_eq!(broken(&mut db), [""; 0]);
}

#[test]
fn orphans_of_campaigns_that_are_gone_are_looked_at_all_the_same() {
    let mut db = shop_where("DELETE FROM promo_codes");
    assert_eq!(broken(&mut db), [""; 0], "the snapshots still say what was promised");
    db.batch_execute(DEFECTS).unwrap();
    assert_eq!(broken(&mut db), FOUND);
    db.batch_execute("UPDATE purchases SET discount_stars_amount = 1, stars_amount = 99 WHERE id = key(20); UPDATE ledger SET amount = 99 WHERE id = 20").unwrap();
    assert!(broken(&mut db).contains(&"wrong_discount".to_owned()));
}

#[test]
fn an_empty_application_has_nothing_to_settle() {
    let mut db = shop_where("TRUNCATE promo_codes, promo_redemptions, purchases, ledger, promo_attempts");
    assert_eq!(broken(&mut db), [""; 0]);
    assert!(super::shop::summary(&mut db).iter().all(|row| row[1] == "0"));
}
