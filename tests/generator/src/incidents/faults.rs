//! Configurations gone wrong (trap 7).

use super::Plan;
use crate::model::Micros;
use crate::queue::Edit;
use crate::rng::DAY;
use crate::truth::Verdict;

/// Somebody edits `valid_until` and gets the year wrong: from one minute to the next everybody is told EXPIRED, and
/// the end lies before the latest successes.
pub(super) fn validity_in_past(plan: &mut Plan<'_, '_>) -> (Verdict, bool) {
    let campaign = plan.campaign();
    plan.start_after_job();
    if plan.given.is_none() {
        plan.customers(campaign, 14.0 * plan.factor(), 0.03);
    }
    let until = plan.sim.campaigns[campaign.0 as usize].valid_until.0 - 365 * DAY;
    plan.edit(campaign, Edit::ValidUntil(Micros(until)));
    plan.broken(campaign);
    (Verdict::ConfigRegression, false)
}

/// A campaign announced to everybody is launched with a limit of a few dozen: used up within minutes.
pub(super) fn limit_used_up(plan: &mut Plan<'_, '_>) -> (Verdict, bool) {
    let campaign = plan.campaign();
    plan.worthwhile(campaign);
    let limit = 20 + plan.rng.below(30) as i32;
    plan.begins_now(campaign, Some(limit));
    let end = plan.sim.end;
    plan.rush(campaign, end, 24.0 * plan.factor(), 0.05);
    plan.broken(campaign);
    (Verdict::ConfigRegression, false)
}

/// Somebody ticks `new_users_only` on a campaign for everybody: regulars are turned away in numbers.
pub(super) fn wrong_audience(plan: &mut Plan<'_, '_>) -> (Verdict, bool) {
    let campaign = plan.campaign();
    if plan.given.is_none() {
        plan.customers(campaign, 14.0 * plan.factor(), 0.03);
    }
    plan.edit(campaign, Edit::NewUsersOnly);
    plan.broken(campaign);
    (Verdict::ConfigRegression, false)
}

/// Somebody sets a scope that no product is in: the code is accepted and reserved, but nothing can be bought; people
/// send it again and are told that they have used it. Few customers: no pause; many: the guard fires.
pub(super) fn wrong_scope(plan: &mut Plan<'_, '_>) -> (Verdict, bool) {
    let campaign = plan.campaign();
    plan.worthwhile(campaign);
    if plan.given.is_none() {
        plan.customers(campaign, 6.0 * plan.factor(), 0.03);
    }
    plan.edit(campaign, Edit::Scope("PREMIUM_2025"));
    plan.broken(campaign);
    (Verdict::ConfigRegression, false)
}
