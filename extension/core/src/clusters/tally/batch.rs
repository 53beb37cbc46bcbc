//! Attempts that wait until there are enough of them to be looked up together.

use super::Tally;
use super::row::{Act, Row};
use crate::attempt::Outcome;

/// So many at a time: enough for their waits for memory to overlap, few enough to stay in the nearest cache.
const SIZE: usize = 32;

/// Attempts on digests by somebody, not looked up yet. Those on other codes, or of nobody, do not wait.
#[derive(Debug)]
pub(super) struct Batch {
    digests: [[u8; 32]; SIZE],
    users: [i64; SIZE],
    rest: [(Outcome, u32); SIZE],
    len: usize,
}

impl Default for Batch {
    fn default() -> Self {
        Self { digests: [[0; 32]; SIZE], users: [0; SIZE], rest: [(Outcome::Other, 0); SIZE], len: 0 }
    }
}

impl Batch {
    /// How many wait.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether one more leaves it short of full.
    #[inline]
    pub const fn has_room(&self) -> bool {
        self.len < SIZE - 1
    }

    /// Adds one; true where the batch is full.
    pub fn push(&mut self, digest: [u8; 32], user: i64, outcome: Outcome, at: u32) -> bool {
        *self.next() = digest;
        self.filled(user, outcome, at)
    }

    /// Where the next digest belongs.
    #[inline]
    pub fn next(&mut self) -> &mut [u8; 32] {
        &mut self.digests[self.len]
    }

    /// Adds one whose digest is there already; true where the batch is full.
    #[inline]
    pub fn filled(&mut self, user: i64, outcome: Outcome, at: u32) -> bool {
        self.users[self.len] = user;
        self.rest[self.len] = (outcome, at);
        self.len += 1;
        self.len == SIZE
    }
}

impl Tally {
    /// Looks up what waits, and thins out where that is too much.
    pub(super) fn catch_up(&mut self) {
        self.take_in();
        if self.is_over() {
            self.thin_out(Self::is_over);
        }
    }

    /// Looks up what waits.
    pub(super) fn take_in(&mut self) {
        self.ask_for(self.batch.len);
        let batch = &mut self.batch;
        if batch.len == SIZE {
            let codes = self.codes.intern_all(&batch.digests);
            let users = self.users.intern_all(&batch.users);
            let rows = codes.iter().zip(users).zip(batch.rest);
            self.rows.extend(rows.map(|((code, user), (outcome, at))| Row {
                code: *code,
                act: Act::new(Some(user), outcome, at),
            }));
        } else {
            for i in 0..batch.len {
                let code = self.codes.intern(super::codes::Key::Digest(batch.digests[i]));
                let user = self.users.intern(batch.users[i]);
                let (outcome, at) = batch.rest[i];
                self.rows.push(Row { code, act: Act::new(Some(user), outcome, at) });
            }
        }
        batch.len = 0;
    }
}
