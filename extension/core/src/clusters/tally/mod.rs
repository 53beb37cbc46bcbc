//! The state of the aggregate that reads the attempts of a window, in as many processes as the planner likes:
//! [`add`](Tally::add) in each of them, [`to_bytes`](Tally::to_bytes) and [`from_bytes`](Tally::from_bytes) between them,
//! [`merge`](Tally::merge) where they meet, and [`finish`](Tally::finish) at the end, which gives the
//! [`Picture`](super::Picture) of the window. It is the same for the same attempts, whatever way they took.
//!
//! An attempt takes 12 bytes, a user some 16 and a code some 60, each once. Past the limit of policy the tally keeps a
//! [sample], chosen by what is in the rows and never by the order in which they came, and counts the rest.

mod bytes;
mod codes;
mod damaged;
mod finish;
mod host;
mod numbers;
mod row;
mod sample;
#[cfg(test)]
mod tests;

pub use codes::Stored;
pub use damaged::Damaged;
pub use host::Host;

use super::Picture;
use super::pulse::PULSE;
use crate::Micros;
use crate::attempt::{CodeHash, Outcome};
use numbers::Numbers;
use row::{Act, Row};
use sample::Sample;
use std::cmp::Ordering;

/// How much of a window is looked at attempt by attempt (policy `cluster_max_attempts`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit(u32);

impl Limit {
    /// More cannot be sent from a worker to its leader: a value of PostgreSQL's has at most a gigabyte.
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
    codes: Numbers<CodeHash>,
    /// What the codes weigh: [`codes::weight`].
    weight: usize,
    users: Numbers<i64>,
    rows: Vec<Row>,
    uncounted: u64,
    host: Host,
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
            codes: Numbers::default(),
            weight: 0,
            users: Numbers::default(),
            rows: Vec::new(),
            uncounted: 0,
            host: Host::default(),
        }
    }

    /// The same for a host.
    pub fn hosted(self, host: Host) -> Self {
        Self { host, ..self }
    }

    /// Adds an attempt; one outside the window is passed over.
    #[inline]
    pub fn add(&mut self, code: Stored<'_>, user: Option<i64>, outcome: Outcome, at: Micros) {
        if at < self.from || at > self.until {
            return;
        }
        let at = self.ticks(at);
        let code = code.code();
        if self.sample.keeps(user, at, || numbers::hash(&code)) {
            self.push(code, user, outcome, at);
            if self.is_over() {
                self.thin_out(Self::is_over);
            }
        } else {
            self.uncounted += 1;
        }
    }

    /// The number of a code. A new one adds its weight.
    #[inline]
    fn number(&mut self, code: CodeHash) -> u32 {
        let (weight, before) = (codes::weight(&code), self.codes.keys().len());
        let number = self.codes.number(code, self.host);
        if self.codes.keys().len() > before {
            self.weight += weight;
        }
        number
    }

    #[inline]
    fn push(&mut self, code: CodeHash, user: Option<i64>, outcome: Outcome, at: u32) {
        let code = self.number(code);
        let user = user.map(|user| self.users.number(user, self.host));
        self.host.reserve(&mut self.rows, 1);
        self.rows.push(Row { code, act: Act::new(user, outcome, at) });
    }

    /// A moment of the window in ticks.
    fn ticks(&self, at: Micros) -> u32 {
        // Both are within an i64, and their distance within a u64.
        let past = at.wrapping_sub(self.from).cast_unsigned();
        u32::try_from(past / self.tick.cast_unsigned()).unwrap_or(u32::MAX)
    }

    /// Adds what another part of the same window has seen.
    ///
    /// # Errors
    /// [`Damaged`] where the other is of another window or under another limit.
    pub fn merge(&mut self, mut other: Self) -> Result<(), Damaged> {
        if (self.from, self.until, self.limit) != (other.from, other.until, other.limit) {
            return Err(Damaged("the parts are of different windows"));
        }
        // What the coarser sample would not have kept goes, on either side.
        match other.sample.level().cmp(&self.sample.level()) {
            Ordering::Greater => {
                self.sample = other.sample;
                self.retain();
            }
            Ordering::Less => {
                other.sample = self.sample;
                other.retain();
            }
            Ordering::Equal => (),
        }
        self.uncounted = self.uncounted.saturating_add(other.uncounted);
        self.take(&other);
        if self.is_over() {
            self.thin_out(Self::is_over);
        }
        Ok(())
    }

    /// Adds the rows of another, each code and user of it looked up once.
    fn take(&mut self, other: &Self) {
        const UNKNOWN: u32 = u32::MAX;
        let host = self.host;
        let mut codes = host.filled(UNKNOWN, other.codes.keys().len());
        let mut users = host.filled(UNKNOWN, other.users.keys().len());
        for rows in other.rows.chunks(PULSE) {
            (host.pulse)();
            host.reserve(&mut self.rows, rows.len());
            for row in rows {
                let code = &mut codes[row.code as usize];
                if *code == UNKNOWN {
                    let key = other.codes.keys()[row.code as usize].clone();
                    *code = self.number(key);
                }
                let whose = row.act.user().map_or(0, |user| {
                    let known = &mut users[user as usize];
                    if *known == UNKNOWN {
                        *known = self.users.number(other.users.keys()[user as usize], host);
                    }
                    *known + 1
                });
                self.rows.push(Row { code: *code, act: row.act.of_whom(whose) });
            }
        }
    }

    /// How many attempts are kept.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    fn is_over(&self) -> bool {
        self.rows.len() > self.limit.rows() || self.weight > self.limit.codes()
    }

    /// Coarsens the sample for as long as there is too much.
    #[cold]
    fn thin_out(&mut self, too_much: impl Fn(&Self) -> bool) {
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
                numbers::hash(&codes.keys()[row.code as usize])
            })
        });
        let uncounted = self.uncounted + (before - self.rows.len()) as u64;
        let empty =
            Self { sample, uncounted, host: self.host, ..Self::new(self.from, self.until, self.limit) };
        let all = std::mem::replace(self, empty);
        self.take(&all);
    }
}
