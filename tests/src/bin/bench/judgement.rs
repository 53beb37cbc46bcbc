//! Judgement: verdicts and clusters against the generator's truth, on seeds that weights were chosen by and on seeds that were
//! never looked at meanwhile, beside simpler ways. Needs no server.

use crate::figure::{Amount, Limit, show, write};
use promo_guard_core::clusters::Settings;
use promo_guard_tests::scoring::facts::History;
use promo_guard_tests::scoring::scenario::{HELD_OUT, TUNED};
use promo_guard_tests::scoring::score::{Score, score};
use promo_guard_tests::scoring::ways::{Outcome, WAYS};

/// Nine of each kind of incident, alone or mixed.
const SCENARIOS: u32 = 162;
const MINUTES: i64 = 30;

pub fn run() {
    println!("{SCENARIOS} incidents a range, {MINUTES} minutes looked at.");
    let mut figures = Vec::new();
    let mut add = |what, of, value: f64, must: Option<Limit>, aim: Option<Limit>| {
        figures.push(Amount { what, of, value, unit: "", must, aim });
    };
    let (must, aim) = (Some(Limit::AtLeast(0.95)), Some(Limit::AtLeast(0.99)));
    let none = Some(Limit::AtMost(0.0));
    let mut shown = Vec::new();
    for (range, history, of, ways) in [
        (
            &HELD_OUT,
            History::Attached,
            "held out, history attached",
            ["held out, runbook 1.3 over 100", "held out, components over 100", "held out, the guard's rule"],
        ),
        (
            &HELD_OUT,
            History::None,
            "held out, no history",
            ["the same, runbook 1.3 over 100", "the same, components over 100", "the same, the guard's rule"],
        ),
        (
            &TUNED,
            History::Attached,
            "tuned, history attached",
            ["tuned, runbook 1.3 over 100", "tuned, components over 100", "tuned, the guard's rule"],
        ),
    ] {
        let outcome = Outcome::of(range, SCENARIOS, MINUTES, history);
        add("verdict macro-F1", of, outcome.quality(WAYS[0].1).macro_f1(), must, aim);
        for ((_, way), of) in WAYS[1..].iter().zip(ways) {
            add("verdict macro-F1", of, outcome.quality(*way).macro_f1(), None, None);
        }
        add("paused, to stay so, called fine", of, outcome.unsafe_by(WAYS[0].1).0 as f64, none, none);
        for ((_, way), of) in WAYS[1..].iter().zip(ways) {
            add("paused, to stay so, called fine", of, outcome.unsafe_by(*way).0 as f64, None, None);
        }
        add("abstained, the truth is known", of, outcome.abstained() as f64, None, None);
        add("confidence off by, on average", of, outcome.calibration_error(), None, None);
        shown.push((of, outcome));
    }
    for (range, of, components, by_hash) in [
        (&HELD_OUT, "held out", "held out, connected components", "held out, by hash as runbook 1.3"),
        (&TUNED, "tuned", "tuned, connected components", "tuned, by hash as runbook 1.3"),
    ] {
        let settings = Settings::default();
        let scores: Vec<Score> = (0..SCENARIOS)
            .filter_map(|n| score(&range.scenario(n), MINUTES, History::Attached, &settings))
            .collect();
        let mean = |f: fn(&Score) -> f64| scores.iter().map(f).sum::<f64>() / scores.len().max(1) as f64;
        add("clusters, adjusted Rand index", of, mean(|s| s.ours), must, aim);
        add("clusters, adjusted Rand index", components, mean(|s| s.components), None, None);
        add("clusters, adjusted Rand index", by_hash, mean(|s| s.by_hash), None, None);
    }
    show(&figures);
    write("judgement", &figures);
    for (of, outcome) in shown {
        let (_, harmful) = outcome.unsafe_by(WAYS[0].1);
        println!("\n{of}: {} campaigns, {harmful} of them paused and to stay so", outcome.rows.len());
        outcome.print_confusion();
        outcome.print_calibration();
    }
}
