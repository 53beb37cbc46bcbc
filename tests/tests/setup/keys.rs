//! Shops whose ids are uuid or text: each is a number for us, and every row is changed by its own key.

use postgres::Client;
use promo_guard_tests::{promoctl, refused, repo, server, table};
use std::fs;
use std::process::{Command, Stdio};

/// Two uuids whose numbers are the same, found by search.
const TWINS: [&str; 2] = ["0e1e0a1a-8c49-4000-8000-00000000802b", "5132192e-71aa-4000-8000-00000000bf04"];
/// Their number: it is the same on every server.
const NUMBER: i64 = 6_927_705_955_498_926_888;

/// A kind of key: its type, with a default where the shop has one, and the keys of the two campaigns.
struct Kind {
    column: &'static str,
    keys: [&'static str; 2],
}

const UUID: Kind = Kind {
    column: "uuid",
    keys: ["7f3c9a52-4d0b-4c57-9f0e-2f6f5a1f8c11", "00000000-0000-7000-8000-000000000002"],
};
/// A quote, a backslash, a line's end, a comment, a parameter, and letters beyond ASCII.
const HOSTILE: &str = "it''s \"one\" \\x41 ; -- $1 é€😀' || E'\\n' || '}{%s";

const KINDS: [Kind; 5] = [
    UUID,
    Kind { column: "uuid DEFAULT gen_random_uuid()", ..UUID },
    Kind { column: "text", keys: [HOSTILE, "promo_01HX"] },
    Kind {
        column: "varchar(40) DEFAULT 'promo_' || left(md5(random()::text), 26)",
        keys: ["promo_01HX", "12"],
    },
    Kind { column: "char(26)", keys: ["01HX3NQXDJ8V5Y7Z0K4M6P9RST", "short"] },
];

const COLUMNS: &str = r#"{"campaigns": {"code_hash": "hash", "code_prefix": "prefix", "campaign_name": "name", "discount_value": "percent"},
  "attempts": {"user_id": "customer", "code_hash": "hash", "result": "outcome", "attempted_at": "at"},
  "redemptions": {"promo_code_id": "coupon", "user_id": "customer", "applied_purchase_id": "order_id", "applied_at": "created_at"},
  "purchases": {"user_id": "customer", "applied_promo_code_id": "coupon", "base_stars_amount": "gross",
    "discount_stars_amount": "discount", "stars_amount": "net", "credited_at": "created_at"}}"#;

/// The shop: campaign 1 was used by 40 customers; it and campaign 2 are ACTIVE. Customers and orders have keys too.
fn tables(kind: &Kind) -> String {
    let (column, key) = (kind.column, kind.column.split(" DEFAULT").next().unwrap());
    let [one, two] = kind.keys;
    format!(
        "CREATE TABLE coupons (id {column} PRIMARY KEY, hash text UNIQUE, prefix text, name text, percent integer, status text,
             valid_from timestamptz, valid_until timestamptz, max_total_uses integer, used_total integer, updated_at timestamptz);
         CREATE TABLE tries (id bigint PRIMARY KEY, customer uuid, hash text, outcome text, at timestamptz);
         CREATE TABLE orders (id {key} PRIMARY KEY, customer uuid, coupon {key}, gross integer, discount integer, net integer, status text,
             created_at timestamptz);
         CREATE TABLE uses (id {key} PRIMARY KEY, coupon {key}, customer uuid, status text, order_id {key}, created_at timestamptz);
         INSERT INTO coupons SELECT k.id, repeat(k.letter, 64), upper(k.letter), 'Sale ' || k.letter, 10, 'ACTIVE', now() - interval '9 days',
             now() + interval '9 days', 100, k.used, now() - interval '9 days'
         FROM (VALUES ('{one}'::{key}, 'a', 40), ('{two}'::{key}, 'b', 0)) AS k (id, letter, used);
         INSERT INTO orders SELECT left(md5('order' || g), 26 + 6 * ('{key}' <> 'char(26)')::integer)::{key}, md5('user' || g)::uuid, '{one}'::{key},
             1000, 100, 900, 'CREDITED', now() - interval '50 min' + g * interval '1 min' FROM generate_series(1, 40) AS g;
         INSERT INTO uses SELECT o.id, o.coupon, o.customer, 'APPLIED', o.id, o.created_at FROM orders AS o;
         INSERT INTO tries SELECT g, md5('user' || g)::uuid, repeat('a', 64), 'ACCEPTED', now() - interval '50 min' + g * interval '1 min'
         FROM generate_series(1, 40) AS g;
         INSERT INTO tries SELECT 100 + g, md5('user' || 100 + g % 9)::uuid, repeat('a', 64), 'NOT_APPLICABLE', now() - g * interval '1 s'
         FROM generate_series(1, 50) AS g;"
    )
}

