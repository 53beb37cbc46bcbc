//! Attempts that come from another process: in runs, one a code.

use super::codes::{self, Codes};
use super::numbers::{self, Numbers};
use super::row::{Act, Row};
use super::{PULSE, Tally};

/// What another process has seen, as it arrived. Only the numbers of its codes and users are made ours, once each.
#[derive(Debug)]
pub(super) struct Part {
    /// Of each run, the code and how many acts there are.
    pub runs: Vec<(u32, u32)>,
    /// Of each user of the part, the number and one; before them nobody's 0.
    pub users: Vec<u32>,
    /// Run after run; each by a user of the part.
    pub acts: Vec<Act>,
}

impl Part {
    /// The same where codes and users have other numbers.
    pub fn renamed(
        mut self,
        codes: &mut codes::Renamed<'_>,
        users: &mut numbers::Renamed<'_, i64>,
        into: (&mut Codes, &mut Numbers<i64>),
        pulse: fn(),
    ) -> Self {
        for runs in self.runs.chunks_mut(PULSE) {
            pulse();
            for (code, _) in runs.iter_mut().filter(|(_, acts)| *acts > 0) {
                *code = codes.get(*code, into.0);
            }
        }
        for some in self.users.chunks_mut(PULSE) {
            pulse();
            for whose in some.iter_mut().filter(|whose| **whose > 0) {
                *whose = users.get(*whose - 1, into.1) + 1;
            }
        }
        self
    }

    /// Each run: its code, and its acts by the numbers of the part.
    pub fn each(&self) -> impl Iterator<Item = (u32, &[Act])> {
        let mut rest = self.acts.as_slice();
        self.runs.iter().map(move |(code, acts)| {
            let (run, after) = rest.split_at(*acts as usize);
            rest = after;
            (*code, run)
        })
    }
}

impl Tally {
    /// How many attempts are in parts.
    pub(super) fn in_parts(&self) -> usize {
        self.parts.iter().map(|part| part.acts.len()).sum()
    }

    /// Makes rows of the parts.
    pub(super) fn flatten(&mut self) {
        if self.parts.is_empty() {
            return;
        }
        (self.host.room)(size_of::<Row>() * (self.rows.len() + self.in_parts()));
        self.rows.reserve(self.in_parts());
        for part in std::mem::take(&mut self.parts) {
            for (code, run) in part.each() {
                for acts in run.chunks(PULSE) {
                    if acts.len() == PULSE {
                        (self.host.pulse)();
                    }
                    let row = |act: &Act| Row { code, act: act.of_whom(part.users[act.whose() as usize]) };
                    self.rows.extend(acts.iter().map(row));
                }
            }
            (self.host.pulse)();
        }
    }
}
