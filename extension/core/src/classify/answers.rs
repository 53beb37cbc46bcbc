//! Whether a user goes on with a code after a clear answer.

use crate::Micros;

/// Who goes on so often after a clear answer has not read it, or does not care.
pub const GOES_ON: u32 = 3;
/// Answers within this time may be to one tap sent twice.
pub const READING: Micros = 3_000_000;
/// Whether a user goes on with a code after a clear answer, answer by answer in order of time.
#[derive(Debug, Clone, Copy, Default)]
pub struct Answers {
    /// The first clear answer.
    pub(super) first: Option<Micros>,
    /// The spans of [`READING`] since then that hold another, and the last of those.
    times: u32,
    last: Micros,
    /// Clear answers.
    pub(super) all: u32,
}

impl Answers {
    /// A clear answer. What the limiter stops is not counted: it may be an app that tries again by itself.
    pub fn told(&mut self, at: Micros) {
        let first = *self.first.get_or_insert(at);
        let span = at.saturating_sub(first) / READING;
        if span > self.last {
            (self.last, self.times) = (span, self.times + 1);
        }
        self.all += 1;
    }

    /// Whether any answer was clear.
    pub fn any(&self) -> bool {
        self.first.is_some()
    }

    /// Whether the user went on and on.
    pub fn went_on(&self) -> bool {
        self.times >= GOES_ON
    }

    /// Whether the user went on for so long that not even a fault, which is a reason to try again, explains it.
    pub fn went_on_regardless(&self) -> bool {
        self.times > 2 * GOES_ON
    }
}