fn bind(columns: &str) -> String {
    format!(
        "SELECT canonical, bound_to, found, note FROM promo_guard.bind('coupons', 'tries', 'uses', 'orders', '{}')",
        columns.replace('\'', "''")
    )
}

/// The shop, not bound.
fn unbound(kind: &Kind) -> (Client, String) {
    let (mut db, name) = server().empty_database();
    db.batch_execute("CREATE EXTENSION promo_guard").unwrap();
    db.batch_execute(&tables(kind)).unwrap();
    (db, name)
}

fn shop(kind: &Kind) -> (Client, String) {
    let (mut db, name) = unbound(kind);
    table(&mut db, &bind(COLUMNS));
    (db, name)
}

/// The status of both campaigns in the shop's own table.
fn statuses(db: &mut Client) -> Vec<String> {
    table(db, "SELECT status FROM coupons WHERE hash IN (repeat('a', 64), repeat('b', 64)) ORDER BY hash")
        .concat()
}

fn run(command: &mut Command) -> (i32, String, String) {
    let out = command.stdin(Stdio::null()).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (out.status.code().unwrap_or(-1), text(&out.stdout), text(&out.stderr))
}

#[test]
fn a_code_of_every_kind_of_key_is_read_paused_fixed_rotated_and_unpaused() {
    for kind in &KINDS {
        let (mut db, name) = shop(kind);
        let [one, _] = kind.keys;
        let wrong = "SELECT topic, detail FROM promo_guard.doctor() WHERE level = 'error' OR topic IN ('casts', 'keys')";
        assert!(table(&mut db, wrong).is_empty(), "{}: {:?}", kind.column, table(&mut db, wrong));
        db.batch_execute("SELECT promo_guard.attach_history()").unwrap();
        let number = format!("promo_guard.key_number('{one}')");
        let key = table(&mut db, &format!("SELECT '{one}'")).concat().concat();
        assert_eq!(
            table(
                &mut db,
                &format!("SELECT id = {number}, key FROM promo_guard.campaigns WHERE code_prefix = 'A'")
            ),
            [["t", &key]],
            "the view and key_number() make the same number"
        );
        assert!(table(&mut db, "SELECT * FROM promo_guard.settlement_violations()").is_empty());
        assert_eq!(
            table(
                &mut db,
                "SELECT c ->> 'campaign_key' FROM jsonb_array_elements(promo_guard.triage() -> 'campaigns') AS c"
            ),
            [[key.as_str()]]
        );
        let keys_of = |db: &mut Client, functions: &[&str]| {
            for function in functions {
                let shown = format!(
                    "SELECT DISTINCT campaign_key, campaign_id = {number} FROM promo_guard.{function} WHERE campaign_id IS NOT NULL"
                );
                assert_eq!(table(db, &shown), [[key.as_str(), "t"]], "{function}");
            }
        };
        keys_of(
            &mut db,
            &["classify()", "failed_attempts()", "failure_clusters()", "campaign_batch('Sale a')"],
        );
        let found = format!("SELECT campaign_key, matched FROM promo_guard.find_campaigns('{one}')");
        assert_eq!(table(&mut db, &found), [[key.as_str(), "key"]]);

        let paused = format!("SELECT decision FROM promo_guard.pause({number}, 'leaked')");
        assert_eq!(table(&mut db, &paused), [["PAUSED"]]);
        assert_eq!(statuses(&mut db), ["PAUSED", "ACTIVE"], "{}", kind.column);
        assert_eq!(
            table(&mut db, "SELECT campaign_key, paused_at_source FROM promo_guard.paused_campaigns()"),
            [[key.as_str(), "history"]]
        );
        let fixed = format!(
            "SELECT after FROM promo_guard.fix_campaign({number}, '{{\"max_total_uses\": 150}}', 'more')"
        );
        assert_eq!(table(&mut db, &fixed), [["150"]]);
        let rotated = format!(
            "SELECT r.status, r.max_total_uses, c.hash, c.status, r.new_campaign_id = promo_guard.key_number(r.new_campaign_key)
             FROM promo_guard.rotate(ARRAY[{number}], ARRAY[repeat('c', 64)], '{{NEWC}}', 'leaked') AS r, coupons AS c
             WHERE c.id = r.new_campaign_key"
        );
        // What rotate() made is not seen by the statement that called it.
        let rotated = format!(
            "BEGIN; CREATE TEMPORARY TABLE rotated AS SELECT * FROM promo_guard.rotate(ARRAY[{number}], ARRAY[repeat('c', 64)], '{{NEWC}}', 'leaked');
             {}; ROLLBACK",
            rotated.replace(
                &format!("promo_guard.rotate(ARRAY[{number}], ARRAY[repeat('c', 64)], '{{NEWC}}', 'leaked')"),
                "rotated"
            )
            .replace("c.id = r", "c.id::text = r")
        );
        assert_eq!(
            table(&mut db, &rotated),
            [["PAUSED", "110", &"c".repeat(64), "PAUSED", "t"]],
            "{}",
            kind.column
        );
        let unpaused = format!(
            "SELECT u.decision FROM promo_guard.plan_unpause({number}) AS p,
                 promo_guard.unpause({number}, 'the code is fine', p.failed_checks, p.fingerprint) AS u"
        );
        assert_eq!(table(&mut db, &unpaused), [["UNPAUSED"]]);
        assert_eq!(statuses(&mut db), ["ACTIVE", "ACTIVE"]);
        let history = format!(
            "SELECT campaign_id = {number}, to_status FROM promo_guard.status_history WHERE kind = 'change' ORDER BY id"
        );
        assert_eq!(table(&mut db, &history), [["t", "PAUSED"], ["t", "ACTIVE"]], "{}", kind.column);
        // It is watched, and its checks were overridden.
        keys_of(&mut db, &["bake_status()", "escalations()"]);
        db.batch_execute(
            "UPDATE orders SET discount = 0, net = 1000 WHERE id IN (SELECT id FROM orders LIMIT 3)",
        )
        .unwrap();
        keys_of(&mut db, &["settlement_violations()", "probe_redeem(repeat('a', 64))"]);
        keys_of(&mut db, &["pause_batch('Sale a', 'leaked')"]);
        let own = [
            format!("pause({number}, 'leaked')"),
            format!("paused_together({number})"),
            format!("plan_unpause({number})"),
        ];
        keys_of(&mut db, &own.each_ref().map(String::as_str));
        keys_of(&mut db, &[&format!("unpause({number}, 'fine')")]);
        drop(name);
    }
}

