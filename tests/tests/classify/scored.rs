//! Verdicts on incidents that were never looked at while weights were chosen.

use promo_guard_core::classify::Verdict;
use promo_guard_core::policy::Policy;
use promo_guard_tests::scoring::facts::History;
use promo_guard_tests::scoring::scenario::HELD_OUT;
use promo_guard_tests::scoring::verdicts::{Quality, judged};

/// Of the verdicts given, those that are right; and campaigns without abuse that are accused of it, with how many there are.
fn given(quality: &Quality) -> (f64, u32, u32) {
    let open = Verdict::Inconclusive as usize;
    let sum = |of: &dyn Fn(usize, usize) -> bool| -> u32 {
        let cells = (0..5).flat_map(|truth| (0..5).map(move |called| (truth, called)));
        cells.filter(|(truth, called)| of(*truth, *called)).map(|(t, c)| quality.confusion[t][c]).sum()
    };
    let answered = sum(&|_, called| called != open);
    let right = sum(&|truth, called| called != open && truth == called);
    let clean = |truth: usize| truth == Verdict::FalsePositive as usize || truth == Verdict::Healthy as usize;
    let accused = sum(&|truth, called| clean(truth) && called == Verdict::AbuseLikely as usize);
    (f64::from(right) / f64::from(answered.max(1)), accused, sum(&|truth, _| clean(truth)))
}

/// A leak and a promotion can leave the same rows, and then the verdict is INCONCLUSIVE (JUDGEMENT): what must be right is every verdict
/// that is given, and nothing harmful may be called fine.
#[test]
fn verdicts_given_on_held_out_incidents_are_right_and_far_better_than_simpler_ways() {
    let policy = Policy::default();
    let mut ours = Quality::default();
    let mut others = [Quality::default(), Quality::default(), Quality::default()];
    let (mut confident, mut right, mut paused, mut called_fine) = (0u32, 0u32, 0u32, 0u32);
    for n in 0..108 {
        for j in judged(&HELD_OUT.scenario(n), 30, History::None, &policy) {
            ours.add(j.truth, j.ours.verdict);
            for (quality, verdict) in others.iter_mut().zip([j.runbook, j.components, j.rule]) {
                quality.add(j.truth, verdict);
            }
            paused += u32::from(j.unsafe_to_unpause);
            let fine = matches!(j.ours.verdict, Verdict::FalsePositive | Verdict::Healthy);
            called_fine += u32::from(j.unsafe_to_unpause && fine);
            if j.ours.confidence >= 0.9 && j.ours.verdict != Verdict::Healthy {
                confident += 1;
                right += u32::from(j.ours.verdict == j.truth);
            }
        }
    }
    assert!(paused > 30 && called_fine == 0, "{called_fine} of {paused} harmful ones called fine");
    let (share, accused, clean) = given(&ours);
    assert!(
        share >= 0.99 && accused == 0 && clean > 1_000,
        "{share:.3}, {accused} accused: {:?}",
        ours.confusion
    );
    let config = ours.f1(Verdict::ConfigRegression as usize);
    assert!(config >= 0.9, "F1 of faults {config:.3}: {:?}", ours.confusion);
    for other in others {
        assert!(given(&other).0 < 0.97 && other.macro_f1() < ours.macro_f1(), "{:?}", other.confusion);
    }
    assert!(confident > 30 && f64::from(right) >= 0.9 * f64::from(confident), "{right} of {confident}");
}
