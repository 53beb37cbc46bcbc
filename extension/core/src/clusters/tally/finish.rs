//! From rows as they came to the sorted picture; the rows shrink from their end as the picture grows.

use super::row::Row;
use super::{Host, PULSE, Picture, Tally, sort};
use crate::clusters::picture::{Event, Pair, User};

/// Memory is given back in pieces of so many rows.
const SHRINK: usize = 1 << 20;

impl Tally {
    /// The picture of the window.
    pub fn finish(mut self) -> Picture {
        self.catch_up();
        let Self { from, until, tick, codes, users, mut rows, uncounted, host: Host { pulse, room }, .. } =
            self;
        let (codes, ranks) = codes.sorted(pulse);
        pulse();
        let (users, places) = users.sorted(pulse);
        pulse();
        // Where the rows of each code and of each user end, once they are in order; nobody's come before the first user's.
        let (mut of_code, mut of_user) = (vec![0u32; codes.len() + 1], vec![0u32; users.len() + 2]);
        let place = |row: Row| row.user().map_or(0, |user| places[user as usize] + 1);
        for rows in rows.chunks(PULSE) {
            pulse();
            for row in rows {
                of_code[ranks.of(row.code()) as usize] += 1;
                of_user[place(*row) as usize] += 1;
            }
        }
        // First by user, then by code, which leaves each code's in order of user, and each pair's as they came: mostly in order of
        // time already.
        room(size_of::<Row>() * rows.len());
        let mut other = vec![Row::default(); rows.len()];
        let renamed = |row: Row| row.with(ranks.of(row.code()), place(row).checked_sub(1));
        by(&rows, &mut other, begins(of_user), renamed, |row| row.user().map_or(0, |user| user + 1), pulse);
        drop((ranks, places));
        by(&other, &mut rows, begins(of_code), |row| row, Row::code, pulse);
        drop(other);

        let mut picture = Picture { from, until, tick, codes, users, uncounted, ..Picture::default() };
        room(size_of::<Event>() * rows.len());
        picture.events.reserve_exact(rows.len());
        let total = rows.len() as u32;
        let mut since_pulse = 0;
        while let Some(last) = rows.last() {
            let same = |row: &&Row| (row.code(), row.user()) == (last.code(), last.user());
            let start = rows.len() - rows.iter().rev().take_while(same).count();
            let (code, user) = (last.code(), last.user().map(|user| User::at(user as usize)));
            let of_pair = &mut rows[start..];
            if !of_pair.is_sorted_by_key(|row| row.order()) {
                sort(of_pair, |a, b| a.order().cmp(&b.order()), pulse);
            }
            // From the end to the beginning; turned round when all is there.
            let place = picture.events.len() as u32;
            picture
                .events
                .extend(rows[start..].iter().rev().map(|row| Event { at: row.at, outcome: row.outcome() }));
            let events = total - picture.events.len() as u32..total - place;
            picture.pairs.push(Pair { code, user, events });
            since_pulse += rows.len() - start;
            rows.truncate(start);
            if since_pulse >= PULSE {
                since_pulse = 0;
                pulse();
                if rows.capacity() - rows.len() >= SHRINK {
                    rows.shrink_to_fit();
                }
            }
        }
        drop(rows);
        picture.events.reverse();
        picture.pairs.reverse();
        picture.index();
        picture
    }
}

/// Where the rows of each begin, of how many there are of each.
fn begins(mut counts: Vec<u32>) -> Vec<u32> {
    let mut sum = 0;
    for count in &mut counts {
        sum += std::mem::replace(count, sum);
    }
    counts
}

/// Puts the rows in order of a number, those with the same one as they came: each to the end of what is there of its number. In
/// place it would take half the memory and twice the time, since each move waits for the one before.
fn by(
    rows: &[Row],
    sorted: &mut [Row],
    mut next: Vec<u32>,
    renamed: impl Fn(Row) -> Row,
    number: impl Fn(Row) -> u32,
    pulse: fn(),
) {
    for rows in rows.chunks(PULSE) {
        pulse();
        for row in rows {
            let row = renamed(*row);
            let place = &mut next[number(row) as usize];
            sorted[*place as usize] = row;
            *place += 1;
        }
    }
}
