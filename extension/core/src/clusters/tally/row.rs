//! An attempt in 12 bytes.

use crate::attempt::Outcome;

/// An attempt. The tag holds, from the top: 29 bits of the code's number, 3 bits of the outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Row {
    /// The user's number and one; none is 0.
    user: u32,
    /// When, in ticks since the window's start.
    pub at: u32,
    tag: u32,
}

const OUTCOME: u32 = 7;
const SHIFT: u32 = 3;

/// Codes are numbered below this.
pub(super) const MOST_CODES: u32 = 1 << (32 - SHIFT);

impl Row {
    /// Bytes of a row on its way.
    pub const BYTES: usize = 12;

    pub fn new(code: u32, user: Option<u32>, outcome: Outcome, at: u32) -> Self {
        Self { user: user.map_or(0, |user| user + 1), at, tag: code << SHIFT | outcome as u32 }
    }

    /// The same attempt where codes and users have other numbers.
    pub fn with(self, code: u32, user: Option<u32>) -> Self {
        Self { user: user.map_or(0, |user| user + 1), at: self.at, tag: code << SHIFT | self.tag & OUTCOME }
    }

    pub const fn code(self) -> u32 {
        self.tag >> SHIFT
    }

    pub const fn user(self) -> Option<u32> {
        self.user.checked_sub(1)
    }

    pub const fn outcome(self) -> Outcome {
        // Only numbers of outcomes get into a tag: `new` takes them from one, `read` checks.
        Outcome::ALL[(self.tag & OUTCOME) as usize]
    }

    /// Within a code: by user, those without one first, then by time and outcome.
    pub const fn order(self) -> (u64, u32) {
        ((self.user as u64) << 32 | self.at as u64, self.tag)
    }

    pub fn write(self, to: &mut [u8; Self::BYTES]) {
        to[..4].copy_from_slice(&self.user.to_le_bytes());
        to[4..8].copy_from_slice(&self.at.to_le_bytes());
        to[8..].copy_from_slice(&self.tag.to_le_bytes());
    }

    /// A row as it was written, if it can be one.
    pub fn read(from: &[u8; Self::BYTES]) -> Option<Self> {
        let word = |at: usize| u32::from_le_bytes([from[at], from[at + 1], from[at + 2], from[at + 3]]);
        let row = Self { user: word(0), at: word(4), tag: word(8) };
        (((row.tag & OUTCOME) as usize) < Outcome::ALL.len()).then_some(row)
    }
}
