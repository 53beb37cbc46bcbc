//! From rows as they came to the sorted picture; the rows shrink from their end as the picture grows.

use super::row::Row;
use super::{Picture, Tally};
use crate::clusters::picture::{Event, Pair, User};

/// `pulse` is called at least every so many rows, wherever there is a loop.
const PULSE: usize = 1 << 16;
/// ... and memory given back.
const SHRINK: usize = 1 << 20;

impl Tally {
    /// The picture of the window. `pulse` is called again and again meanwhile: the place for a caller to give up.
    pub fn finish(mut self, mut pulse: impl FnMut()) -> Picture {
        self.catch_up();
        let Self { from, until, tick, codes, users, rows, uncounted, .. } = self;
        let (codes, ranks) = codes.sorted();
        pulse();
        let (users, places) = users.sorted();
        pulse();
        // Where each code's rows end, once they are in order of code.
        let mut ends = vec![0u32; codes.len() + 1];
        for rows in rows.chunks(PULSE) {
            pulse();
            rows.iter().for_each(|row| ends[ranks.of(row.code()) as usize] += 1);
        }
        let mut sum = 0;
        for end in &mut ends {
            sum += *end;
            *end = sum;
        }
        let mut rows = by_code(
            rows,
            &ends,
            |row| row.with(ranks.of(row.code()), row.user().map(|user| places[user as usize])),
            &mut pulse,
        );
        drop((ranks, places));

        let mut picture = Picture { from, until, tick, codes, users, uncounted, ..Picture::default() };
        picture.events.reserve_exact(rows.len());
        let total = rows.len() as u32;
        let mut since_pulse = 0;
        for code in (0..picture.codes.len()).rev() {
            let start = if code == 0 { 0 } else { ends[code - 1] as usize };
            sort(&mut rows[start..], &mut pulse);
            // From the end to the beginning; turned round when all is there.
            for row in rows[start..].iter().rev() {
                let place = picture.events.len() as u32;
                picture.events.push(Event { at: row.at, outcome: row.outcome() });
                match picture.pairs.last_mut() {
                    Some(pair) if pair.code == code as u32 && pair.user.map(User::number) == row.user() => {
                        pair.events.start = total - place - 1;
                    }
                    _ => {
                        let events = total - place - 1..total - place;
                        let user = row.user().map(|user| User::at(user as usize));
                        picture.pairs.push(Pair { code: code as u32, user, events });
                    }
                }
            }
            since_pulse += rows.len() - start;
            rows.truncate(start);
            if since_pulse >= PULSE {
                since_pulse = 0;
                pulse();
            }
            if rows.capacity() - rows.len() >= SHRINK {
                rows.shrink_to_fit();
            }
        }
        drop(rows);
        picture.events.reverse();
        picture.pairs.reverse();
        picture
    }
}

/// The rows in order of code, with their final numbers: each to the end of what is there of its code. In place it would take
/// half the memory and twice the time, since each move waits for the one before.
fn by_code(rows: Vec<Row>, ends: &[u32], renamed: impl Fn(Row) -> Row, pulse: &mut impl FnMut()) -> Vec<Row> {
    let mut next: Vec<u32> = std::iter::once(0).chain(ends.iter().copied()).take(ends.len()).collect();
    let mut sorted = vec![Row::default(); rows.len()];
    for rows in rows.chunks(PULSE) {
        pulse();
        for row in rows {
            let row = renamed(*row);
            let place = &mut next[row.code() as usize];
            sorted[*place as usize] = row;
            *place += 1;
        }
    }
    sorted
}

/// Sorts the rows of one code.
fn sort(rows: &mut [Row], pulse: &mut impl FnMut()) {
    if rows.len() < PULSE {
        rows.sort_unstable_by_key(|row| row.order());
        return;
    }
    let mut compared = 0usize;
    rows.sort_unstable_by(|a, b| {
        compared += 1;
        if compared.is_multiple_of(16 * PULSE) {
            pulse();
        }
        a.order().cmp(&b.order())
    });
}
