//! Which attempts are kept where there are too many: a share of them that depends on nothing but the attempts.
//!
//! Kept are whole units, one user's attempts within a sixteenth of the window, so that what the same user did next stays
//! beside what failed. A popular code is tried in many units and stays popular in the sample; what is lost are the rare
//! codes and users. A unit can be huge (one client, millions of attempts in a minute), and lost it would be lost whole: so
//! beside the units an eighth as large a share of all single attempts is kept.
//!
//! Each level keeps half of the level before. The level of a tally is the lowest at which what it saw fits its limit: a part of a
//! window never needs a higher one than the whole, so parts and order make no difference (as in distinct sampling, Gibbons 2001).

use crate::Micros;
use foldhash::quality::FixedState;
use std::hash::BuildHasher;

const SLOTS: u32 = 16;
/// Beside its units, a level keeps single attempts like a level that is higher by this.
const SINGLE: u32 = 3;
/// At this level one attempt in 2^40 is kept.
const HIGHEST: u32 = 40;
const UNIT_SEED: u64 = 0x0075_6e69_7400_0001;
const SINGLE_SEED: u64 = 0x0073_696e_676c_6501;

/// The attempts that are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sample {
    level: u32,
    slot: u32,
}

impl Sample {
    /// All of them.
    pub fn all(from: Micros, until: Micros, tick: i64) -> Self {
        let ticks = (i128::from(until) - i128::from(from)) / i128::from(tick) + 1;
        Self { level: 0, slot: u32::try_from(ticks / i128::from(SLOTS) + 1).unwrap_or(u32::MAX) }
    }

    pub const fn level(self) -> u32 {
        self.level
    }

    /// The same sample at a given level, if there is such a level.
    pub fn at_level(self, level: u32) -> Option<Self> {
        (level <= HIGHEST).then_some(Self { level, ..self })
    }

    /// Keeps half of it; false where there is nothing left to halve.
    pub const fn coarsen(&mut self) -> bool {
        let can = self.level < HIGHEST;
        if can {
            self.level += 1;
        }
        can
    }

    /// Whether an attempt is one of them.
    pub fn keeps(self, user: Option<i64>, at: u32, code: impl Fn() -> u64) -> bool {
        if self.level == 0 {
            return true;
        }
        let single = || FixedState::with_seed(SINGLE_SEED).hash_one((user, at, code()));
        let unit = match user {
            Some(user) => FixedState::with_seed(UNIT_SEED).hash_one((user, at / self.slot)),
            // Attempts without a user have nothing in common.
            None => return single().trailing_zeros() >= self.level,
        };
        unit.trailing_zeros() >= self.level || single().trailing_zeros() >= self.level + SINGLE
    }
}
