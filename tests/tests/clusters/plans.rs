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
    let window = ["'2026-02-25 10:00Z'::timestamptz", "'2026-02-25 12:00Z'::timestamptz", "1000000::bigint"];
    let sql = window
        .iter()
        .enumerate()
        .fold(QUERY.to_owned(), |sql, (n, value)| sql.replace(&format!("${}", n + 1), value));
    let sql = sql.lines().filter(|l| !l.starts_with("--")).collect::<Vec<_>>().join("\n");
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
    // and the same answer with workers, without, and wholly within another process
    let answer = "SELECT * FROM promo_guard.failure_clusters('2 hours', '2026-02-25 12:00Z')";
    let with = table(&mut db, answer);
    assert_eq!(with.iter().map(|r| r[3].parse::<i64>().unwrap()).sum::<i64>(), 721);
    db.batch_execute("SET max_parallel_workers_per_gather = 0").unwrap();
    assert_eq!(table(&mut db, answer), with);
    db.batch_execute("SET max_parallel_workers_per_gather = 2; SET force_parallel_mode = on").ok();
    assert_eq!(table(&mut db, answer), with);
}