#[test]
fn promoctl_takes_the_key_and_shows_it() {
    for kind in [&UUID, &KINDS[2]] {
        let (mut db, name) = shop(kind);
        let key = table(&mut db, &format!("SELECT '{}'", kind.keys[0])).concat().concat();
        let ctl = |arguments: &[&str]| run(promoctl(server(), &name).args(arguments));
        let (code, out, err) = ctl(&["show", &key]);
        assert_eq!(code, 0, "{err}");
        let shown = key.replace('\n', "");
        let first: String = shown.chars().take(8).collect();
        assert!(out.contains(&first), "{out}");
        let (code, out, err) = ctl(&["pause", &key, "--reason", "leaked"]);
        assert!(code == 0 && err.contains(&first), "{out}{err}");
        assert_eq!(statuses(&mut db), ["PAUSED", "ACTIVE"]);
        let (code, out, err) = ctl(&["paused"]);
        assert!(code == 0 && out.contains(&first), "{out}{err}");
        let (code, _, err) = ctl(&["fix", &key, "max_total_uses=150", "--reason", "more"]);
        assert_eq!(code, 0, "{err}");
        let out_file = server().beside("keys").join(format!("codes-{name}.csv"));
        let (code, _, err) = run(promoctl(server(), &name)
            .env("PROMO_PEPPER", "salt")
            .args(["rotate", &key, "--reason", "leaked", "--out"])
            .arg(&out_file));
        assert_eq!(code, 0, "{err}");
        assert_eq!(
            table(&mut db, "SELECT count(*) FROM coupons WHERE status = 'PAUSED' AND name = 'Sale a'"),
            [["2"]]
        );
        db.batch_execute("DELETE FROM promo_guard.rotation").unwrap();
        assert!(ctl(&["check", &key]).1.replace('\n', " ").contains(&format!("May campaign {first}")));
        let (_, plan, _) = ctl(&["check", &key, "--output", "json"]);
        let plan: serde_json::Value = serde_json::from_str(&plan).unwrap();
        let failed: Vec<&str> =
            plan["failed_checks"].as_array().unwrap().iter().map(|check| check.as_str().unwrap()).collect();
        let mut arguments = vec!["unpause", &key, "--reason", "fine", "--yes"];
        failed.iter().for_each(|check| arguments.extend(["--override", check]));
        let (code, out, err) = ctl(&arguments);
        assert!(code == 0 && out.contains(&format!("Unpaused campaign {first}")), "{out}{err}");
        assert_eq!(statuses(&mut db)[0], "ACTIVE");
    }
}

