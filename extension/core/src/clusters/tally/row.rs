//! An attempt in 12 bytes, of which 4 are the code's number.

use crate::attempt::Outcome;

/// By whom, when, and how it was answered: an attempt on a code. From the top: 29 bits of the user's number and one, none is 0; 32 bits
/// of the time in ticks since the window's start; 3 bits of the outcome. So numbers in order are acts in order of user, time and outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Act([u32; 2]);

/// An attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Row {
    /// The code's number.
    pub code: u32,
    /// The rest of it.
    pub act: Act,
}

const OUTCOME: u64 = 7;
const AT: u32 = 3;
const USER: u32 = AT + 32;

/// Codes are numbered below this, and users.
pub(super) const MOST: u32 = 1 << (u64::BITS - USER);

impl PartialOrd for Act {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Act {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.order().cmp(&other.order())
    }
}

impl Act {
    /// Bytes of an act on its way.
    pub const BYTES: usize = 8;

    pub const fn new(user: Option<u32>, outcome: Outcome, at: u32) -> Self {
        let user = match user {
            Some(user) => user as u64 + 1,
            None => 0,
        };
        Self::of(user << USER | (at as u64) << AT | outcome as u64)
    }

    const fn of(all: u64) -> Self {
        Self([all as u32, (all >> 32) as u32])
    }

    /// All of it as a number.
    pub const fn order(self) -> u64 {
        (self.0[1] as u64) << 32 | self.0[0] as u64
    }

    /// The user's number and one, or 0.
    pub const fn whose(self) -> u32 {
        (self.order() >> USER) as u32
    }

    pub const fn user(self) -> Option<u32> {
        self.whose().checked_sub(1)
    }

    /// The same where the user has another number, with one added.
    pub const fn of_whom(self, whose: u32) -> Self {
        Self::of((whose as u64) << USER | self.order() & ((1 << USER) - 1))
    }

    pub const fn at(self) -> u32 {
        (self.order() >> AT) as u32
    }

    pub const fn outcome(self) -> Outcome {
        // Only numbers of outcomes get into an act: `new` takes them from one, `read` checks.
        Outcome::ALL[(self.order() & OUTCOME) as usize]
    }

    pub const fn write(self) -> [u8; Self::BYTES] {
        self.order().to_le_bytes()
    }

    /// As it was written.
    pub const fn read(from: [u8; Self::BYTES]) -> Self {
        Self::of(u64::from_le_bytes(from))
    }

    /// Whether it can be one, by one of so many users.
    pub const fn is_sound(self, users: u32) -> bool {
        (self.order() & OUTCOME) < Outcome::ALL.len() as u64 && self.whose() <= users
    }
}
