//! A tally as bytes, on its way from a worker to its leader and from the aggregate to the function that called it. Both run the
//! same library, so the format is free to change; its first word names the version.

use super::numbers::Numbers;
use super::row::{self, Act, Row};
use super::{Damaged, Host, Limit, Tally, codes};
use crate::attempt::CodeHash;
use crate::clusters::pulse::PULSE;

const MAGIC: u64 = 0x3430_796c_6c61_7470; // "ptally04"
const HEADER: usize = 10 * 8;
const ROW: usize = 4 + Act::BYTES;

impl Tally {
    /// Makes it fit into so many bytes. A tally within its limit fits the gigabyte that a value of PostgreSQL's can have.
    pub fn fit(&mut self, most: usize) {
        self.thin_out(|tally| tally.bytes_len() > most);
    }

    /// Codes in the order in which they are written, digests first, and how many digests there are.
    fn codes_written(&self) -> (impl Iterator<Item = (u32, &CodeHash)> + Clone, usize) {
        let of = |digests: bool| {
            let all = (0..).zip(self.codes.keys());
            all.filter(move |(_, code)| matches!(code, CodeHash::Digest(_)) == digests)
        };
        (of(true).chain(of(false)), of(true).count())
    }

    /// How long [`to_bytes`](Self::to_bytes) is.
    pub fn bytes_len(&self) -> usize {
        let code = |code: &CodeHash| match code {
            CodeHash::Digest(_) => 32,
            CodeHash::Text(text) => 4 + text.len(),
        };
        HEADER
            + self.codes.keys().iter().map(code).sum::<usize>()
            + 8 * self.users.keys().len()
            + ROW * self.rows.len()
    }

    /// Its bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
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
        let (written, digests) = self.codes_written();
        for word in [
            MAGIC,
            self.from.cast_unsigned(),
            self.until.cast_unsigned(),
            u64::from(self.limit.0),
            u64::from(self.sample.level()),
            self.uncounted,
            digests as u64,
            (self.codes.keys().len() - digests) as u64,
            self.users.keys().len() as u64,
            self.rows.len() as u64,
        ] {
            put(&word.to_le_bytes());
        }
        let mut numbers = self.host.filled(0u32, self.codes.keys().len());
        for (place, (number, code)) in (0..).zip(written) {
            numbers[number as usize] = place;
            match code {
                CodeHash::Digest(digest) => put(digest),
                CodeHash::Text(text) => {
                    put(&(text.len() as u32).to_le_bytes());
                    put(text.as_bytes());
                }
            }
        }
        self.users.keys().iter().for_each(|id| put(&id.to_le_bytes()));
        for rows in self.rows.chunks(PULSE) {
            (self.host.pulse)();
            for row in rows {
                put(&numbers[row.code as usize].to_le_bytes());
                put(&row.act.write());
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
        let limit = Limit::attempts(i64::try_from(limit).unwrap_or(0));
        let mut tally = Self::new(from.cast_signed(), until.cast_signed(), limit).hosted(host);
        tally.uncounted = uncounted;
        let level = u32::try_from(level).ok();
        tally.sample =
            level.and_then(|level| tally.sample.at_level(level)).ok_or(Damaged("there is no such level"))?;
        if digests.saturating_add(texts) >= u64::from(row::MOST) || users >= u64::from(row::MOST) {
            return Err(Damaged("a count is too large"));
        }
        let mut keys: Vec<CodeHash> = Vec::new();
        host.reserve(&mut keys, count(digests)? + count(texts)?);
        for digests in take(count(digests)?.saturating_mul(32))?.as_chunks().0.chunks(PULSE) {
            (host.pulse)();
            keys.extend(digests.iter().map(|digest| CodeHash::Digest(*digest)));
        }
        for _ in 0..count(texts)? {
            let length = take(4)?.as_chunks().0.first().map_or(0, |bytes| u32::from_le_bytes(*bytes));
            let text =
                std::str::from_utf8(take(length as usize)?).map_err(|_| Damaged("a code is no text"))?;
            keys.push(CodeHash::Text(text.into()));
        }
        tally.weight = keys.iter().map(codes::weight).sum();
        let ids = take(count(users)?.saturating_mul(8))?.as_chunks().0;
        let ids: Vec<i64> = ids.iter().map(|bytes| i64::from_le_bytes(*bytes)).collect();
        let codes = keys.len() as u32;
        (tally.codes, tally.users) = (Numbers::of(keys), Numbers::of(ids));
        host.reserve(&mut tally.rows, count(rows)?);
        let mut sound = true;
        for bytes in take(count(rows)?.saturating_mul(ROW))?.as_chunks::<ROW>().0.chunks(PULSE) {
            (host.pulse)();
            tally.rows.extend(bytes.iter().map(|[c0, c1, c2, c3, act @ ..]| {
                let row = Row { code: u32::from_le_bytes([*c0, *c1, *c2, *c3]), act: Act::read(*act) };
                sound &= row.code < codes && row.act.is_sound(users as u32);
                row
            }));
        }
        if !sound {
            return Err(Damaged("an attempt has no code, no outcome or no user"));
        }
        if !rest.is_empty() {
            return Err(Damaged("there are bytes left over"));
        }
        Ok(tally)
    }
}
