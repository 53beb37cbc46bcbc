//! The traps of DOMAIN.md that clusters could fall into, each with its number.

use super::shop::{AS_OF, clusters, holds, kinds, shop_where};
use promo_guard_tests::table;

const LOOKBACK: &str = "interval '30 min'";
const END: &str = "timestamptz '2026-03-01 12:00Z'";

fn of_kind(db: &mut postgres::Client, kind: &str) -> Vec<Vec<String>> {
    clusters(db).into_iter().filter(|row| row[0] == kind).collect()
}

#[test]
fn trap_1_customers_of_a_paused_campaign_are_an_echo_and_no_attackers() {
    let mut db = shop_where("SELECT try(repeat('2', 64), 'EXPIRED', 1, 300, '2026-03-01 11:31Z', '5 s')");
    assert_eq!(clusters(&mut db), [["PAUSE_ECHO", "2", "300", "300", "1"]]);
    holds(&mut db, LOOKBACK, END);
    // Beside users who come back again and again they are still told apart. Nobody says why it was paused, so the verdict is open,
    // and the cluster accuses nobody either.
    let mut db = shop_where(
        "SELECT try(repeat('2', 64), 'EXPIRED', 1, 300, '2026-03-01 11:31Z', '5 s');
         SELECT try(repeat('2', 64), 'EXPIRED', 1001, 1040, '2026-03-01 11:31Z', '1 s', 9, '3 min')",
    );
    let found = clusters(&mut db);
    assert!(found.contains(&["PAUSE_ECHO", "2", "300", "300", "1"].map(String::from).to_vec()), "{found:?}");
    assert!(found.contains(&["SURGE", "2", "360", "40", "1"].map(String::from).to_vec()), "{found:?}");
    holds(&mut db, LOOKBACK, END);
}

#[test]
fn trap_4_a_misprint_is_told_from_guessing_by_what_the_same_users_did_next() {
    let mut db = shop_where(
        "SELECT try(code(777), 'INVALID', 1, 60, '2026-03-01 11:35Z', '8 s');
         SELECT try(repeat('1', 64), 'ACCEPTED', 1, 55, '2026-03-01 11:36Z', '8 s');
         SELECT try(code(10000 + u * 1000 + n), 'INVALID', 5000 + u, 5000 + u, '2026-03-01 11:40Z'::timestamptz + n * interval '4 s')
         FROM generate_series(1, 4) AS u, generate_series(1, 100) AS n;",
    );
    assert_eq!(of_kind(&mut db, "MISTYPED_CODE"), [["MISTYPED_CODE", "1", "60", "60", "1"]]);
    let guessed = of_kind(&mut db, "ENUMERATION");
    assert_eq!(guessed, [["ENUMERATION", "∅", "400", "4", "400"]]);
    let recovered = table(
        &mut db,
        &format!(
            "SELECT recovered_users FROM promo_guard.failure_clusters(as_of => {AS_OF}) WHERE kind = 'MISTYPED_CODE'"
        ),
    );
    assert_eq!(recovered, [["55"]]);
    holds(&mut db, LOOKBACK, END);
}

#[test]
fn trap_5_one_client_in_a_loop_is_a_retry_storm() {
    let mut db = shop_where(
        "SELECT try(repeat('1', 64), 'NOT_APPLICABLE', 7, 7, '2026-03-01 11:40Z', '1 s', 400, '50 ms');
         SELECT try(repeat('1', 64), 'ACCEPTED', 100, 130, '2026-03-01 11:35Z', '20 s')",
    );
    assert_eq!(clusters(&mut db), [["RETRY_STORM", "1", "400", "1", "1"]]);
    holds(&mut db, LOOKBACK, END);
}

#[test]
fn trap_6_rate_limited_customers_of_a_paused_code_are_part_of_its_echo() {
    let mut db = shop_where(
        "SELECT try(repeat('2', 64), 'EXPIRED', 1, 200, '2026-03-01 11:31Z', '6 s');
         SELECT try(repeat('2', 64), 'RATE_LIMITED', 1, 80, '2026-03-01 11:31:30Z', '6 s')",
    );
    assert_eq!(clusters(&mut db), [["PAUSE_ECHO", "2", "280", "200", "1"]]);
    let results =
        table(&mut db, &format!("SELECT results FROM promo_guard.failure_clusters(as_of => {AS_OF})"));
    assert_eq!(results, [[r#"{"EXPIRED": 200, "RATE_LIMITED": 80}"#]]);
    holds(&mut db, LOOKBACK, END);
}

#[test]
fn trap_14_nobody_is_not_one_giant_user_and_the_future_is_not_now() {
    let mut db = shop_where(
        "INSERT INTO promo_attempts (id, user_id, normalized_code_hash, result, source, attempted_at)
         SELECT g, NULL, code(g), 'INVALID', 'API', '2026-03-01 11:35Z'::timestamptz + g * interval '1 s' FROM generate_series(1, 500) AS g;
         SELECT try(code(9), 'INVALID', 1, 500, '2026-03-01 12:00:01Z', '1 ms');
         SELECT try(code(9), 'INVALID', 1, 500, '2999-01-01Z', '1 ms')",
    );
    assert_eq!(clusters(&mut db), [["BACKGROUND", "∅", "500", "0", "500"]]);
    holds(&mut db, LOOKBACK, END);
    assert!(
        table(&mut db, "SELECT * FROM promo_guard.failure_clusters('100 years', '3000-01-01Z')").len() < 5
    );
}

#[test]
fn trap_15_a_popular_code_does_not_fuse_everybody_who_tried_it() {
    // all of the customers of the popular paused code also take part in one or the other of two unrelated things
    let mut db = shop_where(
        "SELECT try(repeat('2', 64), 'EXPIRED', 1, 300, '2026-03-01 11:31Z', '5 s');
         SELECT try(code(777), 'INVALID', 1, 40, '2026-03-01 11:50Z', '3 s');
         SELECT try(repeat('1', 64), 'ACCEPTED', 1, 40, '2026-03-01 11:51Z', '3 s');
         SELECT try(code(10000 + u * 1000 + n), 'INVALID', u, u, '2026-03-01 11:40Z'::timestamptz + n * interval '4 s')
         FROM generate_series(200, 203) AS u, generate_series(1, 100) AS n;",
    );
    let mut found = kinds(&mut db);
    found.sort();
    assert_eq!(found, ["ENUMERATION", "MISTYPED_CODE", "PAUSE_ECHO"]);
    assert_eq!(of_kind(&mut db, "PAUSE_ECHO"), [["PAUSE_ECHO", "2", "300", "300", "1"]]);
    assert_eq!(of_kind(&mut db, "ENUMERATION"), [["ENUMERATION", "∅", "400", "4", "400"]]);
    holds(&mut db, LOOKBACK, END);
}
