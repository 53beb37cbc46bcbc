//! What each check finds in tables.

use super::shop::{failed, shop};
use promo_guard_tests::table;

#[test]
fn a_clean_campaign_passes_all_twelve() {
    let (mut db, _) = shop();
    let all: Vec<String> = failed(&mut db, 7).into_iter().map(|f| f.0).collect();
    assert_eq!(all, [""; 0], "a clean campaign passes all twelve");
    let plan =
        table(&mut db, "SELECT allowed, failed_checks, length(fingerprint) FROM promo_guard.plan_unpause(7)");
    assert_eq!(plan, [["f", "{not_abuse}", "64"]]);
}
