//! `fix_campaign`: what would not be sound is refused whole, what is sound is written and shown.

use super::shop::shop;
use promo_guard_tests::{refused, table};

const ROW: &str = "SELECT * FROM promo_codes WHERE id = 2";

#[test]
fn a_paused_campaign_is_fixed_and_before_and_after_are_shown() {
    let (mut db, _) = shop();
    db.batch_execute("SET TimeZone = 'Asia/Tokyo'; UPDATE promo_codes SET used_total = 3 WHERE id = 2")
        .unwrap();
    let call = r#"promo_guard.fix_campaign(2, '{"valid_until": "2099-12-31 23:59:00.000001", "max_total_uses": 500, "new_users_only": true}', ' typo in the plan ', "#;
    let dry = table(&mut db, &format!("SELECT field, after FROM {call} true)"));
    let expected = [
        ["valid_until", "2099-12-31 23:59:00.000001+00"],
        ["max_total_uses", "500"],
        ["new_users_only", "true"],
    ];
    assert_eq!(dry, expected);
    assert_eq!(table(&mut db, "SELECT max_total_uses FROM promo_codes WHERE id = 2"), [["∅"]], "a dry run");
    assert_eq!(table(&mut db, &format!("SELECT field, after FROM {call} false)")), expected);
    let row = "SELECT valid_until = '2099-12-31 23:59:00.000001Z', max_total_uses, new_users_only, status, updated_at > now() - interval '1 min' FROM promo_codes WHERE id = 2";
    assert_eq!(table(&mut db, row), [["t", "500", "t", "PAUSED", "t"]]);
    let logged = "SELECT decision, reason, before ->> 'max_total_uses', after ->> 'max_total_uses' FROM promo_guard.action_log WHERE campaign_id = 2 ORDER BY id";
    assert_eq!(
        table(&mut db, logged),
        [["DRY_RUN", "typo in the plan", "∅", "500"], ["FIXED", "typo in the plan", "∅", "500"]]
    );
    // once more, nothing differs
    table(&mut db, &format!("SELECT * FROM {call} false)"));
    assert_eq!(
        table(&mut db, "SELECT decision FROM promo_guard.action_log ORDER BY id DESC LIMIT 1"),
        [["UNCHANGED"]]
    );
}

#[test]
fn what_would_not_be_sound_or_is_no_field_changes_nothing() {
    let (mut db, _) = shop();
    db.batch_execute(
        "UPDATE promo_codes SET used_total = 40, max_total_uses = 60 WHERE id = 2;
         INSERT INTO promo_redemptions (id, promo_code_id, user_id, status, reserved_until, created_at, updated_at)
         SELECT gen_random_uuid(), 2, g, 'RESERVED', now() + interval '9 min', now(), now() FROM generate_series(1, 9) AS g",
    )
    .unwrap();
    let before = table(&mut db, ROW);
    for (changes, code, said) in [
        (r#"'{"max_total_uses": 49}'"#, "22023", "used and reserved: 40 and 9"),
        (r#"'{"max_total_uses": -1}'"#, "22023", "is not above"),
        (r#"'{"valid_until": "2000-01-01"}'"#, "22023", "is past"),
        (r#"'{"valid_from": "2098-01-01"}'"#, "22023", "is not before"),
        (r#"'{"max_uses_per_user": 0}'"#, "22023", "allows no use"),
        (r#"'{"target_scope": "NOWHERE"}'"#, "22023", "is unknown"),
        (r#"'{"status": "ACTIVE"}'"#, "22023", "The fields are"),
        (r#"'{"max_total_uses": "5"}'"#, "22023", "It takes"),
        (r#"'{"max_total_uses": 1.5}'"#, "22023", "It takes"),
        (r#"'{"max_total_uses": 1e400}'"#, "22023", "It takes"),
        (r#"'{"max_total_uses": 99999999999999999999999999}'"#, "22023", "It takes"),
        (r#"'{"max_total_uses": 9223372036854775807}'"#, "22003", ""),
        (r#"'{"valid_until": "tomorrow-ish"}'"#, "22023", "It takes"),
        (r#"'{"valid_until": "99999-01-01"}'"#, "22023", "It takes"),
        (r#"'{"valid_until": 5}'"#, "22023", "It takes"),
        (r#"'{"new_users_only": null}'"#, "22023", "It takes"),
        (r#"'{"target_scope": ["ALL"]}'"#, "22023", "It takes"),
        (r#"'{"target_scope": "\"; DROP TABLE promo_codes; --"}'"#, "22023", "is unknown"),
        ("'{}'", "22023", "nothing to fix"),
        ("'[]'", "22023", "JSON type array"),
        ("'1e999'", "22023", "JSON type number"),
        ("'null'", "22023", "JSON type null"),
        ("NULL", "22004", "JSON object"),
    ] {
        let met = refused(&mut db, &format!("SELECT * FROM promo_guard.fix_campaign(2, {changes}, 'x')"));
        assert_eq!(met.code, code, "{changes}: {met:?}");
        assert!(met.detail.contains(said), "{changes}: {met:?}");
        assert!(code == "22003" || !met.hint.is_empty(), "{met:?}");
    }
    for (call, code) in [
        (r#"fix_campaign(99, '{"max_total_uses": 90}', 'x')"#, "02000"),
        (r#"fix_campaign(NULL, '{"max_total_uses": 90}', 'x')"#, "22004"),
        (r#"fix_campaign(2, '{"max_total_uses": 90}', ' ')"#, "22023"),
        (r#"fix_campaign(1, '{"max_total_uses": 90}', 'x')"#, "55000"),
        (r#"fix_campaign(3, '{"max_total_uses": 90}', 'x')"#, "55000"),
    ] {
        assert_eq!(refused(&mut db, &format!("SELECT * FROM promo_guard.{call}")).code, code, "{call}");
    }
    assert_eq!(table(&mut db, ROW), before);
    assert_eq!(table(&mut db, "SELECT count(*) FROM promo_guard.action_log WHERE campaign_id = 2"), [["0"]]);
}

#[test]
fn a_field_that_the_application_lacks_is_refused_by_name() {
    let (mut db, _) = shop();
    db.batch_execute("SELECT promo_guard.bind(columns => '{\"campaigns\": {\"new_users_only\": null}}')")
        .unwrap();
    let met =
        refused(&mut db, "SELECT * FROM promo_guard.fix_campaign(2, '{\"new_users_only\": false}', 'x')");
    assert_eq!(met.code, "42703", "{met:?}");
    assert!(met.message.contains("new_users_only") && met.hint.contains("bind("), "{met:?}");
}
