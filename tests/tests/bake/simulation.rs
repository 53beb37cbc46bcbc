//! The bake's decision over the generator's traffic, with few seeds; `cargo run --release -p promo-guard-tests --bin bench bake` has many.

use promo_guard_generator::{IncidentKind, Intensity};
use promo_guard_tests::scoring::bake::{
    Clean, FALSE_ALARM, Resumed, Shops, TUNED, clean, resumed, running_out,
};

#[test]
#[ignore = "slow"]
fn a_clean_campaign_fails_no_more_often_than_policy_says() {
    let bakes = clean(Shops::Usual, TUNED, 6);
    let all = Clean::of(&bakes, |_| true);
    println!("{all:?}");
    assert!(all.bakes > 500 && all.passed > 100);
    assert!(all.rate() <= FALSE_ALARM, "{all:?}");
    assert!(all.rate_of_verdicts() <= FALSE_ALARM, "{all:?}");
    let enough = Clean::of(&bakes, |b| b.users >= b.needed);
    assert!(enough.bakes > 100 && enough.rate() <= FALSE_ALARM, "{enough:?}");
}

#[test]
#[ignore = "slow"]
fn a_campaign_that_runs_out_of_uses_is_no_regression() {
    let all = Clean::of(&running_out(Shops::Usual, TUNED, 12), |b| b.ran_out);
    println!("{all:?}");
    assert!(all.bakes > 25 && all.rate() <= FALSE_ALARM, "{all:?}");
}

#[test]
#[ignore = "slow"]
fn abuse_that_comes_back_is_seen_within_three_minutes() {
    for kind in [IncidentKind::Hammered, IncidentKind::Leak] {
        for intensity in [Intensity::Low, Intensity::Medium, Intensity::High] {
            let these: Resumed = resumed(kind, intensity, TUNED, 20);
            println!("{kind} {intensity}: {these:?}");
            assert!(these.rate() >= 0.95, "{kind} {intensity}: {these:?}");
        }
    }
}
