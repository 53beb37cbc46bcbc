//! The failures of one known code: which of its users are attackers, which are customers, and why those failed.
//!
//! A known code never links users by itself (trap 15): each of its pairs is judged by what that user did and by the state
//! of the campaign at the time. So one code can have several clusters, its attackers' and its customers'.

use super::facts::Known;
use super::fault::{self, Cause, Fault};
use super::hammer;
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
    let hammered = hammer::visits(&traces, settings);
    let cause = fault::find(picture, known, &traces, &paused, settings);
    let (kept_out, since) = match cause {
        Some(Cause::Fault(fault, since)) => {
            finding.fault = Some(fault);
            (false, since)
        }
        Some(Cause::NotForThem(since)) => (true, since),
        None => (false, u32::MAX),
    };

    for (kind, t) in finding.kinds.iter_mut().zip(&traces) {
        if t.failed == 0 {
            continue;
        }
        *kind = Some(if t.storm {
            Kind::RetryStorm
        } else if t.user && hammered.is_some_and(|visits| t.visits >= visits) {
            Kind::AbusedCode
        } else if kept_out && t.refused > 0 && t.accepted == 0 && t.last >= since {
            Kind::AbusedCode
        } else if hammered.is_none() && strangers.as_ref().is_some_and(|surge| surge.has(t)) {
            Kind::LeakedCode
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

/// Whether an outcome says that the campaign was open for this code at the time.
pub(super) const fn open(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Accepted | Outcome::NotApplicable)
}
