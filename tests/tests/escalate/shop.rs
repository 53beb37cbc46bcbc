//! A small shop, made by hand, with a past that is what a test says.

use postgres::Client;
use promo_guard_tests::{server, table};

/// The moment of every look here that is not at the present.
pub const AS_OF: &str = "'2026-03-01 12:00Z'";

/// Campaigns 1 to 3, ACTIVE and valid all year; campaign 1 gave 20,000 stars in the week before, campaign 2 gave 100. Eight
/// days of an accepted attempt every minute.
const DATA: &str = "
    CREATE FUNCTION key(n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$ SELECT lpad(n::text, 32, '0')::uuid $$;
    INSERT INTO promo_codes (id, code_hash, code_prefix, campaign_name, promo_type, discount_type, discount_value, target_scope,
                             status, valid_from, valid_until, created_at, updated_at)
    SELECT n, repeat(n::text, 64), 'P', 'Campaign ' || n, 'PERCENT_DISCOUNT', 'PERCENT', 20, 'ALL', 'ACTIVE',
           '2026-01-01Z', '2037-01-01Z', '2026-01-01Z', '2026-01-01Z'
    FROM generate_series(1, 3) AS n;
    CREATE SEQUENCE attempt;
    CREATE FUNCTION attempt(who bigint, code text, result text, at timestamptz) RETURNS void LANGUAGE sql AS $$
        INSERT INTO promo_attempts VALUES (nextval('attempt'), who, repeat(code, 64), result, 'COMMAND', at, '{}');
    $$;
    INSERT INTO promo_attempts
    SELECT nextval('attempt'), 1000 + m, repeat('1', 64), 'ACCEPTED', 'COMMAND', timestamptz '2026-03-01 12:00Z' - m * interval '1 min', '{}'
    FROM generate_series(1, 8 * 1440) AS m;
    CREATE FUNCTION sell(n bigint, campaign bigint, stars bigint, at timestamptz) RETURNS void LANGUAGE sql AS $$
        INSERT INTO purchases VALUES (key(n), n, 'star', 5 * stars, stars, 4 * stars, 'CREDITED', campaign, at - interval '1 min',
                                      at - interval '5 s', at, NULL);
        INSERT INTO promo_redemptions VALUES (key(1000 + n), campaign, n, 'APPLIED', at + interval '13 min', key(n),
                                              '{\"discount_type\": \"PERCENT\", \"discount_value\": 20}', at - interval '2 min', at, at);
    $$;
    SELECT sell(n, 1, 1000, '2026-02-27 10:00Z') FROM generate_series(1, 20) AS n;
    SELECT sell(21, 2, 100, '2026-02-27 10:00Z');
    -- a change of status as the application makes it, at a time of the test's choosing
    CREATE FUNCTION change(campaign bigint, to_status text, at timestamptz) RETURNS void LANGUAGE sql AS $$
        UPDATE promo_codes SET status = to_status, updated_at = at WHERE id = campaign;
        UPDATE promo_guard.status_history AS h SET at = change.at
        WHERE h.id = (SELECT max(l.id) FROM promo_guard.status_history AS l WHERE l.campaign_id = campaign);
    $$;
";

/// The shop, bound, with its history attached long ago; calm.
pub fn calm() -> (Client, String) {
    let (mut db, name) = server().bound_database();
    db.batch_execute("SET TimeZone = 'UTC'").unwrap();
    db.batch_execute(DATA).unwrap();
    (db, name)
}

/// The shop where something happened.
pub fn shop_where(sql: &str) -> Client {
    let (mut db, _) = calm();
    db.batch_execute(sql).unwrap_or_else(|e| panic!("{sql}: {e:?}"));
    db
}

/// Rule, campaign, since, due, overdue of everything to escalate as of a moment (SQL).
pub fn escalations(db: &mut Client, as_of: &str) -> Vec<Vec<String>> {
    table(
        db,
        &format!(
            "SELECT rule, campaign_id, to_char(since, 'HH24:MI'), to_char(due_at, 'HH24:MI'), overdue FROM promo_guard.escalations({as_of})"
        ),
    )
}

/// What one rule finds, in the same columns without the first.
pub fn of(db: &mut Client, rule: &str, as_of: &str) -> Vec<Vec<String>> {
    let all = escalations(db, as_of).into_iter().filter(|row| row[0] == rule);
    all.map(|row| row[1..].to_vec()).collect()
}

/// One value.
pub fn one(db: &mut Client, sql: &str) -> String {
    table(db, sql).swap_remove(0).swap_remove(0)
}
