//! Several threads think about what several processes read: the same answer, and whoever wants an end of it gets it.

use super::shop::shop;
use postgres::{Client, NoTls};
use promo_guard_tests::{helpers, server, table};
use std::collections::BTreeSet;
use std::thread;
use std::time::Duration;

/// Many codes of nobody, some of them tried by many, and two campaigns' with all kinds of answers; enough for threads to be seen at work.
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
fn as_many_think_as_read_and_the_answer_is_the_same() {
    let (mut db, name) = shop();
    db.batch_execute(ATTEMPTS).unwrap();
    db.batch_execute("SET max_parallel_workers_per_gather = 0").unwrap();
    let alone = (table(&mut db, ANSWER), table(&mut db, MEMBERS));
    assert!(alone.0.len() > 3, "{:?}", alone.0);

    let mut busy = server().connect(&name);
    busy.batch_execute(PARALLEL).unwrap();
    assert_eq!((table(&mut busy, ANSWER), table(&mut busy, MEMBERS)), alone);
    if thread::available_parallelism().is_ok_and(|n| n.get() > 1) {
        let of = pid(&mut busy);
        // Nobody alone has a helper; of several each hears of no signal.
        let watch = |busy: &mut Client| {
            thread::scope(|scope| {
                let asked = scope.spawn(|| (0..5).for_each(|_| drop(table(busy, ANSWER))));
                let mut seen = BTreeSet::new();
                while !asked.is_finished() {
                    seen.extend(helpers(&of));
                    thread::sleep(Duration::from_micros(300));
                }
                seen
            })
        };
        let seen = watch(&mut busy);
        assert!(!seen.is_empty(), "nobody helped");
        // All that can be held up: KILL (9) and STOP (19) cannot, and 32 and 33 are the C library's own.
        let all = (1..32).filter(|n| ![9, 19].contains(n)).fold(0, |all, n| all | 1 << (n - 1));
        assert!(seen.iter().all(|held| held & all == all), "{seen:x?}");
        assert!(helpers(&of).is_empty(), "somebody stayed");
        busy.batch_execute("SET max_parallel_workers_per_gather = 0").unwrap();
        assert_eq!(watch(&mut busy), BTreeSet::new());
    }
}

#[test]
fn whoever_gives_up_is_not_kept_waiting() {
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
