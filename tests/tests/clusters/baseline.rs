//! What is usual at this time of day.

use super::shop::{AS_OF, shop_where};
use promo_guard_tests::table;

const SQL: &str = "SELECT result, attempts, round(share::numeric, 3), expected, round(ratio::numeric, 2), periods FROM promo_guard.baseline";

#[test]
fn it_compares_with_the_median_of_the_same_slot_of_earlier_days() {
    let mut db = shop_where(
        "SELECT try(code(9), 'INVALID', 1, 40, '2026-03-01 11:40Z');
         SELECT try(repeat('1', 64), 'ACCEPTED', 1, 10, '2026-03-01 11:40Z');
         SELECT try(repeat('1', 64), 'ACCEPTED', 1, 20, '2026-02-28 11:40Z');
         SELECT try(repeat('1', 64), 'ACCEPTED', 1, 10, '2026-02-27 11:40Z');
         SELECT try(code(9), 'INVALID', 1, 8, '2026-02-27 11:40Z');
         SELECT try(code(9), 'INVALID', 1, 500, '2026-02-26 11:31Z');
         SELECT try(code(9), 'INVALID', 1, 99, '2026-02-25 12:00:00.1Z', '1 s')",
    );
    let rows = table(&mut db, &format!("{SQL}(as_of => {AS_OF})"));
    assert_eq!(
        rows,
        [
            ["ACCEPTED", "10", "0.200", "10", "1.00", "3"],
            ["EXPIRED", "0", "0.000", "0", "∅", "3"],
            ["INVALID", "40", "0.800", "8", "5.00", "3"],
            ["NOT_APPLICABLE", "0", "0.000", "0", "∅", "3"],
            ["RATE_LIMITED", "0", "0.000", "0", "∅", "3"],
        ]
    );
    // nothing kept of earlier days, nothing at all
    let rows = table(&mut db, &format!("{SQL}('30 min', '2026-02-01Z')"));
    assert!(rows.iter().all(|r| r[1..] == ["0", "∅", "∅", "∅", "0"]), "{rows:?}");
    // a window of more than a day is compared with those right before it
    let rows = table(&mut db, &format!("{SQL}('36 hours', '2026-03-01 12:00Z')"));
    assert_eq!(rows[2], ["INVALID", "40", "0.005", "508", "0.08", "1"]);
    let rows = table(&mut db, &format!("{SQL}('8 days', '2026-03-01 12:00Z')"));
    assert_eq!(rows[0][5], "0");
}
