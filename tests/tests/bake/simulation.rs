//! The bake's decision over the generator's traffic, with few seeds; `cargo run --release -p promo-guard-tests --bin bench bake` has many.

use promo_guard_generator::{IncidentKind, Intensity};
use promo_guard_tests::scoring::bake::{FALSE_ALARM, Resumed, clean, resumed};

#[test]
fn a_clean_campaign_fails_no_more_often_than_policy_says() {
    let clean = clean(0..6);
    println!("{clean:?}");
    assert!(clean.bakes > 500 && clean.passed > 0);
    assert!(clean.rate() <= FALSE_ALARM, "{clean:?}");
}

#[test]
fn abuse_that_comes_back_is_seen_within_three_minutes() {
    for kind in [IncidentKind::Hammered, IncidentKind::Leak] {
        let mut all = Resumed::default();
        for intensity in [Intensity::Low, Intensity::Medium, Intensity::High] {
            let these = resumed(kind, intensity, 0..8);
            println!("{kind} {intensity}: {these:?}");
            all.add(these);
        }
        assert!(all.rate() >= 0.95, "{kind}: {all:?}");
    }
}
