//! The executor does the work: a partial aggregate in workers, and partitions that are never opened.

use super::shop::shop;
use promo_guard_tests::table;

const QUERY: &str = include_str!("../../../sql/query/clusters/tally.sql");

#[test]
fn the_attempts_are_tallied_in_workers_and_partitions_outside_of_the_window_are_not_opened() {
    let (mut db, _) = shop();
    db.batch_execute(
        "SELECT promo_guard.unbind(); ALTER TABLE promo_attempts RENAME TO old;
         CREATE TABLE promo_attempts (LIKE old) PARTITION BY RANGE (attempted_at)",
    )
    .unwrap();
    for n in 0..12 {
        db.batch_execute(&format!(
            "CREATE TABLE day_{n} PARTITION OF promo_attempts
             FOR VALUES FROM ('2026-02-20Z'::timestamptz + {n} * interval '1 day') TO ('2026-02-21Z'::timestamptz + {n} * interval '1 day')"
        ))
        .unwrap();
    }
    db.batch_execute(
        "INSERT INTO promo_attempts (id, user_id, normalized_code_hash, result, source, attempted_at, metadata)
         SELECT g, g % 5000, code(g % 300), 'INVALID', 'API', '2026-02-20Z'::timestamptz + g * interval '10 s', '{}'
         FROM generate_series(1, 100000) AS g;
         ANALYZE promo_attempts;
         SELECT promo_guard.bind();
         SET min_parallel_table_scan_size = 0; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET jit = off;
         SET max_parallel_workers_per_gather = 2",
    )
    .unwrap();
    let of = |since: &str, until: &str| {
        let sql = QUERY.lines().filter(|l| !l.starts_with("--")).collect::<Vec<_>>().join("\n");
        sql.replace(":user(a)", "a.user_id")
            .replace("$1", &format!("'{since}'::timestamptz"))
            .replace("$2", &format!("'{until}'::timestamptz"))
            .replace("$3", "1000000::bigint")
    };
    let sql = of("2026-02-25 10:00Z", "2026-02-25 12:00Z");
    let plan: Vec<String> = table(&mut db, &format!("EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) {sql}"))
        .into_iter()
        .flatten()
        .collect();
    let plan = plan.join("\n");
    for part in ["Finalize Aggregate", "Gather", "Partial Aggregate", "day_5"] {
        assert!(plan.contains(part), "no {part} in {plan}");
    }
    for day in [0, 4, 6, 11] {
        assert!(!plan.contains(&format!("day_{day} ")), "day_{day} in {plan}");
    }
    // and the same answer with workers, with the leader as the only one, with workers alone, without, and wholly within another process
    let answer = "SELECT * FROM promo_guard.failure_clusters('2 hours', '2026-02-25 12:00Z')";
    let with = table(&mut db, answer);
    assert_eq!(with.iter().map(|r| r[3].parse::<i64>().unwrap()).sum::<i64>(), 721);
    for alone in ["max_parallel_workers = 0", "parallel_leader_participation = off"] {
        db.batch_execute(&format!("SET {alone}")).unwrap();
        assert_eq!(table(&mut db, answer), with, "{alone}");
        db.batch_execute("RESET max_parallel_workers; RESET parallel_leader_participation").unwrap();
    }
    // Parts of the leader's own wait for each other where there are groups of attempts.
    let groups = of("2026-02-20Z", "2026-03-04Z").replacen("SELECT ", "SELECT a.code_hash, ", 1);
    let groups =
        format!("SELECT code_hash, length(tally) FROM ({groups} GROUP BY code_hash) AS g ORDER BY code_hash");
    db.batch_execute("SET max_parallel_workers = 0; SET enable_hashagg = off").unwrap();
    let plan = table(&mut db, &format!("EXPLAIN (COSTS OFF) {groups}")).concat().join("\n");
    assert!(plan.contains("Finalize GroupAggregate") && plan.contains("Gather Merge"), "{plan}");
    let by_leader = table(&mut db, &groups);
    db.batch_execute("RESET max_parallel_workers; SET max_parallel_workers_per_gather = 0").unwrap();
    assert_eq!(by_leader.len(), 300);
    assert_eq!(table(&mut db, &groups), by_leader);
    db.batch_execute("RESET enable_hashagg").unwrap();
    assert_eq!(table(&mut db, answer), with);
    db.batch_execute("SET max_parallel_workers_per_gather = 2; SET force_parallel_mode = on").ok();
    assert_eq!(table(&mut db, answer), with);
}
