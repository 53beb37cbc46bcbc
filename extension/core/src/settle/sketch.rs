//! What one scan of redemptions, or of purchases, leaves of them: sums of tokens, from which it can be told which rows have no
//! counterpart on the other side, and who may have used a campaign more than once. Its size is independent of the number of rows.
//!
//! A million redemptions in the window cost 2.0 of their bare join with the purchases this way, and 4.6 where every one is joined
//! and asked about (processor time, one process; at most 2.5 is allowed).
//!
//! A token is a hash of 64 bits of what redemption and purchase must agree on, with a seed drawn for each call. Tokens are
//! spread over slots and added up in each. Sums that are equal are sums of the same tokens, but for one chance in 2^64; so a
//! row whose slot agrees on both sides has its counterpart.

// Tests of many small sketches need few.
const SLOT_BITS: u32 = if cfg!(test) { 8 } else { 17 };
/// A slot is the token's lowest bits.
pub const SLOT_MASK: i64 = (1 << SLOT_BITS) - 1;
const USE_BITS: u32 = if cfg!(test) { 10 } else { 24 };
/// A use's bit is its hash's lowest bits.
pub const USE_MASK: i64 = (1 << USE_BITS) - 1;
const SLOTS: usize = 1 << SLOT_BITS;
const USE_WORDS: usize = 1 << (USE_BITS - 6);

/// Tokens by slot: their sum and their number.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Sums {
    sums: Vec<u64>,
    counts: Vec<u32>,
}

impl Sums {
    fn new() -> Self {
        Self { sums: vec![0; SLOTS], counts: vec![0; SLOTS] }
    }

    fn add(&mut self, token: i64) {
        let slot = (token & SLOT_MASK) as usize;
        self.sums[slot] = self.sums[slot].wrapping_add(token.cast_unsigned());
        self.counts[slot] = self.counts[slot].saturating_add(1);
    }

    fn merge(&mut self, other: &Self) {
        self.sums.iter_mut().zip(&other.sums).for_each(|(a, b)| *a = a.wrapping_add(*b));
        self.counts.iter_mut().zip(&other.counts).for_each(|(a, b)| *a = a.saturating_add(*b));
    }
}

/// Bits by hash: seen once, seen again.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Uses {
    once: Vec<u64>,
    again: Vec<u64>,
}

impl Uses {
    fn new() -> Self {
        Self { once: vec![0; USE_WORDS], again: vec![0; USE_WORDS] }
    }

    fn add(&mut self, hash: i64) {
        let bit = (hash & USE_MASK) as usize;
        let (word, mask) = (bit / 64, 1 << (bit % 64));
        // nearly always new: the other list is not touched, which would be one more miss of the cache
        if self.once[word] & mask != 0 {
            self.again[word] |= mask;
        }
        self.once[word] |= mask;
    }

    fn merge(&mut self, other: &Self) {
        for (i, (once, again)) in other.once.iter().zip(&other.again).enumerate() {
            self.again[i] |= again | (self.once[i] & once);
            self.once[i] |= once;
        }
    }
}

/// The sketch of one side.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sketch {
    settled: Option<Sums>,
    ended: Option<Sums>,
    rows: u64,
    doubtful: u64,
    uses: Option<Uses>,
}

/// Bytes that are not those of a sketch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Damaged;

impl Sketch {
    /// A row of the window: its class (see `sql/query/settle/screen/state.sql`) and its token.
    pub fn add_row(&mut self, class: i32, token: Option<i64>) {
        self.rows += 1;
        match (class, token) {
            (1, Some(token)) => self.settled.get_or_insert_with(Sums::new).add(token),
            (2, Some(token)) => self.ended.get_or_insert_with(Sums::new).add(token),
            (3, _) => {}
            _ => self.doubtful += 1,
        }
    }

    /// A use of a campaign by a user, as a hash of both.
    pub fn add_use(&mut self, hash: i64) {
        self.uses.get_or_insert_with(Uses::new).add(hash);
    }

    /// Another part of the same side.
    pub fn merge(&mut self, other: &Self) {
        let both = [(&mut self.settled, &other.settled), (&mut self.ended, &other.ended)];
        for (mine, theirs) in both {
            if let Some(theirs) = theirs {
                mine.get_or_insert_with(Sums::new).merge(theirs);
            }
        }
        if let Some(theirs) = &other.uses {
            self.uses.get_or_insert_with(Uses::new).merge(theirs);
        }
        self.rows += other.rows;
        self.doubtful += other.doubtful;
    }

