//! From attempts as they came to the sorted picture.
//!
//! First each code's are put together, in the 8 bytes that are left of an attempt where its code is known by its place; then each
//! code's are put in order, mostly within the nearest cache.

use super::radix::{FEW, Radix};
use super::row::Act;
use super::{Host, PULSE, Picture, Tally, begins, sort};
use crate::clusters::hands::{Hands, MANY, cut};
use crate::clusters::picture::{Event, Pair, User};

impl Tally {
    /// The picture of the window.
    pub fn finish(self) -> Picture {
        let hands = self.hands();
        self.finish_with(hands)
    }

    /// The same, whoever is at work on it.
    pub(super) fn finish_with(mut self, hands: Hands) -> Picture {
        self.catch_up();
        let Self { from, until, tick, codes, users, rows, parts, uncounted, host, .. } = self;
        let Host { pulse, room, .. } = host;
        let place = codes.places();
        let (numbers, mut next) = (codes.numbers(), vec![0u32; codes.len()]);
        for rows in rows.chunks(PULSE) {
            pulse();
            rows.iter().for_each(|row| next[place(row.code)] += 1);
        }
        let (codes, ranks) = codes.sorted(pulse);
        pulse();
        let (users, places) = users.sorted(pulse);
        pulse();

        // Where the acts on each code begin: ours first, then each part's.
        let mut starts = vec![0u32; codes.len() + 1];
        for (number, acts) in numbers.clone().zip(&next) {
            starts[ranks.of(number) as usize] += acts;
        }
        for (code, acts) in parts.iter().flat_map(|part| &part.runs).filter(|(_, acts)| *acts > 0) {
            starts[ranks.of(*code) as usize] += acts;
        }
        begins(&mut starts);
        let mut ends = starts.clone();
        for (number, acts) in numbers.zip(&mut next) {
            let end = &mut ends[ranks.of(number) as usize];
            (*acts, *end) = (*end, *end + *acts);
        }
        let all = starts.last().map_or(0, |all| *all as usize);
        room(size_of::<Act>() * all);
        let mut acts = vec![Act::default(); all];
        let whose = |act: Act| act.user().map_or(0, |user| places[user as usize] + 1);
        for rows in rows.chunks(PULSE) {
            pulse();
            for row in rows {
                let next = &mut next[place(row.code)];
                acts[*next as usize] = row.act.of_whom(whose(row.act));
                *next += 1;
            }
        }
        drop((rows, next));
        for part in parts {
            let whose = |whose: &u32| whose.checked_sub(1).map_or(0, |user| places[user as usize] + 1);
            let renamed: Vec<u32> = part.users.iter().map(whose).collect();
            let mut since_pulse = 0;
            for (code, run) in part.each().filter(|(_, run)| !run.is_empty()) {
                let end = &mut ends[ranks.of(code) as usize];
                let start = *end as usize;
                *end += run.len() as u32;
                for (to, act) in acts[start..start + run.len()].iter_mut().zip(run) {
                    *to = act.of_whom(renamed[act.whose() as usize]);
                }
                since_pulse += run.len();
                if since_pulse >= PULSE {
                    since_pulse = 0;
                    pulse();
                }
            }
        }
        drop((places, ranks));

        let mut picture = Picture { from, until, tick, codes, users, uncounted, hands, ..Picture::default() };
        picture.divide(&mut acts, &starts, host);
        // Of the same size as they were: in their place.
        picture.events = acts.into_iter().map(|act| Event { at: act.at(), outcome: act.outcome() }).collect();
        pulse();
        picture
    }
}

impl Picture {
    /// Puts each code's acts in order, and notes whose they are and where each code's pairs begin.
    fn divide(&mut self, acts: &mut [Act], starts: &[u32], Host { pulse, room, .. }: Host) {
        let largest = starts.windows(2).map(|bounds| bounds[1] - bounds[0]).max().unwrap_or(0);
        room(size_of::<Act>() * largest as usize * self.hands.all());
        let users = self.users.len();
        let together = self.hands.all() > 1;
        if together {
            let ranges = self.hands.ranges(starts, MANY);
            let parts = ranges.iter().cloned().zip(cut(acts, &ranges, starts)).collect();
            self.hands.share(parts, &mut || pulse(), |(codes, acts), pulse| {
                let mut order = Order::of(users);
                each_code(acts, &starts[codes.start..=codes.end], pulse, |_, acts, pulse| {
                    order.put(acts, pulse)
                });
            });
        }
        let mut order = Order::of(users);
        self.starts.reserve_exact(starts.len());
        // Mostly each act is a pair's only one.
        self.pairs.reserve(acts.len().min(LITTLE));
        each_code(acts, starts, &mut || pulse(), |code, acts, pulse| {
            self.starts.push(self.pairs.len() as u32);
            if !together {
                order.put(acts, pulse);
            }
            for of_pair in acts.chunk_by(|a, b| a.whose() == b.whose()) {
                if self.pairs.len() == self.pairs.capacity() {
                    room(size_of::<Pair>() * (2 * self.pairs.len()).max(1));
                }
                let at = self.pairs.last().map_or(0, |pair| pair.events.end);
                let user = of_pair[0].user().map(|user| User::at(user as usize));
                self.pairs.push(Pair { code: code as u32, user, events: at..at + of_pair.len() as u32 });
            }
        });
        self.starts.push(self.pairs.len() as u32);
    }
}

/// Room for so many pairs is taken without being asked for, rather than moved while they grow.
const LITTLE: usize = 1 << 18;

/// Goes over acts that lie code by code.
fn each_code(
    acts: &mut [Act],
    starts: &[u32],
    pulse: &mut dyn FnMut(),
    mut each: impl FnMut(usize, &mut [Act], &mut dyn FnMut()),
) {
    let (mut rest, mut since_pulse) = (acts, 0);
    for (code, bounds) in starts.windows(2).enumerate() {
        let (on_code, after) = rest.split_at_mut((bounds[1] - bounds[0]) as usize);
        rest = after;
        since_pulse += on_code.len();
        each(code, on_code, pulse);
        if since_pulse >= PULSE {
            since_pulse = 0;
            pulse();
        }
    }
}

/// Puts a code's acts in order.
struct Order {
    /// Of a user's number.
    bits: u32,
    radix: Radix<Act>,
}

impl Order {
    fn of(users: usize) -> Self {
        Self { bits: usize::BITS - users.leading_zeros(), radix: Radix::default() }
    }

    /// By user first.
    fn put(&mut self, acts: &mut [Act], mut pulse: impl FnMut()) {
        if acts.len() < FEW {
            acts.sort_unstable_by_key(|act| act.order());
            return;
        }
        self.radix.sort(acts, self.bits, |act| u64::from(act.whose()), &mut pulse);
        for of_pair in acts.chunk_by_mut(|a, b| a.whose() == b.whose()) {
            if !of_pair.is_sorted_by_key(|act| act.order()) {
                sort(of_pair, |a, b| a.order().cmp(&b.order()), &mut pulse);
            }
        }
    }
}
