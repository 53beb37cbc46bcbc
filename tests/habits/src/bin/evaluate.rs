//! What is known of the model: habits and kinds left out of the fit, the value of each measure, and other ways to judge.
//! `evaluate [habits|kinds|ablation|models] [shops]`.

use promo_guard_core::classify::{FEATURES, Measures};
use promo_guard_core::policy::Policy;
use promo_guard_habits::fit::{Case, cases, judge_all, judge_by, train};
use promo_guard_habits::habits::Region;
use promo_guard_habits::score::{Judged, Score};
use promo_guard_habits::story::{Choice, shop};
use promo_guard_habits::truth::Kind;
use promo_guard_habits::view::View;
use promo_guard_habits::{bayes, former};

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let what = args.first().map_or("all", String::as_str);
    let shops: u64 = args.get(1).and_then(|n| n.parse().ok()).unwrap_or(400);
    if matches!(what, "all" | "habits") {
        habits(shops);
    }
    if matches!(what, "all" | "kinds") {
        kinds(shops);
    }
    if matches!(what, "all" | "ablation") {
        ablation(shops);
    }
    if matches!(what, "all" | "models") {
        models(shops);
    }
}

/// A seed range that no fit sees.
const HELD_OUT: u64 = 5_000_000;

fn head() {
    println!(
        "{:34} {:>5} {:>7} {:>7} {:>7} {:>7} {:>7} {:>6} {:>6} {:>6} {:>6}",
        "", "n", "right", "unsafe", "accused", "missed", "undecid", "F1", "F1 sh", "F1 10", "calib"
    );
}

fn line(title: &str, judged: &[Judged]) {
    let s = Score::of(judged);
    println!(
        "{title:34} {:5} {:6.1}% {:>7} {:6.1}% {:6.1}% {:6.1}% {:6.3} {:6.3} {:6.3} {:6.3}",
        judged.len(),
        100.0 * s.right.share(),
        format!("{}/{}", s.unsafe_lifted.hits, s.unsafe_lifted.of),
        100.0 * s.accused.share(),
        100.0 * s.missed.share(),
        100.0 * s.undecided.share(),
        s.macro_f1,
        s.by_shop.0,
        s.by_shop.1,
        s.calibration
    );
}

/// The model of 0.2.0 on the same shops.
fn before(first: u64, shops: u64, choice: &Choice) -> Vec<Judged> {
    let policy = Policy::default();
    let mut found = Vec::new();
    for seed in first..first + shops {
        let shop = shop(seed, choice);
        let view = View::of(&shop);
        for truth in &shop.truth {
            let (verdict, confidence) = former::verdict(&view, truth.campaign, &policy);
            found.push(Judged { seed, truth: truth.clone(), verdict, confidence });
        }
    }
    found
}

fn habits(shops: u64) {
    println!("\nHabits left out: fitted on {} shops without any of them", 2 * shops);
    let (model, _) = train(&cases(0, 2 * shops, &Choice::of(Region::Common)), &[]);
    head();
    let mut all = Vec::new();
    for region in Region::HELD_OUT {
        let choice = Choice::of(region);
        let found = judge_all(cases(HELD_OUT, shops / 4, &choice).iter(), &model);
        line(&format!("{region:?}"), &found);
        line("    0.2.0", &before(HELD_OUT, shops / 4, &choice));
        // Seeds of one region are shops of their own.
        all.extend(found.into_iter().map(|j| Judged { seed: j.seed * 10 + region as u64, ..j }));
    }
    line("all habits left out", &all);
    Score::of(&all).print("all habits left out");
}

fn kinds(shops: u64) {
    println!("\nKinds left out: each fitted without it, scored on shops with it alone");
    head();
    let groups: [&[Kind]; 12] = [
        &[Kind::TvSpot, Kind::Influencer],
        &[Kind::LaunchDay, Kind::SchoolClass],
        &[Kind::Newsletter, Kind::WinBack],
        &[Kind::DoubleTaps, Kind::RetryLoop],
        &[Kind::LeakedToFarm],
        &[Kind::LeakedToPeople],
        &[Kind::Hammered, Kind::RepeatBots],
        &[Kind::GuessersFound],
        &[Kind::TakenOver, Kind::AgedFarm],
        &[Kind::LeakedBatch, Kind::BatchMailing],
        &[Kind::AttackOnFault],
        &[Kind::ScopeEdited, Kind::PerUserLowered, Kind::LimitTooSmall],
    ];
    let all = cases(0, shops, &Choice::of(Region::All));
    for group in groups {
        let without: Vec<Case> =
            all.iter().filter(|case| !group.contains(&case.truth.kind)).cloned().collect();
        let (model, _) = train(&without, &[]);
        let choice = Choice::of(Region::All).only(group);
        let found = judge_all(cases(HELD_OUT, shops / 8, &choice).iter(), &model);
        line(&format!("{group:?}"), &found);
    }
}

fn ablation(shops: u64) {
    println!("\nEach measure left out: fitted on {shops} shops, scored on {shops} others");
    let (fitted_on, scored_on) =
        (cases(0, shops, &Choice::of(Region::All)), cases(HELD_OUT, shops, &Choice::of(Region::All)));
    head();
    let (model, _) = train(&fitted_on, &[]);
    line("with every measure", &judge_all(scored_on.iter(), &model));
    for (i, name) in FEATURES.iter().enumerate() {
        let (model, _) = train(&fitted_on, &[i]);
        line(&format!("without: {name}"), &judge_all(scored_on.iter(), &model));
    }
    for (title, without) in [
        ("without: who comes", vec![8, 9]),
        ("without: comparison with bursts", vec![6, 8, 9]),
        ("without: behaviour", vec![0, 1, 2, 3, 4, 5, 6]),
    ] {
        let (model, _) = train(&fitted_on, &without);
        line(title, &judge_all(scored_on.iter(), &model));
    }
}

fn models(shops: u64) {
    println!(
        "\nOther ways from measures to the chance of abuse: fitted on {shops} shops, scored on {shops} others"
    );
    let (fitted_on, scored_on) =
        (cases(0, shops, &Choice::of(Region::All)), cases(HELD_OUT, shops, &Choice::of(Region::All)));
    head();
    let (model, _) = train(&fitted_on, &[]);
    line("0.2.0", &before(HELD_OUT, shops, &Choice::of(Region::All)));
    line("rules of the row, then logistic", &judge_all(scored_on.iter(), &model));
    let rules = |m: &Measures| {
        let clear = m[..8].iter().filter(|x| **x > 0.4).count();
        match clear {
            2.. => 0.97,
            1 => 0.5,
            _ if m[8] + m[9] > 0.6 => 0.4,
            _ => 0.02,
        }
    };
    line("rules of the row, then rules", &judge_by(scored_on.iter(), &model, &rules));
    let bayes = bayes::Bayes::of(&fitted_on);
    line("rules of the row, then naive Bayes", &judge_by(scored_on.iter(), &model, &|m| bayes.chance(m)));
    let newness = |m: &Measures| 0.02 + 0.96 * m[8];
    line("new users alone", &judge_by(scored_on.iter(), &model, &newness));
    let nothing = |_: &Measures| 0.01;
    line("rules of the row alone", &judge_by(scored_on.iter(), &model, &nothing));
}
