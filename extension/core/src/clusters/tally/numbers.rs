//! Users and codes by small numbers, in the order in which they come up.
//!
//! Every attempt looks both up, and with millions of them the tables are in no cache: what costs is to wait for memory. So keys
//! are looked up a batch at a time, first all places of the table, then all keys that stand there: the waits overlap.

use super::radix::{FEW, Radix};
use super::{PULSE, sort};
use foldhash::fast::FixedState;
use std::hash::BuildHasher;

/// What can be numbered.
pub(super) trait Key: Copy + Eq + Ord {
    /// Well mixed bits of it.
    fn mixed(&self) -> u64;

    /// Each with its place, in order. `pulse` is called where that takes long.
    fn in_order(keys: Vec<Self>, pulse: fn()) -> Vec<(Self, u32)>;
}

pub(super) const SEED: u64 = 0x7072_6f6d_6f5f_6775; // "promo_gu"

impl Key for i64 {
    /// Mixed twice (splitmix64's finish): ids that are evenly spaced, or scattered by a multiplication of the application's own,
    /// would pile up after a single one.
    fn mixed(&self) -> u64 {
        let mut mixed = self.cast_unsigned();
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Where an id and its place fit into one number, as all but the oddest do, that is sorted in a tenth of the time.
    fn in_order(keys: Vec<Self>, pulse: fn()) -> Vec<(Self, u32)> {
        let (least, most) =
            (keys.iter().copied().min().unwrap_or(0), keys.iter().copied().max().unwrap_or(0));
        let bits = usize::BITS - keys.len().leading_zeros();
        if most.abs_diff(least).leading_zeros() < bits {
            let mut order: Vec<(Self, u32)> = keys.into_iter().zip(0..).collect();
            sort(&mut order, Ord::cmp, pulse);
            return order;
        }
        let mut order: Vec<u64> =
            keys.iter().zip(0u64..).map(|(key, place)| key.abs_diff(least) << bits | place).collect();
        drop(keys);
        if order.len() < FEW {
            order.sort_unstable();
        } else {
            let wide = u64::BITS - most.abs_diff(least).leading_zeros();
            Radix::default().sort(&mut order, wide, |both| both >> bits, pulse);
        }
        let place = (1u64 << bits) - 1;
        order
            .into_iter()
            .map(|both| (least.wrapping_add_unsigned(both >> bits), (both & place) as u32))
            .collect()
    }
}

impl Key for [u8; 32] {
    /// Nearly all are told apart by their first bytes, which are compared as one number.
    fn in_order(keys: Vec<Self>, pulse: fn()) -> Vec<(Self, u32)> {
        let first = |key: &Self| key.first_chunk().map_or(0, |first| u64::from_be_bytes(*first));
        let mut order: Vec<(u64, u32)> = keys.iter().map(first).zip(0..).collect();
        sort(
            &mut order,
            |a, b| a.0.cmp(&b.0).then_with(|| keys[a.1 as usize].cmp(&keys[b.1 as usize])),
            pulse,
        );
        order.into_iter().map(|(_, place)| (keys[place as usize], place)).collect()
    }

    /// All bytes count: a digest's first ones would do, but nothing says that every application stores digests.
    fn mixed(&self) -> u64 {
        let words = self.as_chunks().0.iter().map(|word| u64::from_le_bytes(*word));
        FixedState::with_seed(SEED).hash_one(
            words.fold(0, |mixed: u64, word| {
                (mixed ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29)
            }),
        )
    }
}

/// A table from keys to numbers from 0 on: half the size of a general map.
#[derive(Debug)]
pub(super) struct Numbers<K> {
    keys: Vec<K>,
    /// Open addressing; [`FREE`] where there is none. A power of two, at most [so full](places); empty until the first is looked up.
    /// A place holds a number in as many bits as a place's own number has, and above it bits of the key's hash: a wrong key is mostly
    /// told by them, and not looked at.
    table: Vec<u32>,
}

/// No number, and no place's content: the table is never so full that its last number is all ones.
pub(super) const FREE: u32 = u32::MAX;

impl<K> Default for Numbers<K> {
    fn default() -> Self {
        Self { keys: Vec::new(), table: Vec::new() }
    }
}

impl<K> From<Vec<K>> for Numbers<K> {
    /// Keys that have the numbers of their places.
    fn from(keys: Vec<K>) -> Self {
        Self { keys, table: Vec::new() }
    }
}

impl<K: Key> Numbers<K> {
    /// The keys, by number.
    pub fn keys(&self) -> &[K] {
        &self.keys
    }

