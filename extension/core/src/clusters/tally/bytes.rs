//! A tally on its way from a worker to its leader. Both run the same library, so the format is free to change; the version is
//! there for whoever keeps such bytes all the same.

use super::codes::{Codes, Key};
use super::numbers::Numbers;
use super::part::Part;
use super::row::{self, Act};
use super::{Host, Limit, PULSE, Tally, begins};
use std::fmt;

/// Bytes, or parts, that no tally of ours can have been.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Damaged(pub(super) &'static str);

impl Damaged {
    /// There is no tally where one must be.
    pub const LOST: Self = Self("it is gone");
}

impl fmt::Display for Damaged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Damaged {}

const MAGIC: u64 = 0x3330_796c_6c61_7470; // "ptally03"
const HEADER: usize = 10 * 8;

impl Tally {
    /// Makes it fit into so many bytes. A tally within its limit does, for the gigabyte that a value of PostgreSQL's can have.
    pub fn fit(&mut self, most: usize) {
        self.catch_up();
        self.flatten();
        self.thin_out(|tally| tally.bytes_len() > most);
    }

    /// How long [`to_bytes`](Self::to_bytes) is, once [`fit`](Self::fit) has been called.
    pub fn bytes_len(&self) -> usize {
        let texts: usize = self.codes.texts().iter().map(|text| 4 + text.len()).sum();
        HEADER
            + 32 * self.codes.digests().len()
            + texts
            + 8 * self.users.keys().len()
            + 4 * self.codes.len()
            + Act::BYTES * self.rows.len()
    }

    /// Its bytes.
    pub fn to_bytes(&mut self) -> Vec<u8> {
        self.catch_up();
        self.flatten();
        let mut bytes = vec![0; self.bytes_len()];
        self.write(&mut bytes);
        bytes
    }

    /// Writes its bytes to a place of [`bytes_len`](Self::bytes_len).
    ///
    /// # Panics
    /// Where the place is of another length.
    pub fn write(&self, to: &mut [u8]) {
        assert_eq!(to.len(), self.bytes_len());
        let mut rest = to;
        let mut put = |bytes: &[u8]| {
            let (place, after) = std::mem::take(&mut rest).split_at_mut(bytes.len());
            place.copy_from_slice(bytes);
            rest = after;
        };
        for word in [
            MAGIC,
            self.from.cast_unsigned(),
            self.until.cast_unsigned(),
            u64::from(self.limit.0),
            u64::from(self.sample.level()),
            self.uncounted,
            self.codes.digests().len() as u64,
            self.codes.texts().len() as u64,
            self.users.keys().len() as u64,
            self.rows.len() as u64,
        ] {
            put(&word.to_le_bytes());
        }
        self.codes.digests().iter().for_each(|digest| put(digest));
        for text in self.codes.texts() {
            put(&(text.len() as u32).to_le_bytes());
            put(text);
        }
        self.users.keys().iter().for_each(|id| put(&id.to_le_bytes()));
        // How many there are on each code, and then they, run after run.
        let place = self.codes.places();
        let mut next = vec![0u32; self.codes.len()];
        for rows in self.rows.chunks(PULSE) {
            (self.host.pulse)();
            rows.iter().for_each(|row| next[place(row.code)] += 1);
        }
        next.iter().for_each(|acts| put(&acts.to_le_bytes()));
        begins(&mut next);
        let acts = rest.as_chunks_mut().0;
        for rows in self.rows.chunks(PULSE) {
            (self.host.pulse)();
            for row in rows {
                let next = &mut next[place(row.code)];
                acts[*next as usize] = row.act.write();
                *next += 1;
            }
        }
    }

    /// The tally of these bytes, for a host.
    ///
    /// # Errors
    /// [`Damaged`] where they are not those of a tally.
    pub fn from_bytes(bytes: &[u8], host: Host) -> Result<Self, Damaged> {
        let mut rest = bytes;
        let mut take = |n: usize| {
            let (taken, after) = rest.split_at_checked(n).ok_or(Damaged("the bytes end too early"))?;
            rest = after;
            Ok::<&[u8], Damaged>(taken)
        };
        let mut words = [0; HEADER / 8];
        for (word, bytes) in words.iter_mut().zip(take(HEADER)?.as_chunks().0) {
            *word = u64::from_le_bytes(*bytes);
        }
        let [magic, from, until, limit, level, uncounted, digests, texts, users, rows] = words;
        if magic != MAGIC {
            return Err(Damaged("the bytes are not those of a tally of this version"));
        }
        let count = |n: u64| {
            usize::try_from(n).ok().filter(|n| *n <= bytes.len()).ok_or(Damaged("a count is too large"))
        };
        let (from, until) = (from.cast_signed(), until.cast_signed());
        let limit = Limit::attempts(i64::try_from(limit).unwrap_or(0));
        let mut tally = Self::new(from, until, limit).hosted(host);
        tally.uncounted = uncounted;
        let level = u32::try_from(level).ok();
        tally.sample =
            level.and_then(|level| tally.sample.at_level(level)).ok_or(Damaged("there is no such level"))?;
        if digests.saturating_add(texts) >= u64::from(row::MOST / 2) || users >= u64::from(row::MOST) {
            return Err(Damaged("a count is too large"));
        }
        let mut copied = Vec::new();
        (host.room)(count(digests)?.saturating_mul(32));
        copied.reserve_exact(count(digests)?);
        for digests in take(count(digests)?.saturating_mul(32))?.as_chunks::<32>().0.chunks(PULSE) {
            (host.pulse)();
            copied.extend_from_slice(digests);
        }
        let mut codes = Codes::of_digests(copied);
        for _ in 0..count(texts)? {
            let length = take(4)?.as_chunks().0.first().map_or(0, |bytes| u32::from_le_bytes(*bytes));
            codes.intern(Key::Text(take(length as usize)?));
        }
        if codes.texts().len() as u64 != texts {
            return Err(Damaged("a code is there twice"));
        }
        let ids: Vec<i64> = take(count(users)?.saturating_mul(8))?
            .as_chunks()
            .0
            .iter()
            .map(|bytes| i64::from_le_bytes(*bytes))
            .collect();
        let runs = take(codes.len().saturating_mul(4))?.as_chunks().0;
        let runs: Vec<(u32, u32)> =
            codes.numbers().zip(runs.iter().map(|bytes| u32::from_le_bytes(*bytes))).collect();
        if runs.iter().map(|(_, acts)| u64::from(*acts)).sum::<u64>() != rows {
            return Err(Damaged("the attempts do not add up"));
        }
        (host.room)(count(rows)?.saturating_mul(Act::BYTES));
        let mut acts = Vec::with_capacity(count(rows)?);
        let (mut sound, most) = (true, users as u32);
        for bytes in take(count(rows)?.saturating_mul(Act::BYTES))?.as_chunks().0.chunks(PULSE) {
            (host.pulse)();
            acts.extend(bytes.iter().map(|bytes| {
                let act = Act::read(*bytes);
                sound &= act.is_sound(most);
                act
            }));
        }
        if !sound {
            return Err(Damaged("an attempt has no outcome or no user"));
        }
        if !rest.is_empty() {
            return Err(Damaged("there are bytes left over"));
        }
        tally.codes = codes;
        tally.users = Numbers::from(ids);
        tally.parts.push(Part { runs, users: (0..=most).collect(), acts });
        Ok(tally)
    }
}
