//! `rotate` where the view of campaigns is written by hand: it works through the columns that `bind()` was told, and names those it was not.

use postgres::Client;
use promo_guard_tests::{Refused, refused, server, table};

/// Coupons with their names in another table. Coupon 1 has a limit of 100 and 40 uses, coupon 2 has no limit. Both are off.
const SHOP: &str = "
    CREATE TABLE coupons (coupon_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, digest bytea UNIQUE NOT NULL, hint text, is_live boolean NOT NULL,
        most integer, taken integer NOT NULL DEFAULT 0, percent integer NOT NULL, starts timestamptz NOT NULL, ends timestamptz, touched timestamptz NOT NULL);
    CREATE TABLE names (coupon integer REFERENCES coupons, name text NOT NULL);
    CREATE TABLE uses (id bigint PRIMARY KEY, coupon integer, customer bigint, order_id bigint, at timestamptz);
    CREATE TABLE orders (id bigint PRIMARY KEY, customer bigint, coupon integer, gross integer, off integer, net integer, at timestamptz);
    INSERT INTO coupons (digest, hint, is_live, most, taken, percent, starts, ends, touched) VALUES
        (decode(repeat('a1', 32), 'hex'), 'AA', false, 100, 40, 10, now() - interval '9 days', NULL, now() - interval '9 days'),
        (decode(repeat('b2', 32), 'hex'), 'BB', false, NULL, 7, 10, now() - interval '9 days', NULL, now() - interval '9 days');
    INSERT INTO names VALUES (1, 'Autumn'), (2, 'Spring');
";

const VIEW: &str = "
    CREATE VIEW promo_guard.campaigns AS
    SELECT c.coupon_id AS id, encode(c.digest, 'hex') AS code_hash, c.hint AS code_prefix, n.name AS campaign_name, NULL::text AS promo_type,
           NULL::bigint AS grant_premium_days, 'PERCENT' AS discount_type, c.percent AS discount_value, NULL::bigint AS discount_percent,
           NULL::jsonb AS applicable_products, NULL::text AS target_scope, CASE WHEN c.is_live THEN 'ACTIVE' ELSE 'PAUSED' END AS status,
           c.starts AS valid_from, coalesce(c.ends, 'infinity') AS valid_until, c.most AS max_total_uses, c.taken AS used_total,
           NULL::bigint AS max_uses_per_user, false AS new_users_only, false AS first_purchase_only, c.starts AS created_at, c.touched AS updated_at
    FROM coupons AS c LEFT JOIN names AS n ON n.coupon = c.coupon_id;
";

const DECLARED: &str = r#"{
  "campaigns": {"id": "coupon_id", "status": {"column": "is_live", "writes": {"ACTIVE": true, "PAUSED": false}}, "code_hash": "digest",
                "code_prefix": "hint", "max_total_uses": "most", "used_total": "taken", "updated_at": "touched", "valid_from": "starts", "valid_until": "ends"},
  "redemptions": {"promo_code_id": "coupon", "user_id": "customer", "applied_purchase_id": "order_id", "created_at": "at", "applied_at": "at", "status": {"value": "APPLIED"}},
  "purchases": {"user_id": "customer", "applied_promo_code_id": "coupon", "base_stars_amount": "gross", "discount_stars_amount": "off", "stars_amount": "net",
                "created_at": "at", "credited_at": "at", "status": {"value": "CREDITED"}}}"#;

/// The shop with this declaration of its columns, but for those left out.
fn shop(view: &str, without: &[&str]) -> Client {
    let columns: serde_json::Value = serde_json::from_str(DECLARED).unwrap();
    declared(view, columns, without)
}

