//! Nothing wrong with the campaign, whatever happened to its status.

use super::Plan;
use crate::config::Intensity;
use crate::model::{Micros, Source, Status};
use crate::queue::{Act, Edit};
use crate::rng::{MINUTE, SECOND};
use crate::truth::{ClusterKind, Verdict};

/// A campaign begins, announced to everybody: a rush of regulars who succeed; some tap twice.
pub(super) fn launch_spike(plan: &mut Plan<'_, '_>) -> (Verdict, bool) {
    let campaign = plan.campaign();
    plan.worthwhile(campaign);
    if plan.given.is_none() {
        plan.begins_now(campaign, None);
    }
    // Only the strongest rush makes the guard fire: one customer in ten taps twice.
    let rate = match plan.incident.intensity {
        Intensity::Low => 30.0,
        Intensity::Medium => 60.0,
        Intensity::High => 240.0,
    };
    for step in 0..4 {
        // Half as many each quarter of the hour.
        let from = plan.start + (plan.end - plan.start) * step / 4;
        let until = plan.start + (plan.end - plan.start) * (step + 1) / 4;
        let per_minute = rate / f64::from(1 << step);
        plan.demand(campaign, from, until, per_minute, 0.1);
    }
    let end = plan.sim.end;
    let over = plan.end;
    plan.demand(campaign, over, end, rate / 16.0, 0.05);
    (Verdict::FalsePositive, true)
}

/// A few customers' clients loop: hundreds of tries of a code they have already used, within seconds (trap 5).
pub(super) fn retry_storm(plan: &mut Plan<'_, '_>) -> (Verdict, bool) {
    let campaign = plan.campaign();
    if plan.given.is_none() {
        plan.customers(campaign, 1.5, 0.03);
    }
    let code = plan.code(campaign);
    let cluster = plan.cluster(ClusterKind::RetryStorm, Some(campaign));
    for _ in 0..4 {
        let user = plan.sim.users.regular(&mut plan.rng);
        let mut at = plan.start + plan.rng.between(1, 30 * SECOND);
        for _ in 0..plan.rng.count(55.0 * plan.factor()) {
            plan.attempt(at, user, code, Source::Api, cluster);
            at += plan.rng.between(SECOND / 10, SECOND / 2);
        }
    }
    (Verdict::FalsePositive, true)
}

/// A popular code: for a few minutes its success messages get lost, customers send it again, the guard fires; from
/// then on its own customers keep the guard's rule true by themselves (trap 1).
pub(super) fn pause_echo(plan: &mut Plan<'_, '_>) -> (Verdict, bool) {
    let campaign = plan.campaign();
    plan.worthwhile(campaign);
    if plan.given.is_none() {
        plan.customers(campaign, 9.5 * plan.factor(), 0.03);
    }
    hiccup(plan, campaign);
    (Verdict::FalsePositive, true)
}

/// The same with customers who tap until the limiter stops them: most of the demand shows as RATE_LIMITED (trap 6).
pub(super) fn rate_limit_echo(plan: &mut Plan<'_, '_>) -> (Verdict, bool) {
    let campaign = plan.campaign();
    plan.worthwhile(campaign);
    if plan.given.is_none() {
        plan.customers(campaign, 5.0 * plan.factor(), 0.03);
    }
    plan.sim.live(campaign).patience = 14;
    hiccup(plan, campaign);
    (Verdict::FalsePositive, true)
}

fn hiccup(plan: &mut Plan<'_, '_>, campaign: crate::model::CampaignIdx) {
    let end = plan.start + 6 * MINUTE;
    plan.rush(campaign, end, 24.0, 0.5);
    plan.sim.queue.push(plan.start, Act::Resubmissions(campaign, 2));
    plan.sim.queue.push(end, Act::Resubmissions(campaign, 0));
}

/// Somebody pauses a campaign that nothing is wrong with, and says nothing (trap 9). Its few customers echo, too few
/// for the guard's rule ever to hold.
pub(super) fn manual_pause(plan: &mut Plan<'_, '_>) -> (Verdict, bool) {
    let campaign = plan.campaign();
    if plan.given.is_none() {
        plan.customers(campaign, 0.8 * plan.factor(), 0.03);
    }
    plan.edit(campaign, Edit::Status(Status::Paused));
    (Verdict::Inconclusive, false)
}

/// A campaign reaches its planned end, and customers keep coming: the guard pauses it before the ten-minute job can
/// call it over (trap 7).
pub(super) fn ordinary_end(plan: &mut Plan<'_, '_>) -> (Verdict, bool) {
    let campaign = plan.campaign();
    plan.start_after_job();
    plan.customers(campaign, 13.0 * plan.factor(), 0.02);
    plan.sim.campaign(campaign).valid_until = Micros(plan.start);
    (Verdict::Healthy, false)
}
