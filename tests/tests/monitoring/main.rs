//! What is in sql/monitoring, with the programs that it is for: Grafana's queries, exporters, Prometheus, pg_cron, psql.

mod chain;
mod cron;
mod exporters;
mod grafana;
mod program;
mod role;
mod shortcuts;

use promo_guard_tests::repo;
use std::fs;

fn reader_of(db: &mut postgres::Client, role: &str, call: &str) {
    db.batch_execute(&format!(
        "DO $$ BEGIN CREATE ROLE {role} LOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
         SELECT promo_guard.{call}('{role}')"
    ))
    .unwrap();
}

fn monitoring(file: &str) -> String {
    fs::read_to_string(repo().join("sql/monitoring").join(file)).unwrap()
}

/// One paused campaign with failures and a redemption nobody paid for.
const NIGHT: &str = "
    INSERT INTO promo_codes (id, code_hash, code_prefix, campaign_name, promo_type, target_scope, status, valid_from, valid_until)
    VALUES (1, repeat('1', 64), 'ONE', 'One', 'PERCENT_DISCOUNT', 'ALL', 'ACTIVE', now(), now() + interval '1 day');
    UPDATE promo_codes SET status = 'PAUSED', updated_at = now();
    INSERT INTO promo_attempts SELECT g, g, repeat('1', 64), 'EXPIRED', 'API', now() - interval '1 minute', '{}' FROM generate_series(1, 7) AS g;
    INSERT INTO promo_redemptions (id, promo_code_id, user_id, status, created_at, applied_at, updated_at)
    VALUES (gen_random_uuid(), 1, 1, 'APPLIED', now() - interval '20 minutes', now() - interval '20 minutes', now());";