fn declared(view: &str, mut columns: serde_json::Value, without: &[&str]) -> Client {
    let (mut db, _) = server().empty_database();
    db.batch_execute("CREATE EXTENSION promo_guard").unwrap();
    db.batch_execute(&(SHOP.to_owned() + view)).unwrap();
    db.batch_execute(
        &std::fs::read_to_string(promo_guard_tests::repo().join("sql/reference/attempts.sql")).unwrap(),
    )
    .unwrap();
    for name in without {
        columns["campaigns"].as_object_mut().unwrap().remove(*name).unwrap();
    }
    db.batch_execute(&format!(
        "SELECT promo_guard.bind('coupons', 'promo_attempts', 'uses', 'orders', '{columns}')"
    ))
    .unwrap();
    db
}

const ROTATE: &str = "SELECT new_campaign_id, status, max_total_uses FROM promo_guard.rotate('{1,2}', ARRAY[repeat('c3', 32), repeat('d4', 32)], '{CC,DD}', 'leaked')";
const ROWS: &str =
    "SELECT coupon_id, encode(digest, 'hex'), hint, is_live, most, taken, percent FROM coupons ORDER BY 1";

/// Rotation is refused and nothing is changed.
fn refusal(db: &mut Client) -> Refused {
    let before = table(db, ROWS);
    let met = refused(db, ROTATE);
    assert_eq!(met.code, "55000", "{met:?}");
    assert!(met.detail.len() > 20 && met.hint.len() > 20, "{met:?}");
    assert_eq!(table(db, ROWS), before);
    assert!(table(db, "SELECT * FROM promo_guard.rotation").is_empty());
    met
}

#[test]
fn it_works_through_the_declared_columns_and_the_successor_is_unpaused() {
    let mut db = shop(VIEW, &[]);
    db.batch_execute("SELECT promo_guard.attach_history()").unwrap();
    assert!(table(&mut db, "SELECT detail FROM promo_guard.doctor() WHERE level = 'error'").is_empty());
    assert_eq!(table(&mut db, ROTATE), [["3", "PAUSED", "60"], ["4", "PAUSED", "∅"]]);
    let (old, new) = ("a1".repeat(32), "c3".repeat(32));
    let rows = table(&mut db, ROWS);
    assert_eq!(rows[0], ["1", &old, "AA", "f", "100", "40", "10"]);
    assert_eq!(rows[2], ["3", &new, "CC", "f", "60", "0", "10"]);
    assert_eq!(rows[3][5], "0");
    let unpaused = "SELECT u.decision FROM promo_guard.plan_unpause(3) AS p, promo_guard.unpause(3, 'new code', p.failed_checks, p.fingerprint) AS u";
    assert_eq!(table(&mut db, unpaused), [["UNPAUSED"]]);
    assert_eq!(
        table(&mut db, "SELECT is_live FROM coupons ORDER BY coupon_id"),
        [["f"], ["f"], ["t"], ["f"]]
    );
    let again = "SELECT promo_guard.rotate('{2}', ARRAY[repeat('c3', 32)], '{X}', 'leaked')";
    db.batch_execute("DELETE FROM promo_guard.rotation").unwrap();
    let met = refused(&mut db, again);
    assert_eq!((met.code.as_str(), met.message.as_str()), ("23505", "1 code is in use"));
}

/// The hash as bytes in a view that bind() made is compared too.
#[test]
fn a_code_in_use_is_named_where_hashes_are_bytes() {
    let (mut db, _) = server().bound_database();
    db.batch_execute(
        "SELECT promo_guard.unbind(); ALTER TABLE promo_codes ALTER code_hash TYPE bytea USING decode(code_hash, 'hex');
         ALTER TABLE promo_attempts ALTER normalized_code_hash TYPE bytea USING decode(normalized_code_hash, 'hex'); SELECT promo_guard.bind();
         INSERT INTO promo_codes (id, code_hash, code_prefix, campaign_name, promo_type, target_scope, status, valid_from, valid_until)
         SELECT g, decode(repeat(lpad(g::text, 2, '0'), 32), 'hex'), 'X', 'Sale', 'PERCENT_DISCOUNT', 'ALL', 'PAUSED', now(), now() + interval '9 days'
         FROM generate_series(1, 2) AS g",
    )
    .unwrap();
    let met = refused(&mut db, "SELECT promo_guard.rotate('{1}', ARRAY[repeat('02', 32)], '{N}', 'leaked')");
    assert_eq!((met.code.as_str(), met.message.as_str()), ("23505", "1 code is in use"), "{met:?}");
    let rotated = table(
        &mut db,
        "SELECT status FROM promo_guard.rotate('{1}', ARRAY[repeat('03', 32)], '{N}', 'leaked')",
    );
    assert_eq!(rotated, [["PAUSED"]]);
}

