//! `make score-unpause`: what the guarded unpause would decide about paused campaigns, against the generator's truth. Needs no
//! server.
//!
//! `unpauses [incidents]`: over so many of the held-out range, 1,000 where none are named.

use promo_guard_core::unpause::Check;
use promo_guard_tests::scoring::facts::History;
use promo_guard_tests::scoring::scenario::HELD_OUT;
use promo_guard_tests::scoring::unpause::{Decided, Judge, Tally};
use std::env;

fn main() {
    let incidents = env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(1_000);
    for history in [History::Attached, History::None] {
        let attached = if history == History::Attached { "history attached" } else { "no history" };
        for (judge, hears) in [
            (Judge::SectionTwo, "the verdict of section 2"),
            (Judge::Trusting, "a verdict that sees no evil, which leaves the other eleven checks"),
        ] {
            let tally = Tally::of(&HELD_OUT, incidents, history, judge);
            println!("\n{incidents} incidents, {} range, {attached}; {hears}", HELD_OUT.name);
            show(&tally);
        }
    }
}

fn show(tally: &Tally) {
    println!(
        "unsafe unpauses: {} of {} paused campaigns (must: 0)",
        tally.unsafe_unpauses.len(),
        tally.paused
    );
    for (n, decided) in &tally.unsafe_unpauses {
        println!(
            "    incident {n}: {}, called {}",
            decided.truth.verdict.as_str(),
            decided.plan.verdict.unwrap_or("nothing")
        );
    }
    let percent = |n: usize| tally.of_clean(n) * 100.0;
    println!(
        "clean ones refused: {} of {}, {:.1} %; without a wait or a reason {:.1} % (must: 3, aim: 1)",
        tally.refused.len(),
        tally.clean,
        percent(tally.refused.len()),
        percent(tally.unexplained as usize)
    );
    for (n, decided) in tally.refused.iter().filter(|(_, d)| d.unexplained()) {
        let says = decided.plan.failed().map(|f| format!("{}: {}", f.check.name(), f.detail));
        println!("    incident {n}: {}", says.collect::<Vec<_>>().join(" "));
    }
    let waits = tally.refused.iter().filter(|(_, d)| d.plan.retry_after(&[]).is_some()).count();
    println!("    {waits} say until when to wait; by check, of which it is the only one that fails:");
    for check in Check::ALL {
        let fails = |d: &Decided| d.plan.failed().any(|f| f.check == check);
        let of: Vec<&Decided> = tally.refused.iter().map(|(_, d)| d).filter(|d| fails(d)).collect();
        if !of.is_empty() {
            let alone = of.iter().filter(|d| d.plan.failed().count() == 1).count();
            println!("    {:24} {:>5} {alone:>5}", check.name(), of.len());
        }
    }
}
