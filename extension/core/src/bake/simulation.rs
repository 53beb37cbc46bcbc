//! False alarms of the whole rule on campaigns that are as unusual as it says that a clean one may be: from a baseline that is
//! itself a sample, with people who try again, over fifteen looks. The chance of a false alarm is promised for a bake, whatever its
//! traffic, so it is counted by traffic, and among those that come to a clear verdict: few of the quiet ones do, and they must
//! not be mostly false.

use super::{Baseline, Plan, Seen, State, Tally, User, judge};
use crate::Span;

const FALSE_ALARM: f64 = 0.05;
const BAKES: u32 = 400;

/// Numbers without rhyme or reason, the same in every run (SplitMix64, Steele, Lea and Flood 2014).
struct Chance(u64);

impl Chance {
    fn share(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    fn happens(&mut self, share: f64) -> bool {
        self.share() < share
    }

    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + self.share() * (high - low)
    }

    fn one_of<T: Copy>(&mut self, of: &[T]) -> T {
        of[(self.share() * of.len() as f64) as usize]
    }

    /// A Poisson number: arrivals with exponential gaps.
    fn arrivals(&mut self, mean: f64) -> u64 {
        let (mut n, mut at) = (0, -self.share().max(1e-300).ln());
        while at < mean {
            n += 1;
            at -= self.share().max(1e-300).ln();
        }
        n
    }
}

/// A clean campaign with about so many users in the bake, and what was seen of it before.
fn clean(chance: &mut Chance, plan: &Plan, traffic: f64) -> (Baseline, Vec<User>) {
    let failing = chance.one_of(&[0.0, 0.01, 0.05, 0.1, 0.2, 0.28]);
    let before = chance.one_of(&[20u64, 60, 300, 2_000]);
    let minutes = 1_440.0;
    // Up to three times the normal number come; a campaign with one newcomer a minute always passes.
    let per_minute = traffic / 15.0;
    let usual = if per_minute <= 1.0 { 0.0 } else { per_minute / chance.between(1.0, 3.0) };
    let baseline = Baseline {
        users: before,
        failing: (0..before).filter(|_| chance.happens(failing)).count() as u64,
        newcomers: Some(chance.arrivals(usual * minutes)),
        minutes,
    };
    // This hour differs from that day by no more than is tolerated.
    let now = chance.between(failing - 0.05, failing + 0.03);
    let mut users = Vec::new();
    for look in 1..=plan.looks() {
        for _ in 0..chance.arrivals(per_minute) {
            let fails = chance.happens(now);
            let gets_in_later = !fails && chance.happens(0.02);
            let mut seen =
                vec![Seen { look, accepted: !fails && !gets_in_later, failed: fails || gets_in_later }];
            let mut next = look + 1;
            while fails && next <= plan.looks() && chance.happens(0.5) {
                seen.push(Seen { look: next, accepted: false, failed: true });
                next += 1;
            }
            if gets_in_later {
                seen.push(Seen { look: next, accepted: true, failed: false });
            }
            users.push(User { known: false, served: false, seen });
        }
    }
    (baseline, users)
}

#[test]
fn false_alarms_keep_to_policy_at_every_traffic_and_among_clear_verdicts() {
    let plan = Plan::new(0, Span::from_minutes(15), FALSE_ALARM).unwrap();
    let mut chance = Chance(15);
    let (mut failed_of_all, mut passed_of_all) = (0, 0);
    for traffic in [5.0, 12.0, 25.0, 60.0, 200.0, 600.0] {
        let (mut failed, mut passed, mut enough, mut failed_of_enough) = (0, 0, 0, 0);
        for _ in 0..BAKES {
            let (baseline, users) = clean(&mut chance, &plan, traffic);
            let judgement = judge(&plan, &baseline, &users, Some(1), 0, plan.looks());
            let false_alarm = judgement.state == State::Failed;
            failed += u32::from(false_alarm);
            passed += u32::from(judgement.state == State::Passed);
            if Tally::of(&users, 1..=plan.looks()).users >= judgement.needed {
                enough += 1;
                failed_of_enough += u32::from(false_alarm);
            }
        }
        println!(
            "{traffic} users: {failed} failed, {passed} passed; of {enough} with enough {failed_of_enough} failed"
        );
        assert!(
            f64::from(failed) <= FALSE_ALARM * f64::from(BAKES),
            "{failed} of {BAKES} at {traffic} users"
        );
        assert!(
            f64::from(failed_of_enough) <= FALSE_ALARM * f64::from(enough),
            "{failed_of_enough} of {enough} that had enough users, at {traffic}"
        );
        failed_of_all += failed;
        passed_of_all += passed;
    }
    assert!(passed_of_all > BAKES, "the simulation must have something to say: {passed_of_all}");
    assert!(
        f64::from(failed_of_all) <= FALSE_ALARM * f64::from(failed_of_all + passed_of_all),
        "{failed_of_all} failed, {passed_of_all} passed"
    );
}
