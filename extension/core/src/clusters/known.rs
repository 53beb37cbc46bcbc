//! The failures of one known code: which of its users are attackers, which are customers, and why those failed.
//!
//! A known code never links users by itself (trap 15): each of its pairs is judged by what that user did and by the state
//! of the campaign at the time. So one code can have several clusters, its attackers' and its customers'.

use super::facts::{Known, Status};
use super::kind::Kind;
use super::pauses;
use super::picture::{Event, Picture};
use super::settings::Settings;
use super::surge;
use super::trace::{Trace, trace};
use crate::attempt::Outcome;
use std::ops::Range;

/// What was found out about a code.
#[derive(Debug, Clone, Default)]
pub(super) struct Finding {
    /// The kind of each pair that failed, in the picture's order; `None` for a pair that did not.
    pub kinds: Vec<Option<Kind>>,
    /// How many times its earlier users it has, where that is known.
    pub surge: Option<f64>,
    /// Why its configuration is called broken.
    pub fault: Option<Fault>,
    /// Since when it is paused, where it was in the window.
    pub paused_from: Option<u32>,
}

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
    /// Customers are turned away, and the row does not say why any more.
    Unknown,
}

/// Judges every pair of a code.
pub(super) fn judge(
    picture: &Picture,
    range: Range<usize>,
    known: &Known,
    settings: &Settings,
    buffer: &mut Vec<Event>,
) -> Finding {
    let mut finding = Finding { kinds: vec![None; range.len()], ..Finding::default() };
    buffer.clear();
    for pair in &picture.pairs[range.clone()] {
        buffer.extend_from_slice(picture.events_of(pair));
    }
    let refusals = buffer.iter().filter(|e| settings.failures.contains(e.outcome)).count();
    if refusals == 0 {
        return finding;
    }
    buffer.sort_unstable();
    let paused = pauses::of(picture, known, buffer, settings);
    finding.paused_from = paused.first();
    let traces: Vec<Trace> =
        picture.pairs[range.clone()].iter().map(|pair| trace(picture, pair, &paused, settings)).collect();

    let strangers = surge::strangers(picture, known, &traces, settings);
    finding.surge = strangers.as_ref().map(|s| s.ratio);
    let attackers = attackers(&traces, settings);
    let fault = fault(picture, known, &traces, settings);
    let since = fault.map_or(u32::MAX, |(_, since)| since);
    finding.fault = fault.map(|(fault, _)| fault);

    for (kind, t) in finding.kinds.iter_mut().zip(&traces) {
        if t.failed == 0 {
            continue;
        }
        *kind = Some(if t.storm {
            Kind::RetryStorm
        } else if attackers && t.is_attacker(settings) {
            Kind::AbusedCode
        } else if let Some(surge) = &strangers
            && surge.has(t)
        {
            surge.kind
        } else {
            customer(t, finding.fault, since)
        });
    }
    finding
}

/// What keeps a customer out: the most of their failures decide, and the campaign's own state last.
fn customer(t: &Trace, fault: Option<Fault>, since: u32) -> Kind {
    let broken = match fault {
        Some(Fault::Scope) => t.open_failed(),
        Some(Fault::Validity) => t.expired,
        // Who was accepted here and is turned away after that has used it.
        Some(_) if t.accepted == 0 => t.refused + t.limited,
        _ => 0,
    };
    let broken = if t.last >= since { broken } else { 0 };
    let other = t.open_failed() - broken;
    if t.paused > other && t.paused > broken {
        Kind::PauseEcho
    } else if broken > other {
        Kind::ConfigFailure
    } else {
        Kind::Background
    }
}

/// Whether enough users come back again and again for this to be an attack.
fn attackers(traces: &[Trace], settings: &Settings) -> bool {
    let core = traces.iter().filter(|t| t.user && !t.storm && t.visits >= settings.abuse_visits).count();
    core >= settings.abuse_users as usize
}

/// What is wrong with the configuration, and since when.
fn fault(picture: &Picture, known: &Known, traces: &[Trace], settings: &Settings) -> Option<(Fault, u32)> {
    let enough = |n: usize| n >= settings.config_users as usize;
    let moment = |at: u32| picture.moment(at);
    // Outside of a pause a campaign answers EXPIRED for its validity alone. An end that nobody had to look up came when
    // the row says; one that was edited in lies before successes (trap 7).
    let expired = traces.iter().filter(|t| t.expired > 0);
    if enough(expired.clone().count())
        && let Some(first) = expired.map(|t| t.first_expired).min()
    {
        let last_accepted = traces.iter().filter(|t| t.accepted > 0).map(|t| moment(t.last_accepted)).max();
        let last_accepted = last_accepted.max(known.earlier.and_then(|e| e.last_accepted));
        let over = |until| last_accepted.is_some_and(|at| at > until);
        let upside_down = known.valid_from >= known.valid_until && known.valid_until.is_some();
        if upside_down || known.valid_until.is_some_and(over) {
            return Some((Fault::Validity, first));
        }
    }
    if !known.scope_known {
        let back = traces.iter().filter(|t| t.accepted > 0 && t.refused > 0);
        if enough(back.clone().count()) {
            return Some((Fault::Scope, back.map(|t| t.first).min().unwrap_or(0)));
        }
    }
    let refused = traces.iter().filter(|t| t.refused > 0 && t.accepted == 0).count();
    if !enough(refused) {
        return None;
    }
    let change = surge::change(traces)?;
    if change.refused_share < 0.5 || !enough(change.refused) {
        return None;
    }
    let fault = if known.max_total_uses.is_some() {
        Fault::Limit
    } else if known.audience {
        Fault::Audience
    } else if known.status == Status::Active || known.status == Status::Paused {
        Fault::Unknown
    } else {
        return None;
    };
    Some((fault, change.at))
}

/// Whether an outcome says that the campaign was open for this code at the time.
pub(super) const fn open(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Accepted | Outcome::NotApplicable)
}
