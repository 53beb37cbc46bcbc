//! The pause of a campaign as the extension would date it from these rows.

use super::facts::{History, moment};
use promo_guard_core::guard::Failure;
use promo_guard_core::policy::Policy;
use promo_guard_core::triage::{Pause, Recorded, Trail};
use promo_guard_generator::{Attempt, CampaignIdx, Dataset, Status};

/// The pause, where the campaign is PAUSED; `attempts` are those on its code up to the end, in order of time.
pub fn pause(
    data: &Dataset,
    idx: CampaignIdx,
    attempts: &[&Attempt],
    history: History,
    policy: &Policy,
) -> Option<Pause> {
    let row = data.campaign(idx);
    if row.status != Status::Paused {
        return None;
    }
    let (now, rule, reach) = (moment(data.end), policy.guard(), policy.verdict_reach());
    let mut trail = Trail {
        updated_at: Some(moment(row.updated_at)),
        history_attached: Some(history == History::Attached),
        ..Trail::default()
    };
    if history == History::Attached {
        let last = data.status_changes.iter().rev().find(|c| c.campaign == idx);
        trail.recorded = last
            .filter(|c| c.to == Status::Paused)
            .map(|c| Recorded { at: moment(c.at), by: format!("{:?}", c.by) });
    } else {
        let from = moment(row.updated_at).min(now) - reach.micros();
        let of = |result: &'static str| {
            attempts.iter().filter(move |a| a.result.as_str() == result).map(|a| (a.at, moment(a.at)))
        };
        let valid = |at| row.valid_from <= at && at < row.valid_until;
        trail.last_accepted = of("ACCEPTED").map(|(_, at)| at).rfind(|at| *at >= from);
        let since = trail.last_accepted.unwrap_or(from);
        trail.first_expired =
            of("EXPIRED").find(|(at, since_2000)| *since_2000 >= since && valid(*at)).map(|(_, at)| at);
    }
    let (_, until) = trail.span(now, reach);
    let failures: Vec<Failure> = attempts
        .iter()
        .filter(|a| a.result.counts_for_guard() && moment(a.at) <= until)
        .map(|a| Failure { at: moment(a.at), user: a.user.map(|u| u.get()) })
        .collect();
    Some(trail.pause(rule, &failures, now, reach))
}
