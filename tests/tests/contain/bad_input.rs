//! Every error of `fix_campaign`, `rotate` and `campaign_batch`: its SQLSTATE, a DETAIL, a HINT, and nothing changed.

use super::shop::shop;
use postgres::Client;
use promo_guard_tests::{refused, server, table};

/// All that could be changed.
fn state(db: &mut Client) -> Vec<Vec<Vec<String>>> {
    [
        "SELECT c.*, c.xmin FROM promo_codes AS c ORDER BY id",
        "SELECT * FROM promo_guard.rotation",
        "SELECT * FROM promo_guard.action_log ORDER BY id",
        "SELECT * FROM promo_guard.status_history ORDER BY id",
    ]
    .map(|sql| table(db, sql))
    .into()
}

/// Each call is refused so, from the connection given, and nothing is changed.
fn all_refused(calls: &mut Client, db: &mut Client, cases: &[(&str, &str)]) {
    let before = state(db);
    for (call, code) in cases {
        let met = refused(calls, &format!("SELECT * FROM promo_guard.{call}"));
        assert_eq!(met.code, *code, "{call}: {met:?}");
        assert!(!met.detail.is_empty() && !met.hint.is_empty(), "{call}: {met:?}");
        assert_eq!(state(db), before, "{call}");
    }
}

/// Campaign 2 can be fixed and rotated, 5 and 6 be rotated; something is in the log already.
fn prepared() -> (Client, String) {
    let (mut db, name) = shop();
    db.batch_execute(
        "INSERT INTO promo_codes (id, code_hash, code_prefix, campaign_name, promo_type, target_scope, status, valid_from, valid_until, max_total_uses, used_total)
         SELECT g, lpad(g::text, 64, '0'), 'P' || g, 'Campaign ' || g, 'PERCENT_DISCOUNT', 'ALL', 'PAUSED', now() - interval '9 days', now() + interval '9 days',
                10, CASE g WHEN 5 THEN 3 ELSE 10 END
         FROM generate_series(5, 6) AS g;
         SELECT promo_guard.pause(2, 'for the record'); SELECT promo_guard.pause(1, 'x')",
    )
    .unwrap();
    (db, name)
}

const FIX: &str = r#"fix_campaign(2, '{"max_total_uses": 90}', 'x')"#;
const ROTATE: &str = "rotate('{2}', ARRAY[repeat('b', 64)], '{A}', 'x')";

