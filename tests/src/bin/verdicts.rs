//! `make score-verdicts`: verdicts against the generator's truth, beside simpler ways to reach one. Needs no server.
//!
//! `verdicts [tuned|held-out] [scenarios] [minutes]`; the tuned range also shows what it got wrong.

use promo_guard_core::classify::Verdict;
use promo_guard_core::policy::Policy;
use promo_guard_tests::scoring::facts::History;
use promo_guard_tests::scoring::scenario::{HELD_OUT, Range, TUNED};
use promo_guard_tests::scoring::verdicts::{Judged, Quality, judged};
use std::env;

/// A way to reach a verdict.
type Way<'a> = &'a dyn Fn(&Judged) -> Verdict;

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
    let policy = Policy::default();
    let rows: Vec<(u32, Judged)> = (0..scenarios)
        .flat_map(|n| judged(&range.scenario(n), minutes, history, &policy).into_iter().map(move |j| (n, j)))
        .collect();
    let attached = if history == History::Attached { "history attached" } else { "no history" };
    println!(
        "\n{} range, {scenarios} scenarios, {} campaigns, {minutes} min, {attached}",
        range.name,
        rows.len()
    );
    let quality = |of: &dyn Fn(&Judged) -> Verdict| {
        let mut quality = Quality::default();
        rows.iter().for_each(|(_, j)| quality.add(j.truth, of(j)));
        quality
    };
    let ours = quality(&|j| j.ours.verdict);
    println!(
        "{:18} {:>7} {:>7} {:>7} {:>7} {:>7} {:>7}",
        "truth \\ concluded", "ABUSE", "CONFIG", "INCONC", "FALSE_P", "HEALTHY", "F1"
    );
    for (v, verdict) in Verdict::ALL.iter().enumerate() {
        let c = ours.confusion[v];
        println!(
            "{:18} {:>7} {:>7} {:>7} {:>7} {:>7} {:>7.3}",
            verdict.name(),
            c[0],
            c[1],
            c[2],
            c[3],
            c[4],
            ours.f1(v)
        );
    }
    let unsafe_by = |of: &dyn Fn(&Judged) -> Verdict| {
        rows.iter()
            .filter(|(_, j)| {
                j.unsafe_to_unpause && matches!(of(j), Verdict::FalsePositive | Verdict::Healthy)
            })
            .count()
    };
    let paused_unsafe = rows.iter().filter(|(_, j)| j.unsafe_to_unpause).count();
    println!("{:32} {:>8} {:>8}", "", "macro-F1", format!("unsafe of {paused_unsafe}"));
    let ways: [(&str, Way<'_>); 4] = [
        ("ours", &|j| j.ours.verdict),
        ("runbook 1.3, > 100 by 2 users", &|j| j.runbook),
        ("connected components, > 100", &|j| j.components),
        ("the application's own rule", &|j| j.rule),
    ];
    for (name, of) in ways {
        println!("{name:32} {:>8.3} {:>8}", quality(of).macro_f1(), unsafe_by(of));
    }
    let abstained = rows
        .iter()
        .filter(|(_, j)| j.ours.verdict == Verdict::Inconclusive && j.truth != Verdict::Inconclusive)
        .count();
    println!("abstained where the truth is known: {abstained}");
    println!("{:12} {:>9} {:>6} {:>6}", "confidence", "verdicts", "said", "right");
    for (low, high) in [(0.0, 0.6), (0.6, 0.8), (0.8, 0.9), (0.9, 0.95), (0.95, 1.01)] {
        let bin: Vec<_> = rows.iter().filter(|(_, j)| (low..high).contains(&j.ours.confidence)).collect();
        if !bin.is_empty() {
            let n = bin.len() as f64;
            let said = bin.iter().map(|(_, j)| j.ours.confidence).sum::<f64>() / n;
            let right = bin.iter().filter(|(_, j)| j.ours.verdict == j.truth).count() as f64 / n;
            println!("{low:.2} to {:.2} {:>9} {said:>6.3} {right:>6.3}", f64::min(high, 1.0), bin.len());
        }
    }
    if range.name == TUNED.name {
        for (n, j) in rows.iter().filter(|(_, j)| j.ours.verdict != j.truth) {
            println!(
                "{n}: {:?} paused={} {} for {}: {}\n    {}",
                j.kinds,
                j.paused,
                j.ours.verdict.name(),
                j.truth.name(),
                j.ours.evidence["seen"],
                j.ours.reasons.join("\n    ")
            );
        }
    }
}
