//! The picture and the facts that the extension would have read out of a database with these rows.

use super::pause::pause;
use promo_guard_core::attempt::{Attempt, CodeHash, Outcome};
use promo_guard_core::clusters::{
    Closest, Draft, Earlier, Facts, Known, Picture, Seen, Settings, Slot, Status as State, closer, closest,
};
use promo_guard_core::policy::Policy;
use promo_guard_core::triage::Stretch;
use promo_guard_generator::{CampaignIdx, Dataset, HashIdx, Micros, Status};
use std::collections::HashSet;

/// 2000-01-01 in the generator's count, which begins with 1970.
const EPOCH: i64 = 946_684_800_000_000;
const MINUTE: i64 = 60_000_000;
const DAY: i64 = 1440 * MINUTE;

/// How much is known of pauses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum History {
    /// Our own status history is attached.
    Attached,
    /// It is not: the rows as they stand, and the answers that people got.
    None,
}

/// A moment in core's count.
pub fn moment(at: Micros) -> i64 {
    at.0 - EPOCH
}

/// A code as core has it.
pub fn code(data: &Dataset, code: HashIdx) -> CodeHash {
    CodeHash::Digest(data.codes.hash(code).0)
}

/// The attempts of a window.
pub fn picture(data: &Dataset, from: Micros, until: Micros) -> Picture {
    let attempts = data.attempts.iter().filter(|a| from <= a.at && a.at <= until);
    Picture::of(moment(from), moment(until), attempts.map(|a| attempt(data, a)))
}

/// What the queries would have found about that picture.
pub fn facts(data: &Dataset, picture: &Picture, history: History, settings: &Settings) -> Facts {
    let mut known: Vec<Known> = Vec::new();
    for (i, row) in data.campaigns.iter().enumerate() {
        let idx = CampaignIdx(i as u32);
        let Some(place) = picture.find(&code(data, row.code)) else { continue };
        let on_code: Vec<_> =
            data.attempts.iter().filter(|a| a.code == row.code && moment(a.at) <= picture.until).collect();
        // In use by others, the default of policy `known_scopes`.
        let scope_known =
            data.campaigns.iter().enumerate().any(|(j, c)| j != i && c.target_scope == row.target_scope);
        known.push(Known {
            campaign: row.id.0,
            code: place,
            status: State::read(row.status.as_str()),
            pause: pause(data, idx, &on_code, history, &Policy::default()),
            valid_from: Some(moment(row.valid_from)),
            valid_until: Some(moment(row.valid_until)),
            max_total_uses: row.max_total_uses.map(i64::from),
            used_total: Some(i64::from(row.used_total)),
            audience: row.new_users_only || row.first_purchase_only,
            scope_known,
            pauses: if history == History::Attached { pauses(data, idx) } else { Vec::new() },
            pauses_recorded: history == History::Attached,
            earlier: None,
        });
    }
    let mut draft = Draft::of(picture, &known, settings, &mut || ());
    let closer = closer(&draft, picture, settings);
    for known in known.iter_mut().filter(|k| closer.codes.contains(&k.code)) {
        known.earlier = Some(earlier(data, picture, known));
    }
    let before = data.attempts.iter().filter(|a| {
        (picture.from - settings.abuse_within..picture.from).contains(&moment(a.at))
            && picture.find(&code(data, a.code)).is_some_and(|place| closer.codes.contains(&place))
    });
    let before =
        Picture::of(picture.from - settings.abuse_within, picture.from - 1, before.map(|a| attempt(data, a)));
    let slots = if closer.slots { slots(data, picture) } else { Vec::new() };
    let mut facts = Facts { known, slots, before: Some(before), seen: None };
    for _ in 0..2 {
        let found = seen(data, picture, closest(&mut draft, picture, &facts, settings, &mut || ()));
        let seen = facts.seen.get_or_insert_default();
        seen.asked.extend(found.asked);
        seen.users.extend(found.users);
        seen.codes.extend(found.codes);
    }
    facts
}

/// Who and what of those asked about was seen more than two hours before the window.
fn seen(data: &Dataset, picture: &Picture, closest: Closest) -> Seen {
    let end = data.attempts.partition_point(|a| moment(a.at) < picture.from - 120 * MINUTE);
    let users: HashSet<i64> = data.attempts[..end]
        .iter()
        .filter(|a| a.result.as_str() == "ACCEPTED")
        .filter_map(|a| Some(a.user?.get()))
        .collect();
    let codes: HashSet<CodeHash> = data.attempts[..end].iter().map(|a| code(data, a.code)).collect();
    Seen {
        users: closest.users.iter().copied().filter(|user| users.contains(user)).collect(),
        asked: closest.users,
        codes: closest
            .codes
            .iter()
            .copied()
            .filter(|place| codes.contains(&picture.codes[*place as usize]))
            .collect(),
    }
}

fn attempt(data: &Dataset, a: &promo_guard_generator::Attempt) -> Attempt {
    Attempt {
        code: code(data, a.code),
        user: a.user.map(|u| u.get()),
        outcome: Outcome::read(a.result.as_str().as_bytes()),
        at: moment(a.at),
    }
}

fn pauses(data: &Dataset, campaign: CampaignIdx) -> Vec<Stretch> {
    let mut found: Vec<Stretch> = Vec::new();
    for change in data.status_changes.iter().filter(|c| c.campaign == campaign) {
        if change.to == Status::Paused {
            found.push(Stretch { from: moment(change.at), until: None });
        } else if let Some(pause) = found.last_mut()
            && change.from == Status::Paused
        {
            pause.until = Some(moment(change.at));
        }
    }
    found
}

/// The code's last thousand attempts within the day that ended two hours before the window, or before the pause.
fn earlier(data: &Dataset, picture: &Picture, known: &Known) -> Earlier {
    let paused = known.pauses.iter().map(|p| p.from).min().unwrap_or(picture.from);
    let until = picture.from.min(paused) - 120 * MINUTE;
    let from = (until - DAY).max(moment(data.begin));
    let hash = &picture.codes[known.code as usize];
    let mut over = until.saturating_sub(from);
    let mut users = HashSet::new();
    let (mut accepted, mut last_accepted, mut n) = (0, None, 0);
    let end = data.attempts.partition_point(|a| moment(a.at) <= until);
    for a in data.attempts[..end].iter().rev().take_while(|a| moment(a.at) >= from) {
        if code(data, a.code) != *hash {
            continue;
        }
        n += 1;
        if n > 1_000 {
            over = until - moment(a.at);
            break;
        }
        users.extend(a.user);
        if a.result.as_str() == "ACCEPTED" {
            accepted += 1;
            last_accepted = last_accepted.max(Some(moment(a.at)));
        }
    }
    Earlier { over, users: users.len() as u32, accepted, last_accepted }
}

/// The same half hour of up to seven earlier days.
fn slots(data: &Dataset, picture: &Picture) -> Vec<Slot> {
    let mut found = Vec::new();
    let minutes = (picture.until - picture.from).max(MINUTE) as f64 / MINUTE as f64;
    for day in [1, 2, 7] {
        let (from, until) = (picture.from - day * DAY, picture.until - day * DAY);
        if from < moment(data.begin) {
            break;
        }
        let start = data.attempts.partition_point(|a| moment(a.at) < from);
        let end = data.attempts.partition_point(|a| moment(a.at) <= until);
        let slot = &data.attempts[start..end];
        let invalid = slot.iter().filter(|a| a.result.as_str() == "INVALID").count();
        found.push(Slot { attempts: slot.len() as f64 / minutes, invalid: invalid as f64 / minutes });
    }
    found
}