    /// The number of a key, a new one where it is new.
    pub fn intern(&mut self, key: K) -> u32 {
        self.room(1);
        self.look_up(key, key.mixed())
    }

    /// The same for many.
    pub fn intern_all<const N: usize>(&mut self, keys: &[K; N]) -> [u32; N] {
        self.room(N);
        let hashes: [u64; N] = std::array::from_fn(|i| keys[i].mixed());
        let mut found = self.find_all(keys, &hashes);
        for i in 0..N {
            if found[i] == FREE {
                found[i] = self.look_up(keys[i], hashes[i]);
            }
        }
        found
    }

    /// The numbers of many keys by their hashes, [`FREE`] of those that are not known, and of very few others.
    #[inline]
    pub fn find_all<const N: usize>(&self, keys: &[K; N], hashes: &[u64; N]) -> [u32; N] {
        if self.table.is_empty() {
            return [FREE; N];
        }
        let (mask, shift, bits) = (self.table.len() - 1, self.shift(), self.bits());
        let first: [u32; N] = std::array::from_fn(|i| self.table[(hashes[i] >> shift) as usize & mask]);
        // In a small table they are mostly where they are looked for first.
        if self.table.len() <= SMALL {
            return std::array::from_fn(|i| {
                let likely = first[i] & mask as u32;
                if self.keys.get(likely as usize) == Some(&keys[i]) { likely } else { FREE }
            });
        }
        let likely: [u32; N] = std::array::from_fn(|i| {
            let (wanted, mut place, mut there) =
                ((hashes[i] as u32) << bits, (hashes[i] >> shift) as usize, first[i]);
            while (there ^ wanted) >> bits != 0 && there != FREE {
                place = (place + 1) & mask;
                there = self.table[place];
            }
            if there == FREE { FREE } else { there & mask as u32 }
        });
        std::array::from_fn(|i| {
            if self.keys.get(likely[i] as usize) == Some(&keys[i]) { likely[i] } else { FREE }
        })
    }

    /// All keys in order, each once, and for each number its place among them. `pulse` is called where that takes long.
    pub fn sorted(self, pulse: fn()) -> (Vec<K>, Vec<u32>) {
        let Self { keys, table } = self;
        drop(table);
        let order = K::in_order(keys, pulse);
        let mut places = vec![0; order.len()];
        let mut sorted: Vec<K> = Vec::with_capacity(order.len());
        for (key, number) in order {
            if sorted.last() != Some(&key) {
                sorted.push(key);
            }
            places[number as usize] = sorted.len() as u32 - 1;
        }
        (sorted, places)
    }

    /// The number of a key of this hash, where there is [`room`](Self::room) for one more.
    pub fn look_up(&mut self, key: K, hash: u64) -> u32 {
        let place = self.place(Some(&key), hash);
        if self.table[place] == FREE {
            self.put(place, hash, self.keys.len() as u32);
            self.keys.push(key);
        }
        self.table[place] & self.mask()
    }

    /// Of a table that is not empty: how much of a hash is not its place.
    fn shift(&self) -> u32 {
        u64::BITS - self.bits()
    }

    /// Of a place's number.
    fn bits(&self) -> u32 {
        self.table.len().trailing_zeros()
    }

    fn mask(&self) -> u32 {
        self.table.len() as u32 - 1
    }

    fn put(&mut self, place: usize, hash: u64, number: u32) {
        self.table[place] = (hash as u32) << self.bits() | number;
    }

    /// The place of a key, or a free one; with no key the next free one.
    fn place(&self, key: Option<&K>, hash: u64) -> usize {
        let (mask, bits, wanted) = (self.mask(), self.bits(), (hash as u32) << self.bits());
        let mut place = (hash >> self.shift()) as usize;
        loop {
            let there = self.table[place];
            if there == FREE
                || (there ^ wanted) >> bits == 0 && key == Some(&self.keys[(there & mask) as usize])
            {
                return place;
            }
            place = (place + 1) & mask as usize;
        }
    }

