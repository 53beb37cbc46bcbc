//! The state of the aggregate that the attempts of a window flow through, row by row, in as many processes as the planner
//! likes: [`add`](Tally::add) in each of them, [`to_bytes`](Tally::to_bytes) and [`from_bytes`](Tally::from_bytes) on the way
//! between them, [`merge`](Tally::merge) where they meet, and [`finish`](Tally::finish) at the end, which gives the
//! [`Picture`](super::Picture) of the window: the same one for the same attempts, whatever way they took.
//!
//! An attempt costs 12 bytes here, a user some 16 and a code some 40, each once. Past the limit of policy the tally keeps a [sample], chosen by what
//! is in the rows and never by the order in which they came, and counts the rest.

mod batch;
mod bytes;
mod codes;
mod finish;
mod numbers;
mod part;
mod radix;
mod row;
mod sample;
#[cfg(test)]
mod tests;

pub use bytes::Damaged;
pub use codes::Stored;

use super::hands::{Hands, Start};
use super::{PULSE, Picture, begins};
use crate::Micros;
use crate::attempt::{CodeHash, Outcome};
use batch::Batch;
use codes::{Codes, Key};
use numbers::Numbers;
use part::Part;
use row::{Act, Row};
use sample::Sample;
use std::cmp::Ordering;

/// How much of a window is looked at attempt by attempt (policy `cluster_max_attempts`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit(u32);

impl Limit {
    /// More than this cannot be handed from a worker to its leader: a value of PostgreSQL's has at most a gigabyte.
    pub const MOST: i64 = 40_000_000;
    /// A code takes the room of about this many attempts. With fewer codes than that in a full window the attempts are what
    /// counts; with more, most codes were tried once, and a share of them tells as much as all.
    const ATTEMPTS_A_CODE: u32 = 8;

    /// This many attempts, or the nearest number that is possible.
    pub fn attempts(attempts: i64) -> Self {
        Self(u32::try_from(attempts.clamp(1, Self::MOST)).unwrap_or(u32::MAX))
    }

    fn rows(self) -> usize {
        self.0 as usize
    }

    /// The weight of all codes.
    fn codes(self) -> usize {
        (self.0 / Self::ATTEMPTS_A_CODE).max(1) as usize
    }
}

/// The state of the aggregate.
#[derive(Debug)]
pub struct Tally {
    from: Micros,
    until: Micros,
    tick: i64,
    limit: Limit,
    sample: Sample,
    codes: Codes,
    users: Numbers<i64>,
    rows: Vec<Row>,
    /// Attempts that other processes have seen.
    parts: Vec<Part>,
    /// Attempts that are not among the rows yet.
    batch: Batch,
    uncounted: u64,
    host: Host,
}

/// Whom a tally is made for, and who may want to give up: `pulse` and `room` may end it all, by a panic that is caught above. All are
/// called by the thread that asked, and by no other.
#[derive(Debug, Clone, Copy)]
pub struct Host {
    /// Called now and then in what takes long.
    pub pulse: fn(),
    /// Called before about so many bytes are taken at once.
    pub room: fn(usize),
    /// Called to start threads.
    pub start: Start,
}

impl Default for Host {
    /// One who never gives up.
    fn default() -> Self {
        Self { pulse: || (), room: |_| (), start: |start| start() }
    }
}

/// Sorts, with a pulse in about a million comparisons.
fn sort<T>(what: &mut [T], compare: impl Fn(&T, &T) -> Ordering, mut pulse: impl FnMut()) {
    let mut compared = 0usize;
    what.sort_unstable_by(|a, b| {
        compared += 1;
        if compared.is_multiple_of(16 * PULSE) {
            pulse();
        }
        compare(a, b)
    });
}

impl Tally {
    /// The tally of a window before its first attempt.
    pub fn new(from: Micros, until: Micros, limit: Limit) -> Self {
        let tick = Picture::tick_for(from, until);
        Self {
            from,
            until,
            tick,
            limit,
            sample: Sample::all(from, until, tick),
            codes: Codes::default(),
            users: Numbers::default(),
            rows: Vec::new(),
            parts: Vec::new(),
            batch: Batch::default(),
            uncounted: 0,
            host: Host::default(),
        }
    }

    /// The same for a host.
    pub fn hosted(self, host: Host) -> Self {
        Self { host, ..self }
    }

    /// About how many bytes will be taken at once where so many attempts are added: mostly none.
    fn growth(&self, more: usize) -> usize {
        let rows = if self.rows.capacity() - self.rows.len() < more {
            size_of::<Row>() * (2 * self.rows.len()).max(self.rows.len() + more)
        } else {
            0
        };
        rows + self.codes.growth(more) + self.users.growth(more)
    }

    /// Asks for the room for so many more.
    fn ask_for(&self, more: usize) {
        let bytes = self.growth(more);
        if bytes > 0 {
            (self.host.room)(bytes);
        }
    }

    /// Adds an attempt; one outside the window is passed over.
    pub fn add(&mut self, code: Stored<'_>, user: Option<i64>, outcome: Outcome, at: Micros) {
        if at < self.from || at > self.until {
            return;
        }
        let at = self.ticks(at);
        let mut buffer = Vec::new();
        let code = Key::read(code, &mut buffer);
        if !self.sample.keeps(user, at, || code.hash()) {
            self.uncounted += 1;
            return;
        }
        if let (Key::Digest(digest), Some(user)) = (code, user) {
            if self.batch.push(digest, user, outcome, at) {
                self.catch_up();
            }
            return;
        }
        let code = self.codes.intern(code);
        let user = user.map(|user| self.users.intern(user));
        self.rows.push(Row { code, act: Act::new(user, outcome, at) });
        if self.is_over() {
            self.thin_out(Self::is_over);
        }
    }

