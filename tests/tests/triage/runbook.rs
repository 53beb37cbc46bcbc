//! Counts equal the runbook's own queries over the same window, on the generator's data and on random data.

use postgres::Client;
use promo_guard_tests::{server, table};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use std::cell::RefCell;

/// The runbook's three queries (1.1 to 1.3) for a window, beside ours in the same columns.
pub fn compare(db: &mut Client, from: &str, until: &str) {
    let window = format!("lookback => '{until}'::timestamptz - '{from}'::timestamptz, as_of => '{until}'");
    let ours = table(
        db,
        &format!(
            "SELECT status, campaigns FROM promo_guard.blast_radius({window}) WHERE campaigns > 0 ORDER BY status"
        ),
    );
    let theirs = table(db, "SELECT status, count(*) FROM promo_codes GROUP BY status ORDER BY status");
    assert_eq!(ours, theirs, "runbook 1.1");

    let ours = table(
        db,
        &format!(
            "SELECT campaign_id, campaign_name, code_prefix, status, updated_at FROM promo_guard.paused_campaigns(as_of => '{until}') ORDER BY updated_at DESC, 1"
        ),
    );
    let theirs = table(
        db,
        "SELECT id, campaign_name, code_prefix, status, updated_at FROM promo_codes WHERE status = 'PAUSED' ORDER BY updated_at DESC, id LIMIT 50",
    );
    assert_eq!(ours, theirs, "runbook 1.2");

    let ours = table(
        db,
        &format!(
            "SELECT code_hash, result, attempts, last_seen FROM promo_guard.failed_attempts({window}, max_rows => NULL) ORDER BY 1, 2"
        ),
    );
    let theirs = table(
        db,
        &format!(
            "SELECT normalized_code_hash, result, count(*) AS attempts, max(attempted_at) AS last_seen FROM promo_attempts
             WHERE attempted_at >= '{from}' AND attempted_at <= '{until}' AND result <> 'ACCEPTED'
             GROUP BY normalized_code_hash, result ORDER BY 1, 2"
        ),
    );
    assert_eq!(ours, theirs, "runbook 1.3");
    let list = |db: &mut Client, rows: &str| {
        table(db, &format!("SELECT * FROM promo_guard.failed_attempts({window}, max_rows => {rows})"))
    };
    let all = list(db, "NULL");
    for rows in [0, 1, 3, 50] {
        assert_eq!(list(db, &rows.to_string()), all[..all.len().min(rows)], "the first {rows} of them");
    }

    let ours = table(
        db,
        &format!(
            "SELECT coalesce(sum(attempts), 0), coalesce(sum(failed_attempts), 0) FROM promo_guard.blast_radius({window})"
        ),
    );
    let theirs = table(
        db,
        &format!(
            "SELECT count(*), count(*) FILTER (WHERE result <> 'ACCEPTED') FROM promo_attempts WHERE attempted_at >= '{from}' AND attempted_at <= '{until}'"
        ),
    );
    assert_eq!(ours, theirs, "every attempt of the window is in exactly one row of the blast radius");
}

#[test]
fn counts_equal_the_runbooks_own_queries_on_random_data() {
    let (mut db, _) = server().bound_database();
    db.batch_execute("CREATE INDEX ON promo_attempts (attempted_at)").unwrap();
    let attempt = (0..12u8, prop::option::of(0..5i64), 0..5usize, 0..7200i64);
    let campaign = (0..4usize, 0..7200i64);
    let data = (
        prop::collection::vec(attempt, 0..120),
        prop::collection::vec(campaign, 0..9),
        1..7200i64,
        0..7300i64,
    );
    let db = RefCell::new(db);
    let mut runner = TestRunner::new(Config { cases: 40, failure_persistence: None, ..Config::default() });
    runner
        .run(&data, |(attempts, campaigns, length, end)| {
            let db = &mut *db.borrow_mut();
            db.batch_execute("TRUNCATE promo_codes, promo_attempts CASCADE").unwrap();
            let at = |s: i64| format!("'2026-03-01Z'::timestamptz + {s} * interval '1 s'");
            let mut sql = String::new();
            for (i, (status, updated)) in campaigns.iter().enumerate() {
                let status = ["ACTIVE", "PAUSED", "EXPIRED", "DEPLETED"][*status];
                sql += &format!(
                    "INSERT INTO promo_codes (id, code_hash, code_prefix, campaign_name, promo_type, target_scope, status, valid_from, valid_until, updated_at)
                     VALUES ({i}, lpad('{i}', 64, 'h'), 'P', 'C', 'PREMIUM_GRANT', 'ALL', '{status}', now(), now(), {});",
                    at(*updated)
                );
            }
            for (i, (code, user, result, second)) in attempts.iter().enumerate() {
                let result = ["ACCEPTED", "INVALID", "EXPIRED", "NOT_APPLICABLE", "RATE_LIMITED"][*result];
                let user = user.map_or("NULL".to_owned(), |u| u.to_string());
                sql += &format!("INSERT INTO promo_attempts VALUES ({i}, {user}, lpad('{code}', 64, 'h'), '{result}', 'API', {});", at(*second));
            }
            db.batch_execute(&sql).unwrap();
            let moments = table(db, &format!("SELECT {}, {}", at(end - length), at(end)));
            compare(db, &moments[0][0], &moments[0][1]);
            Ok(())
        })
        .unwrap();
}
