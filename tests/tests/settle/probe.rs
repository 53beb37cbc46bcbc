//! Runbook 5.1 as a simulation: what would the application answer to this code now?

use super::shop::{shop_where, tables};
use postgres::Client;
use promo_guard_tests::table;

/// A shop whose campaigns are valid now.
fn open_shop() -> Client {
    shop_where(
        "UPDATE promo_codes SET valid_from = now() - interval '1 day', valid_until = now() + interval '1 day'",
    )
}

fn probe(db: &mut Client, args: &str) -> Vec<String> {
    let columns = "result, reason, campaign_id, discount_type, discount_value";
    table(db, &format!("SELECT {columns} FROM promo_guard.probe_redeem({args})")).swap_remove(0)
}

#[test]
fn each_answer_has_its_reason() {
    let mut db = open_shop();
    let code = "repeat('1', 64)";
    assert_eq!(probe(&mut db, "'no such hash'"), ["INVALID", "UNKNOWN_CODE", "∅", "∅", "∅"]);
    assert_eq!(probe(&mut db, code), ["ACCEPTED", "∅", "1", "PERCENT", "20"]);
    assert_eq!(probe(&mut db, "repeat('5', 64), 99"), ["ACCEPTED", "∅", "5", "PERCENT", "10"]);
    assert_eq!(
        probe(&mut db, "repeat('4', 64)"),
        ["ACCEPTED", "∅", "4", "∅", "∅"],
        "a grant takes nothing off"
    );
    let mut answers = |change: &str, args: &str| {
        db.batch_execute("BEGIN").unwrap();
        db.batch_execute(change).unwrap();
        let answer = probe(&mut db, args);
        db.batch_execute("ROLLBACK").unwrap();
        answer[..2].to_vec()
    };
    let set = |what: &str| format!("UPDATE promo_codes SET {what} WHERE id = 1");
    for (change, args, result, reason) in [
        (set("status = 'PAUSED'"), code.to_owned(), "EXPIRED", "PAUSED"),
        (set("status = 'EXPIRED'"), code.to_owned(), "EXPIRED", "ENDED"),
        (set("status = 'DEPLETED'"), code.to_owned(), "EXPIRED", "DEPLETED"),
        (set("valid_until = now()"), code.to_owned(), "EXPIRED", "ENDED"),
        (set("valid_until = '-infinity'"), code.to_owned(), "EXPIRED", "ENDED"),
        (set("valid_from = now() + interval '1 hour'"), code.to_owned(), "EXPIRED", "NOT_STARTED"),
        (set("max_total_uses = 40"), code.to_owned(), "NOT_APPLICABLE", "DEPLETED"),
        (set("used_total = 40"), format!("{code}, 5"), "NOT_APPLICABLE", "ALREADY_USED"),
        (set("new_users_only = true"), "repeat('1', 64), 2000".to_owned(), "NOT_APPLICABLE", "NEW_USERS_ONLY"),
        (
            "DELETE FROM promo_redemptions WHERE user_id = 5; UPDATE promo_codes SET first_purchase_only = true".to_owned(),
            format!("{code}, 5"),
            "NOT_APPLICABLE",
            "FIRST_PURCHASE_ONLY",
        ),
        (
            set("applicable_products = '[\"moon\"]'"),
            format!("{code}, NULL, 'star'"),
            "NOT_APPLICABLE",
            "PRODUCT_NOT_COVERED",
        ),
        (
            set("applicable_products = '{\"star\": true}'"),
            format!("{code}, NULL, 'star'"),
            "NOT_APPLICABLE",
            "PRODUCT_NOT_COVERED",
        ),
        (
            format!(
                "{}; INSERT INTO promo_redemptions VALUES (key(1060), 1, 60, 'RESERVED', now() + interval '5 min', NULL, NULL, now(), NULL, now())",
                set("max_total_uses = 41")
            ),
            format!("{code}, 61"),
            "NOT_APPLICABLE",
            "DEPLETED",
        ),
    ] {
        assert_eq!(answers(&change, &args), [result, reason], "{change}");
    }
    for change in [
        set("applicable_products = '[\"moon\", \"star\"]'"),
        set("applicable_products = '[]'"),
        set("max_total_uses = 41"),
        set("valid_until = 'infinity'"),
        set("new_users_only = true, first_purchase_only = true"),
    ] {
        assert_eq!(answers(&change, "repeat('1', 64), 98, 'star'"), ["ACCEPTED", "∅"], "{change}");
    }
}

#[test]
fn it_writes_nothing() {
    let mut db = open_shop();
    db.batch_execute("BEGIN READ ONLY").unwrap();
    assert_eq!(probe(&mut db, "repeat('1', 64), 98")[0], "ACCEPTED");
}

#[test]
fn trap_12_a_hash_is_compared_as_its_column_is_typed_and_the_index_serves() {
    for (what, to) in [
        ("char(64)", "code_hash"),
        ("text", "code_hash::text"),
        ("varchar(70)", "code_hash"),
        ("bytea", "decode(code_hash, 'hex')"),
    ] {
        let mut db = tables();
        db.batch_execute(&format!(
            "ALTER TABLE promo_codes ALTER code_hash TYPE {what} USING {to};
             ALTER TABLE promo_attempts ALTER normalized_code_hash TYPE {what} USING {};
             INSERT INTO promo_codes (id, code_hash, code_prefix, campaign_name, promo_type, target_scope, status, valid_from, valid_until)
             SELECT 100 + g, {}, 'P', 'C', 'PERCENT_DISCOUNT', 'ALL', 'ACTIVE', now(), now() + interval '1 day'
             FROM (SELECT g, lpad(g::text, 64, 'a') AS code_hash FROM generate_series(1, 3000) AS g) AS c;
             ANALYZE promo_codes; SELECT promo_guard.bind()",
            to.replace("code_hash", "normalized_code_hash"),
            to
        ))
        .unwrap_or_else(|e| panic!("{what}: {e:?}"));
        // What the server counted: one look into the index of hashes, none through the whole table.
        let counts = |db: &mut Client| {
            table(
                db,
                "SELECT pg_stat_get_xact_numscans('promo_codes_code_hash_key'::regclass), pg_stat_get_xact_numscans('promo_codes'::regclass)",
            )
            .remove(0)
        };
        db.batch_execute("BEGIN").unwrap();
        let before = counts(&mut db);
        assert_eq!(probe(&mut db, "lpad('7', 64, 'a')")[2], "107", "{what}");
        let after = counts(&mut db);
        assert!(before[0] != after[0] && before[1] == after[1], "{what}: {before:?} {after:?}");
        db.batch_execute("ROLLBACK").unwrap();
        for none in ["'7'", "lpad('7', 64, 'a') || '0'", "'zz'", "'日本'", "lpad('7', 63, 'a')"] {
            assert_eq!(probe(&mut db, none)[0], "INVALID", "{what}: {none}");
        }
    }
}
