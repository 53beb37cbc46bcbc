//! Attempts in daily partitions are pruned by the window; a standby is read by promoctl while the primary takes load.

use postgres::Client;
use promo_guard_tests::{Server, promoctl_path, server, table};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const PARTITIONED: &str = "
    ALTER TABLE promo_attempts RENAME TO unpartitioned;
    CREATE TABLE promo_attempts (LIKE unpartitioned INCLUDING DEFAULTS) PARTITION BY RANGE (attempted_at);
    DO $$
    BEGIN
        FOR n IN 1..30 LOOP
            EXECUTE format('CREATE TABLE day_%s PARTITION OF promo_attempts FOR VALUES FROM (%L) TO (%L)', n,
                           timestamptz '2026-03-01Z' + (n - 1) * interval '1 day', timestamptz '2026-03-01Z' + n * interval '1 day');
        END LOOP;
    END $$;
    INSERT INTO promo_codes (id, code_hash, code_prefix, campaign_name, promo_type, target_scope, status, valid_from, valid_until)
    VALUES (1, repeat('1', 64), 'ONE', 'One', 'PREMIUM_GRANT', 'ALL', 'PAUSED', '2026-01-01Z', '2027-01-01Z');
    INSERT INTO promo_attempts (id, user_id, normalized_code_hash, result, source, attempted_at)
    SELECT g, g % 500, CASE g % 3 WHEN 0 THEN repeat('1', 64) ELSE md5((g % 100)::text) || md5(g::text) END, 'INVALID', 'API',
           timestamptz '2026-03-01Z' + g * interval '2 min'
    FROM generate_series(1, 21000) AS g;
    ANALYZE; SELECT promo_guard.bind()";

#[test]
#[ignore = "slow"]
fn of_thirty_days_only_those_of_the_window_are_read() {
    let (mut db, _) = server().database();
    db.batch_execute(PARTITIONED).unwrap();
    // what a worker scans is not counted here
    db.batch_execute("SET max_parallel_workers_per_gather = 0").unwrap();
    for (call, lookback, expected) in [
        ("blast_radius", "30 minutes", "day_20"),
        ("failed_attempts", "30 minutes", "day_20"),
        ("blast_radius", "25 hours", "day_18 day_19 day_20"),
        ("failed_attempts", "25 hours", "day_18 day_19 day_20"),
    ] {
        // What was read before is counted until it is flushed: bind() reads every partition.
        db.batch_execute("SELECT pg_stat_force_next_flush()").unwrap();
        db.batch_execute("BEGIN").unwrap();
        let sql = format!("SELECT count(*) FROM promo_guard.{call}('{lookback}', '2026-03-20 00:45Z')");
        assert_ne!(table(&mut db, &sql), [["0"]]);
        let read = table(
            &mut db,
            "SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_stat_xact_user_tables
             WHERE relname LIKE 'day\\_%' AND seq_scan + coalesce(idx_scan, 0) > 0",
        );
        db.batch_execute("COMMIT").unwrap();
        assert_eq!(read, [[expected]], "{call} {lookback}");
    }
}

/// What the log tells of the plans of one call: those that read attempts of its window. (What a verdict compares with is of
/// earlier days.)
fn plans(db: &mut Client, server: &Server, call: &str, query: &str) -> String {
    let before = server.log().len();
    table(db, &format!("SELECT count(*) FROM promo_guard.{call}"));
    let log = server.log()[before..].to_owned();
    log.split("LOG:  duration").filter(|plan| plan.contains(query) && plan.contains(" on day_")).collect()
}

#[test]
#[ignore = "slow"]
fn the_plans_of_triage_prune_and_tally_in_workers() {
    if !Server::can_load("auto_explain") {
        return;
    }
    let server = Server::start(&[
        "session_preload_libraries=auto_explain",
        "auto_explain.log_min_duration=0",
        "auto_explain.log_nested_statements=on",
    ]);
    let (mut db, _) = server.database();
    db.batch_execute(PARTITIONED).unwrap();
    db.batch_execute(
        "SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET min_parallel_index_scan_size = 0;
         SET max_parallel_workers_per_gather = 2",
    )
    .unwrap();
    for (call, query) in [
        ("blast_radius", ""),
        ("failed_attempts", ""),
        ("failure_clusters", "promo_guard.tally("),
        ("failure_cluster_members", "promo_guard.tally("),
        ("classify", "promo_guard.tally("),
    ] {
        let seen = plans(&mut db, &server, &format!("{call}('25 hours', '2026-03-20 00:45Z')"), query);
        for day in 1..=30 {
            let read = seen.contains(&format!(" on day_{day} "));
            assert_eq!(read, (18..=20).contains(&day), "{call} day_{day}: {seen}");
        }
        assert!(query.is_empty() || seen.contains("Partial Aggregate"), "{call}: {seen}");
    }
}

#[test]
#[ignore = "slow"]
fn promoctl_reads_a_standby_while_the_primary_takes_load() {
    let primary = Server::start(&["wal_level=replica"]);
    let (mut db, name) = primary.database();
    db.batch_execute(PARTITIONED).unwrap();
    // However slow the machine: what a read needs is not taken away before it ends.
    let standby = primary.standby_with(&["max_standby_streaming_delay=-1"]);
    // Built before the load begins, which is bounded.
    let built = promoctl_path();
    let stop = AtomicBool::new(false);
    let written = std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let mut db = primary.connect(&name);
            let began = Instant::now();
            let mut n = 0i64;
            while !stop.load(Ordering::Relaxed) && began.elapsed() < Duration::from_secs(60) && n < 100_000 {
                db.batch_execute(&format!(
                    "INSERT INTO promo_attempts (id, user_id, normalized_code_hash, result, source, attempted_at)
                     SELECT 100000 + {n} + g, g, repeat('1', 64), 'EXPIRED', 'API', '2026-03-20 00:40Z' FROM generate_series(1, 100) AS g;
                     UPDATE promo_codes SET used_total = used_total + 1"
                ))
                .unwrap();
                n += 100;
                std::thread::sleep(Duration::from_millis(5));
            }
            n
        });
        let now = ["doctor", "check 1", "escalations"];
        for command in
            ["triage", "paused", "clusters", "classify", "settle", "drift", "report"].into_iter().chain(now)
        {
            let mut promoctl = Command::new(built);
            promoctl.args(["-h", &standby.host(), "-U", "postgres", "-d", &name]).args(command.split(' '));
            if !now.contains(&command) {
                promoctl.args(["--as-of", "2026-03-20 00:45Z"]);
            }
            let out = promoctl.env("PGPORT", "5432").output().unwrap();
            let said = String::from_utf8_lossy(&out.stderr);
            if !matches!(out.status.code(), Some(0 | 1)) {
                stop.store(true, Ordering::Relaxed);
                panic!("{command}: {:?} {said} {}", out.status, standby.log());
            }
            assert!(!out.stdout.is_empty(), "{command}: {said}");
        }
        stop.store(true, Ordering::Relaxed);
        writer.join().unwrap()
    });
    assert!(written > 0);
    // nothing is lost on the way: the standby comes to the same answer
    let answer = "SELECT status, attempts FROM promo_guard.blast_radius('30 minutes', '2026-03-20 00:45Z') AS b ORDER BY 1";
    let expected = table(&mut db, answer);
    let mut replica = standby.connect(&name);
    let began = Instant::now();
    while table(&mut replica, answer) != expected {
        assert!(began.elapsed() < Duration::from_secs(60), "the standby does not catch up");
        std::thread::sleep(Duration::from_millis(50));
    }
}
