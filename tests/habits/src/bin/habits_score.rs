//! `score [shops] [first seed] [all]`: verdicts on shops with habits, beside the model of 0.2.0; with `all` also what went wrong.

use promo_guard_core::classify::{self, weights::Model};
use promo_guard_core::policy::Policy;
use promo_guard_habits::habits::Region;
use promo_guard_habits::score::{Judged, Score};
use promo_guard_habits::story::{Choice, shop};
use promo_guard_habits::view::View;
use promo_guard_habits::{former, gather};

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let number = |i: usize, default: u64| args.get(i).and_then(|n| n.parse().ok()).unwrap_or(default);
    let (shops, first) = (number(0, 200), number(1, 1_000_000));
    let tell = args.iter().any(|a| a == "all");
    let policy = Policy::default();
    let (mut old, mut new) = (Vec::new(), Vec::new());
    for seed in first..first + shops {
        let shop = shop(seed, &Choice::of(Region::All));
        let view = View::of(&shop);
        for truth in &shop.truth {
            let (verdict, confidence) = former::verdict(&view, truth.campaign, &policy);
            old.push(Judged { seed, truth: truth.clone(), verdict, confidence });
            let (facts, usual) = gather::gather(&view, truth.campaign, &policy);
            let found = classify::assess(&facts, &usual, &Model::default());
            let judged = Judged {
                seed,
                truth: truth.clone(),
                verdict: gather::verdict(&found),
                confidence: found.confidence,
            };
            if tell && !judged.right() {
                let measures: Vec<String> = classify::FEATURES
                    .iter()
                    .zip(found.measures)
                    .filter(|(_, m)| *m > 0.01)
                    .map(|(name, m)| format!("{name} {m:.2}"))
                    .collect();
                println!(
                    "{seed} {:?} truth {:?}/{:?} ({}) -> {:?} p {:.2} {:?} by_guard={} paused={}\n    {}\n    trigger {:?} {:?}\n    new {:?} dormant {:?} bursts {} expected {:.1} bought {}",
                    truth.kind,
                    truth.verdict,
                    truth.also,
                    truth.signs.join(","),
                    judged.verdict,
                    found.abuse,
                    found.explanations,
                    found.by_guard,
                    truth.paused,
                    measures.join(", "),
                    found.trigger.causes,
                    found.contradictions,
                    found.crowd.new,
                    found.crowd.dormant,
                    usual.bursts.len(),
                    found.crowd.expected,
                    found.crowd.bought
                );
            }
            new.push(judged);
        }
    }
    Score::of(&old).print(&format!("0.2.0, {shops} shops of all habits"));
    Score::of(&new).print(&format!("new model, {shops} shops of all habits"));
}
