//! Users by small numbers, in the order in which they come up.

/// A table from the application's ids to numbers from 0 on: half the size of a general map, so that it stays in cache.
#[derive(Debug, Default)]
pub(super) struct Users {
    ids: Vec<i64>,
    /// Numbers, open addressing; `FREE` where there is none. A power of two, at most three quarters full; empty until the
    /// first is looked up.
    table: Vec<u32>,
}

const FREE: u32 = u32::MAX;

impl From<Vec<i64>> for Users {
    /// Users who have the numbers of their places.
    fn from(ids: Vec<i64>) -> Self {
        Self { ids, table: Vec::new() }
    }
}

impl Users {
    /// The number of a user, a new one where it is new.
    pub fn intern(&mut self, user: i64) -> u32 {
        if (self.ids.len() + 1) * 4 > self.table.len() * 3 {
            self.grow();
        }
        let place = self.place(user);
        if self.table[place] == FREE {
            self.table[place] = self.ids.len() as u32;
            self.ids.push(user);
        }
        self.table[place]
    }

    /// Their ids, by number.
    pub fn ids(&self) -> &[i64] {
        &self.ids
    }

    /// All ids in order, each once, and for each number its place among them.
    pub fn sorted(self) -> (Vec<i64>, Vec<u32>) {
        let Self { ids, table } = self;
        drop(table);
        let mut order: Vec<(i64, u32)> = ids.iter().zip(0..).map(|(id, number)| (*id, number)).collect();
        drop(ids);
        order.sort_unstable();
        let mut ranks = vec![0; order.len()];
        let mut sorted: Vec<i64> = Vec::with_capacity(order.len());
        for (id, number) in order {
            if sorted.last() != Some(&id) {
                sorted.push(id);
            }
            ranks[number as usize] = sorted.len() as u32 - 1;
        }
        (sorted, ranks)
    }

    fn place(&self, user: i64) -> usize {
        let mask = self.table.len() - 1;
        let shift = 64 - self.table.len().trailing_zeros();
        // Mixed twice (splitmix64's finish): ids that are evenly spaced, or scattered by a multiplication of the
        // application's own, would pile up after a single one.
        let mut mixed = user as u64;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let mut place = ((mixed ^ (mixed >> 31)) >> shift) as usize & mask;
        while self.table[place] != FREE && self.ids[self.table[place] as usize] != user {
            place = (place + 1) & mask;
        }
        place
    }

    fn grow(&mut self) {
        // Freed first: both at once would be half as much again.
        self.table = Vec::new();
        self.table = vec![FREE; ((self.ids.len() + 1) * 4 / 3 + 1).next_power_of_two().max(1 << 10)];
        for number in 0..self.ids.len() {
            let place = self.place(self.ids[number]);
            self.table[place] = number as u32;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn users_are_numbered_as_they_come(ids in prop::collection::vec(prop_oneof![-5i64..5, any::<i64>()], 0..3_000)) {
            let mut users = Users::default();
            let mut seen: Vec<i64> = Vec::new();
            for id in &ids {
                let number = users.intern(*id);
                if number as usize == seen.len() {
                    seen.push(*id);
                }
                prop_assert_eq!(seen[number as usize], *id);
            }
            prop_assert_eq!(users.ids(), &seen);
            let mut again = Users::from(seen.clone());
            prop_assert!(seen.iter().zip(0..).all(|(id, number)| again.intern(*id) == number));
            let (sorted, ranks) = users.sorted();
            prop_assert!(sorted.is_sorted_by(|a, b| a < b));
            prop_assert!(seen.iter().zip(ranks).all(|(id, rank)| sorted[rank as usize] == *id));
        }
    }
}
