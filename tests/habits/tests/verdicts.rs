//! The assessment on shops whose habits no fit has seen, and the fit itself.

use promo_guard_core::classify::FEATURES;
use promo_guard_core::classify::weights::{Model, standard_errors};
use promo_guard_core::policy::Policy;
use promo_guard_habits::fit::{cases, fit, judge_all, train};
use promo_guard_habits::former;
use promo_guard_habits::habits::Region;
use promo_guard_habits::score::{Judged, Score};
use promo_guard_habits::story::{Choice, shop};
use promo_guard_habits::truth::Kind;
use promo_guard_habits::view::View;

#[test]
fn habits_left_out_of_the_fit_are_judged_well_and_0_2_0_judges_them_badly() {
    let (model, _) = train(&cases(0, 400, &Choice::of(Region::Common)), &[]);
    let mut found = Vec::new();
    let mut former_found = Vec::new();
    let policy = Policy::default();
    for (i, region) in Region::HELD_OUT.into_iter().enumerate() {
        let first = 7_000_000 + 1_000 * i as u64;
        found.extend(judge_all(cases(first, 50, &Choice::of(region)).iter(), &model));
        for seed in first..first + 50 {
            let shop = shop(seed, &Choice::of(region));
            let view = View::of(&shop);
            for truth in &shop.truth {
                let (verdict, confidence) = former::verdict(&view, truth.campaign, &policy);
                former_found.push(Judged { seed, truth: truth.clone(), verdict, confidence });
            }
        }
    }
    let (score, before) = (Score::of(&found), Score::of(&former_found));
    assert!(score.macro_f1 > 0.95, "{}", score.macro_f1);
    assert!(score.accused.share() <= 0.02, "{}", score.accused);
    assert!(score.missed.share() <= 0.04, "{}", score.missed);
    assert!(score.undecided.share() <= 0.08, "{}", score.undecided);
    assert!(score.unsafe_lifted.share() <= 0.015, "{}", score.unsafe_lifted);
    assert!(before.macro_f1 < 0.75 && before.accused.share() > 0.15, "the same shops are hard");
}

#[test]
fn what_was_never_announced_to_the_fit_is_not_called_fine() {
    let strange = [Kind::TakenOver, Kind::AgedFarm, Kind::GuessersFound];
    let (model, _) = train(&cases(0, 200, &Choice::of(Region::All).without(&strange)), &[]);
    let found = judge_all(cases(8_000_000, 40, &Choice::of(Region::All).only(&strange)).iter(), &model);
    let score = Score::of(&found);
    assert!(score.missed.of > 40 && score.missed.share() <= 0.12, "{}", score.missed);
}

#[test]
fn a_fit_finds_signs_of_abuse_and_drops_what_says_nothing() {
    let cases = cases(0, 120, &Choice::of(Region::All));
    let found = fit(cases.iter(), &[0, 9]);
    assert_eq!((found.weights.each[0], found.weights.each[9]), (0.0, 0.0), "left out");
    assert!(found.weights.each.iter().all(|w| *w >= 0.0));
    assert!(found.weights.each[1] > 1.0 && found.errors[2] > 0.0);
    // What is fitted explains the cases better than nothing: at its best the gradient of the intercept is none.
    let counted: Vec<_> = cases.iter().filter(|c| c.counts).collect();
    let expected: f64 = counted.iter().map(|c| 1.0 / (1.0 + (-found.weights.odds(&c.measures)).exp())).sum();
    let seen = counted.iter().filter(|c| c.truth.kind.is_abuse()).count() as f64;
    assert!((expected - seen).abs() < 0.01, "{expected} {seen}");
}

#[test]
fn the_weights_in_use_are_fitted_with_errors() {
    let model = Model::default();
    assert_eq!(standard_errors().len(), FEATURES.len());
    assert!(standard_errors().iter().filter(|e| **e > 0.0).count() > FEATURES.len() / 2);
    assert!(model.limits.fine < model.limits.abuse);
    assert!(model.reliability.0.iter().all(|(.., right)| (0.0..1.0).contains(right)));
}
