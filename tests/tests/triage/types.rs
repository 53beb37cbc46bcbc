//! Whatever type the application's hashes have, the page says the same.

use postgres::Client;
use promo_guard_tests::{server, table};

const AS_OF: &str = "'2026-03-02 12:00Z'";

/// Two campaigns, one of them paused, and a code of nobody's; three kinds of failures within two minutes of each other.
fn shop() -> Client {
    let (mut db, _) = server().bound_database();
    db.batch_execute(
        "INSERT INTO promo_codes (id, code_hash, code_prefix, campaign_name, promo_type, target_scope, status, valid_from, valid_until, created_at, updated_at)
         SELECT g, lpad(g::text, 64, '0'), 'C' || g, 'Campaign ' || g, 'PERCENT_DISCOUNT', 'ALL', CASE g WHEN 2 THEN 'PAUSED' ELSE 'ACTIVE' END,
                '2026-01-01Z', '2027-01-01Z', '2026-01-01Z', '2026-03-02 11:50Z'
         FROM generate_series(1, 2) AS g;
         INSERT INTO promo_attempts (id, user_id, normalized_code_hash, result, source, attempted_at)
         SELECT g, nullif(g % 9, 0), lpad((1 + g % 3)::text, 64, '0'),
                (ARRAY['ACCEPTED', 'EXPIRED', 'INVALID', 'NOT_APPLICABLE'])[1 + g % 4], 'API',
                '2026-03-02 11:40Z'::timestamptz + g * interval '333 ms' + (g % 7) * interval '1 us'
         FROM generate_series(1, 300) AS g;",
    )
    .unwrap();
    db
}

/// Every row of the page; hashes as their digits.
fn page(db: &mut Client) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for function in ["blast_radius", "paused_campaigns", "failed_attempts", "failure_clusters", "classify"] {
        let said = table(
            db,
            &format!(
                r"SELECT replace(to_jsonb(f)::text, '\\x', '') FROM promo_guard.{function}(as_of => {AS_OF}) AS f"
            ),
        );
        assert!(!said.is_empty(), "{function}");
        rows.extend(said);
    }
    rows
}

#[test]
fn whatever_type_hashes_have_the_page_says_the_same() {
    let expected = page(&mut shop());
    let both = |to: &str| {
        format!(
            "ALTER TABLE promo_attempts ALTER normalized_code_hash TYPE {to}; ALTER TABLE promo_codes ALTER code_hash TYPE {to}"
        )
    };
    for change in [
        both("text"),
        both("varchar(80)"),
        both("char(70)"),
        "ALTER TABLE promo_attempts ALTER normalized_code_hash TYPE text".to_owned(),
        "ALTER TABLE promo_attempts ALTER normalized_code_hash TYPE bytea USING decode(normalized_code_hash, 'hex');
         ALTER TABLE promo_codes ALTER code_hash TYPE bytea USING decode(code_hash, 'hex')"
            .to_owned(),
    ] {
        let mut db = shop();
        db.batch_execute(&format!("SELECT promo_guard.unbind(); {change}; SELECT promo_guard.bind()"))
            .unwrap_or_else(|e| panic!("{change}: {e:?}"));
        assert_eq!(page(&mut db), expected, "{change}");
    }
}

#[test]
fn whatever_is_known_of_the_number_of_campaigns_the_page_says_the_same() {
    let mut db = shop();
    let expected = page(&mut db);
    // With so few as are known now all of them are read.
    db.batch_execute("ANALYZE promo_codes").unwrap();
    assert_eq!(table(&mut db, "SELECT reltuples FROM pg_class WHERE relname = 'promo_codes'"), [["2"]]);
    assert_eq!(page(&mut db), expected);
    // More came than can be expected: those that were tried are asked for.
    db.batch_execute(
        "INSERT INTO promo_codes (id, code_hash, code_prefix, campaign_name, promo_type, target_scope, status, valid_from, valid_until, created_at, updated_at)
         SELECT g, lpad(g::text, 64, 'f'), 'C' || g, 'Other', 'PERCENT_DISCOUNT', 'ALL', 'EXPIRED', '2025-01-01Z', '2026-01-01Z', '2025-01-01Z', '2025-01-01Z'
         FROM generate_series(10, 4000) AS g",
    )
    .unwrap();
    let but_expired = |rows: Vec<Vec<String>>| -> Vec<Vec<String>> {
        rows.into_iter().filter(|row| !row[0].contains(r#""status": "EXPIRED""#)).collect()
    };
    assert_eq!(but_expired(page(&mut db)), but_expired(expected));
}

#[test]
fn codes_that_only_the_database_takes_for_equal_are_left_to_it() {
    let mut db = shop();
    let made = db.batch_execute(
        "CREATE COLLATION any_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false)",
    );
    if made.is_err() {
        return; // a server without ICU
    }
    db.batch_execute(
        "UPDATE promo_attempts SET normalized_code_hash = lpad(right(trim(normalized_code_hash), 1), 64, 'a');
         UPDATE promo_codes SET code_hash = lpad(id::text, 64, 'A');
         SELECT promo_guard.unbind();
         ALTER TABLE promo_codes ALTER code_hash TYPE text COLLATE any_case; SELECT promo_guard.bind(); ANALYZE promo_codes",
    )
    .unwrap();
    let seen = format!(
        "SELECT status, attempts FROM promo_guard.blast_radius(as_of => {AS_OF}) WHERE attempts > 0 ORDER BY 1"
    );
    let joined = "SELECT c.status, count(*) FROM promo_attempts AS a LEFT JOIN promo_codes AS c ON c.code_hash = a.normalized_code_hash
                  GROUP BY 1 ORDER BY 1";
    let expected = table(&mut db, joined);
    assert_eq!(expected.len(), 3, "{expected:?}");
    assert_eq!(table(&mut db, &seen), expected);
}
