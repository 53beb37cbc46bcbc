//! A small shop, alive until now. Campaign 7 is clean and was paused by the application's guard half an hour ago, after its
//! own customers had tapped twice; everything it takes to unpause it is there, and a test takes one thing away.

use postgres::Client;
use promo_guard_tests::{Server, server, table};

const DATA: &str = "
    SET TimeZone = 'UTC';
    CREATE SEQUENCE attempt_ids;
    CREATE FUNCTION code(id bigint) RETURNS char(64) LANGUAGE sql IMMUTABLE AS $$ SELECT lpad(id::text, 64, 'c') $$;
    CREATE FUNCTION attempts(campaign bigint, first_user bigint, users bigint, outcome text, reason text, n bigint, starts interval, every interval)
    RETURNS void LANGUAGE sql AS $$
        INSERT INTO promo_attempts
        SELECT nextval('attempt_ids'), first_user + g % users, code(campaign), outcome, 'COMMAND', now() - starts + g * every,
               CASE WHEN reason IS NULL THEN '{}' ELSE jsonb_build_object('reason', reason) END
        FROM generate_series(0, n - 1) AS g $$;
    INSERT INTO promo_codes (id, code_hash, code_prefix, campaign_name, promo_type, grant_premium_days, target_scope, status, valid_from, valid_until,
                             max_total_uses, used_total, created_at, updated_at)
    SELECT g, code(g), 'C' || g, 'Campaign ' || g, 'PREMIUM_GRANT', 7, 'PREMIUM', 'ACTIVE', now() - interval '20 days', now() + interval '20 days',
           CASE WHEN g = 7 THEN 5000 END, 0, now() - interval '20 days', now() - interval '20 days'
    FROM generate_series(1, 9) AS g;
    -- all users have had other promos, and came here first in no order of their ids
    INSERT INTO promo_attempts
    SELECT nextval('attempt_ids'), 1000 + g * 1237 % 4000, code(1), 'ACCEPTED', 'COMMAND', now() - interval '10 days' + g * interval '3 min', '{}'
    FROM generate_series(0, 3999) AS g;
    SELECT attempts(2, 1000, 4000, 'ACCEPTED', NULL, 1200, '20 hours', '1 min');
    -- campaign 7: a customer a minute until its pause, taken and given at once
    SELECT attempts(7, 1000, 2000, 'ACCEPTED', NULL, 1400, '23 hours 50 min', '1 min');
    INSERT INTO promo_redemptions (id, promo_code_id, user_id, status, validation_snapshot, created_at, applied_at, updated_at)
    SELECT gen_random_uuid(), 7, user_id, 'APPLIED', '{\"grant_premium_days\": 7}', attempted_at, attempted_at + interval '2 s', attempted_at + interval '2 s'
    FROM promo_attempts WHERE normalized_code_hash = code(7);
    UPDATE promo_codes SET used_total = 1400 WHERE id = 7;
    -- the taps that set off the guard: 130 in five minutes by those who had just had it, then the echo of the pause
    SELECT attempts(7, 2300, 90, 'NOT_APPLICABLE', 'ALREADY_USED', 130, '35 min', '2300 ms');
    SELECT attempts(7, 4000, 25, 'EXPIRED', NULL, 25, '29 min 30 s', '70 s');
    UPDATE promo_codes SET status = 'PAUSED', updated_at = now() - interval '30 min' WHERE id = 7;
    ANALYZE;
";

/// The shop in a database of that name, bound; the history is attached, but was not when campaign 7 was paused.
pub fn shop() -> (Client, String) {
    shop_on(server())
}

/// The same on another server.
pub fn shop_on(server: &Server) -> (Client, String) {
    let (mut db, name) = server.database();
    db.batch_execute(DATA).unwrap_or_else(|e| panic!("{e:?}"));
    db.batch_execute("SELECT promo_guard.bind(); SELECT promo_guard.attach_history()").unwrap();
    (db, name)
}

/// The checks that fail, each with its detail.
#[allow(dead_code, reason = "the bake's tests have the shop alone")]
pub fn failed(db: &mut Client, id: i64) -> Vec<(String, String)> {
    let rows =
        table(db, &format!("SELECT name, detail FROM promo_guard.check_unpause({id}) WHERE NOT passed"));
    rows.into_iter().map(|mut r| (r.remove(0), r.remove(0))).collect()
}