#[test]
fn what_was_not_declared_is_named_and_the_hint_is_the_call() {
    for (column, own) in [("code_hash", "digest"), ("max_total_uses", "most"), ("used_total", "taken")] {
        let mut db = shop(VIEW, &[column]);
        let met = refusal(&mut db);
        let call = format!(
            r#"SELECT * FROM promo_guard.bind(columns => '{{"campaigns": {{"{column}": "its name there"}}}}');"#
        );
        assert!(met.hint.contains(&call), "{met:?}");
        assert!(met.message.contains(column) || met.detail.contains(column), "{met:?}");
        db.batch_execute(&call.replace("its name there", own)).unwrap();
        // The refused call took ids of the sequence.
        let rotated: Vec<Vec<String>> =
            table(&mut db, ROTATE).into_iter().map(|row| row[1..].to_vec()).collect();
        assert_eq!(rotated, [["PAUSED", "60"], ["PAUSED", "∅"]], "{column}");
    }
    // Without a limit there is none to be written.
    let mut db = shop(VIEW, &["max_total_uses"]);
    let one = "SELECT status FROM promo_guard.rotate('{2}', ARRAY[repeat('c3', 32)], '{CC}', 'leaked')";
    assert_eq!(table(&mut db, one), [["PAUSED"]]);
}

#[test]
fn a_view_that_does_not_show_the_copy_is_said_to() {
    let mut db = shop(&VIEW.replace("LEFT JOIN", "JOIN"), &[]);
    let met = refusal(&mut db);
    assert!(met.detail.contains("does not show 3, 4") && met.hint.contains("LEFT JOIN"), "{met:?}");
    db.batch_execute(&VIEW.replace("CREATE VIEW", "CREATE OR REPLACE VIEW")).unwrap();
    assert_eq!(table(&mut db, ROTATE).len(), 2);
}

#[test]
fn a_trigger_that_changes_a_successor_is_named_as_such() {
    let mut db = shop(VIEW, &[]);
    db.batch_execute(
        "CREATE FUNCTION generous() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.most := 999; RETURN NEW; END';
         CREATE TRIGGER generous BEFORE INSERT ON coupons FOR EACH ROW EXECUTE FUNCTION generous()",
    )
    .unwrap();
    let met = refusal(&mut db);
    assert!(met.detail.contains("max_total_uses") && met.detail.contains("a trigger or rule"), "{met:?}");
    db.batch_execute(
        "CREATE OR REPLACE FUNCTION generous() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
    )
    .unwrap();
    let met = refusal(&mut db);
    assert!(met.detail.contains("0 rows were inserted"), "{met:?}");
}

/// A wrong declaration is found before fix_campaign() or rotate() writes to the wrong column.
#[test]
fn doctor_compares_what_was_declared_with_the_view() {
    let wrong = "SELECT detail FROM promo_guard.doctor() WHERE level = 'error'";
    let mut db = shop(VIEW, &[]);
    assert!(table(&mut db, wrong).is_empty());
    let mut columns: serde_json::Value = serde_json::from_str(DECLARED).unwrap();
    columns["campaigns"]["max_total_uses"] = "percent".into();
    let mut db = declared(VIEW, columns, &[]);
    let said = table(&mut db, wrong).concat();
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(
        said[0].contains("max_total_uses") && said[0].contains("percent") && said[0].contains("2 campaigns"),
        "{said:?}"
    );
}
