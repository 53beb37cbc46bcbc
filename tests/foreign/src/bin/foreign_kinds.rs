//! Prints each kind: how often it came, its attempts, the share accepted, and its verdicts. `survey [shops] [first seed]`.

use promo_guard_foreign::kind::Kind;
use promo_guard_foreign::shop;
use promo_guard_habits::rows::Answer;
use std::collections::BTreeMap;

#[derive(Default)]
struct Line {
    count: usize,
    paused: usize,
    guard: usize,
    attempts: usize,
    accepted: usize,
    verdicts: BTreeMap<String, usize>,
}

fn main() {
    let mut numbers = std::env::args().skip(1).filter_map(|argument| argument.parse::<u64>().ok());
    let (shops, first) = (numbers.next().unwrap_or(300), numbers.next().unwrap_or(1));
    let mut lines: BTreeMap<Kind, Line> = BTreeMap::new();
    let (mut sizes, mut cases) = (Vec::new(), 0);
    for seed in first..first + shops {
        let (shop, truths) = shop(seed);
        sizes.push(shop.attempts.len());
        cases += truths.len();
        for truth in &truths {
            let line = lines.entry(truth.kind).or_default();
            line.count += 1;
            line.paused += usize::from(truth.paused);
            line.guard += usize::from(truth.by_guard);
            let code = shop.campaigns[truth.campaign].code;
            let tries =
                shop.attempts.iter().filter(|attempt| attempt.code == code && attempt.at >= truth.start);
            line.attempts += tries.clone().count();
            line.accepted += tries.filter(|attempt| attempt.answer == Answer::Accepted).count();
            let verdict = format!(
                "{:?}/{}",
                truth.verdict,
                truth.also.map_or("-".to_owned(), |also| format!("{also:?}"))
            );
            *line.verdicts.entry(verdict).or_default() += 1;
        }
    }
    sizes.sort_unstable();
    println!(
        "{shops} shops, {cases} campaigns with a truth; attempts {} to {}, median {}",
        sizes[0],
        sizes[sizes.len() - 1],
        sizes[sizes.len() / 2]
    );
    println!(
        "{:<26} {:>5} {:>6} {:>6} {:>8} {:>8}  verdicts",
        "kind", "count", "paused", "guard", "attempts", "accepted"
    );
    for (kind, line) in &lines {
        let share = 100.0 * line.accepted as f64 / line.attempts.max(1) as f64;
        let verdicts: Vec<String> =
            line.verdicts.iter().map(|(verdict, count)| format!("{verdict} {count}")).collect();
        println!(
            "{:<26} {:>5} {:>6} {:>6} {:>8} {:>7.0}%  {}",
            kind.label(),
            line.count,
            line.paused,
            line.guard,
            line.attempts / line.count,
            share,
            verdicts.join(", ")
        );
    }
    for kind in Kind::ALL.iter().filter(|kind| !lines.contains_key(kind)) {
        println!("{:<26}     0", kind.label());
    }
}
