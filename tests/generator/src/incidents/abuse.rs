//! Known codes in the wrong hands.

use super::Plan;
use crate::model::Source;
use crate::queue::{Act, Actor, Try};
use crate::rng::{MINUTE, SECOND};
use crate::truth::{ClusterKind, Verdict};
use crate::users::UserIdx;

/// A code for new users only, hammered by old accounts that have never done anything here: each tries again and
/// again, as often as the limiter allows and beyond, some through a program. The campaign's own customers, who are
/// new, succeed until the guard pauses it, and fail from then on.
pub(super) fn hammered(plan: &mut Plan<'_, '_>) -> (Verdict, bool) {
    let campaign = plan.campaign();
    if plan.given.is_none() {
        plan.sim.campaign(campaign).new_users_only = true;
        plan.customers(campaign, 2.0, 0.03);
    }
    hammer(plan, campaign);
    (Verdict::AbuseLikely, false)
}

fn hammer(plan: &mut Plan<'_, '_>, campaign: crate::model::CampaignIdx) {
    let code = plan.code(campaign);
    let cluster = plan.cluster(ClusterKind::AbusedCode, Some(campaign));
    let per_minute = 18.0 * plan.factor();
    let strangers: Vec<UserIdx> =
        (0..(45.0 * plan.factor()) as usize).map(|_| plan.sim.users.sleeper()).collect();
    let minutes: Vec<i64> = plan.minutes().collect();
    for minute in minutes {
        for _ in 0..plan.rng.count(per_minute) {
            let at = plan.within(minute);
            let stranger = *plan.rng.pick(&strangers);
            let source = if plan.rng.chance(0.3) { Source::Api } else { Source::Command };
            plan.attempt(at, stranger, code, source, cluster);
        }
    }
}

/// A private code with a small quiet audience is posted where everybody reads it: strangers stream in, take it and
/// buy, many send it twice, and the failures of the second tries make the guard fire.
pub(super) fn leak(plan: &mut Plan<'_, '_>) -> (Verdict, bool) {
    let campaign = plan.campaign();
    plan.worthwhile(campaign);
    if plan.given.is_none() {
        plan.customers(campaign, 0.3, 0.03);
    }
    let code = plan.code(campaign);
    let cluster = plan.cluster(ClusterKind::LeakedCode, Some(campaign));
    let per_minute = 28.0 * plan.factor();
    let (start, end) = (plan.start, plan.end);
    let minutes: Vec<i64> = plan.minutes().collect();
    for minute in minutes {
        // Word spreads for five minutes, then fades slowly.
        let age = (minute - start) as f64 / (5 * MINUTE) as f64;
        let fade = 1.0 - 0.7 * (minute - start) as f64 / (end - start).max(1) as f64;
        for _ in 0..plan.rng.count(per_minute * (0.3 + 0.7 * age.min(1.0)) * fade) {
            let at = plan.within(minute);
            let user =
                if plan.rng.chance(0.6) { plan.sim.users.newcomer(at) } else { plan.sim.users.sleeper() };
            let attempt = Try {
                user,
                code,
                source: if plan.rng.chance(0.8) { Source::Command } else { Source::Button },
                actor: Actor::Leaker,
                cluster,
                meant: None,
                patience: plan.rng.below(3) as u8,
                again: u8::from(plan.rng.chance(0.6)) + u8::from(plan.rng.chance(0.2)),
            };
            plan.sim.queue.push(at, Act::Try(attempt));
        }
    }
    (Verdict::AbuseLikely, false)
}

/// A code is hammered and paused; twenty minutes later the recording of attempts dies for everything (trap 16).
pub(super) fn ingestion_gap(plan: &mut Plan<'_, '_>) -> (Verdict, bool) {
    let dead = plan.start + 20 * MINUTE + 7 * SECOND;
    let verdict = hammered(plan);
    let end = plan.sim.end;
    plan.sim.gaps.push((dead, end));
    verdict
}
