//! `make score-verdicts`: verdicts against the generator's truth, beside simpler ways to reach one. Needs no server.
//!
//! `verdicts [tuned|held-out] [scenarios] [minutes]`; the tuned range also shows what it got wrong.

use promo_guard_tests::scoring::facts::History;
use promo_guard_tests::scoring::scenario::{HELD_OUT, Range, TUNED};
use promo_guard_tests::scoring::ways::{Outcome, WAYS};
use std::env;

fn main() {
    let args: Vec<String> = env::args().skip(1).collect();
    let number = |place: usize| args.get(place).and_then(|n| n.parse::<u32>().ok());
    let (scenarios, minutes) = (number(1).unwrap_or(162), i64::from(number(2).unwrap_or(30)));
    let ranges: &[Range] = match args.first().map(String::as_str) {
        Some("tuned") => &[TUNED],
        Some("held-out") => &[HELD_OUT],
        _ => &[TUNED, HELD_OUT],
    };
    for range in ranges {
        for history in [History::Attached, History::None] {
            table(range, scenarios, minutes, history);
        }
    }
}

fn table(range: &Range, scenarios: u32, minutes: i64, history: History) {
    let outcome = Outcome::of(range, scenarios, minutes, history);
    let rows = &outcome.rows;
    let attached = if history == History::Attached { "history attached" } else { "no history" };
    println!(
        "\n{} range, {scenarios} scenarios, {} campaigns, {minutes} min, {attached}",
        range.name,
        rows.len()
    );
    outcome.print_confusion();
    let (_, harmful) = outcome.unsafe_by(WAYS[0].1);
    println!("{:32} {:>8} {:>8}", "", "macro-F1", format!("unsafe of {harmful}"));
    for (name, way) in WAYS {
        println!("{name:32} {:>8.3} {:>8}", outcome.quality(way).macro_f1(), outcome.unsafe_by(way).0);
    }
    println!("abstained where the truth is known: {}", outcome.abstained());
    outcome.print_calibration();
    if range.name == TUNED.name {
        for (n, j) in rows.iter().filter(|(_, j)| j.ours.verdict != j.truth) {
            println!(
                "{n}: {:?} paused={} {} for {}\n    {}",
                j.kinds,
                j.paused,
                j.ours.verdict.name(),
                j.truth.name(),
                j.ours.reasons.join("\n    ")
            );
        }
    }
}
