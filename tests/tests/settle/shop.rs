//! A small shop, made by hand: forty healthy discounts, and what a test does to them.

use postgres::Client;
use promo_guard_tests::{server, table};

/// The end of the window of every test here.
pub const AS_OF: &str = "'2026-03-01 12:00Z'";

/// Discounts 1 to 40, each of 20 % on 100 stars, redeemed at 11:28, bought, paid, credited and booked by 11:30; campaign 1.
/// Campaigns 2 (FIXED 50), 3 (FREE), 4 (a grant, given once), 5 (10 % the old way), 6 (two uses) and 7 (two uses a user).
const DATA: &str = "
    CREATE FUNCTION key(n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$ SELECT lpad(n::text, 32, '0')::uuid $$;
    ALTER TABLE promo_redemptions DROP CONSTRAINT promo_redemptions_applied_purchase_id_fkey,
        DROP CONSTRAINT promo_redemptions_promo_code_id_fkey;
    ALTER TABLE purchases DROP CONSTRAINT purchases_applied_promo_code_id_fkey;
    INSERT INTO promo_codes (id, code_hash, code_prefix, campaign_name, promo_type, discount_type, discount_value, discount_percent,
                             target_scope, status, valid_from, valid_until, max_total_uses, max_uses_per_user, used_total,
                             created_at, updated_at)
    VALUES (1, repeat('1', 64), 'P', 'Twenty', 'PERCENT_DISCOUNT', 'PERCENT', 20, 20, 'ALL', 'ACTIVE', '2026-01-01Z', '2027-01-01Z', NULL, 1, 40, '2026-01-01Z', '2026-01-01Z'),
           (2, repeat('2', 64), 'P', 'Fifty', 'PERCENT_DISCOUNT', 'FIXED', 50, NULL, 'ALL', 'ACTIVE', '2026-01-01Z', '2027-01-01Z', NULL, 1, 0, '2026-01-01Z', '2026-01-01Z'),
           (3, repeat('3', 64), 'P', 'Free', 'PERCENT_DISCOUNT', 'FREE', NULL, NULL, 'ALL', 'ACTIVE', '2026-01-01Z', '2027-01-01Z', NULL, 1, 0, '2026-01-01Z', '2026-01-01Z'),
           (4, repeat('4', 64), 'P', 'Grant', 'PREMIUM_GRANT', NULL, NULL, NULL, 'ALL', 'ACTIVE', '2026-01-01Z', '2027-01-01Z', NULL, 1, 1, '2026-01-01Z', '2026-01-01Z'),
           (5, repeat('5', 64), 'P', 'Ten', 'PERCENT_DISCOUNT', NULL, NULL, 10, 'ALL', 'ACTIVE', '2026-01-01Z', '2027-01-01Z', NULL, 1, 0, '2026-01-01Z', '2026-01-01Z'),
           (6, repeat('6', 64), 'P', 'Two', 'PERCENT_DISCOUNT', 'PERCENT', 20, NULL, 'ALL', 'ACTIVE', '2026-01-01Z', '2027-01-01Z', 2, 1, 0, '2026-01-01Z', '2026-01-01Z'),
           (7, repeat('7', 64), 'P', 'Twice', 'PERCENT_DISCOUNT', 'PERCENT', 20, NULL, 'ALL', 'ACTIVE', '2026-01-01Z', '2027-01-01Z', NULL, 2, 0, '2026-01-01Z', '2026-01-01Z');
    CREATE FUNCTION sell(n bigint, campaign bigint DEFAULT 1, base bigint DEFAULT 100, off bigint DEFAULT 20,
                         snapshot jsonb DEFAULT '{\"discount_type\": \"PERCENT\", \"discount_value\": 20}',
                         at timestamptz DEFAULT '2026-03-01 11:30Z') RETURNS void LANGUAGE sql AS $$
        INSERT INTO purchases VALUES (key(n), n, 'star', base, off, base - off, 'CREDITED', campaign, at - interval '1 min',
                                      at - interval '5 s', at, NULL);
        INSERT INTO promo_redemptions VALUES (key(1000 + n), campaign, n, 'APPLIED', at + interval '13 min', key(n), snapshot,
                                              at - interval '2 min', at, at);
        INSERT INTO ledger SELECT n, key(n), 'CREDIT', base - off, at WHERE base > off;
    $$;
    SELECT sell(n) FROM generate_series(1, 40) AS n;
    INSERT INTO promo_redemptions VALUES (key(2000), 4, 2000, 'APPLIED', NULL, NULL, '{\"grant_premium_days\": 7}',
                                          '2026-03-01 11:30Z', '2026-03-01 11:30Z', '2026-03-01 11:30Z');
";

/// The shop, healthy, bound with its ledger.
pub fn shop() -> Client {
    let mut db = tables();
    db.batch_execute("SELECT promo_guard.bind(ledger => 'ledger')").unwrap();
    db
}

/// The shop, healthy, not bound yet.
pub fn tables() -> Client {
    let (mut db, _) = server().database();
    db.batch_execute("SET TimeZone = 'UTC'").unwrap();
    db.batch_execute(DATA).unwrap();
    db
}

/// The shop with something done to it.
pub fn shop_where(sql: &str) -> Client {
    let mut db = shop();
    db.batch_execute(sql).unwrap_or_else(|e| panic!("{sql}: {e:?}"));
    db
}

/// Rule, redemption, purchase, user, expected and actual of every violation in the last hour; ids as the shop numbers them.
pub fn violations(db: &mut Client) -> Vec<Vec<String>> {
    table(
        db,
        &format!(
            "SELECT rule, ltrim(replace(redemption_id, '-', ''), '0'), ltrim(replace(purchase_id, '-', ''), '0'), user_id, expected, actual
             FROM promo_guard.settlement_violations(as_of => {AS_OF})"
        ),
    )
}

/// The rules that are broken, each as often as it is.
pub fn broken(db: &mut Client) -> Vec<String> {
    violations(db).into_iter().map(|mut row| row.swap_remove(0)).collect()
}

/// Rule, checked, violations, pending, skipped.
pub fn summary(db: &mut Client) -> Vec<Vec<String>> {
    table(
        db,
        &format!(
            "SELECT rule, checked, violations, pending, skipped FROM promo_guard.settlement_summary(as_of => {AS_OF})"
        ),
    )
}

/// The rules with something pending, and how much.
pub fn pending(db: &mut Client) -> Vec<(String, String)> {
    let pending = summary(db).into_iter().filter(|row| row[3] != "0" && row[3] != "∅");
    pending.map(|row| (row[0].clone(), row[3].clone())).collect()
}