    /// About how many bytes so many more may take at once; mostly none.
    pub fn growth(&self, more: usize) -> usize {
        let all = self.keys.len() + more;
        let keys = if all > self.keys.capacity() { size_of::<K>() * all.max(2 * self.keys.len()) } else { 0 };
        let table = if self.table.len() < places(all) {
            size_of::<u32>() * places(all).next_power_of_two()
        } else {
            0
        };
        keys + table
    }

    /// Makes room for more.
    pub fn room(&mut self, more: usize) {
        let keys = self.keys.len() + more;
        if self.table.len() >= places(keys) {
            return;
        }
        // Freed first: both at once would be half as much again.
        self.table = Vec::new();
        self.table = vec![FREE; places(keys).next_power_of_two()];
        for number in 0..self.keys.len() {
            let hash = self.keys[number].mixed();
            self.put(self.place(None, hash), hash, number as u32);
        }
    }
}

/// Of places.
const SMALL: usize = 1 << 18;

/// The least places for so many keys: in a small table most are found where they are looked for first; of a large one a quarter is
/// free.
const fn places(keys: usize) -> usize {
    let (many, few) = (keys * 4, keys * 4 / 3 + 1);
    if many <= SMALL {
        if many < 1 << 10 { 1 << 10 } else { many }
    } else if few < SMALL {
        SMALL
    } else {
        few
    }
}

/// The numbers that keys of one table have in another, found when first asked for.
pub(super) struct Renamed<'a, K> {
    keys: &'a [K],
    known: Vec<u32>,
}

impl<'a, K: Key> Renamed<'a, K> {
    pub fn of(numbers: &'a Numbers<K>) -> Self {
        Self { keys: &numbers.keys, known: vec![FREE; numbers.keys.len()] }
    }

    /// Finds them all, many at a time.
    pub fn all(&mut self, into: &mut Numbers<K>, pulse: fn()) {
        const AT_ONCE: usize = 32;
        let (keys, rest) = self.keys.as_chunks::<AT_ONCE>();
        let (found, last) = self.known.as_chunks_mut::<AT_ONCE>();
        for (place, (keys, found)) in keys.iter().zip(found).enumerate() {
            if place.is_multiple_of(PULSE / AT_ONCE) {
                pulse();
            }
            *found = into.intern_all(keys);
        }
        rest.iter().zip(last).for_each(|(key, found)| *found = into.intern(*key));
    }

    pub fn get(&mut self, number: u32, into: &mut Numbers<K>) -> u32 {
        let known = &mut self.known[number as usize];
        if *known == FREE {
            *known = into.intern(self.keys[number as usize]);
        }
        *known
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn keys_are_numbered_as_they_come(ids in prop::collection::vec(prop_oneof![-5i64..5, any::<i64>()], 0..3_000)) {
            let mut one_by_one = Numbers::default();
            let mut seen: Vec<i64> = Vec::new();
            for id in &ids {
                let number = one_by_one.intern(*id);
                if number as usize == seen.len() {
                    seen.push(*id);
                }
                prop_assert_eq!(seen[number as usize], *id);
            }
            prop_assert_eq!(one_by_one.keys(), &seen);
            let mut batches = Numbers::default();
            for batch in ids.as_chunks::<16>().0 {
                let numbers = batches.intern_all(batch);
                prop_assert!(numbers.iter().zip(batch).all(|(number, id)| seen[*number as usize] == *id));
            }
            prop_assert!(seen.starts_with(batches.keys()));
            let mut again = Numbers::from(seen.clone());
            prop_assert!(seen.iter().zip(0..).all(|(id, number)| again.intern(*id) == number));
            let (sorted, places) = one_by_one.sorted(|| ());
            prop_assert!(sorted.is_sorted_by(|a, b| a < b));
            prop_assert!(seen.iter().zip(places).all(|(id, place)| sorted[place as usize] == *id));
        }
    }
}