/// A number made of a key says nothing to a person: whatever names a campaign by it has the key beside it.
#[test]
fn every_output_with_a_campaign_has_its_key() {
    let (mut db, _) = server().bound_database();
    let without = "SELECT proname FROM pg_proc
                   WHERE pronamespace = 'promo_guard'::regnamespace AND 'campaign_id' = ANY (proargnames[pronargs + 1:])
                     AND NOT 'campaign_key' = ANY (proargnames) ORDER BY 1";
    // These repeat what they were called with.
    assert_eq!(table(&mut db, without).concat(), ["acknowledge_escalation", "withdraw_announcement"]);
}

/// What is the key of no campaign, or half of one, is no key.
#[test]
fn a_reference_is_a_key_a_number_or_a_name() {
    let (mut db, _) = shop(&UUID);
    let mut found = |reference: &str| {
        table(&mut db, &format!("SELECT code_prefix, matched FROM promo_guard.find_campaigns('{reference}')"))
    };
    let [one, two] = UUID.keys;
    assert_eq!(found(&one.to_uppercase()), [["A", "key"]]);
    assert_eq!(found(&format!("{{{}}}", two.replace('-', ""))), [["B", "key"]]);
    assert!(found("7f3c9a52").is_empty());
    assert_eq!(found("Sale b"), [["B", "name"]]);
    let number =
        table(&mut db, "SELECT id FROM promo_guard.campaigns WHERE code_prefix = 'B'").concat().concat();
    let found =
        table(&mut db, &format!("SELECT code_prefix, matched FROM promo_guard.find_campaigns('{number}')"));
    assert_eq!(found, [["B", "id"]]);
    let met = refused(&mut db, "SELECT promo_guard.pause(promo_guard.key_number('nobody'), 'x')");
    assert_eq!(met.code, "02000");
}