    /// A bit for each hash of a use that was seen more than once, and few others.
    pub fn used_again(&self) -> Vec<u8> {
        self.uses.as_ref().map_or_else(
            || vec![0; USE_WORDS * 8],
            |uses| uses.again.iter().flat_map(|word| word.to_le_bytes()).collect(),
        )
    }

    /// Its bytes, for a worker's leader.
    pub fn to_bytes(&self) -> Vec<u8> {
        let sums = [self.settled.as_ref(), self.ended.as_ref()];
        let present = sums.iter().enumerate().map(|(i, s)| u64::from(s.is_some()) << i).sum::<u64>()
            | u64::from(self.uses.is_some()) << 2;
        let size = 8 * (3 + sums.iter().flatten().count() * SLOTS * 3 / 2)
            + self.uses.as_ref().map_or(0, |_| USE_WORDS * 16);
        let mut bytes = Vec::with_capacity(size);
        for word in [present, self.rows, self.doubtful] {
            bytes.extend(word.to_le_bytes());
        }
        for s in sums.into_iter().flatten() {
            s.sums.iter().for_each(|word| bytes.extend(word.to_le_bytes()));
            s.counts.iter().for_each(|count| bytes.extend(count.to_le_bytes()));
        }
        for words in self.uses.iter().flat_map(|uses| [&uses.once, &uses.again]) {
            words.iter().for_each(|word| bytes.extend(word.to_le_bytes()));
        }
        bytes
    }

    /// A sketch from its bytes.
    ///
    /// # Errors
    /// Where they are none.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Damaged> {
        let mut rest = bytes;
        let [present, rows, doubtful] = [word(&mut rest)?, word(&mut rest)?, word(&mut rest)?];
        let mut sketch = Self { rows, doubtful, ..Self::default() };
        for (i, place) in [&mut sketch.settled, &mut sketch.ended].into_iter().enumerate() {
            if present >> i & 1 == 1 {
                let sums = words(&mut rest, SLOTS)?;
                let counts = take(&mut rest, SLOTS * 4)?;
                let counts = counts.chunks_exact(4).map(|c| u32::from_le_bytes([c[0], c[1], c[2], c[3]]));
                *place = Some(Sums { sums, counts: counts.collect() });
            }
        }
        if present >> 2 & 1 == 1 {
            sketch.uses =
                Some(Uses { once: words(&mut rest, USE_WORDS)?, again: words(&mut rest, USE_WORDS)? });
        }
        if rest.is_empty() { Ok(sketch) } else { Err(Damaged) }
    }
}

fn take<'a>(rest: &mut &'a [u8], n: usize) -> Result<&'a [u8], Damaged> {
    let (taken, after) = rest.split_at_checked(n).ok_or(Damaged)?;
    *rest = after;
    Ok(taken)
}

fn word(rest: &mut &[u8]) -> Result<u64, Damaged> {
    let taken = take(rest, 8)?;
    taken.try_into().map(u64::from_le_bytes).map_err(|_| Damaged)
}

fn words(rest: &mut &[u8], n: usize) -> Result<Vec<u64>, Damaged> {
    take(rest, n * 8)?.chunks_exact(8).map(|mut chunk| word(&mut chunk)).collect()
}

/// Where the two sides do not agree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubt {
    /// A bit for each slot of class 1 that differs.
    pub settled: Vec<u8>,
    /// The same for class 2.
    pub ended: Vec<u8>,
    /// How many redemptions are doubtful.
    pub redemptions: Share,
    /// How many purchases.
    pub purchases: Share,
}

/// So many of so many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    part: u64,
    whole: u64,
}

impl Share {
    /// Whether there are any.
    pub const fn any(self) -> bool {
        self.part > 0
    }

    /// Whether they are so few that each is better looked up by itself.
    pub const fn few(self) -> bool {
        self.part < self.whole / 20
    }
}

impl Doubt {
    /// Compares the two sides.
    pub fn between(redemptions: &Sketch, purchases: &Sketch) -> Self {
        let (settled, mut r, mut p) = differing(&redemptions.settled, &purchases.settled);
        // an ended purchase is in order whether a redemption points to it or not
        let (ended, more, _) = differing(&redemptions.ended, &purchases.ended);
        r += redemptions.doubtful + more;
        p += purchases.doubtful;
        let of = |part, side: &Sketch| Share { part, whole: side.rows };
        Self { settled, ended, redemptions: of(r, redemptions), purchases: of(p, purchases) }
    }
}

