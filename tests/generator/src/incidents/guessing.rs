//! Codes made up: no campaign is concerned.

use super::Plan;
use crate::catalogue;
use crate::model::{CampaignIdx, HashIdx, Source};
use crate::rng::{MINUTE, Rng};
use crate::sim::Sim;
use crate::truth::{ClusterKind, Verdict};
use crate::users::UserIdx;

/// A code nobody has tried, made up after the pattern of an existing one.
fn guess(sim: &mut Sim<'_>, rng: &mut Rng) -> HashIdx {
    let model = CampaignIdx(rng.below(sim.campaigns.len()) as u32);
    let stem: String = sim.campaigns[model.0 as usize].code_prefix.clone();
    let plain = catalogue::fresh_code(rng, &sim.book, &stem);
    sim.book.intern(&plain)
}

/// Three programs, dozens of codes a minute, each code once.
pub(super) fn fast(plan: &mut Plan<'_, '_>) -> (Verdict, bool) {
    let cluster = plan.cluster(ClusterKind::Enumeration, None);
    let accounts: Vec<UserIdx> = (0..3).map(|_| plan.sim.users.sleeper()).collect();
    let minutes: Vec<i64> = plan.minutes().collect();
    for minute in minutes {
        for _ in 0..plan.rng.count(40.0 * plan.factor()) {
            let at = plan.within(minute);
            let user = *plan.rng.pick(&accounts);
            let code = guess(plan.sim, &mut plan.rng);
            plan.attempt(at, user, code, Source::Api, cluster);
        }
    }
    (Verdict::Healthy, true)
}

/// A dozen accounts or more, each a code every three minutes: below the limiter, for hours.
pub(super) fn slow(plan: &mut Plan<'_, '_>) -> (Verdict, bool) {
    let cluster = plan.cluster(ClusterKind::Enumeration, None);
    for _ in 0..(12.0 * plan.factor()) as usize {
        let user = plan.sim.users.sleeper();
        let mut at = plan.start + plan.rng.between(0, 3 * MINUTE);
        while at < plan.end {
            let code = guess(plan.sim, &mut plan.rng);
            plan.attempt(at, user, code, Source::Command, cluster);
            at += 3 * MINUTE + plan.rng.between(-20_000_000, 20_000_000);
        }
    }
    (Verdict::Healthy, true)
}

/// One try from each of many accounts, over a list of guesses that they share: no account and no code stands out.
pub(super) fn breadth_first(plan: &mut Plan<'_, '_>) -> (Verdict, bool) {
    let cluster = plan.cluster(ClusterKind::Enumeration, None);
    let per_minute = 35.0 * plan.factor();
    let minutes: Vec<i64> = plan.minutes().collect();
    let list: Vec<HashIdx> = (0..(per_minute * minutes.len() as f64 / 3.0) as usize + 1)
        .map(|_| guess(plan.sim, &mut plan.rng))
        .collect();
    for minute in minutes {
        for _ in 0..plan.rng.count(per_minute) {
            let at = plan.within(minute);
            let user =
                if plan.rng.chance(0.7) { plan.sim.users.newcomer(at) } else { plan.sim.users.sleeper() };
            let code = *plan.rng.pick(&list);
            plan.attempt(at, user, code, Source::Command, cluster);
        }
    }
    (Verdict::Healthy, true)
}