#[test]
fn two_keys_of_one_number_are_refused_and_neither_row_is_changed() {
    let [one, two] = TWINS;
    let (mut db, _) = shop(&UUID);
    assert_eq!(
        table(&mut db, &format!("SELECT promo_guard.key_number('{one}'), promo_guard.key_number('{two}')")),
        [[NUMBER.to_string(), NUMBER.to_string()]]
    );
    let twin = |key: &str, letter: &str| {
        format!(
            "INSERT INTO coupons SELECT '{key}', repeat('{letter}', 64), '{letter}', 'Twins', 10, 'ACTIVE', valid_from, valid_until, 9, 0, updated_at FROM coupons LIMIT 1;"
        )
    };
    db.batch_execute(&twin(one, "x")).unwrap();
    assert_eq!(
        table(&mut db, &format!("SELECT decision FROM promo_guard.pause({NUMBER}, 'alone')")),
        [["PAUSED"]]
    );
    db.batch_execute("UPDATE coupons SET status = 'ACTIVE'").unwrap();
    db.batch_execute(&twin(two, "y")).unwrap();
    for call in [
        format!("promo_guard.pause({NUMBER}, 'x')"),
        "promo_guard.pause_batch('Twins', 'x')".to_owned(),
        format!("promo_guard.check_unpause({NUMBER})"),
        format!("promo_guard.unpause({NUMBER}, 'x')"),
        format!("promo_guard.fix_campaign({NUMBER}, '{{\"max_total_uses\": 5}}', 'x')"),
        format!("promo_guard.rotate('{{{NUMBER}}}', ARRAY[repeat('c', 64)], '{{NEWC}}', 'x')"),
        "promo_guard.campaign_batch('Twins')".to_owned(),
        format!("promo_guard.find_campaigns('{one}')"),
    ] {
        let met = refused(&mut db, &format!("SELECT * FROM {call}"));
        assert_eq!(met.code, "55000", "{call}: {met:?}");
        assert_eq!(
            met.message,
            format!("2 campaigns share the number {NUMBER}, which is made of their keys"),
            "{call}"
        );
        assert!(met.detail.contains(one) && met.detail.contains(two), "{call}: {}", met.detail);
        assert!(met.hint.contains("another key"), "{call}: {}", met.hint);
    }
    assert_eq!(table(&mut db, "SELECT DISTINCT status FROM coupons WHERE name = 'Twins'"), [["ACTIVE"]]);
    assert_eq!(refused(&mut db, &bind(COLUMNS)).code, "55000");
    let said = table(&mut db, "SELECT level, detail FROM promo_guard.doctor() WHERE topic = 'keys'");
    assert_eq!(said[0][0], "error");
    assert!(said[0][1].contains(one) && said[0][1].contains(two), "{said:?}");
}

