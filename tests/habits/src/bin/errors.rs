//! The worst answers on held-out shops, with their sentences: `errors [shops] [kind]`.

use promo_guard_core::classify::sentences;
use promo_guard_core::classify::weights::Model;
use promo_guard_core::classify::{FEATURES, assess};
use promo_guard_habits::fit::{cases, judged};
use promo_guard_habits::habits::Region;
use promo_guard_habits::story::Choice;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let shops: u64 = args.first().and_then(|n| n.parse().ok()).unwrap_or(400);
    let model = Model::default();
    for case in cases(7_000_000, shops, &Choice::of(Region::All)) {
        let found = assess(&case.facts, &case.shop, &model);
        let answer = judged(&case, &found);
        let kind = format!("{:?}", case.truth.kind);
        if answer.right() || args.get(1).is_some_and(|only| *only != kind) {
            continue;
        }
        let measures = FEATURES.iter().zip(found.measures).filter(|(_, m)| *m > 0.01);
        let text: Vec<String> = measures.map(|(name, m)| format!("{name} {m:.2}")).collect();
        println!(
            "{} {kind} {:?} (or {:?}), signs {:?}: {:?} {:.2} by {:?}, chance {:.3}: {}",
            case.seed,
            case.truth.verdict,
            case.truth.also,
            case.truth.signs,
            answer.verdict,
            answer.confidence,
            found.ground,
            found.abuse,
            text.join(", ")
        );
        for sentence in sentences(&found, &case.facts, &case.shop) {
            println!("    {sentence}");
        }
    }
}
