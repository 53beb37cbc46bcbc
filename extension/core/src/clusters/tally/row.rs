//! An attempt in 16 bytes.

use crate::attempt::Outcome;

/// An attempt. The tag holds, from the top: 28 bits of the code's number, whether there is a user, 3 bits of the outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Row {
    user: i64,
    /// When, in ticks since the window's start.
    pub at: u32,
    tag: u32,
}

const KNOWN: u32 = 8;
const OUTCOME: u32 = 7;
const SHIFT: u32 = 4;

/// Codes are numbered below this.
pub(super) const MOST_CODES: u32 = 1 << (32 - SHIFT);

impl Row {
    /// Bytes of a row on its way.
    pub const BYTES: usize = 16;

    pub fn new(code: u32, user: Option<i64>, outcome: Outcome, at: u32) -> Self {
        let known = if user.is_some() { KNOWN } else { 0 };
        Self { user: user.unwrap_or(0), at, tag: code << SHIFT | known | outcome as u32 }
    }

    pub fn with_code(self, code: u32) -> Self {
        Self { tag: code << SHIFT | self.tag & (KNOWN | OUTCOME), ..self }
    }

    pub const fn code(self) -> u32 {
        self.tag >> SHIFT
    }

    pub const fn user(self) -> Option<i64> {
        if self.tag & KNOWN == 0 { None } else { Some(self.user) }
    }

    pub const fn outcome(self) -> Outcome {
        // Only numbers of outcomes get into a tag: `new` takes them from one, `read` checks.
        Outcome::ALL[(self.tag & OUTCOME) as usize]
    }

    /// Within a code: by user, those without one first, then by time and outcome.
    pub const fn order(self) -> u128 {
        let user =
            if self.tag & KNOWN == 0 { 0 } else { (self.user ^ i64::MIN).cast_unsigned() as u128 | 1 << 64 };
        user << 40 | (self.at as u128) << 8 | (self.tag & OUTCOME) as u128
    }

    pub fn write(self, to: &mut [u8; Self::BYTES]) {
        to[..8].copy_from_slice(&self.user.to_le_bytes());
        to[8..12].copy_from_slice(&self.at.to_le_bytes());
        to[12..].copy_from_slice(&self.tag.to_le_bytes());
    }

    /// A row as it was written, if it can be one.
    pub fn read(from: &[u8; Self::BYTES]) -> Option<Self> {
        let word = |at: usize| u32::from_le_bytes([from[at], from[at + 1], from[at + 2], from[at + 3]]);
        let user = (u64::from(word(4)) << 32 | u64::from(word(0))).cast_signed();
        let row = Self { user, at: word(8), tag: word(12) };
        (((row.tag & OUTCOME) as usize) < Outcome::ALL.len()).then_some(row)
    }
}