/// The lookups of changes go by the index that doctor() names, and the shop refuses a second key of a number from then on.
#[test]
fn doctor_names_the_indexes_and_the_lookups_use_them() {
    let (mut db, _) = shop(&UUID);
    db.batch_execute(
        "INSERT INTO coupons SELECT gen_random_uuid(), md5('h' || g) || md5(g || 'h'), 'Z', 'Many', 10, 'ACTIVE', now(), now() + interval '9 days', 9, 0, now()
         FROM generate_series(1, 20000) AS g;
         INSERT INTO uses SELECT gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'APPLIED', NULL, now() - interval '9 days' FROM generate_series(1, 20000)",
    )
    .unwrap();
    let wanted = "SELECT remediation FROM promo_guard.doctor() WHERE topic = 'indexes' AND detail LIKE '%the number made of%'";
    let named = table(&mut db, wanted).concat();
    assert_eq!(named.len(), 5, "{named:?}");
    let noted =
        table(&mut db, &format!("SELECT note FROM ({}) AS b WHERE note LIKE '%CREATE %'", bind("{}")));
    assert_eq!(noted.len(), 6, "{noted:?}");
    for statement in &named {
        assert!(noted.iter().any(|n| n[0].ends_with(statement)), "{statement}");
        db.batch_execute(statement).unwrap();
    }
    db.batch_execute("ANALYZE").unwrap();
    assert!(table(&mut db, wanted).is_empty());
    let plan =
        |db: &mut Client, sql: &str| table(db, &format!("EXPLAIN (COSTS OFF) {sql}")).concat().join("\n");
    for sql in [
        "SELECT * FROM promo_guard.campaigns WHERE id = 5",
        "SELECT * FROM promo_guard.campaigns WHERE id = ANY ('{5,6}'::bigint[])",
        "SELECT * FROM promo_guard.redemptions WHERE promo_code_id = 5",
        "SELECT * FROM promo_guard.redemptions WHERE user_id = 5",
        "UPDATE coupons AS t SET status = 'PAUSED' WHERE t.id = ANY (ARRAY['7f3c9a52-4d0b-4c57-9f0e-2f6f5a1f8c11']::text[]::pg_catalog.uuid[])",
    ] {
        let plan = plan(&mut db, sql);
        assert!(plan.contains("Index") && !plan.contains("Seq Scan"), "{sql}: {plan}");
    }
    let [one, two] = TWINS;
    let twins = format!("INSERT INTO coupons (id, hash) VALUES ('{one}', 'one'), ('{two}', 'two')");
    assert_eq!(refused(&mut db, &twins).code, "23505");
}

