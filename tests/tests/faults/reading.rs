//! Every reading function over plenty of data, cancelled and timed out at several moments of its work, and while it waits for a lock:
//! an error at once, the memory back, the session usable.

use super::{shop, wait_for_lock};
use postgres::Client;
use promo_guard_tests::{server, table};
use std::thread;
use std::time::{Duration, Instant};

/// A call of each reading function with much to read, and whether it reads the application's tables or our records at all.
const READING: &[(&str, &str, bool)] = &[
    ("action_hash", "NULL::promo_guard.action_log", true),
    ("bake_series", "1, '1 s'", true),
    ("bake_status", "", true),
    ("baseline", "", true),
    ("blast_radius", "", true),
    ("campaign_batch", "'Campaign 1'", true),
    ("check_unpause", "1", true),
    ("classify", "", true),
    ("doctor", "", true),
    ("escalations", "", true),
    ("failed_attempts", "", true),
    ("failure_cluster_members", "", true),
    ("failure_clusters", "", true),
    ("find_campaigns", "'Campaign'", true),
    ("gauges", "", true),
    ("incident_report", "", true),
    ("key_number", "'a'", false),
    ("paused_campaigns", "", true),
    ("paused_together", "1", true),
    ("plan_unpause", "1", true),
    ("policy_defaults", "", false),
    ("probe_progress", "repeat('1', 64), 1, now() - interval '1 hour'", true),
    ("probe_redeem", "repeat('1', 64), 1", true),
    ("reconciliation_drift", "", true),
    ("settlement_summary", "", true),
    ("settlement_violations", "", true),
    ("triage", "", true),
    ("version", "", false),
];

/// The calls of the reading functions that there are; a new one wants a line above.
pub fn calls(db: &mut Client) -> Vec<(String, String, bool)> {
    let names = table(
        db,
        "SELECT DISTINCT proname FROM pg_proc WHERE pronamespace = 'promo_guard'::regnamespace AND provolatile <> 'v'
           AND prokind = 'f' AND prorettype <> 'internal'::regtype AND 'internal'::regtype <> ALL (proargtypes::oid[]) ORDER BY 1",
    );
    assert_eq!(names.concat(), READING.iter().map(|(name, ..)| *name).collect::<Vec<_>>(), "a line for each");
    READING
        .iter()
        .map(|(name, arguments, reads)| {
            ((*name).to_owned(), format!("SELECT count(*) FROM promo_guard.{name}({arguments})"), *reads)
        })
        .collect()
}

/// 150,000 attempts of 50,000 users, most of them on 20,000 codes of nobody, and 40,000 redemptions with purchases that are
/// all a little wrong; a bake that runs.
pub fn plenty(db: &mut Client) {
    db.batch_execute(
        "ALTER TABLE promo_redemptions DROP CONSTRAINT promo_redemptions_promo_code_id_fkey,
                                       DROP CONSTRAINT promo_redemptions_applied_purchase_id_fkey;
         INSERT INTO promo_attempts
         SELECT g, g % 50000, CASE WHEN g % 10 < 3 THEN repeat((g % 10 + 1)::text, 64) ELSE md5((g::bigint * 7919 % 20000)::text) || md5('x') END,
                CASE WHEN g % 10 = 0 THEN 'EXPIRED' WHEN g % 10 < 3 THEN (ARRAY['ACCEPTED', 'NOT_APPLICABLE'])[1 + g % 2] ELSE 'INVALID' END,
                'API', now() - g * interval '10 ms' FROM generate_series(1, 150000) AS g;
         INSERT INTO purchases (id, user_id, product_code, base_stars_amount, discount_stars_amount, stars_amount, status, applied_promo_code_id, created_at, paid_at, credited_at)
         SELECT md5(g::text)::uuid, g, 'P', 10, 1 + g % 3, 9, 'CREDITED', 1, now() - interval '6 min' - g * interval '50 ms', now() - interval '6 min' - g * interval '50 ms',
                now() - interval '6 min' - g * interval '50 ms' FROM generate_series(1, 40000) AS g;
         INSERT INTO promo_redemptions (id, promo_code_id, user_id, status, applied_purchase_id, created_at, applied_at, updated_at)
         SELECT md5('r' || g)::uuid, 1, g, 'APPLIED', md5(g::text)::uuid, now() - interval '7 min' - g * interval '50 ms', now() - interval '6 min' - g * interval '50 ms', now()
         FROM generate_series(1, 40000) AS g;
         INSERT INTO promo_guard.bake (campaign_id, action_id, began_by, since, until, on_regression, false_alarm, paused_at, terms)
         SELECT 1, max(id), 'me', now() - interval '20 min', now() + interval '1 hour', 'alert', 0.05, now() - interval '1 h', '{}' FROM promo_guard.action_log;
         INSERT INTO promo_guard.status_history (campaign_id, from_status, to_status, at, actor, transaction_id)
         VALUES (1, 'ACTIVE', 'PAUSED', now(), 'me', '0');
         ANALYZE",
    )
    .unwrap();
}

