//! Honest customers with the wrong letters.

use super::Plan;
use crate::catalogue;
use crate::model::{CampaignIdx, HashIdx, Source};
use crate::queue::{Act, Actor, Try};
use crate::truth::{ClusterId, ClusterKind, Verdict};

/// A code is printed with one wrong letter: many customers try the same unknown code once or twice, and most of them
/// find the right one within minutes.
pub(super) fn misprint(plan: &mut Plan<'_, '_>) -> (Verdict, bool) {
    let campaign = plan.campaign();
    plan.worthwhile(campaign);
    if plan.given.is_none() {
        plan.customers(campaign, 1.0, 0.03);
    }
    let right = plan.code(campaign);
    let wrong = catalogue::slip(&mut plan.rng, &mut plan.sim.book, right);
    let cluster = plan.cluster(ClusterKind::MistypedCode, Some(campaign));
    let minutes: Vec<i64> = plan.minutes().collect();
    for minute in minutes {
        for _ in 0..plan.rng.count(6.0 * plan.factor()) {
            let user = plan.sim.users.regular(&mut plan.rng);
            slip(plan, minute, user, wrong, right, cluster);
        }
    }
    (Verdict::FalsePositive, true)
}

/// Everybody mistypes something else, on all campaigns: a confusing typeface, an autocorrecting keyboard.
pub(super) fn scattered(plan: &mut Plan<'_, '_>) -> (Verdict, bool) {
    let minutes: Vec<i64> = plan.minutes().collect();
    let live: Vec<CampaignIdx> = (0..plan.sim.campaigns.len() as u32)
        .map(CampaignIdx)
        .filter(|c| {
            let row = &plan.sim.campaigns[c.0 as usize];
            row.status == crate::model::Status::Active && !row.new_users_only && !row.first_purchase_only
        })
        .take(24)
        .collect();
    assert!(!live.is_empty(), "no live campaign to mistype: raise Config::campaigns");
    for minute in minutes {
        for _ in 0..plan.rng.count(6.0 * plan.factor()) {
            let campaign = *plan.rng.pick(&live);
            let right = plan.code(campaign);
            let wrong = catalogue::slip(&mut plan.rng, &mut plan.sim.book, right);
            let user = plan.sim.users.regular(&mut plan.rng);
            slip(plan, minute, user, wrong, right, ClusterId::BACKGROUND);
        }
    }
    (Verdict::Healthy, true)
}

fn slip(
    plan: &mut Plan<'_, '_>,
    minute: i64,
    user: crate::users::UserIdx,
    wrong: HashIdx,
    right: HashIdx,
    cluster: ClusterId,
) {
    let at = plan.within(minute);
    let attempt = Try {
        user,
        code: wrong,
        source: Source::Command,
        actor: Actor::Customer,
        cluster,
        meant: Some(right),
        patience: plan.rng.below(3) as u8,
        again: 0,
    };
    plan.sim.queue.push(at, Act::Try(attempt));
}
