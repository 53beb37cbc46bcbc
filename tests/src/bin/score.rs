//! `make score`: clusters against the generator's truth, beside what else one could do. Needs no server.
//!
//! `score [tuned|held-out] [scenarios] [minutes]`; with `--why n` it shows one scenario of the tuned range in full, with
//! `--speed` what the grouping costs by itself.

use promo_guard_core::clusters::Settings;
use promo_guard_generator::{IncidentKind, generate};
use promo_guard_tests::scoring::facts::History;
use promo_guard_tests::scoring::scenario::{HELD_OUT, Range, TUNED};
use promo_guard_tests::scoring::score::{Score, qualities, score};
use std::env;

fn main() {
    let args: Vec<String> = env::args().skip(1).collect();
    if let Some(place) = args.iter().position(|a| a == "--why") {
        let minutes = args.get(place + 2).and_then(|n| n.parse().ok()).unwrap_or(30);
        why(TUNED, args.get(place + 1).and_then(|n| n.parse().ok()).unwrap_or(0), minutes);
        return;
    }
    if args.first().is_some_and(|a| a == "--speed") {
        promo_guard_tests::scoring::speed::print();
        return;
    }
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
    let settings = Settings::default();
    let mut scores: Vec<(u32, IncidentKind, bool, Score)> = Vec::new();
    for n in 0..scenarios {
        let scenario = range.scenario(n);
        if let Some(score) = score(&scenario, minutes, history, &settings) {
            scores.push((n, scenario.kind, scenario.mixed, score));
        }
    }
    let attached = if history == History::Attached { "history attached" } else { "no history" };
    println!("\n{} range, {} windows of {minutes} min, {attached}", range.name, scores.len());
    println!(
        "{:18} {:>7} {:>7} {:>7} {:>10} {:>8}",
        "adjusted Rand", "windows", "ours", "worst", "components", "by hash"
    );
    let row = |name: &str, of: Vec<&Score>| {
        if of.is_empty() {
            return;
        }
        let mean = |f: fn(&Score) -> f64| of.iter().map(|s| f(s)).sum::<f64>() / of.len() as f64;
        let worst = of.iter().map(|s| s.ours).fold(f64::INFINITY, f64::min);
        println!(
            "{name:18} {:>7} {:>7.4} {worst:>7.3} {:>10.3} {:>8.3}",
            of.len(),
            mean(|s| s.ours),
            mean(|s| s.components),
            mean(|s| s.by_hash)
        );
    };
    for kind in IncidentKind::ALL {
        row(
            kind.as_str(),
            scores.iter().filter(|(_, k, m, _)| k == kind && !m).map(|(_, _, _, s)| s).collect(),
        );
    }
    row("mixtures of two", scores.iter().filter(|(_, _, m, _)| *m).map(|(_, _, _, s)| s).collect());
    row("all", scores.iter().map(|(_, _, _, s)| s).collect());
    println!("{:18} {:>9} {:>9} {:>9}", "pairs by kind", "true", "precision", "recall");
    for (name, q) in qualities(scores.iter().map(|(_, _, _, s)| s)) {
        println!("{name:18} {:>9} {:>9.4} {:>9.4}", q.truly, q.precision(), q.recall());
    }
    if range.name == TUNED.name {
        scores.sort_by(|a, b| a.3.ours.total_cmp(&b.3.ours));
        let worst: Vec<String> = scores
            .iter()
            .take_while(|s| s.3.ours < 0.99)
            .map(|(n, kind, mixed, s)| format!("{n}:{kind}{}={:.2}", if *mixed { "+" } else { "" }, s.ours))
            .collect();
        println!("below 0.99: {}", worst.join(" "));
    }
}

/// One scenario of the tuned range, with what was found and what is true.
fn why(range: Range, n: u32, minutes: i64) {
    let scenario = range.scenario(n);
    let data = generate(&scenario.config);
    for incident in &data.truth.incidents {
        let ids: Vec<i64> = incident.campaigns.iter().map(|c| data.campaign(*c).id.0).collect();
        println!(
            "{} {} from {} to {} minutes before the end, campaigns {ids:?}",
            incident.kind,
            incident.intensity,
            (data.end.0 - incident.start.0) / 60_000_000,
            (data.end.0 - incident.end.0) / 60_000_000
        );
    }
    for change in &data.status_changes {
        println!(
            "{} {} -> {}, {} minutes before the end",
            data.campaign(change.campaign).id.0,
            change.from,
            change.to,
            (data.end.0 - change.at.0) / 60_000_000
        );
    }
    for history in [History::Attached, History::None] {
        let Some(score) = score(&scenario, minutes, history, &Settings::default()) else { continue };
        println!("{history:?}: adjusted Rand {:.4} of {} pairs", score.ours, score.pairs);
        let mut kinds: Vec<_> = score.kinds.iter().collect();
        kinds.sort();
        for ((truth, ours), n) in kinds {
            println!("  {truth:16} {ours:16} {n}");
        }
        for c in &score.clusters.clusters {
            println!("  {:.1} {} {}", c.score, c.id, c.explanation);
        }
    }
}
