//! `make fit`: fits the weights on generated shops and prints the file that holds them. `fit [shops]`.

use promo_guard_core::classify::FEATURES;
use promo_guard_habits::fit::{cases, source, train};
use promo_guard_habits::habits::Region;
use promo_guard_habits::story::Choice;

fn main() {
    let shops: u64 = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(600);
    let cases = cases(0, shops, &Choice::of(Region::All));
    let (model, fit) = train(&cases, &[]);
    let counted = cases.iter().filter(|c| c.counts).count();
    eprintln!(
        "{shops} shops, {} campaigns, {counted} of them for the weights; {:?}",
        cases.len(),
        model.limits
    );
    eprintln!("{:32} {:>8} {:>8}", "measure", "weight", "error");
    for (i, name) in FEATURES.iter().enumerate() {
        eprintln!("{name:32} {:8.2} {:8.2}", fit.weights.each[i], fit.errors[i + 1]);
    }
    print!("{}", source(&model, &fit));
}
