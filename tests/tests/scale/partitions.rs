//! What a call locks and how long it plans depends on the partitions that it reads, and not on those that there are.

use super::calls::Subjects;
use super::shop::{load_shop, set_up};
use postgres::Client;
use promo_guard_tests::{server, table};
use std::env;
use std::time::{Duration, Instant};

/// Attempts in so many daily partitions, the last one tomorrow's.
fn partitioned(days: u32) -> Client {
    let (mut db, _) = server().empty_database();
    db.batch_execute("CREATE EXTENSION promo_guard").unwrap();
    load_shop(&mut db);
    db.batch_execute(
        "ALTER TABLE promo_attempts RENAME TO unpartitioned;
         CREATE TABLE promo_attempts (LIKE unpartitioned INCLUDING DEFAULTS) PARTITION BY RANGE (attempted_at)",
    )
    .unwrap();
    for n in 0..days {
        db.batch_execute(&format!(
            "CREATE TABLE day_{n} PARTITION OF promo_attempts
             FOR VALUES FROM (date_trunc('day', now(), 'UTC') + interval '24 hours' * {from})
             TO (date_trunc('day', now(), 'UTC') + interval '24 hours' * {to})",
            from = 1 - i64::from(n),
            to = 2 - i64::from(n)
        ))
        .unwrap();
    }
    db.batch_execute(
        "CREATE INDEX ON promo_attempts (normalized_code_hash, attempted_at);
         CREATE INDEX ON promo_attempts (user_id, attempted_at);
         CREATE INDEX ON promo_attempts (attempted_at);
         INSERT INTO promo_attempts SELECT * FROM unpartitioned;
         DROP TABLE unpartitioned; ANALYZE",
    )
    .unwrap();
    set_up(&mut db);
    db
}

/// What each call locks, and how long it took: the second time in a session, when the catalog is in its caches.
fn cost(db: &mut Client) -> Vec<(&'static str, i64, Duration)> {
    let subjects = Subjects::of(db);
    let mut found = Vec::new();
    for (name, call) in subjects.calls() {
        let sql = format!("SELECT count(*) FROM {call}");
        table(db, &sql);
        let took = (0..3)
            .map(|_| {
                let began = Instant::now();
                table(db, &sql);
                began.elapsed()
            })
            .min()
            .unwrap();
        db.batch_execute("BEGIN").unwrap();
        table(db, &sql);
        let locks = db
            .query_one(
                "SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'relation'",
                &[],
            )
            .unwrap()
            .get(0);
        db.batch_execute("ROLLBACK").unwrap();
        found.push((name, locks, took));
    }
    found
}

/// PARTITIONS says how many are compared with eight, and prints what each call cost.
#[test]
fn ten_times_the_partitions_cost_the_same_locks() {
    let many = env::var("PARTITIONS").ok().and_then(|n| n.parse().ok());
    let few = cost(&mut partitioned(8));
    let more = cost(&mut partitioned(many.unwrap_or(80)));
    let mut too_many = Vec::new();
    for ((name, locks, took), (_, locks_of_many, took_of_many)) in few.iter().zip(&more) {
        let said = format!(
            "{name}: {locks} locks and {:.1} ms, {locks_of_many} and {:.1} ms",
            took.as_secs_f64() * 1e3,
            took_of_many.as_secs_f64() * 1e3
        );
        if many.is_some() {
            println!("{said}");
        }
        if 2 * locks_of_many > 3 * locks {
            too_many.push(said);
        }
    }
    assert!(too_many.is_empty(), "{}", too_many.join("\n"));
}
