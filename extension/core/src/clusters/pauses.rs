//! When a campaign was paused: from the history, else from what its users were answered.

use super::facts::{Known, Status};
use super::picture::{Event, Picture};
use crate::Micros;
use crate::attempt::Outcome;

/// Whether an outcome says that the campaign was open for this code at the time.
const fn open(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Accepted | Outcome::NotApplicable)
}

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

/// What a user was answered, and when: in order of time, and one number, which is sorted fastest.
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

/// Whether an answer can tell of a campaign's pauses: all others need not be looked at.
pub(super) const fn tells(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Expired) || open(outcome)
}

/// Whether a pause can have caused such an answer. NOT_APPLICABLE comes from an ACTIVE campaign, however the pause is dated.
pub(super) const fn causes(outcome: Outcome) -> bool {
    !matches!(outcome, Outcome::NotApplicable)
}

/// The pauses of a campaign; `answers` are those on its code that [tell](tells), in order of time.
pub(super) fn of(picture: &Picture, known: &Known, answers: &[Answer]) -> Paused {
    Paused::between(if known.pauses_recorded {
        recorded(picture, known)
    } else {
        answered(picture, known, answers)
    })
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

/// Without a history: a campaign that answers EXPIRED within its validity is paused, from the first such answer until it answers
/// otherwise. The pause that goes on is the campaign's own: it is not worked out a second time here.
fn answered(picture: &Picture, known: &Known, answers: &[Answer]) -> Vec<(u32, u32)> {
    let valid = |at: u32| {
        let at = picture.moment(at);
        known.valid_from.is_none_or(|from| at >= from) && known.valid_until.is_none_or(|until| at < until)
    };
    let mut found: Vec<(u32, u32)> = Vec::with_capacity(answers.len().min(16));
    let mut running = false;
    for event in answers.iter().map(|answer| answer.event()) {
        if event.outcome == Outcome::Expired {
            match found.last_mut() {
                _ if !valid(event.at) => running = false,
                Some(last) if running => last.1 = event.at,
                _ => {
                    found.push((event.at, event.at));
                    running = true;
                }
            }
        } else if open(event.outcome) {
            running = false;
        }
    }
    if known.status == Status::Paused {
        if let Some(at) = known.pause.as_ref().and_then(|pause| pause.certain_from()) {
            let since = ticks(picture, at);
            found.retain(|(from, _)| *from < since);
            if at <= picture.until {
                found.push((since, u32::MAX));
            }
        } else if running && let Some(last) = found.last_mut() {
            last.1 = u32::MAX;
        }
    } else if running && known.is_over() {
        // It fails because it is used up or over, not because of a pause.
        found.pop();
    }
    found.extend(recorded(picture, known));
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
