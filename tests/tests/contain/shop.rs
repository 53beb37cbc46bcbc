//! Campaigns 1 to 4: ACTIVE, PAUSED, EXPIRED and DEPLETED.

use postgres::Client;
use promo_guard_tests::server;

/// The campaigns, in a database of that name.
pub fn shop() -> (Client, String) {
    let (mut db, name) = server().bound_database();
    db.batch_execute(
        "INSERT INTO promo_codes (id, code_hash, code_prefix, campaign_name, promo_type, target_scope, status, valid_from, valid_until, updated_at)
         SELECT g, lpad(g::text, 64, '0'), 'P' || g, 'Campaign ' || g, 'PERCENT_DISCOUNT', 'ALL',
                (ARRAY['ACTIVE', 'PAUSED', 'EXPIRED', 'DEPLETED'])[g], now() - interval '9 days', now() + interval '9 days', now() - interval '8 days'
         FROM generate_series(1, 4) AS g",
    )
    .unwrap();
    (db, name)
}
