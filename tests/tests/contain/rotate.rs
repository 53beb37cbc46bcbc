//! `rotate`: successors for leaked codes, all of them or none.

use super::shop::shop;
use postgres::Client;
use promo_guard_tests::{refused, server, table};

/// A paused batch of campaigns 101 to 103 with limits of 10, 3 used and one reserved of the first; the second has no limit.
fn batch() -> (Client, String) {
    let (mut db, name) = shop();
    db.batch_execute(
        "INSERT INTO promo_codes (id, code_hash, code_prefix, campaign_name, promo_type, discount_type, discount_value, target_scope, status, valid_from,
                                  valid_until, max_total_uses, used_total, applicable_products)
         SELECT 100 + g, lpad(g::text, 64, 'a'), 'LEAK', 'Leaked', 'PERCENT_DISCOUNT', 'FIXED', 50 + g, 'ALL', 'PAUSED', now() - interval '9 days',
                now() + interval '9 days', CASE WHEN g <> 2 THEN 10 END, 3, '[\"star\"]'
         FROM generate_series(1, 3) AS g;
         INSERT INTO promo_redemptions (id, promo_code_id, user_id, status, reserved_until, created_at, updated_at)
         VALUES (gen_random_uuid(), 101, 1, 'RESERVED', now() + interval '9 min', now(), now()),
                (gen_random_uuid(), 101, 2, 'RESERVED', now() - interval '9 min', now(), now())",
    )
    .unwrap();
    (db, name)
}

const HASHES: &str = "ARRAY[repeat('b', 64), repeat('C', 64), repeat('d', 64)]";

#[test]
fn a_batch_gets_successors_that_are_paused_and_have_what_was_left() {
    let (mut db, _) = batch();
    let rows = table(
        &mut db,
        &format!(
            "SELECT old_campaign_id, new_campaign_id > 0, status, max_total_uses FROM promo_guard.rotate('{{103,101,102}}', {HASHES}, '{{N1,N2,N3}}', 'on a forum')"
        ),
    );
    assert_eq!(rows, [["103", "t", "PAUSED", "7"], ["101", "t", "PAUSED", "6"], ["102", "t", "PAUSED", "∅"]]);
    let copies = table(
        &mut db,
        "SELECT r.old_campaign_id, n.code_hash, n.code_prefix, n.used_total,
                (to_jsonb(n) - '{id,code_hash,code_prefix,max_total_uses,used_total,created_at,updated_at}'::text[])
                = (to_jsonb(o) - '{id,code_hash,code_prefix,max_total_uses,used_total,created_at,updated_at}'::text[])
         FROM promo_guard.rotation AS r JOIN promo_codes AS n ON n.id = r.new_campaign_id JOIN promo_codes AS o ON o.id = r.old_campaign_id ORDER BY 1",
    );
    let (c, d, b) = ("c".repeat(64), "d".repeat(64), "b".repeat(64));
    assert_eq!(
        copies,
        [
            ["101", c.as_str(), "N2", "0", "t"],
            ["102", d.as_str(), "N3", "0", "t"],
            ["103", b.as_str(), "N1", "0", "t"]
        ]
    );
    assert_eq!(
        table(
            &mut db,
            "SELECT action, decision, reason, after ->> 'successors' FROM promo_guard.action_log ORDER BY id DESC LIMIT 1"
        ),
        [["rotate", "ROTATED", "on a forum", "3"]]
    );
    // the old one can never be unpaused, the new one goes through the checks
    assert_eq!(
        table(&mut db, "SELECT passed FROM promo_guard.check_unpause(101) WHERE name = 'not_rotated'"),
        [["f"]]
    );
    let met =
        refused(&mut db, "SELECT * FROM promo_guard.rotate('{101}', ARRAY[repeat('e', 64)], '{X}', 'x')");
    assert_eq!(met.code, "55000");
    assert_eq!(
        table(
            &mut db,
            "SELECT remaining, rotated_into IS NOT NULL FROM promo_guard.campaign_batch('Leaked') WHERE rotated_into IS NOT NULL ORDER BY 1"
        ),
        [["6", "t"], ["7", "t"], ["∅", "t"]]
    );
}

