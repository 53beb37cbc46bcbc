//! When a campaign was paused: from the history, else from what its users were answered.

use super::facts::{Known, Status};
use super::known::open;
use super::picture::{Event, Picture};
use super::settings::Settings;
use crate::Micros;
use crate::attempt::{Outcome, Outcomes};
use crate::guard::{self, Failure};

/// The pauses of a code within the window, in ticks, both ends included, apart from each other, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Paused(Vec<(u32, u32)>);

impl Paused {
    /// Of any, both ends included.
    pub fn between(mut pauses: Vec<(u32, u32)>) -> Self {
        if pauses.iter().all(|(from, until)| from <= until) && pauses.is_sorted_by(|a, b| a.1 < b.0) {
            return Self(pauses);
        }
        pauses.retain(|(from, until)| from <= until);
        pauses.sort_unstable();
        let mut apart: Vec<(u32, u32)> = Vec::with_capacity(pauses.len());
        for (from, until) in pauses {
            match apart.last_mut() {
                Some(last) if from <= last.1 => last.1 = last.1.max(until),
                _ => apart.push((from, until)),
            }
        }
        Self(apart)
    }

    /// Whether it was paused then.
    pub fn at(&self, at: u32) -> bool {
        // Of few all are looked at, without a branch.
        if self.0.len() <= 16 {
            return self
                .0
                .iter()
                .fold(false, |paused, (from, until)| paused | (*from <= at) & (at <= *until));
        }
        let begun = self.0.partition_point(|(from, _)| *from <= at);
        begun > 0 && self.0[begun - 1].1 >= at
    }

    /// The first moment of the first pause.
    pub fn first(&self) -> Option<u32> {
        self.0.first().map(|(from, _)| *from)
    }
}

/// What somebody was answered, and when: in order of time, and one number, which is sorted fastest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Answer(u64);

impl Answer {
    pub fn of(event: Event) -> Self {
        Self(u64::from(event.at) << 8 | event.outcome as u64)
    }

    fn event(self) -> Event {
        Event { at: (self.0 >> 8) as u32, outcome: Outcome::ALL[(self.0 & 0xff) as usize] }
    }
}

/// Whether an answer can tell of a campaign's pauses: all others need not be looked at. `guard_counts` are those that set off the
/// guard, which matter where the campaign is paused.
pub(super) fn tells(known: &Known, outcome: Outcome, guard_counts: Outcomes) -> bool {
    outcome == Outcome::Expired
        || open(outcome)
        || known.status == Status::Paused && guard_counts.contains(outcome)
}

/// The pauses of a campaign; `answers` are those on its code that [tell](tells), in order of time.
pub(super) fn of(picture: &Picture, known: &Known, answers: &[Answer], settings: &Settings) -> Paused {
    if known.pauses_recorded {
        return Paused::between(recorded(picture, known));
    }
    Paused::between(answered(picture, known, answers, settings))
}

fn recorded(picture: &Picture, known: &Known) -> Vec<(u32, u32)> {
    known
        .pauses
        .iter()
        .filter(|p| p.from <= picture.until && p.until.is_none_or(|until| until >= picture.from))
        .map(|p| (ticks(picture, p.from), p.until.map_or(u32::MAX, |until| ticks(picture, until))))
        .collect()
}

fn ticks(picture: &Picture, at: Micros) -> u32 {
    let past = i128::from(at) - i128::from(picture.from);
    u32::try_from((past / i128::from(picture.tick.max(1))).max(0)).unwrap_or(u32::MAX)
}

/// Without a history: a campaign within its validity that answers EXPIRED is paused, from the first such answer until it
/// answers otherwise. Outside its validity EXPIRED says nothing: there the evidence given decides, else the replay of the
/// guard (trap 2: `updated_at` moves with any edit).
fn answered(picture: &Picture, known: &Known, answers: &[Answer], settings: &Settings) -> Vec<(u32, u32)> {
    let given = recorded(picture, known);
    let valid = |at: u32| {
        let at = picture.moment(at);
        known.valid_from.is_none_or(|from| at >= from) && known.valid_until.is_none_or(|until| at < until)
    };
    let mut found: Vec<(u32, u32)> = Vec::with_capacity(answers.len().min(16));
    let mut running = false;
    let mut invalid = false;
    for event in answers.iter().map(|answer| answer.event()) {
        if event.outcome == Outcome::Expired {
            if !valid(event.at) {
                invalid = true;
                running = false;
            } else if running {
                if let Some(last) = found.last_mut() {
                    last.1 = event.at;
                }
            } else {
                found.push((event.at, event.at));
                running = true;
            }
        } else if open(event.outcome) {
            running = false;
        }
    }
    if known.status == Status::Paused {
        if running && let Some(last) = found.last_mut() {
            last.1 = u32::MAX;
        }
        // Every edit moves updated_at, the pause itself too: it has been paused since then at the latest.
        let latest = known.updated_at.unwrap_or(picture.from);
        if given.is_empty() && (invalid || latest <= picture.from) {
            let failures: Vec<Failure> = answers
                .iter()
                .map(|answer| answer.event())
                .enumerate()
                .filter(|(_, e)| settings.guard_counts.contains(e.outcome))
                // whose they were is not at hand here: the number alone is replayed
                .map(|(i, e)| Failure { at: picture.moment(e.at), user: Some(i as i64) })
                .collect();
            let since = guard::paused_since(settings.guard, &failures, latest).unwrap_or(latest);
            // The job comes round once a minute: where nothing was edited since, updated_at is when it came.
            let job = since.saturating_add(2 * guard::JOB_PERIOD.micros());
            let since = if latest <= job { latest } else { since };
            found.push((ticks(picture, since), u32::MAX));
        }
    }
    found.extend(given);
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn paused_is_what_lies_in_any_of_them(
            pauses in prop::collection::vec((0u32..400, 0u32..6), 0..60), at in 0u32..410
        ) {
            let pauses: Vec<(u32, u32)> = pauses.into_iter().map(|(from, length)| (from, from + length)).collect();
            let expected = pauses.iter().any(|(from, until)| (*from..=*until).contains(&at));
            prop_assert_eq!(Paused::between(pauses).at(at), expected);
        }
    }
}
