//! Users and codes by small numbers, in the order in which they come.

use super::Host;
use foldhash::fast::FixedState;
use hashbrown::HashTable;
use std::hash::{BuildHasher, Hash};

const SEED: u64 = 0x7072_6f6d_6f5f_6775; // "promo_gu"

pub(super) fn hash(key: impl Hash) -> u64 {
    FixedState::with_seed(SEED).hash_one(key)
}

/// A table from keys to numbers from 0 on. Each key is stored once.
#[derive(Debug)]
pub(super) struct Numbers<K> {
    keys: Vec<K>,
    table: HashTable<u32>,
}

impl<K> Default for Numbers<K> {
    fn default() -> Self {
        Self { keys: Vec::new(), table: HashTable::new() }
    }
}

impl<K: Eq + Hash> Numbers<K> {
    /// Keys that have the numbers of their places. The table is built when a key is first looked up.
    pub fn of(keys: Vec<K>) -> Self {
        Self { keys, table: HashTable::new() }
    }

    /// The keys, by number.
    pub fn keys(&self) -> &[K] {
        &self.keys
    }

    /// The number of a key; a new one where the key is new.
    #[inline]
    pub fn number(&mut self, key: K, host: Host) -> u32 {
        if self.table.len() < self.keys.len() {
            self.rebuild(host);
        }
        let hash_of = hash(&key);
        let keys = &self.keys;
        if let Some(number) = self.table.find(hash_of, |at| keys[*at as usize] == key) {
            return *number;
        }
        self.add(key, hash_of, host)
    }

    #[cold]
    fn rebuild(&mut self, host: Host) {
        for (place, key) in (self.table.len()..).zip(&self.keys[self.table.len()..]) {
            room(&mut self.table, &self.keys, host);
            self.table.insert_unique(hash(key), place as u32, |at| hash(&self.keys[*at as usize]));
        }
    }

    fn add(&mut self, key: K, hash_of: u64, host: Host) -> u32 {
        let number = self.keys.len() as u32;
        host.reserve(&mut self.keys, 1);
        room(&mut self.table, &self.keys, host);
        self.keys.push(key);
        let keys = &self.keys;
        self.table.insert_unique(hash_of, number, |at| hash(&keys[*at as usize]));
        number
    }
}

impl<K: Ord> Numbers<K> {
    /// The keys in order, and for each number its place among them.
    pub fn sorted(self, host: Host) -> (Vec<K>, Vec<u32>) {
        let Self { keys, table } = self;
        drop(table);
        let mut keys: Vec<(K, u32)> = keys.into_iter().zip(0..).collect();
        host.sort(&mut keys);
        let mut places = vec![0; keys.len()];
        for (place, (_, number)) in (0..).zip(&keys) {
            places[*number as usize] = place;
        }
        (keys.into_iter().map(|(key, _)| key).collect(), places)
    }
}

/// Room for one more.
fn room<K: Hash>(table: &mut HashTable<u32>, keys: &[K], host: Host) {
    if table.len() == table.capacity() {
        (host.room)(2 * (size_of::<u32>() + 1) * table.len());
        table.reserve(1, |at| hash(&keys[*at as usize]));
    }
}
