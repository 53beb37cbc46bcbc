//! How soon a cancel ends `failure_clusters` over 10 million attempts, wherever in its work it comes. With `BENCH_TRACE=1` each of
//! them is printed: when it came, and how long it took.

use crate::clusters::ours;
use crate::figure::{Amount, Limit, median};
use postgres::Client;
use postgres::error::SqlState;
use promo_guard_tests::{Server, table};
use std::thread;
use std::time::{Duration, Instant};

/// So many cancels, spread over the time that the whole takes.
const MOMENTS: u32 = 40;

pub fn cancel(server: &Server, name: &str) -> Vec<Amount> {
    let mut found = Vec::new();
    for (of, workers) in [("one process", 0), ("two workers", 2)] {
        found.extend(over(server, name, of, workers));
    }
    found
}

/// Median and worst of the attempts as they are bound.
fn over(server: &Server, name: &str, of: &'static str, workers: u32) -> [Amount; 2] {
    let mut db = server.connect(name);
    db.batch_execute(&format!("SET max_parallel_workers_per_gather = {workers}")).expect("SET");
    let pid = table(&mut db, "SELECT pg_backend_pid()")[0][0].clone();
    let sql = ours("31 days");
    table(&mut db, &sql);
    let began = Instant::now();
    table(&mut db, &sql);
    let whole = began.elapsed();
    let mut other = server.connect(name);
    let mut waits = Vec::new();
    for moment in 0..MOMENTS {
        let after = whole * (2 * moment + 1) / (2 * MOMENTS);
        if let Some(wait) = once(&mut db, &mut other, &pid, &sql, after) {
            if std::env::var_os("BENCH_TRACE").is_some() {
                println!("{of}: after {after:?} of {whole:?}: {wait:?}");
            }
            waits.push(wait.as_secs_f64() * 1e3);
        }
    }
    assert!(!waits.is_empty(), "no cancel came in time");
    let worst = waits.iter().copied().fold(0.0, f64::max);
    let amount = |what, value, must, aim| Amount { what, of, value, unit: "ms", must, aim };
    [
        amount("a cancel's answer, 10 million", median(waits), None, None),
        amount("the slowest of 40 such", worst, Some(Limit::AtMost(250.0)), Some(Limit::AtMost(100.0))),
    ]
}

/// From the cancel to its answer; none where the statement was done before.
fn once(db: &mut Client, other: &mut Client, pid: &str, sql: &str, after: Duration) -> Option<Duration> {
    let (asked, outcome, answered) = thread::scope(|scope| {
        let running = scope.spawn(|| {
            let outcome = db.simple_query(sql);
            (outcome, Instant::now())
        });
        thread::sleep(after);
        let asked = Instant::now();
        table(other, &format!("SELECT pg_cancel_backend({pid})"));
        let (outcome, answered) = running.join().expect("the statement");
        (asked, outcome, answered)
    });
    // A cancel that came too late may meet the next statement instead.
    let code = outcome.err().map(|error| error.code().cloned());
    drop(db.simple_query("SELECT 1"));
    match code {
        Some(code) => {
            assert_eq!(code, Some(SqlState::QUERY_CANCELED));
            Some(answered.saturating_duration_since(asked))
        }
        None => None,
    }
}
