//! Parallel workers: the same answer as without, and a cancel at any moment ends the statement.

use super::shop::shop;
use postgres::{Client, NoTls};
use promo_guard_tests::{server, table};
use std::thread;
use std::time::Duration;

/// Many unknown codes, some of them tried by many users, and two campaigns' codes with all kinds of answers.
const ATTEMPTS: &str = "
    INSERT INTO promo_attempts (id, user_id, normalized_code_hash, result, source, attempted_at)
    SELECT g, nullif(g * 7919 % 60001, 0),
           CASE WHEN g % 5 < 2 THEN repeat((1 + g % 2)::text, 64) ELSE code(g * g % 9973) END,
           (ARRAY['INVALID', 'ACCEPTED', 'NOT_APPLICABLE', 'RATE_LIMITED', 'EXPIRED', 'INVALID', 'INVALID'])[1 + g * 31 % 7], 'API',
           '2026-03-01 12:00Z'::timestamptz - g * interval '200 ms'
    FROM generate_series(1::bigint, 60000) AS g;
    ANALYZE promo_attempts";
const PARALLEL: &str =
    "SET min_parallel_table_scan_size = 0; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0;
    SET max_parallel_workers_per_gather = 2; SET TimeZone = 'UTC'";
const ANSWER: &str = "SELECT * FROM promo_guard.failure_clusters('4 hours', '2026-03-01 12:00Z')";
const MEMBERS: &str = "SELECT count(*), sum(hashtext(m::text)) FROM promo_guard.failure_cluster_members('4 hours', '2026-03-01 12:00Z') AS m";

fn pid(db: &mut Client) -> String {
    table(db, "SELECT pg_backend_pid()").concat().concat()
}

#[test]
fn with_and_without_workers_the_answer_is_the_same_and_a_backend_has_one_thread() {
    let (mut db, name) = shop();
    db.batch_execute(ATTEMPTS).unwrap();
    db.batch_execute("SET max_parallel_workers_per_gather = 0").unwrap();
    let alone = (table(&mut db, ANSWER), table(&mut db, MEMBERS));
    assert!(alone.0.len() > 3, "{:?}", alone.0);

    let mut busy = server().connect(&name);
    busy.batch_execute(PARALLEL).unwrap();
    assert_eq!((table(&mut busy, ANSWER), table(&mut busy, MEMBERS)), alone);
    let tasks = format!("/proc/{}/task", pid(&mut busy));
    thread::scope(|scope| {
        let asked = scope.spawn(|| (0..5).for_each(|_| drop(table(&mut busy, ANSWER))));
        while !asked.is_finished() {
            assert_eq!(std::fs::read_dir(&tasks).map_or(1, Iterator::count), 1, "threads of a backend");
            thread::sleep(Duration::from_micros(300));
        }
    });
}

#[test]
fn a_cancel_or_the_end_of_the_session_is_heeded_at_any_moment() {
    let (mut db, name) = shop();
    db.batch_execute(ATTEMPTS).unwrap();
    db.batch_execute(PARALLEL).unwrap();
    let whole = table(&mut db, ANSWER);
    let (mut cancelled, token) = (0, db.cancel_token());
    for n in 0..40 {
        let answer = thread::scope(|scope| {
            scope.spawn(|| {
                thread::sleep(Duration::from_millis(n * 8));
                token.cancel_query(NoTls).unwrap();
            });
            db.simple_query(ANSWER)
        });
        // A cancel that came too late for one statement may meet the next.
        let next = db.simple_query("SELECT 1");
        for error in [answer.map(drop), next.map(drop)].into_iter().filter_map(Result::err) {
            assert_eq!(error.code().map(|code| code.code()), Some("57014"), "{error:?}");
            cancelled += 1;
        }
    }
    assert!(cancelled > 10, "{cancelled} cancelled");
    // The last one may be on its way still.
    db.simple_query("SELECT pg_sleep(0.3)").ok();
    assert_eq!(table(&mut db, ANSWER), whole, "the session goes on");

    for n in 0..8 {
        let mut other = server().connect(&name);
        other.batch_execute(PARALLEL).unwrap();
        let of = pid(&mut other);
        thread::scope(|scope| {
            scope.spawn(|| {
                thread::sleep(Duration::from_millis(20 + n * 40));
                table(&mut db, &format!("SELECT pg_terminate_backend({of})"));
            });
            while other.simple_query(ANSWER).is_ok() {}
        });
        assert!(other.simple_query("SELECT 1").is_err());
    }
    assert_eq!(table(&mut db, ANSWER), whole, "the others go on");
}
