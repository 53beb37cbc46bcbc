//! `score [shops] [first seed]`: verdicts on shops with habits, whole habits apart, beside the model of 0.2.0.

use promo_guard_core::policy::Policy;
use promo_guard_habits::former;
use promo_guard_habits::habits::Region;
use promo_guard_habits::score::{Judged, Score};
use promo_guard_habits::story::{Choice, shop};
use promo_guard_habits::view::View;

fn main() {
    let args: Vec<u64> = std::env::args().skip(1).filter_map(|n| n.parse().ok()).collect();
    let (shops, first) = (args.first().copied().unwrap_or(200), args.get(1).copied().unwrap_or(1_000_000));
    let policy = Policy::default();
    let mut old = Vec::new();
    for seed in first..first + shops {
        let shop = shop(seed, &Choice::of(Region::All));
        let view = View::of(&shop);
        for truth in &shop.truth {
            let (verdict, confidence) = former::verdict(&view, truth.campaign, &policy);
            old.push(Judged { seed, truth: truth.clone(), verdict, confidence });
        }
    }
    Score::of(&old).print(&format!("0.2.0, {shops} shops of all habits"));
}