/// Memory of a process that is its own, in MB.
fn own_memory(pid: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
}

fn code(outcome: Result<Vec<postgres::SimpleQueryMessage>, postgres::Error>) -> Option<String> {
    outcome.err().map(|error| error.code().map_or("none", |code| code.code()).to_owned())
}

/// Moments of each function's work at which it is stopped.
const MOMENTS: u32 = 6;
/// An answer takes no longer than this on a busy machine and in a debug build; `make bench` measures.
const SOON: Duration = Duration::from_secs(3);

#[test]
#[ignore = "slow"]
fn a_cancel_and_a_timeout_stop_every_reading_function_wherever_it_is() {
    let (mut db, name) = shop(server());
    plenty(&mut db);
    let (mut stopped, mut worst) = (0, Duration::ZERO);
    for (function, call, _) in calls(&mut db) {
        let mut caller = server().connect(&name);
        let pid = table(&mut caller, "SELECT pg_backend_pid()")[0][0].clone();
        // twice: the first time fills caches
        let mut whole = Duration::ZERO;
        for _ in 0..2 {
            let began = Instant::now();
            caller.simple_query(&call).unwrap_or_else(|error| panic!("{function}: {error:?}"));
            whole = began.elapsed();
        }
        let before = own_memory(&pid);
        let mut of_this = 0;
        for moment in 0..MOMENTS {
            let after = whole * (2 * moment + 1) / (2 * MOMENTS);
            let (code, late) = if moment % 2 == 0 {
                caller
                    .batch_execute(&format!("SET statement_timeout = {}", after.as_millis().max(1)))
                    .unwrap();
                let began = Instant::now();
                let outcome = code(caller.simple_query(&call));
                let late = began.elapsed().saturating_sub(after);
                caller.batch_execute("RESET statement_timeout").unwrap();
                (outcome, late)
            } else {
                thread::scope(|scope| {
                    let running = scope.spawn(|| (code(caller.simple_query(&call)), Instant::now()));
                    thread::sleep(after);
                    let asked = Instant::now();
                    db.simple_query(&format!("SELECT pg_cancel_backend({pid})")).unwrap();
                    let (code, ended) = running.join().unwrap();
                    (code, ended.saturating_duration_since(asked))
                })
            };
            // one that came too late may meet this
            drop(caller.simple_query("SELECT 1"));
            caller.simple_query("SELECT 1").unwrap_or_else(|error| panic!("after {function}: {error}"));
            let Some(code) = code else { continue };
            assert_eq!(code, "57014", "{function} after {after:?} of {whole:?}");
            assert!(late < SOON, "{function}: {late:?} after the word, {after:?} of {whole:?}");
            worst = worst.max(late);
            of_this += 1;
        }
        let more = own_memory(&pid).saturating_sub(before);
        assert!(more < 32, "{function} keeps {more} MB after {of_this} stops");
        if whole > Duration::from_millis(200) {
            assert!(of_this > 0, "{function} was never stopped, in {whole:?}");
        }
        caller.simple_query(&call).unwrap_or_else(|error| panic!("{function} again: {error:?}"));
        println!("{function}: {whole:?}, stopped {of_this} times, {more} MB more");
        stopped += of_this;
    }
    println!("{stopped} stops, the slowest {worst:?}");
    assert!(stopped > 40, "{stopped}");
}

#[test]
#[ignore = "slow"]
fn a_reading_function_that_waits_for_a_lock_ends_by_a_timeout_or_a_cancel() {
    let (mut db, name) = shop(server());
    for (settings, meanwhile, expected) in [
        ("SET lock_timeout = '200ms'", None, "55P03"),
        ("SET statement_timeout = '300ms'", None, "57014"),
        ("", Some("pg_cancel_backend"), "57014"),
    ] {
        for (function, call, reads) in calls(&mut db) {
            let mut holder = server().connect(&name);
            holder
                .batch_execute(
                    "BEGIN; LOCK TABLE promo_codes, promo_attempts, promo_redemptions, purchases, promo_guard.action_log, promo_guard.binding,
                     promo_guard.bake, promo_guard.incident, promo_guard.policy_override IN ACCESS EXCLUSIVE MODE",
                )
                .unwrap();
            let mut caller = server().connect(&name);
            caller.batch_execute(&format!("SET application_name = 'caller'; {settings}")).unwrap();
            let answer = thread::spawn(move || {
                let code = code(caller.simple_query(&call));
                (code, caller.simple_query("SELECT 1").is_ok())
            });
            if let Some(meanwhile) = meanwhile
                && let Some(pid) = wait_for_lock(&mut db, &answer, &function)
            {
                db.simple_query(&format!("SELECT {meanwhile}({pid})")).unwrap();
            }
            let (code, usable) = answer.join().unwrap();
            assert_eq!(code.as_deref(), reads.then_some(expected), "{function}");
            assert!(usable, "{function}: the session after {code:?}");
        }
    }
}
