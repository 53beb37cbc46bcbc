//! A shop of other words and other types: bound by name, by translation, by constants and by expressions, read and changed.

use postgres::Client;
use promo_guard_tests::{refused, server, table};

/// Statuses are an enum of other words, results other words, amounts decimal, and there is neither kind nor scope nor counter.
const SHOP: &str = "
    CREATE TYPE coupon_state AS ENUM ('live', 'off', 'over');
    CREATE TABLE coupons (id bigint PRIMARY KEY, hash text UNIQUE, prefix text, name text, amount integer, state coupon_state NOT NULL,
        starts timestamptz, ends timestamptz, most integer, touched timestamptz NOT NULL DEFAULT now());
    CREATE TABLE tries (id bigint PRIMARY KEY, customer bigint, hash text, outcome text, at timestamptz);
    CREATE TABLE uses (id bigint PRIMARY KEY, coupon bigint, customer bigint, state text, order_id bigint, at timestamptz);
    CREATE TABLE orders (id bigint PRIMARY KEY, customer bigint, gross numeric(12,2), discount numeric(12,2), net numeric(12,2),
        paid boolean, coupon bigint, at timestamptz);
    INSERT INTO coupons VALUES
        (1, 'h1', 'AU', 'Autumn', 20, 'live', now() - interval '9 days', NULL, 100), (2, 'h2', 'SP', 'Spring', 20, 'off', now() - interval '9 days', NULL, NULL);
    INSERT INTO tries SELECT g, g % 40, 'h1', CASE WHEN g % 5 = 0 THEN 'ok' ELSE 'not_eligible' END, now() - g * interval '2 s'
    FROM generate_series(1, 800) AS g;
    INSERT INTO tries SELECT 10000 + g, 77, 'guess' || g, 'not_found', now() - g * interval '2 s' FROM generate_series(1, 500) AS g;
    INSERT INTO orders SELECT g, g, 99.99, 19.99, 80.00, true, 1, now() - g * interval '2 min' FROM generate_series(1, 12) AS g;
    INSERT INTO uses SELECT g, 1, g, 'used', g, now() - g * interval '2 min' FROM generate_series(1, 12) AS g;
";

/// By name alone.
const NAMES: &str = r#"{"campaigns": {"code_hash": "hash", "code_prefix": "prefix", "campaign_name": "name", "discount_value": "amount", "status": "state",
    "valid_from": "starts", "valid_until": {"sql": "coalesce(t.ends, 'infinity')"}, "max_total_uses": "most", "updated_at": "touched"},
  "attempts": {"user_id": "customer", "code_hash": "hash", "result": "outcome", "attempted_at": "at"},
  "redemptions": {"promo_code_id": "coupon", "user_id": "customer", "status": "state", "applied_purchase_id": "order_id", "created_at": "at", "applied_at": "at"},
  "purchases": {"user_id": "customer", "base_stars_amount": {"column": "gross", "scale": 2}, "discount_stars_amount": {"column": "discount", "scale": 2},
    "stars_amount": {"column": "net", "scale": 2}, "status": {"sql": "CASE WHEN t.paid THEN 'CREDITED' ELSE 'CREATED' END"},
    "applied_promo_code_id": "coupon", "created_at": "at", "credited_at": {"sql": "CASE WHEN paid THEN at END"}, "product_code": {"value": "order"}}}"#;

/// And the words.
const WORDS: &str = r#"{"campaigns": {"status": {"column": "state", "words": {"live": "ACTIVE", "off": "PAUSED", "over": "EXPIRED"}}},
  "attempts": {"result": {"column": "outcome", "words": {"ok": "ACCEPTED", "not_found": "INVALID", "not_eligible": "NOT_APPLICABLE"}}},
  "redemptions": {"status": {"column": "state", "words": {"used": "APPLIED"}}}}"#;

fn shop(columns: &[&str]) -> Client {
    let (mut db, _) = server().empty_database();
    db.batch_execute("CREATE EXTENSION promo_guard").unwrap();
    db.batch_execute(SHOP).unwrap();
    for columns in columns {
        bind(&mut db, columns);
    }
    db
}