#[test]
fn bad_input_has_its_sqlstate_and_changes_nothing() {
    let (mut db, name) = batch();
    db.batch_execute("UPDATE promo_codes SET used_total = 10 WHERE id = 103").unwrap();
    let before = table(&mut db, "SELECT * FROM promo_codes ORDER BY id");
    let h = "repeat('b', 64)";
    for (arguments, code, said) in [
        (format!("'{{101}}', ARRAY[{h}, {h}], '{{A}}', 'x'"), "22023", "code_hashes has 2"),
        (format!("'{{101}}', ARRAY[{h}], '{{A,B}}', 'x'"), "22023", "code_prefixes has 2"),
        (format!("'{{101}}', ARRAY[{h}], '{{A}}', 'x', '{{5,6}}'"), "22023", "new_ids has 2"),
        (format!("'{{101,101}}', ARRAY[{h}, repeat('c', 64)], '{{A,B}}', 'x'"), "22023", "was there before"),
        (format!("'{{101,102}}', ARRAY[{h}, repeat('B', 64)], '{{A,B}}', 'x'"), "22023", "was there before"),
        ("'{}', '{}', '{}', 'x'".to_owned(), "22023", "empty"),
        ("'{101}', '{SECRET}', '{A}', 'x'".to_owned(), "22023", "not the hash"),
        (format!("'{{101}}', ARRAY[{h}], '{{ABCDEFGHIJKLMNOPQ}}', 'x'"), "22023", "longer than"),
        (format!("'{{101}}', ARRAY[{h}], '{{ABCDEFGHIJ}}', 'x'"), "22001", "too long"),
        (format!("'{{NULL}}', ARRAY[{h}], '{{A}}', 'x'"), "22004", "is null"),
        (format!("NULL, ARRAY[{h}], '{{A}}', 'x'"), "22004", "is null"),
        ("'{101}', '{NULL}', '{A}', 'x'".to_owned(), "22004", "is null"),
        (format!("'{{101}}', ARRAY[{h}], '{{A}}', ''"), "22023", "reason"),
        (format!("'{{99}}', ARRAY[{h}], '{{A}}', 'x'"), "02000", "no campaign with id 99"),
        (format!("'{{1}}', ARRAY[{h}], '{{A}}', 'x'"), "55000", "not paused"),
        (format!("'{{103}}', ARRAY[{h}], '{{A}}', 'x'"), "55000", "no uses left"),
        ("'{101}', ARRAY[lpad('2', 64, '0')], '{A}', 'x'".to_owned(), "23505", "in use"),
        (format!("'{{101}}', ARRAY[{h}], '{{A}}', 'x', '{{2}}'"), "23505", "in use"),
    ] {
        let met = refused(&mut db, &format!("SELECT * FROM promo_guard.rotate({arguments})"));
        assert_eq!(met.code, code, "{arguments}: {met:?}");
        assert!(met.message.contains(said), "{arguments}: {met:?}");
        assert!(!met.message.contains("SECRET") && !met.detail.contains("SECRET"), "{met:?}");
    }
    let mut other = server().connect(&name);
    other.batch_execute("BEGIN; SELECT FROM promo_codes WHERE id = 101 FOR UPDATE").unwrap();
    assert_eq!(
        refused(&mut db, &format!("SELECT * FROM promo_guard.rotate('{{101}}', ARRAY[{h}], '{{A}}', 'x')"))
            .code,
        "55P03"
    );
    other.batch_execute("ROLLBACK").unwrap();
    assert_eq!(table(&mut db, "SELECT * FROM promo_codes ORDER BY id"), before);
    assert_eq!(table(&mut db, "SELECT count(*) FROM promo_guard.rotation"), [["0"]]);
    assert_eq!(
        table(&mut db, "SELECT count(*) FROM promo_guard.action_log WHERE action = 'rotate'"),
        [["0"]]
    );
}

#[test]
fn the_whole_row_is_copied_whatever_the_application_has_in_it() {
    let (mut db, name) = batch();
    db.batch_execute("SELECT promo_guard.detach_history(); SELECT promo_guard.unbind()").unwrap();
    server()
        .connect_as("shop", &name)
        .batch_execute(
            "CREATE TYPE mood AS ENUM ('ACTIVE', 'PAUSED', 'EXPIRED', 'DEPLETED');
             ALTER TABLE promo_codes DROP CONSTRAINT promo_codes_status_check;
             ALTER TABLE promo_codes ALTER status TYPE mood USING status::mood;
             ALTER TABLE promo_codes ADD \"We\"\"ird; col\" text, ADD doubled integer GENERATED ALWAYS AS (used_total * 2) STORED,
                 ADD row_no bigint GENERATED ALWAYS AS IDENTITY UNIQUE, ADD public_id uuid NOT NULL UNIQUE DEFAULT gen_random_uuid();
             UPDATE promo_codes SET \"We\"\"ird; col\" = 'x' || id;
             ALTER TABLE promo_codes ALTER \"We\"\"ird; col\" SET NOT NULL;
             CREATE SEQUENCE codes_id START 5000; ALTER TABLE promo_codes ALTER id SET DEFAULT nextval('codes_id');
             ALTER TABLE promo_codes RENAME TO \"Co;des\"",
        )
        .unwrap();
    db.batch_execute("SELECT promo_guard.bind(promo_codes => '\"Co;des\"')").unwrap();
    let rows = table(
        &mut db,
        &format!(
            "SELECT new_campaign_id, status FROM promo_guard.rotate('{{101,102,103}}', {HASHES}, '{{N1,N2,N3}}', 'x')"
        ),
    );
    assert_eq!(rows, [["5000", "PAUSED"], ["5001", "PAUSED"], ["5002", "PAUSED"]]);
    let copied = "SELECT \"We\"\"ird; col\", doubled, status FROM \"Co;des\" WHERE id = 5001";
    assert_eq!(table(&mut db, copied), [["x102", "0", "PAUSED"]]);
}

#[test]
#[ignore = "slow"]
fn a_hundred_thousand_codes_go_in_one_call() {
    let (mut db, _) = batch();
    db.batch_execute(
        "INSERT INTO promo_codes (id, code_hash, code_prefix, campaign_name, promo_type, target_scope, status, valid_from, valid_until, max_total_uses)
         SELECT 1000000 + g, md5('o' || g) || md5(g || 'o'), 'B', 'Big', 'PERCENT_DISCOUNT', 'ALL', 'PAUSED', now(), now() + interval '9 days', 1
         FROM generate_series(1, 100000) AS g; ANALYZE promo_codes",
    )
    .unwrap();
    let rows = table(
        &mut db,
        "SELECT count(*), count(DISTINCT new_campaign_id), min(status), sum(max_total_uses), count(DISTINCT action_id)
         FROM promo_guard.rotate((SELECT array_agg(1000000 + g) FROM generate_series(1, 100000) AS g),
                                 (SELECT array_agg(md5('n' || g) || md5(g || 'n')) FROM generate_series(1, 100000) AS g),
                                 (SELECT array_agg('N'::text) FROM generate_series(1, 100000) AS g), 'leaked')",
    );
    assert_eq!(rows, [["100000", "100000", "PAUSED", "100000", "1"]]);
    assert_eq!(table(&mut db, "SELECT count(*) FROM promo_guard.rotation"), [["100000"]]);
}