    /// Adds an attempt where that takes no more than to put it aside for [`add`](Self::add) to look up; false where it was not added.
    /// Nothing is allocated here and nothing can fail.
    #[inline]
    pub fn put_aside(&mut self, code: Stored<'_>, user: i64, outcome: Outcome, at: Micros) -> bool {
        if at < self.from || at > self.until {
            return true;
        }
        if !self.batch.has_room() || !self.sample.is_all() {
            return false;
        }
        let place = self.batch.next();
        let is_digest = match code {
            Stored::Text(text) => CodeHash::digest_into(text, place),
            Stored::Bytes(bytes) => bytes.try_into().is_ok_and(|bytes: &[u8; 32]| {
                *place = *bytes;
                true
            }),
        };
        if is_digest {
            self.batch.filled(user, outcome, self.ticks(at));
        }
        is_digest
    }

    /// A moment of the window in ticks.
    fn ticks(&self, at: Micros) -> u32 {
        // Both are within an i64, and their distance within a u64.
        let past = at.wrapping_sub(self.from).cast_unsigned();
        // The usual tick is divided by without a division.
        let ticks = if self.tick == 1_000 { past / 1_000 } else { past / self.tick.cast_unsigned() };
        u32::try_from(ticks).unwrap_or(u32::MAX)
    }

    /// Adds what another part of the same window has seen.
    ///
    /// # Errors
    /// [`Damaged`] where the other is of another window or under another limit.
    pub fn merge(&mut self, mut other: Self) -> Result<(), Damaged> {
        if (self.from, self.until, self.limit) != (other.from, other.until, other.limit) {
            return Err(Damaged("the parts are of different windows"));
        }
        // The one with the rows of its own has the tables to look up in.
        if self.rows.len() < other.rows.len() {
            std::mem::swap(self, &mut other);
            self.host = other.host;
        }
        self.catch_up();
        other.catch_up();
        // What the coarser sample would not have kept goes, on either side.
        match other.sample.level().cmp(&self.sample.level()) {
            Ordering::Greater => {
                self.sample = other.sample;
                self.flatten();
                self.retain();
            }
            Ordering::Less => {
                other.sample = self.sample;
                other.flatten();
                other.retain();
            }
            Ordering::Equal => (),
        }
        self.uncounted = self.uncounted.saturating_add(other.uncounted);
        // Most of their codes and users are known here already, so theirs are looked up only once each.
        let (mut known, mut met) = (codes::Renamed::of(&other.codes), numbers::Renamed::of(&other.users));
        if !other.parts.is_empty() {
            (self.host.room)(self.users.growth(other.users.keys().len()));
            met.all(&mut self.users, self.host.pulse);
        }
        for part in other.parts {
            let into = (&mut self.codes, &mut self.users);
            self.parts.push(part.renamed(&mut known, &mut met, into, self.host.pulse));
        }
        if !other.rows.is_empty() {
            (self.host.room)(size_of::<Row>() * (self.rows.len() + other.rows.len()));
            self.rows.reserve(other.rows.len());
        }
        for rows in other.rows.chunks(PULSE) {
            (self.host.pulse)();
            self.ask_for(rows.len());
            for row in rows {
                let code = known.get(row.code, &mut self.codes);
                let whose = row.act.user().map_or(0, |user| met.get(user, &mut self.users) + 1);
                self.rows.push(Row { code, act: row.act.of_whom(whose) });
            }
        }
        if self.is_over() {
            self.thin_out(Self::is_over);
        }
        Ok(())
    }

    /// As many threads as there were processes that had anything.
    fn hands(&self) -> Hands {
        Hands::of(self.parts.len() + usize::from(self.rows.len() + self.batch.len() > 0), self.host.start)
    }

    /// How many attempts are kept.
    pub fn len(&self) -> usize {
        self.rows.len() + self.in_parts() + self.batch.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn is_over(&self) -> bool {
        self.rows.len() + self.in_parts() > self.limit.rows() || self.codes.weight() > self.limit.codes()
    }

    /// Coarsens the sample for as long as there is too much.
    #[cold]
    fn thin_out(&mut self, too_much: impl Fn(&Self) -> bool) {
        // What waits was let in by the sample as it was.
        self.take_in();
        if too_much(self) {
            self.flatten();
        }
        while too_much(self) && self.sample.coarsen() {
            self.retain();
        }
    }

    /// Drops what the sample no longer keeps, and the codes and users that only what went had.
    fn retain(&mut self) {
        let (sample, codes, ids, pulse) = (self.sample, &self.codes, self.users.keys(), self.host.pulse);
        let before = self.rows.len();
        let mut looked_at = 0usize;
        self.rows.retain(|row| {
            looked_at += 1;
            if looked_at.is_multiple_of(PULSE) {
                pulse();
            }
            sample.keeps(row.act.user().map(|user| ids[user as usize]), row.act.at(), || {
                codes.key(row.code).hash()
            })
        });
        self.uncounted += (before - self.rows.len()) as u64;
        let mut kept = Codes::default();
        let mut known = codes::Renamed::of(codes);
        let (mut users, mut met) = (Numbers::default(), numbers::Renamed::of(&self.users));
        for rows in self.rows.chunks_mut(PULSE) {
            pulse();
            for row in rows {
                let whose = row.act.user().map_or(0, |user| met.get(user, &mut users) + 1);
                *row = Row { code: known.get(row.code, &mut kept), act: row.act.of_whom(whose) };
            }
        }
        self.codes = kept;
        self.users = users;
    }
}
