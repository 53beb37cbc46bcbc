//! Why an open campaign rejects users: its configuration (trap 7), or because it is not for them.

use super::facts::{Known, Status};
use super::pauses::Paused;
use super::picture::Picture;
use super::settings::Settings;
use super::surge::{self, Change};
use super::trace::{Trace, Traces};

/// What is wrong with a configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It was made to end before customers had stopped using it.
    Validity,
    /// Used up as soon as it began.
    Limit,
    /// Its audience flags keep out those who used it before.
    Audience,
    /// Accepted, and nothing to buy with it: customers come back and have used it already.
    Scope,
    /// Customers are rejected, and the row no longer says why.
    Unknown,
}

/// What keeps people out, and from which moment on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    /// The configuration.
    Fault(Fault, u32),
    /// They are not those whom the campaign is for, who go on using it.
    NotForThem(u32),
}

/// Looks for it; `None` where nothing stands out, or the campaign came to its end in the ordinary course.
pub(super) fn find(
    picture: &Picture,
    known: &Known,
    traces: &Traces,
    paused: &Paused,
    settings: &Settings,
) -> Option<Cause> {
    let enough = |n: usize| n >= settings.config_users as usize;
    if !enough(traces.expired) && !enough(traces.refused) {
        return None;
    }
    let traces = &traces.list;
    if let Some(first) = validity(picture, known, traces, &enough) {
        return Some(Cause::Fault(Fault::Validity, first));
    }
    if let Some(since) = scope(picture, known, traces, settings) {
        return Some(Cause::Fault(Fault::Scope, since));
    }
    if !enough(traces.iter().filter(|t| t.refused > 0 && t.accepted == 0).count()) {
        return None;
    }
    let change = surge::change(traces)?;
    if change.refused_share() < 0.5 || !enough(change.refused) {
        return None;
    }
    let limited = known.max_total_uses.is_some() && change.refused_share() > 0.8;
    if known.status == Status::Expired || known.status == Status::Depleted {
        return None;
    }
    if known.audience && !limited && still_used(picture, known, paused, &change) {
        return Some(Cause::NotForThem(change.at));
    }
    if limited {
        // A limit that is reached is reached in the ordinary course, but for one that was too small from the first hour on.
        let lasted = picture.moment(change.at).saturating_sub(known.valid_from?);
        return (lasted <= settings.limit_lasts).then_some(Cause::Fault(Fault::Limit, change.at));
    }
    let fault = if known.audience { Fault::Audience } else { Fault::Unknown };
    Some(Cause::Fault(fault, change.at))
}

/// Where nothing can be bought people come back, not at once as with a double tap but when they have looked round: since the
/// moment from which most of those accepted do. A scope that is in use elsewhere may be wrong for this campaign all the same;
/// then it takes more of them.
fn scope(picture: &Picture, known: &Known, traces: &[Trace], settings: &Settings) -> Option<u32> {
    let gap = u32::try_from(settings.visit_gap / picture.tick.max(1)).unwrap_or(u32::MAX);
    let back = |t: &Trace| t.refused > 0 && t.first_refused > t.first_accepted.saturating_add(gap);
    let accepted = traces.iter().filter(|t| t.accepted > 0);
    if accepted.clone().filter(|t| back(t)).count() < settings.config_users as usize {
        return None;
    }
    let change = surge::split(accepted.map(|t| (t.first_accepted, back(t))).collect())?;
    let least = if known.scope_known { 0.3 } else { 0.1 };
    if change.refused < settings.config_users as usize || change.refused_share() < least {
        return None;
    }
    // In the first moments of the window: it was so before.
    Some(if change.at <= gap { 0 } else { change.at })
}

/// Outside of a pause a campaign answers EXPIRED for its validity alone. An end that came in the ordinary course lies
/// where the successes end; one that was edited in lies before them.
fn validity(
    picture: &Picture,
    known: &Known,
    traces: &[Trace],
    enough: &dyn Fn(usize) -> bool,
) -> Option<u32> {
    let expired = traces.iter().filter(|t| t.expired > 0);
    if !enough(expired.clone().count()) {
        return None;
    }
    let seen = traces.iter().filter(|t| t.accepted > 0).map(|t| picture.moment(t.last_accepted)).max();
    let last = seen.max(known.earlier.and_then(|e| e.last_accepted));
    let until = known.valid_until?;
    let upside_down = known.valid_from.is_some_and(|from| from >= until);
    (upside_down || last.is_some_and(|at| at > until)).then(|| expired.map(|t| t.first_expired).min())?
}

/// Whether those whom the campaign is for go on using it as before, while others are rejected.
fn still_used(picture: &Picture, known: &Known, paused: &Paused, change: &Change) -> bool {
    let ticks = |from: u32, until: u32| f64::from(until.saturating_sub(from));
    let end = u32::try_from((picture.until - picture.from) / picture.tick.max(1)).unwrap_or(u32::MAX);
    let open_until = paused.first().filter(|at| *at > change.at).unwrap_or(end);
    let lasted = ticks(change.at, open_until).max(1.0);
    let minutes = |micros: f64| micros / 60e6;
    let (accepted_before, users_before) = if change.accepted_before + change.refused_before >= 5 {
        let over = ticks(0, change.at).max(1.0);
        let users = change.accepted_before + change.refused_before;
        (change.accepted_before as f64 / over, users as f64 / over)
    } else if let Some(earlier) = known.earlier.filter(|e| minutes(e.over as f64) >= 60.0) {
        let over = earlier.over as f64 / picture.tick as f64;
        (f64::from(earlier.accepted) / over, f64::from(earlier.users) / over)
    } else {
        return false;
    };
    let expected = accepted_before * lasted;
    let more = (change.accepted + change.refused) as f64 >= 2.0 * users_before * lasted;
    more && (expected < 3.0 || change.accepted as f64 >= 0.4 * expected)
}
