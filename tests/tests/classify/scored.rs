//! Verdicts on incidents that were never looked at while weights were chosen.

use promo_guard_core::classify::Verdict;
use promo_guard_core::policy::Policy;
use promo_guard_tests::scoring::facts::History;
use promo_guard_tests::scoring::scenario::HELD_OUT;
use promo_guard_tests::scoring::verdicts::{Quality, judged};

#[test]
fn verdicts_on_held_out_incidents_are_as_good_as_they_must_be_and_far_better_than_simpler_ways() {
    let policy = Policy::default();
    let mut ours = Quality::default();
    let mut others = [Quality::default(), Quality::default(), Quality::default()];
    let (mut confident, mut right) = (0u32, 0u32);
    for n in 0..108 {
        for j in judged(&HELD_OUT.scenario(n), 30, History::None, &policy) {
            ours.add(j.truth, j.ours.verdict);
            for (quality, verdict) in others.iter_mut().zip([j.runbook, j.components, j.rule]) {
                quality.add(j.truth, verdict);
            }
            if j.ours.confidence >= 0.9 && j.ours.verdict != Verdict::Healthy {
                confident += 1;
                right += u32::from(j.ours.verdict == j.truth);
            }
        }
    }
    assert!(ours.macro_f1() >= 0.95, "macro-F1 {:.3}: {:?}", ours.macro_f1(), ours.confusion);
    for other in others {
        assert!(other.macro_f1() < 0.6, "{:?}", other.confusion);
    }
    assert!(confident > 30 && f64::from(right) >= 0.9 * f64::from(confident), "{right} of {confident}");
}