/// A bit for each slot that differs, and how many tokens lie in those on either side.
fn differing(a: &Option<Sums>, b: &Option<Sums>) -> (Vec<u8>, u64, u64) {
    let mut bits = vec![0; SLOTS / 8];
    let (mut in_a, mut in_b) = (0, 0);
    let at = |sums: &Option<Sums>, i: usize| sums.as_ref().map_or((0, 0), |s| (s.sums[i], s.counts[i]));
    for i in 0..SLOTS {
        let (mine, theirs) = (at(a, i), at(b, i));
        if mine != theirs {
            bits[i / 8] |= 1 << (i % 8);
            in_a += u64::from(mine.1);
            in_b += u64::from(theirs.1);
        }
    }
    (bits, in_a, in_b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn row() -> impl Strategy<Value = (i32, Option<i64>)> {
        (-1..5, proptest::option::weighted(0.9, any::<i64>()))
    }

    fn sketch(rows: &[(i32, Option<i64>)]) -> Sketch {
        let mut sketch = Sketch::default();
        for (class, token) in rows {
            sketch.add_row(*class, *token);
            sketch.add_use(token.unwrap_or_default());
        }
        sketch
    }

    fn bit(bits: &[u8], token: i64) -> bool {
        let slot = (token & SLOT_MASK) as usize;
        bits[slot / 8] >> (slot % 8) & 1 == 1
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        #[test]
        fn parts_merge_to_the_whole_and_survive_their_bytes(
            rows in prop::collection::vec(row(), 0..60), at in 0usize..60
        ) {
            let whole = sketch(&rows);
            let (a, b) = rows.split_at(at.min(rows.len()));
            let mut merged = Sketch::from_bytes(&sketch(a).to_bytes()).unwrap();
            merged.merge(&Sketch::from_bytes(&sketch(b).to_bytes()).unwrap());
            prop_assert_eq!(&merged, &whole);
            prop_assert_eq!(Sketch::from_bytes(&whole.to_bytes()), Ok(whole));
        }

        #[test]
        fn what_lacks_its_counterpart_is_doubtful_and_the_numbers_cover_it(
            rows in prop::collection::vec(row(), 0..60), lost in prop::collection::hash_set(0usize..60, 0..5)
        ) {
            let kept: Vec<_> =
                rows.iter().enumerate().filter(|(i, _)| !lost.contains(i)).map(|(_, r)| *r).collect();
            let doubt = Doubt::between(&sketch(&rows), &sketch(&kept));
            for (i, (class, token)) in rows.iter().enumerate() {
                let bits = match class { 1 => &doubt.settled, 2 => &doubt.ended, _ => continue };
                if let Some(token) = token && lost.contains(&i) {
                    prop_assert!(bit(bits, *token));
                }
            }
            let seen = |rows: &[(i32, Option<i64>)], classes: &[i32]| rows.iter().filter(|(class, token)| match (class, token) {
                (3, _) => false,
                (1, Some(t)) => classes.contains(&1) && bit(&doubt.settled, *t),
                (2, Some(t)) => classes.contains(&2) && bit(&doubt.ended, *t),
                _ => true,
            }).count() as u64;
            prop_assert_eq!(doubt.redemptions.part, seen(&rows, &[1, 2]));
            prop_assert_eq!(doubt.purchases.part, seen(&kept, &[1]));
            if rows.len() == kept.len() {
                prop_assert!(doubt.settled.iter().chain(&doubt.ended).all(|b| *b == 0));
            }
        }

        #[test]
        fn bytes_that_are_no_sketch_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Sketch::from_bytes(&bytes);
            let mut whole = sketch(&[(1, Some(1))]).to_bytes();
            whole.extend(&bytes);
            prop_assert_eq!(Sketch::from_bytes(&whole).is_ok(), bytes.is_empty());
        }
    }

    #[test]
    fn a_use_that_comes_again_has_its_bit_in_whichever_part_it_came() {
        let parts: Vec<Sketch> = [&[7, 8][..], &[7], &[9]]
            .iter()
            .map(|uses| {
                let mut part = Sketch::default();
                uses.iter().for_each(|u| part.add_use(*u));
                part
            })
            .collect();
        let mut whole = Sketch::default();
        parts.iter().for_each(|part| whole.merge(part));
        let bits = whole.used_again();
        assert_eq!(bits[0], 1 << 7);
        assert!(bits[1..].iter().all(|b| *b == 0));
        assert_eq!(Sketch::default().used_again().len(), bits.len());
    }
}
