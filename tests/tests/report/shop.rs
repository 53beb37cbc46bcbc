//! A small shop with a burst that ends about now, made by hand.

use postgres::Client;
use promo_guard_tests::{server, table};

/// Campaigns 1 and 2. Over the last three hours an accepted attempt a minute on code 1 and a mistyped one every four
/// minutes; from 40 minutes ago on, thirty failures a minute by thirty strangers on code 1.
const DATA: &str = "
    INSERT INTO promo_codes (id, code_hash, code_prefix, campaign_name, promo_type, discount_type, discount_value, target_scope,
                             status, valid_from, valid_until, created_at, updated_at)
    SELECT n, repeat(n::text, 64), 'P', 'Campaign ' || n, 'PERCENT_DISCOUNT', 'PERCENT', 20, 'ALL', 'ACTIVE',
           now() - interval '30 days', now() + interval '30 days', now() - interval '30 days', now() - interval '9 days'
    FROM generate_series(1, 2) AS n;
    CREATE SEQUENCE attempt;
    CREATE FUNCTION attempt(who bigint, code text, result text, at timestamptz) RETURNS void LANGUAGE sql AS $$
        INSERT INTO promo_attempts VALUES (nextval('attempt'), who, repeat(code, 64), result, 'COMMAND', at, '{}');
    $$;
    SELECT attempt(1000 + n, '1', 'ACCEPTED', date_trunc('minute', now()) - n * interval '1 min' + interval '7 s')
    FROM generate_series(1, 180) AS n;
    SELECT attempt(3000 + n, 'f', 'INVALID', date_trunc('minute', now()) - n * interval '4 min' + interval '9 s')
    FROM generate_series(1, 45) AS n;
";

/// The burst: from so many minutes ago to so many minutes ago.
pub fn burst(db: &mut Client, from: i32, until: i32) {
    db.batch_execute(&format!(
        "SELECT attempt(n, '1', 'EXPIRED', date_trunc('minute', now()) - m * interval '1 min' + n * interval '2 s')
         FROM generate_series({until} + 1, {from}) AS m, generate_series(0, 29) AS n"
    ))
    .unwrap();
}

/// The shop on a calm day, bound, with its history attached.
pub fn calm() -> (Client, String) {
    let (mut db, name) = server().bound_database();
    db.batch_execute("SET TimeZone = 'UTC'").unwrap();
    db.batch_execute(DATA).unwrap();
    (db, name)
}

/// One value.
pub fn one(db: &mut Client, sql: &str) -> String {
    table(db, sql).swap_remove(0).swap_remove(0)
}