#[test]
fn arguments() {
    let (mut db, name) = prepared();
    let deep = |depth: usize, open: &str, close: &str| {
        format!(
            r#"fix_campaign(2, '{{"max_total_uses": {}1{}}}', 'x')"#,
            open.repeat(depth),
            close.repeat(depth)
        )
    };
    let (lists, objects) = (deep(5_000, "[", "]"), deep(1_000, r#"{"a":"#, "}"));
    let whole = format!("fix_campaign(2, '{}{}', 'x')", "[".repeat(5_000), "]".repeat(5_000));
    let wide = format!(
        "fix_campaign(2, '{{{}}}', 'x')",
        (0..2_000).map(|n| format!(r#""f{n}": {n}"#)).collect::<Vec<_>>().join(",")
    );
    let long = format!(r#"fix_campaign(2, '{{"target_scope": "{}"}}', 'x')"#, "A".repeat(100_000));
    let mut calls = server().connect(&name);
    all_refused(
        &mut calls,
        &mut db,
        &[
            (&lists, "22023"),
            (&objects, "22023"),
            (&whole, "22023"),
            (&wide, "22023"),
            (&long, "22023"),
            (r#"fix_campaign(2, '{"": 1}', 'x')"#, "22023"),
            (r#"fix_campaign(2, '{"Max_total_uses": 90}', 'x')"#, "22023"),
            (r#"fix_campaign(2, '{"max_total_uses": 90, "status": "ACTIVE"}', 'x')"#, "22023"),
            (r#"fix_campaign(2, '{"max_total_uses": true}', 'x')"#, "22023"),
            (r#"fix_campaign(2, '{"max_total_uses": 0}', 'x')"#, "22023"),
            (r#"fix_campaign(2, '{"max_total_uses": 2147483648}', 'x')"#, "22003"),
            (r#"fix_campaign(2, '{"max_uses_per_user": 9223372036854775807}', 'x')"#, "22003"),
            (r#"fix_campaign(2, '{"max_uses_per_user": 91, "max_total_uses": 90}', 'x')"#, "22023"),
            (r#"fix_campaign(2, '{"valid_from": "infinity"}', 'x')"#, "22023"),
            (r#"fix_campaign(2, '{"valid_until": "-infinity"}', 'x')"#, "22023"),
            (r#"fix_campaign(2, '{"valid_until": ""}', 'x')"#, "22023"),
            (r#"fix_campaign(2, '{"valid_until": "now"}', 'x')"#, "22023"),
            (r#"fix_campaign(2, '{"target_scope": ""}', 'x')"#, "22023"),
            (r#"fix_campaign(2, '{"target_scope": null}', 'x')"#, "22023"),
            (r#"fix_campaign(2, '"max_total_uses"', 'x')"#, "22023"),
            ("fix_campaign(2, NULL, 'x')", "22004"),
            (r#"fix_campaign(NULL, '{"max_total_uses": 90}', 'x')"#, "22004"),
            (r#"fix_campaign(2, '{"max_total_uses": 90}', NULL)"#, "22023"),
            (r#"fix_campaign(2, '{"max_total_uses": 90}', E'\n\t ')"#, "22023"),
            (r#"fix_campaign(99, '{"max_total_uses": 90}', 'x')"#, "02000"),
            (r#"fix_campaign(-9223372036854775808, '{"max_total_uses": 90}', 'x')"#, "02000"),
            (r#"fix_campaign(3, '{"max_total_uses": 90}', 'x')"#, "55000"),
            (r#"fix_campaign(4, '{"max_total_uses": 90}', 'x', true)"#, "55000"),
            ("rotate('{2}', ARRAY[repeat('b', 64), repeat('c', 64)], '{A}', 'x')", "22023"),
            ("rotate('{2}', ARRAY[repeat('b', 64)], '{}', 'x')", "22023"),
            ("rotate('{2}', ARRAY[repeat('b', 64)], '{A}', 'x', '{}')", "22023"),
            ("rotate('{2,2}', ARRAY[repeat('b', 64), repeat('c', 64)], '{A,B}', 'x')", "22023"),
            ("rotate('{2,5}', ARRAY[repeat('b', 64), repeat('B', 64)], '{A,B}', 'x')", "22023"),
            ("rotate('{2,5}', ARRAY[repeat('b', 64), repeat('c', 64)], '{A,B}', 'x', '{77,77}')", "22023"),
            ("rotate('{}', '{}', '{}', 'x')", "22023"),
            ("rotate('{2}', '{SUMMER-2026}', '{A}', 'x')", "22023"),
            ("rotate('{2}', ARRAY[repeat('é', 64)], '{A}', 'x')", "22023"),
            ("rotate('{2}', ARRAY[repeat('b', 64)], '{ABCDEFGHIJKLMNOPQ}', 'x')", "22023"),
            ("rotate('{2}', ARRAY[repeat('b', 64)], '{ABCDEFGHIJ}', 'x')", "22001"),
            ("rotate('{2}', ARRAY[repeat('b', 64)], '{A}', ' ')", "22023"),
            ("rotate('{2}', ARRAY[repeat('b', 64)], '{A}', NULL)", "22023"),
            ("rotate(NULL, ARRAY[repeat('b', 64)], '{A}', 'x')", "22004"),
            ("rotate('{2}', NULL, '{A}', 'x')", "22004"),
            ("rotate('{2}', ARRAY[repeat('b', 64)], NULL, 'x')", "22004"),
            ("rotate('{NULL}', ARRAY[repeat('b', 64)], '{A}', 'x')", "22004"),
            ("rotate('{2}', '{NULL}', '{A}', 'x')", "22004"),
            ("rotate('{2}', ARRAY[repeat('b', 64)], '{NULL}', 'x')", "22004"),
            ("rotate('{2}', ARRAY[repeat('b', 64)], '{A}', 'x', '{NULL}')", "22004"),
            ("rotate('{99}', ARRAY[repeat('b', 64)], '{A}', 'x')", "02000"),
            (
                "rotate('{2,98,99}', ARRAY[repeat('b', 64), repeat('c', 64), repeat('d', 64)], '{A,B,C}', 'x')",
                "02000",
            ),
            ("rotate('{2,3}', ARRAY[repeat('b', 64), repeat('c', 64)], '{A,B}', 'x')", "55000"),
            ("rotate('{2,6}', ARRAY[repeat('b', 64), repeat('c', 64)], '{A,B}', 'x')", "55000"),
            ("rotate('{2,5}', ARRAY[repeat('b', 64), lpad('1', 64, '0')], '{A,B}', 'x')", "23505"),
            ("rotate('{2}', ARRAY[repeat('b', 64)], '{A}', 'x', '{3}')", "23505"),
            ("campaign_batch(NULL)", "22004"),
        ],
    );
    // what was rotated before
    db.batch_execute(&format!("SELECT * FROM promo_guard.{ROTATE}")).unwrap();
    all_refused(
        &mut calls,
        &mut db,
        &[("rotate('{5,2}', ARRAY[repeat('e', 64), repeat('d', 64)], '{A,B}', 'x')", "55000")],
    );
}

#[test]
fn rows_that_are_held_transactions_that_may_not_and_roles_that_may_not() {
    let (mut db, name) = prepared();
    let mut calls = server().connect(&name);
    let mut holder = server().connect(&name);
    holder.batch_execute("BEGIN; SELECT FROM promo_codes WHERE id = 2 FOR UPDATE").unwrap();
    all_refused(
        &mut calls,
        &mut db,
        &[
            (FIX, "55P03"),
            ("rotate('{5,2}', ARRAY[repeat('b', 64), repeat('c', 64)], '{A,B}', 'x')", "55P03"),
        ],
    );
    holder.batch_execute("ROLLBACK").unwrap();
    for (begin, code) in [
        ("BEGIN ISOLATION LEVEL REPEATABLE READ", "25001"),
        ("BEGIN ISOLATION LEVEL SERIALIZABLE", "25001"),
        ("BEGIN READ ONLY", "25006"),
    ] {
        for call in [FIX, ROTATE, "tick()"] {
            calls.batch_execute(begin).unwrap();
            all_refused(&mut calls, &mut db, &[(call, code)]);
            calls.batch_execute("ROLLBACK").unwrap();
        }
    }
    db.batch_execute(
        "DO $$ BEGIN CREATE ROLE contain_reader LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
         SELECT promo_guard.grant_reader('contain_reader')",
    )
    .unwrap();
    let mut reader = server().connect_as("contain_reader", &name);
    let before = state(&mut db);
    for call in [FIX, ROTATE, "tick()", "campaign_batch('Campaign 2')"] {
        assert_eq!(
            refused(&mut reader, &format!("SELECT * FROM promo_guard.{call}")).code,
            "42501",
            "{call}"
        );
    }
    assert_eq!(state(&mut db), before);
}

#[test]
fn a_shop_that_is_not_bound_and_triggers_that_undo() {
    let (mut unbound, _) = server().database();
    for call in [FIX, ROTATE, "tick()", "campaign_batch('x')", "bake_series(7)", "bake_status(7)"] {
        let met = refused(&mut unbound, &format!("SELECT * FROM promo_guard.{call}"));
        assert_eq!(
            (met.code.as_str(), met.hint.as_str()),
            ("55000", "SELECT * FROM promo_guard.bind();"),
            "{call}: {met:?}"
        );
        assert!(!met.detail.is_empty(), "{call}: {met:?}");
    }
    let (mut db, name) = prepared();
    let mut calls = server().connect(&name);
    let mut app = server().connect_as("shop", &name);
    app.batch_execute(
        "CREATE FUNCTION stays() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.max_total_uses := OLD.max_total_uses; RETURN NEW; END $$;
         CREATE TRIGGER stays BEFORE UPDATE ON promo_codes FOR EACH ROW EXECUTE FUNCTION stays();
         CREATE FUNCTION active() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.status := 'ACTIVE'; RETURN NEW; END $$;
         CREATE TRIGGER active BEFORE INSERT ON promo_codes FOR EACH ROW EXECUTE FUNCTION active()",
    )
    .unwrap();
    all_refused(&mut calls, &mut db, &[(FIX, "55000"), (ROTATE, "55000")]);
    // a unique column of the application's own, without a default
    app.batch_execute(
        "DROP TRIGGER stays ON promo_codes; DROP TRIGGER active ON promo_codes;
         ALTER TABLE promo_codes ADD slug text UNIQUE; UPDATE promo_codes SET slug = 'slug ' || id",
    )
    .unwrap();
    all_refused(&mut calls, &mut db, &[(ROTATE, "23505")]);
}