#[test]
fn ids_of_one_kind_are_keys_all_of_them_or_none() {
    let (mut db, _) = unbound(&UUID);
    db.batch_execute("ALTER TABLE uses ALTER coupon TYPE bigint USING 5; ALTER TABLE tries ALTER customer TYPE bigint USING 7").unwrap();
    let met = refused(&mut db, &bind(COLUMNS));
    assert_eq!(met.code, "42804");
    assert_eq!(
        met.message,
        "\"campaigns\".\"id\" is a key and \"redemptions\".\"promo_code_id\" is a number (and 2 more problems)"
    );
    assert!(
        met.detail.contains("\"attempts\".\"user_id\" is a number and \"purchases\".\"user_id\" is a key"),
        "{}",
        met.detail
    );
    assert!(met.hint.contains("\"promo_code_id\": {\"sql\": \"t....::text\"}"), "{}", met.hint);
    db.batch_execute("ALTER TABLE tries ALTER customer TYPE numeric").unwrap();
    let met = refused(&mut db, &bind(COLUMNS));
    assert!(
        (met.message.clone() + &met.detail).contains("column customer of public.tries is of type numeric"),
        "{met:?}"
    );
    let met = refused(&mut db, &bind(r#"{"campaigns": {"key": "id"}}"#));
    assert_eq!(
        (met.code.as_str(), met.message.as_str()),
        ("22023", "\"campaigns\".\"key\" cannot be mapped")
    );
}

/// A view that is written by hand shows the key beside its number, or cannot be written through.
#[test]
fn a_view_by_hand_shows_the_key_and_its_number() {
    let (mut db, _) = unbound(&UUID);
    let view = |id: &str, key: &str| {
        format!(
            "CREATE OR REPLACE VIEW promo_guard.campaigns AS SELECT {id} AS id, c.hash AS code_hash, c.prefix AS code_prefix, c.name AS campaign_name,
                 NULL::text AS promo_type, NULL::bigint AS grant_premium_days, 'PERCENT' AS discount_type, c.percent AS discount_value,
                 NULL::bigint AS discount_percent, NULL::jsonb AS applicable_products, NULL::text AS target_scope, c.status, c.valid_from,
                 c.valid_until, c.max_total_uses, c.used_total, NULL::bigint AS max_uses_per_user, NULL::boolean AS new_users_only,
                 NULL::boolean AS first_purchase_only, NULL::timestamptz AS created_at, c.updated_at{key}
             FROM coupons AS c"
        )
    };
    let number = "promo_guard.key_number(c.id::text)";
    db.batch_execute("CREATE ROLE keys_owner; ALTER TABLE coupons OWNER TO keys_owner").unwrap();
    db.batch_execute(&view(number, "")).unwrap();
    table(&mut db, &bind(COLUMNS));
    let pause = format!(
        "SELECT decision FROM promo_guard.pause(promo_guard.key_number('{}'), 'leaked')",
        UUID.keys[0]
    );
    let met = refused(&mut db, &pause);
    assert!(met.code == "55000" && met.detail.contains("must show it as a column key"), "{met:?}");
    db.batch_execute(&view("hashtextextended(c.id::text, 0)", ", c.id::text AS key")).unwrap();
    let met = refused(&mut db, &bind(COLUMNS));
    assert!(met.code == "55000" && met.message.contains("2 campaigns with another id"), "{met:?}");
    assert!(
        table(&mut db, "SELECT detail FROM promo_guard.doctor() WHERE level = 'error' AND topic = 'keys'")
            .len()
            == 1
    );
    db.batch_execute(&view(number, ", c.id::text AS key")).unwrap();
    table(&mut db, &bind(COLUMNS));
    db.batch_execute("SELECT promo_guard.attach_history()").unwrap();
    assert!(table(&mut db, "SELECT detail FROM promo_guard.doctor() WHERE level = 'error'").is_empty());
    let index =
        "SELECT remediation FROM promo_guard.doctor() WHERE remediation LIKE '%UNIQUE INDEX%coupons%'";
    let index = table(&mut db, index).concat().concat();
    db.batch_execute(&index).unwrap();
    db.batch_execute("SET enable_seqscan = off").unwrap();
    let plan = table(&mut db, "EXPLAIN (COSTS OFF) SELECT * FROM promo_guard.campaigns WHERE id = 5");
    let plan = plan.concat().join(" ");
    assert!(plan.contains("Index Cond") && !plan.contains("key_number"), "{plan}");
    assert_eq!(table(&mut db, &pause), [["PAUSED"]]);
    assert_eq!(statuses(&mut db), ["PAUSED", "ACTIVE"]);
    assert_eq!(
        table(
            &mut db,
            "SELECT h.campaign_id = c.id FROM promo_guard.status_history AS h, promo_guard.campaigns AS c WHERE h.kind = 'change' AND c.code_prefix = 'A'"
        ),
        [["t"]]
    );
}

/// An id that becomes a key, with a history attached: the trigger goes by the key from the next bind() on.
#[test]
fn a_history_goes_by_the_key_once_the_id_has_become_one() {
    let (mut db, _) = server().bound_database();
    db.batch_execute(
        "INSERT INTO promo_codes (id, code_hash, code_prefix, campaign_name, promo_type, target_scope, status, valid_from, valid_until)
         VALUES (5, repeat('a', 64), 'A', 'Sale', 'PERCENT_DISCOUNT', 'ALL', 'ACTIVE', now(), now() + interval '9 days');
         SELECT promo_guard.attach_history(); SELECT promo_guard.unbind();
         ALTER TABLE promo_redemptions DROP CONSTRAINT IF EXISTS promo_redemptions_promo_code_id_fkey;
         ALTER TABLE purchases DROP CONSTRAINT IF EXISTS purchases_applied_promo_code_id_fkey;
         ALTER TABLE promo_codes ALTER id TYPE text; ALTER TABLE promo_redemptions ALTER promo_code_id TYPE text;
         ALTER TABLE purchases ALTER applied_promo_code_id TYPE text;
         SELECT * FROM promo_guard.bind();
         UPDATE promo_codes SET status = 'PAUSED'",
    )
    .unwrap();
    assert_eq!(
        table(
            &mut db,
            "SELECT campaign_id = promo_guard.key_number('5') FROM promo_guard.status_history WHERE kind = 'change'"
        ),
        [["t"]]
    );
}

/// What the page says of such a shop.
#[test]
fn the_page_of_adoption_shows_statements_that_run() {
    let page = fs::read_to_string(repo().join("docs/ADOPTING.md")).unwrap();
    let sql = page.split("<!-- keys -->\n```sql\n").nth(1).unwrap().split("```").next().unwrap();
    let (mut db, _) = shop(&UUID);
    db.batch_execute("SELECT promo_guard.attach_history()").unwrap();
    db.batch_execute(sql).unwrap();
    assert_eq!(statuses(&mut db), ["PAUSED", "ACTIVE"]);
    assert_eq!(table(&mut db, "SELECT id FROM coupons WHERE hash = repeat('a', 64)"), [[UUID.keys[0]]]);
    let indexed = "SELECT count(*) FROM promo_guard.doctor() WHERE topic = 'indexes' AND detail LIKE '%coupons%made of%'";
    assert_eq!(table(&mut db, indexed), [["0"]]);
}

#[test]
fn a_rename_of_the_key_is_mended_by_the_next_bind() {
    let (mut db, _) = shop(&UUID);
    db.batch_execute("ALTER TABLE coupons RENAME TO vouchers; ALTER TABLE vouchers RENAME id TO uid")
        .unwrap();
    db.batch_execute("SELECT promo_guard.bind('vouchers', columns => '{\"campaigns\": {\"id\": \"uid\", \"code_hash\": \"hash\",
        \"code_prefix\": \"prefix\", \"campaign_name\": \"name\", \"discount_value\": \"percent\"}}')").unwrap();
    let pause =
        format!("SELECT decision FROM promo_guard.pause(promo_guard.key_number('{}'), 'x')", UUID.keys[0]);
    assert_eq!(table(&mut db, &pause), [["PAUSED"]]);
    assert!(
        table(
            &mut db,
            "SELECT detail FROM promo_guard.doctor() WHERE detail LIKE '%campaigns is written by hand%'"
        )
        .is_empty()
    );
}

/// Ids that are numbers are shown as they are, and nothing is looked up for them.
#[test]
fn a_shop_of_numbers_pays_nothing() {
    let (mut db, _) = server().bound_database();
    db.batch_execute(
        "INSERT INTO promo_codes (id, code_hash, code_prefix, campaign_name, promo_type, target_scope, status, valid_from, valid_until)
         VALUES (5, repeat('a', 64), 'A', 'Sale', 'PERCENT_DISCOUNT', 'ALL', 'PAUSED', now(), now() + interval '9 days')",
    )
    .unwrap();
    let views = "SELECT c.table_name FROM information_schema.columns AS c
                 WHERE c.table_schema = 'promo_guard' AND (c.column_name = 'key' OR pg_get_viewdef('promo_guard.' || c.table_name) LIKE '%sha256%')
                   AND c.table_name IN ('campaigns', 'attempts', 'redemptions', 'purchases')";
    assert!(table(&mut db, views).is_empty());
    let plan = table(&mut db, "EXPLAIN (COSTS OFF) SELECT * FROM promo_guard.campaigns WHERE id = 5")
        .concat()
        .join(" ");
    assert!(plan.contains("promo_codes") && plan.contains("(id = 5)"), "{plan}");
    assert_eq!(table(&mut db, "SELECT campaign_key FROM promo_guard.paused_campaigns()"), [["5"]]);
    assert_eq!(
        table(&mut db, "SELECT matched, campaign_key FROM promo_guard.find_campaigns('5')"),
        [["id", "5"]]
    );
}
