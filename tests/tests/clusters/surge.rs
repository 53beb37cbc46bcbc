//! Crowds that are no attack: a cluster says what is known of them and accuses nobody.

use super::shop::{AS_OF, clusters, holds, shop_where};
use postgres::Client;
use promo_guard_tests::table;

fn told(db: &mut Client, kind: &str) -> String {
    let rows = table(
        db,
        &format!(
            "SELECT explanation FROM promo_guard.failure_clusters(as_of => {AS_OF}) WHERE kind = '{kind}'"
        ),
    );
    assert_eq!(rows.len(), 1, "{:?}", clusters(db));
    rows[0][0].clone()
}

fn holds_here(db: &mut Client) {
    holds(db, "interval '30 min'", "timestamptz '2026-03-01 12:00Z'");
}

#[test]
fn an_unknown_code_that_customers_copied_from_a_mailing_is_no_guess() {
    // Everybody copies the same wrong code from the same mail; a third tries it again, and nobody finds the right one.
    let mut db = shop_where(
        "SELECT try(code(900), 'INVALID', 1000001, 1000900, '2026-03-01 11:35Z', '1200 ms');
         SELECT try(code(900), 'INVALID', 1000001, 1000300, '2026-03-01 11:35:40Z', '1200 ms');
         SELECT try(code(u), 'INVALID', u, u, '2026-03-01 11:40Z'::timestamptz + u * interval '50 s') FROM generate_series(1, 9) AS u;",
    );
    let found = clusters(&mut db);
    assert_eq!(found[0], ["UNKNOWN_CODE", "∅", "1200", "900", "1"]);
    assert_eq!(found[1], ["BACKGROUND", "∅", "9", "9", "9"]);
    let says = told(&mut db, "UNKNOWN_CODE");
    assert!(
        says.starts_with("1 unknown code: 900 users sent it 1,200 times, first seen 2026-03-01 11:35:00Z."),
        "{says}"
    );
    assert!(says.contains("not created yet") && !says.contains("guess"), "{says}");
    holds_here(&mut db);
    let page = table(
        &mut db,
        &format!("SELECT promo_guard.triage(as_of => {AS_OF}) #>> '{{unknown_codes, 0, kind}}'"),
    );
    assert_eq!(page, [["UNKNOWN_CODE"]]);
    let report = table(
        &mut db,
        &format!(
            "SELECT promo_guard.incident_report(as_of => {AS_OF}) #>> '{{user_impact, suspected_attackers}}'"
        ),
    );
    assert_eq!(report, [["0"]]);
}

#[test]
fn an_id_that_stands_for_nobody_is_no_attacker_and_no_crowd() {
    // The attempts of users who asked to be erased all have the id 0 now.
    let mut db = shop_where(
        "INSERT INTO promo_attempts (id, user_id, normalized_code_hash, result, source, attempted_at)
         SELECT g, 0, code(g % 140), 'INVALID', 'API', '2026-03-01 11:40Z'::timestamptz + g * interval '5 s' FROM generate_series(1, 150) AS g",
    );
    assert_eq!(clusters(&mut db), [["ENUMERATION", "∅", "150", "1", "140"]]);
    db.batch_execute("SELECT promo_guard.set_policy('nobody_user_ids', '{0}', 'erased accounts')").unwrap();
    assert_eq!(clusters(&mut db), [["BACKGROUND", "∅", "150", "0", "140"]]);
    let report = format!(
        "SELECT promo_guard.incident_report(as_of => {AS_OF}) #>> '{{user_impact, suspected_attackers}}'"
    );
    assert_eq!(table(&mut db, &report), [["0"]]);
}

#[test]
fn a_class_that_the_limiter_slows_down_is_accused_by_no_cluster() {
    // 35 new accounts enter a code that hardly anybody used before; the limiter answers most of their first tries.
    let mut db = shop_where(
        "INSERT INTO promo_codes (id, code_hash, code_prefix, campaign_name, promo_type, discount_type, discount_value, target_scope,
                                  status, valid_from, valid_until, max_total_uses, created_at, updated_at)
         VALUES (3, repeat('3', 64), 'CLASS', 'Class 8a', 'PERCENT_DISCOUNT', 'PERCENT', 60, 'ALL', 'ACTIVE', '2026-02-01Z', '2027-01-01Z',
                 60, '2026-02-01Z', '2026-02-01Z');
         SELECT try(repeat('3', 64), 'RATE_LIMITED', 5001, 5035, '2026-03-01 11:45Z', '1 s', 4, '6 s');
         SELECT try(repeat('3', 64), 'ACCEPTED', 5001, 5035, '2026-03-01 11:46Z', '3 s');
         INSERT INTO promo_redemptions (id, promo_code_id, user_id, status, created_at, updated_at)
         SELECT gen_random_uuid(), 3, 5000 + g, 'RESERVED', at, at
         FROM generate_series(1, 35) AS g, LATERAL (SELECT '2026-03-01 11:46Z'::timestamptz + (g - 1) * interval '3 s' AS at) AS x",
    );
    assert_eq!(clusters(&mut db), [["SURGE", "3", "140", "35", "1"]]);
    let says = told(&mut db, "SURGE");
    assert!(
        says.contains("(normal: none), with 140 rejections")
            && says.contains("cannot tell a promotion from abuse"),
        "{says}"
    );
    assert!(!says.contains("times the"), "a code without a past has no multiple of it: {says}");
    holds_here(&mut db);
}
