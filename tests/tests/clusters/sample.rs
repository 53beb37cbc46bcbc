//! Past the limit of policy the answer is one of a sample, says so, and stays the same in any plan.

use super::shop::{AS_OF, shop_where};
use promo_guard_tests::table;

#[test]
fn past_the_limit_a_sample_is_looked_at_and_the_answer_says_so() {
    let mut db = shop_where(
        "SELECT try(repeat('2', 64), 'EXPIRED', 1, 2000, '2026-03-01 11:31Z', '500 ms', 2);
         INSERT INTO promo_attempts (id, user_id, normalized_code_hash, result, source, attempted_at)
         SELECT g, 100000 + g % 40, code(g), 'INVALID', 'API', '2026-03-01 11:40Z'::timestamptz + g * interval '20 ms'
         FROM generate_series(1, 30000) AS g;
         ANALYZE promo_attempts;
         SELECT promo_guard.set_policy('cluster_max_attempts', '4000', 'test')",
    );
    let answer = format!("SELECT * FROM promo_guard.failure_clusters(as_of => {AS_OF})");
    let sums = format!(
        "SELECT sum(attempts) + min(uncounted), min(uncounted) > 20000, bool_or(kind = 'PAUSE_ECHO' AND campaign_id = 2),
                bool_or(kind = 'ENUMERATION')
         FROM promo_guard.failure_clusters(as_of => {AS_OF}, max_rows => NULL)"
    );
    assert_eq!(table(&mut db, &sums), [["34000", "t", "t", "t"]]);
    let one = table(&mut db, &answer);
    db.batch_execute(
        "SET min_parallel_table_scan_size = 0; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0;
         SET max_parallel_workers_per_gather = 2; SET enable_indexscan = off; SET enable_bitmapscan = off",
    )
    .unwrap();
    assert_eq!(table(&mut db, &answer), one, "with workers");
    db.batch_execute("SELECT promo_guard.set_policy('cluster_max_attempts', NULL, 'test')").unwrap();
    let whole = format!(
        "SELECT sum(attempts), sum(uncounted) FROM promo_guard.failure_clusters(as_of => {AS_OF}, max_rows => NULL)"
    );
    assert_eq!(table(&mut db, &whole), [["34000", "0"]]);
}
