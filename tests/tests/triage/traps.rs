//! Traps of the domain that section 1 can fall into.

use promo_guard_tests::{server, table};

#[test]
fn trap_3_known_and_unknown_codes_are_told_apart() {
    let (mut db, _) = server().bound_database();
    db.batch_execute(
        "INSERT INTO promo_codes (id, code_hash, code_prefix, campaign_name, promo_type, target_scope, status, valid_from, valid_until)
         VALUES (1, repeat('1', 64), 'ONE', 'One', 'PREMIUM_GRANT', 'ALL', 'ACTIVE', '2026-01-01Z', '2027-01-01Z');
         INSERT INTO promo_attempts (id, user_id, normalized_code_hash, result, source, attempted_at)
         SELECT g, g, CASE WHEN g <= 30 THEN repeat('1', 64) ELSE lpad(g::text, 64, 'f') END,
                CASE WHEN g <= 30 THEN 'NOT_APPLICABLE' ELSE 'INVALID' END, 'API', '2026-03-01 12:00Z' FROM generate_series(1, 50) AS g",
    )
    .unwrap();
    let rows = table(
        &mut db,
        "SELECT status, failed_attempts, failing_users FROM promo_guard.blast_radius('1 hour', '2026-03-01 12:30Z') WHERE attempts > 0",
    );
    assert_eq!(rows, [["ACTIVE", "30", "30"], ["∅", "20", "20"]]);
    let known = table(
        &mut db,
        "SELECT campaign_id, count(*), sum(attempts) FROM promo_guard.failed_attempts('1 hour', '2026-03-01 12:30Z') GROUP BY 1 ORDER BY 1",
    );
    assert_eq!(known, [["1", "1", "30"], ["∅", "20", "20"]]);
}

#[test]
fn trap_12_a_code_of_char_64_is_looked_up_by_its_index() {
    let (mut db, _) = server().bound_database();
    db.batch_execute(
        "INSERT INTO promo_codes (id, code_hash, code_prefix, campaign_name, promo_type, target_scope, status, valid_from, valid_until, updated_at)
         VALUES (1, repeat('1', 64), 'ONE', 'One', 'PREMIUM_GRANT', 'ALL', 'PAUSED', '2026-01-01Z', '2027-01-01Z', '2026-03-01 12:00Z');
         INSERT INTO promo_attempts (id, user_id, normalized_code_hash, result, source, attempted_at)
         SELECT g, g, lpad((g % 1000)::text, 64, 'f'), 'INVALID', 'API', '2026-03-01Z'::timestamptz + g * interval '1 s' FROM generate_series(1, 50000) AS g;
         CREATE INDEX ON promo_attempts (attempted_at); ANALYZE",
    )
    .unwrap();
    let before = "SELECT seq_scan FROM pg_stat_user_tables WHERE relname = 'promo_attempts'";
    let scans = |db: &mut postgres::Client| {
        db.batch_execute("SELECT pg_stat_force_next_flush(); SELECT pg_stat_clear_snapshot()").unwrap();
        table(db, before)
    };
    let start = scans(&mut db);
    db.batch_execute("SELECT * FROM promo_guard.paused_campaigns(as_of => '2026-03-01 12:30Z')").unwrap();
    assert_eq!(scans(&mut db), start, "the evidence of a pause scanned all attempts");
}

#[test]
fn trap_14_attempts_of_nobody_and_of_the_future_neither_crash_nor_count_as_users() {
    let (mut db, _) = server().bound_database();
    db.batch_execute(
        "INSERT INTO promo_attempts (id, user_id, normalized_code_hash, result, source, attempted_at)
         SELECT g, CASE WHEN g % 2 = 0 THEN g END, repeat('f', 64), 'INVALID', 'API',
                CASE WHEN g > 90 THEN 'infinity' WHEN g > 80 THEN '-infinity' ELSE '2026-03-01 12:00Z' END::timestamptz
         FROM generate_series(1, 100) AS g",
    )
    .unwrap();
    let rows = table(
        &mut db,
        "SELECT attempts, users FROM promo_guard.failed_attempts('1 hour', '2026-03-01 12:30Z')",
    );
    assert_eq!(rows, [["80", "40"]]);
    let rows = table(
        &mut db,
        "SELECT failed_attempts, failing_users FROM promo_guard.blast_radius('1 hour', '2026-03-01 12:30Z') WHERE status IS NULL",
    );
    assert_eq!(rows, [["80", "40"]]);
}

#[test]
fn a_status_that_nobody_knows_has_its_own_row() {
    let (mut db, _) = server().bound_database();
    db.batch_execute(
        "ALTER TABLE promo_codes DROP CONSTRAINT promo_codes_status_check; ALTER TABLE promo_codes ALTER status DROP NOT NULL;
         INSERT INTO promo_codes (id, code_hash, code_prefix, campaign_name, promo_type, target_scope, status, valid_from, valid_until)
         SELECT g, lpad(g::text, 64, '0'), 'P', 'N', 'PREMIUM_GRANT', 'ALL', (ARRAY['ARCHIVED', NULL])[g], now(), now() FROM generate_series(1, 2) AS g",
    )
    .unwrap();
    let rows = table(&mut db, "SELECT status, campaigns FROM promo_guard.blast_radius()");
    assert_eq!(
        rows,
        [
            ["ACTIVE", "0"],
            ["PAUSED", "0"],
            ["DEPLETED", "0"],
            ["EXPIRED", "0"],
            ["(none)", "1"],
            ["ARCHIVED", "1"],
            ["∅", "0"]
        ]
    );
}
