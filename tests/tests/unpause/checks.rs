//! What each check finds in tables.

use super::shop::{failed, shop};
use promo_guard_tests::table;

#[test]
fn a_clean_campaign_passes_all_twelve() {
    let (mut db, _) = shop();
    assert_eq!(failed(&mut db, 7), []);
    let twelve = "SELECT count(*), count(DISTINCT position), bool_and(passed AND NOT blocking), bool_and(evidence IS NOT NULL AND detail LIKE '%.') FROM promo_guard.check_unpause(7)";
    assert_eq!(table(&mut db, twelve), [["12", "12", "t", "t"]]);
    let plan = table(
        &mut db,
        "SELECT allowed, verdict, failed_checks, length(fingerprint), retry_after FROM promo_guard.plan_unpause(7)",
    );
    assert_eq!(plan, [["t", "FALSE_POSITIVE", "{}", "64", "∅"]]);
}
