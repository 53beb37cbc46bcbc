//! From attempts as they came to the sorted picture.
//!
//! First each code's are put together, in the 8 bytes that are left of an attempt where its code is known by its place; then each
//! code's are put in order, mostly within the nearest cache.

use super::radix::{FEW, Radix};
use super::row::Act;
use super::{Host, PULSE, Picture, Tally, begins, sort};
use crate::clusters::picture::{Event, Pair, User};

impl Tally {
    /// The picture of the window.
    pub fn finish(mut self) -> Picture {
        self.catch_up();
        let Self { from, until, tick, codes, users, rows, parts, uncounted, host, .. } = self;
        let Host { pulse, room } = host;
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

        let mut picture = Picture { from, until, tick, codes, users, uncounted, ..Picture::default() };
        picture.divide(&mut acts, &starts, host);
        // Of the same size as they were: in their place.
        picture.events = acts.into_iter().map(|act| Event { at: act.at(), outcome: act.outcome() }).collect();
        pulse();
        picture.index();
        picture
    }
}

impl Picture {
    /// Puts each code's acts in order, and notes whose they are.
    fn divide(&mut self, acts: &mut [Act], starts: &[u32], Host { pulse, room }: Host) {
        let mut order = Order::of(self.users.len());
        let mut since_pulse = 0;
        for (code, bounds) in starts.windows(2).enumerate() {
            let (start, end) = (bounds[0] as usize, bounds[1] as usize);
            let on_code = &mut acts[start..end];
            order.by_user(on_code, pulse, room);
            let mut at = start as u32;
            for of_pair in on_code.chunk_by_mut(|a, b| a.whose() == b.whose()) {
                if of_pair.len() > 1 && !of_pair.is_sorted_by_key(|act| act.order()) {
                    sort(of_pair, |a, b| a.order().cmp(&b.order()), pulse);
                }
                let events = at..at + of_pair.len() as u32;
                at = events.end;
                if self.pairs.len() == self.pairs.capacity() {
                    room(size_of::<Pair>() * (2 * self.pairs.len()).max(1));
                }
                let user = of_pair[0].user().map(|user| User::at(user as usize));
                self.pairs.push(Pair { code: code as u32, user, events });
            }
            since_pulse += end - start;
            if since_pulse >= PULSE {
                since_pulse = 0;
                pulse();
            }
        }
    }
}

/// Puts a code's acts in order of their users.
struct Order {
    /// Of a user's number.
    bits: u32,
    radix: Radix<Act>,
}

impl Order {
    fn of(users: usize) -> Self {
        Self { bits: usize::BITS - users.leading_zeros(), radix: Radix::default() }
    }

    /// A user's stay as they came, or are in order too.
    fn by_user(&mut self, acts: &mut [Act], pulse: fn(), room: fn(usize)) {
        if acts.len() < FEW {
            acts.sort_unstable_by_key(|act| act.order());
            return;
        }
        if acts.len() > self.radix.room() {
            room(size_of_val(acts));
        }
        self.radix.sort(acts, self.bits, |act| u64::from(act.whose()), pulse);
    }
}