fn bind(db: &mut Client, columns: &str) -> Vec<Vec<String>> {
    table(
        db,
        &format!(
            "SELECT entity, canonical, bound_to, found, note FROM promo_guard.bind('coupons', 'tries', 'uses', 'orders', '{}')",
            columns.replace('\'', "''")
        ),
    )
}

#[test]
fn all_problems_come_in_one_run_with_what_each_missing_column_costs() {
    let (mut db, _) = server().empty_database();
    db.batch_execute("CREATE EXTENSION promo_guard").unwrap();
    db.batch_execute(SHOP).unwrap();
    let met = refused(
        &mut db,
        r#"SELECT promo_guard.bind('coupons', 'tries', 'uses', 'orders', '{"purchases": {"discount_stars_amount": "discount", "stars_amount": "nett", "status": "paid"}}')"#,
    );
    assert_eq!(met.code, "42703");
    assert!(met.message.contains("for \"campaigns\".\"code_prefix\" (and "), "{met:?}");
    let all = met.message.clone() + &met.detail;
    for problem in [
        "\"campaigns\".\"campaign_name\"",
        "\"campaigns\".\"status\"",
        "\"campaigns\".\"updated_at\"",
        "\"attempts\".\"code_hash\"",
        "\"attempts\".\"result\"",
        "\"redemptions\".\"created_at\"",
        "column discount of public.orders is of type numeric(12,2)",
        "has no column nett",
        "column paid of public.orders is of type boolean",
    ] {
        assert!(all.contains(problem), "{problem}: {all}");
    }
    assert!(met.hint.contains(r#"{"discount_stars_amount": {"column": "...", "scale": 2}}"#), "{}", met.hint);
    assert!(met.hint.contains(r#""words": {"true": "CREATED", "false": "INVOICE_SENT"}"#), "{}", met.hint);
    assert!(table(&mut db, "SELECT * FROM promo_guard.binding").is_empty());

    let lines = bind(&mut db, NAMES);
    let missing = lines.iter().find(|row| row[1] == "max_uses_per_user").unwrap();
    assert_eq!(missing[2..], ["∅", "f", "over_redeemed cannot check the limit for each user"]);
    assert!(
        lines.iter().all(|row| row[3] == "t" || row[4].len() > 10),
        "each missing column has its cost: {lines:?}"
    );
    let made = lines.iter().find(|row| row[1] == "product_code").unwrap();
    assert_eq!(made[2], "'order'::text");
}

#[test]
fn words_that_no_rule_knows_are_said_by_bind_by_doctor_and_by_triage() {
    let mut db = shop(&[]);
    let lines = bind(&mut db, NAMES);
    let noted: Vec<_> = lines
        .iter()
        .filter(|row| row[3] == "t" && row[4] != "∅")
        .map(|row| [row[0].as_str(), &row[1], &row[4]])
        .collect();
    assert_eq!(
        noted,
        [
            ["campaigns", "status", "values that no rule knows: live (1), off (1)"],
            [
                "attempts",
                "result",
                "values that no rule knows: not_eligible (640), not_found (500), ok (160)"
            ],
            ["redemptions", "status", "values that no rule knows: used (12)"],
        ]
    );
    let said = table(
        &mut db,
        "SELECT level, detail, remediation FROM promo_guard.doctor() WHERE topic = 'words' ORDER BY detail",
    );
    assert_eq!(said.len(), 3, "{said:?}");
    assert_eq!(said[0][0], "warn");
    assert!(
        said[0][1].starts_with(
            "attempts.result has 3 values that no rule knows: not_eligible (640), not_found (500), ok (160)."
        ),
        "{said:?}"
    );
    assert!(
        said[0][2].contains(r#""column":"outcome""#) && said[0][2].contains("one of ACCEPTED, INVALID"),
        "{said:?}"
    );
    let unmapped = "SELECT u ->> 'result', u ->> 'attempts' FROM promo_guard.triage() AS t, jsonb_array_elements(t -> 'ingestion' -> 'unmapped') AS u";
    assert_eq!(table(&mut db, unmapped), [["not_eligible", "640"], ["not_found", "500"], ["ok", "160"]]);
    // What is not known is no success and no failure, so nothing is unpaused on the strength of it.
    let check =
        table(&mut db, "SELECT passed, detail FROM promo_guard.check_unpause(1) WHERE name = 'burst_over'");
    assert!(check[0][0] == "f" && check[0][1].contains("have a result that no rule knows"), "{check:?}");

    bind(&mut db, WORDS);
    assert!(table(&mut db, "SELECT * FROM promo_guard.doctor() WHERE topic = 'words'").is_empty());
    assert!(table(&mut db, unmapped).is_empty());
    assert_eq!(table(&mut db, "SELECT sum(failed_attempts) FROM promo_guard.blast_radius()"), [["1140"]]);
}

#[test]
fn a_shop_of_other_words_is_settled_paused_fixed_rotated_and_unpaused_in_its_own_words() {
    let mut db = shop(&[NAMES]);
    // The history learns of the words with the bind() that is told of them.
    db.batch_execute("SELECT promo_guard.attach_history()").unwrap();
    bind(&mut db, WORDS);
    // 20 % of 99.99 is 19.998; the shop rounds down. What needs a lacking column is skipped, never passed.
    let lines = table(
        &mut db,
        "SELECT rule, violations, skipped FROM promo_guard.settlement_summary() WHERE violations > 0 OR skipped IS NOT NULL",
    );
    let skipped: Vec<_> = lines.iter().map(|row| row[0].as_str()).collect();
    assert_eq!(
        skipped,
        [
            "applied_without_purchase",
            "refunded_not_revoked",
            "credited_not_in_ledger",
            "reservation_overdue",
            "paid_not_credited",
            "used_total_drift"
        ],
        "{lines:?}"
    );
    assert!(lines.iter().all(|row| row[1] == "∅"));
    assert!(
        lines[0][2].contains("campaigns.promo_type") && lines[5][2].contains("campaigns.used_total"),
        "{lines:?}"
    );
    // and what is wrong is found, in hundredths
    db.batch_execute("BEGIN; UPDATE orders SET discount = 21.00, net = 78.99 WHERE id = 3; UPDATE coupons SET most = 11 WHERE id = 1").unwrap();
    let found = table(&mut db, "SELECT rule, expected, actual FROM promo_guard.settlement_violations()");
    assert_eq!(found, [["wrong_discount", "1999", "2100"], ["over_redeemed", "11", "12"]]);
    db.batch_execute("ROLLBACK").unwrap();

    let state = "SELECT state FROM coupons WHERE id = 1";
    let paused = table(&mut db, "SELECT decision, status FROM promo_guard.pause(1, 'leaked')");
    assert_eq!(paused, [["PAUSED", "PAUSED"]]);
    assert_eq!(table(&mut db, state), [["off"]]);
    db.batch_execute("SELECT promo_guard.fix_campaign(1, '{\"max_total_uses\": 150}', 'more for all')")
        .unwrap();
    assert_eq!(table(&mut db, "SELECT most FROM coupons WHERE id = 1"), [["150"]]);
    let left = table(
        &mut db,
        "SELECT passed, detail FROM promo_guard.check_unpause(1) WHERE name IN ('uses_left', 'scope_known')",
    );
    assert!(left[0][1].contains("(limit 150, used 12,"), "{left:?}");
    assert!(left.iter().all(|row| row[0] == "t"), "{left:?}");
    let unpaused = table(
        &mut db,
        "SELECT u.decision, u.status FROM promo_guard.plan_unpause(1) AS p, promo_guard.unpause(1, 'the code is fine', p.failed_checks, p.fingerprint) AS u",
    );
    assert_eq!(unpaused, [["UNPAUSED", "ACTIVE"]]);
    assert_eq!(table(&mut db, state), [["live"]]);
    // The shop's own change is recorded in our words too.
    db.batch_execute(
        "UPDATE coupons SET state = 'over' WHERE id = 1; UPDATE coupons SET state = 'off' WHERE id = 1",
    )
    .unwrap();
    let history = "SELECT from_status, to_status FROM promo_guard.status_history WHERE campaign_id = 1 AND kind = 'change' ORDER BY at";
    assert_eq!(
        table(&mut db, history),
        [["ACTIVE", "PAUSED"], ["PAUSED", "ACTIVE"], ["ACTIVE", "EXPIRED"], ["EXPIRED", "PAUSED"]]
    );
    assert!(
        table(&mut db, "SELECT * FROM promo_guard.escalations() WHERE rule = 'status_off_history'")
            .is_empty()
    );

    let rotated = table(
        &mut db,
        "SELECT status, max_total_uses, new_campaign_id FROM promo_guard.rotate('{1}', ARRAY[repeat('a', 64)], '{AV}', 'leaked', '{3}')",
    );
    assert_eq!(rotated, [["PAUSED", "138", "3"]]);
    assert_eq!(
        table(&mut db, "SELECT state, left(hash, 2), most FROM coupons WHERE id = 3"),
        [["off", "aa", "138"]]
    );
}

/// A rule passes over rows whose status it does not know. Finding nothing among the rest is no proof.
#[test]
fn settlement_is_not_clean_where_no_rule_knows_the_words() {
    let mut db = shop(&[NAMES]);
    db.batch_execute("UPDATE coupons SET state = 'off'; CREATE VIEW statuses AS SELECT rule, checked, violations, skipped FROM promo_guard.settlement_summary()")
        .unwrap();
    let silent = "SELECT rule FROM statuses WHERE skipped IS NULL AND violations = 0";
    assert_eq!(table(&mut db, silent), [[""; 0]; 0]);
    let why = "SELECT DISTINCT skipped FROM statuses WHERE rule IN ('wrong_discount', 'over_redeemed', 'dangling_purchase')";
    assert_eq!(
        table(&mut db, why),
        [["redemptions.status has values that no rule knows; doctor() lists them"]]
    );
    // The campaign's own status is not known either: only this check is asked.
    bind(
        &mut db,
        r#"{"campaigns": {"status": {"column": "state", "words": {"live": "ACTIVE", "off": "PAUSED"}}}}"#,
    );
    let check = "SELECT passed, detail FROM promo_guard.check_unpause(1) WHERE name = 'settlement_clean'";
    let said = table(&mut db, check);
    assert!(
        said[0][0] == "f"
            && said[0][1].contains("Cannot be evaluated")
            && said[0][1].contains("redemptions.status"),
        "{said:?}"
    );
    // What is found among the rows of known words stays.
    db.batch_execute("INSERT INTO orders VALUES (99, 99, 50, 40, 10, true, 1, now()); UPDATE uses SET state = 'APPLIED' WHERE id = 3").unwrap();
    let found =
        "SELECT violations FROM statuses WHERE rule = 'discount_without_redemption' AND skipped IS NULL";
    assert_eq!(table(&mut db, found), [["1"]]);
    db.batch_execute("DELETE FROM orders WHERE id = 99; UPDATE uses SET state = 'used' WHERE id = 3")
        .unwrap();

    bind(&mut db, WORDS);
    assert_eq!(table(&mut db, "SELECT rule FROM statuses WHERE skipped ~ 'no rule knows'"), [[""; 0]; 0]);
    assert_eq!(table(&mut db, check)[0][0], "t");
}

#[test]
fn what_a_status_is_written_as_must_be_known() {
    let mut db = shop(&[NAMES]);
    bind(
        &mut db,
        r#"{"campaigns": {"status": {"column": "state", "words": {"live": "ACTIVE", "off": "PAUSED", "over": "PAUSED"}}}}"#,
    );
    let met = refused(&mut db, "SELECT * FROM promo_guard.pause(1, 'leaked')");
    assert_eq!((met.code.as_str(), met.message.contains("means PAUSED")), ("55000", true), "{met:?}");
    assert!(met.hint.contains(r#""writes": {"PAUSED": "..."}"#), "{met:?}");
    bind(
        &mut db,
        r#"{"campaigns": {"status": {"column": "state", "words": {"live": "ACTIVE", "off": "PAUSED", "over": "PAUSED"}, "writes": {"PAUSED": "over"}}}}"#,
    );
    db.batch_execute("SELECT promo_guard.pause(1, 'leaked')").unwrap();
    assert_eq!(table(&mut db, "SELECT state FROM coupons WHERE id = 1"), [["over"]]);
}

#[test]
fn a_boolean_and_an_expression_are_a_status_that_can_be_written() {
    for status in [
        r#"{"column": "enabled", "words": {"true": "ACTIVE", "false": "PAUSED"}}"#,
        r#"{"sql": "CASE WHEN NOT t.enabled THEN 'PAUSED' WHEN t.ends <= now() THEN 'EXPIRED' ELSE 'ACTIVE' END", "column": "enabled", "writes": {"ACTIVE": true, "PAUSED": false}}"#,
    ] {
        let mut db = shop(&[]);
        db.batch_execute("ALTER TABLE coupons ADD enabled boolean NOT NULL DEFAULT true").unwrap();
        bind(&mut db, NAMES);
        bind(&mut db, &format!(r#"{{"campaigns": {{"status": {status}}}}}"#));
        // what was said is remembered
        db.batch_execute("SELECT promo_guard.bind(); SELECT promo_guard.attach_history()").unwrap();
        let said = table(&mut db, "SELECT decision, status FROM promo_guard.pause(2, 'leaked')");
        assert_eq!(said, [["PAUSED", "PAUSED"]], "{status}");
        assert_eq!(table(&mut db, "SELECT enabled FROM coupons ORDER BY id"), [["t"], ["f"]]);
        assert_eq!(
            table(
                &mut db,
                "SELECT from_status, to_status FROM promo_guard.status_history WHERE kind = 'change'"
            ),
            [["ACTIVE", "PAUSED"]]
        );
        assert_eq!(
            table(&mut db, "SELECT level FROM promo_guard.doctor() WHERE level = 'error'"),
            [[""; 0]; 0]
        );
        // An end that comes by time alone is no change past the history.
        db.batch_execute("UPDATE coupons SET ends = now() - interval '1 s' WHERE id = 1").unwrap();
        let off = "SELECT campaign_id FROM promo_guard.escalations() WHERE rule = 'status_off_history'";
        assert!(table(&mut db, off).is_empty(), "{status}");
        db.batch_execute(
            "ALTER TABLE coupons DISABLE TRIGGER USER; UPDATE coupons SET enabled = NOT enabled WHERE id = 2;
             ALTER TABLE coupons ENABLE ALWAYS TRIGGER promo_guard_status_history",
        )
        .unwrap();
        assert_eq!(table(&mut db, off), [["2"]], "{status}");
    }
}

#[test]
fn an_expression_is_of_its_row_alone_and_never_volatile() {
    let mut db = shop(&[NAMES]);
    db.batch_execute(
        "CREATE FUNCTION lottery(integer) RETURNS integer LANGUAGE sql VOLATILE AS 'SELECT $1';
         CREATE OPERATOR ?+ (FUNCTION = lottery, RIGHTARG = integer);
         CREATE DOMAIN word AS text",
    )
    .unwrap();
    let before = table(&mut db, "SELECT pg_get_viewdef('promo_guard.campaigns'::regclass)");
    for (sql, code, what) in [
        ("(SELECT max(c.amount) FROM public.coupons AS c)", "22023", "has a query of its own"),
        ("max(t.amount)", "22023", "cannot be computed"),
        ("row_number() OVER ()", "22023", "has a window function"),
        ("generate_series(1, t.amount)", "22023", "returns a set"),
        ("t.amount + (random() * 0)::integer", "22023", "calls random(), which is volatile"),
        ("public.lottery(t.amount)", "22023", "calls public.lottery(integer), which is volatile"),
        ("OPERATOR(public.?+) t.amount", "22023", "calls public.lottery(integer), which is volatile"),
        ("t.amount; DROP TABLE coupons", "22023", "is mapped to"),
        ("1) AS x, (2", "22023", "is mapped to"),
        ("t.nothing", "22023", "cannot be computed"),
        ("t.name", "42804", "is of type text"),
        ("1 +", "22023", "cannot be computed"),
    ] {
        let call = format!(
            r#"SELECT promo_guard.bind(columns => '{{"campaigns": {{"discount_value": {{"sql": "{sql}"}}}}}}')"#
        );
        let met = refused(&mut db, &call);
        assert_eq!(met.code, code, "{sql}: {met:?}");
        assert!(met.message.contains(what), "{sql}: {met:?}");
        assert!(!met.detail.is_empty() && !met.hint.is_empty(), "{sql}: {met:?}");
    }
    assert_eq!(table(&mut db, "SELECT pg_get_viewdef('promo_guard.campaigns'::regclass)"), before);
    // stable is what a validity needs
    bind(
        &mut db,
        r#"{"campaigns": {"discount_value": {"sql": "t.amount * 2"}, "campaign_name": {"sql": "t.name::public.word"},
        "valid_until": {"sql": "coalesce(t.ends, now() + interval '1 day')"}}}"#,
    );
    assert_eq!(
        table(
            &mut db,
            "SELECT discount_value, campaign_name, valid_until > now() FROM promo_guard.campaigns WHERE id = 1"
        ),
        [["40", "Autumn", "t"]]
    );
}

#[test]
fn a_view_written_by_hand_is_written_through_where_its_table_and_words_are_declared() {
    let mut db = shop(&[NAMES, WORDS]);
    db.batch_execute(
        "CREATE TABLE vouchers (voucher_id integer PRIMARY KEY, coupon bigint REFERENCES coupons, is_active boolean NOT NULL DEFAULT true, ends timestamptz);
         INSERT INTO vouchers SELECT 10 + id, id FROM coupons;
         DROP VIEW promo_guard.campaigns;
         CREATE VIEW promo_guard.campaigns AS
         SELECT v.voucher_id AS id, c.hash AS code_hash, c.prefix AS code_prefix, c.name AS campaign_name, NULL::text AS promo_type,
                NULL::bigint AS grant_premium_days, 'PERCENT' AS discount_type, c.amount AS discount_value, NULL::bigint AS discount_percent,
                NULL::jsonb AS applicable_products, NULL::text AS target_scope,
                CASE WHEN NOT v.is_active THEN 'PAUSED' WHEN v.ends <= now() THEN 'EXPIRED' ELSE 'ACTIVE' END AS status,
                c.starts AS valid_from, coalesce(v.ends, 'infinity') AS valid_until, c.most AS max_total_uses, 12 AS used_total,
                NULL::bigint AS max_uses_per_user, false AS new_users_only, false AS first_purchase_only, c.starts AS created_at, c.touched AS updated_at
         FROM vouchers AS v JOIN coupons AS c ON c.id = v.coupon",
    )
    .unwrap();
    let declare = |db: &mut Client, writes: &str| {
        table(
            db,
            &format!(
                r#"SELECT canonical FROM promo_guard.bind('vouchers', columns => '{{"campaigns": {{"id": "voucher_id", "status": {{"column": "is_active", "writes": {writes}}}}}}}')"#
            ),
        )
    };
    // the wrong way round: doctor sees it
    declare(&mut db, r#"{"ACTIVE": false, "PAUSED": true}"#);
    let wrong = "SELECT detail FROM promo_guard.doctor() WHERE level = 'error'";
    let said = table(&mut db, wrong);
    assert!(
        said.len() == 1 && said[0][0].contains("2 campaigns") && said[0][0].contains("is_active"),
        "{said:?}"
    );
    declare(&mut db, r#"{"ACTIVE": true, "PAUSED": false}"#);
    assert!(table(&mut db, wrong).is_empty());
    db.batch_execute("SELECT promo_guard.attach_history()").unwrap();
    let state = "SELECT is_active FROM vouchers WHERE voucher_id = 11";
    assert_eq!(table(&mut db, "SELECT decision FROM promo_guard.pause(11, 'leaked')"), [["PAUSED"]]);
    assert_eq!(table(&mut db, state), [["f"]]);
    let unpaused = table(
        &mut db,
        "SELECT u.decision FROM promo_guard.plan_unpause(11) AS p, promo_guard.unpause(11, 'the code is fine', p.failed_checks, p.fingerprint) AS u",
    );
    assert_eq!(unpaused, [["UNPAUSED"]]);
    assert_eq!(table(&mut db, state), [["t"]]);
    assert_eq!(
        table(
            &mut db,
            "SELECT from_status, to_status, campaign_id FROM promo_guard.status_history WHERE kind = 'change' ORDER BY at"
        ),
        [["ACTIVE", "PAUSED", "11"], ["PAUSED", "ACTIVE", "11"]]
    );
}
