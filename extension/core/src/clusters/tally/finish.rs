//! From attempts as they came to the sorted picture: codes are dealt out (a counting sort), then the attempts of each code are sorted.

use super::row::Act;
use super::{Picture, Tally};
use crate::clusters::picture::{Event, Pair, User};
use crate::clusters::pulse::PULSE;
use crate::clusters::starts::begins;

impl Tally {
    /// The picture of the window.
    pub fn finish(self) -> Picture {
        let Self { from, until, tick, codes, users, rows, uncounted, host, .. } = self;
        let (codes, ranks) = codes.sorted(host);
        (host.pulse)();
        let (users, places) = users.sorted(host);
        (host.pulse)();

        let mut starts = host.filled(0u32, codes.len() + 1);
        for rows in rows.chunks(PULSE) {
            (host.pulse)();
            rows.iter().for_each(|row| starts[ranks[row.code as usize] as usize] += 1);
        }
        begins(&mut starts);
        let mut next = starts.clone();
        let mut acts = host.filled(Act::default(), rows.len());
        for rows in rows.chunks(PULSE) {
            (host.pulse)();
            for row in rows {
                let next = &mut next[ranks[row.code as usize] as usize];
                let whose = row.act.user().map_or(0, |user| places[user as usize] + 1);
                acts[*next as usize] = row.act.of_whom(whose);
                *next += 1;
            }
        }
        drop((rows, next, places, ranks));

        let mut picture = Picture { from, until, tick, codes, users, uncounted, ..Picture::default() };
        let mut since_pulse = 0;
        for (code, bounds) in starts.windows(2).enumerate() {
            let on_code = &mut acts[bounds[0] as usize..bounds[1] as usize];
            host.sort(on_code);
            since_pulse += on_code.len();
            if since_pulse >= PULSE {
                since_pulse = 0;
                (host.pulse)();
            }
            picture.starts.push(picture.pairs.len() as u32);
            for of_pair in on_code.chunk_by(|a, b| a.whose() == b.whose()) {
                host.reserve(&mut picture.pairs, 1);
                let at = picture.pairs.last().map_or(0, |pair| pair.events.end);
                let user = of_pair[0].user().map(|user| User::at(user as usize));
                picture.pairs.push(Pair { code: code as u32, user, events: at..at + of_pair.len() as u32 });
            }
        }
        picture.starts.push(picture.pairs.len() as u32);
        // Of the same size as they were: in their place.
        picture.events = acts.into_iter().map(|act| Event { at: act.at(), outcome: act.outcome() }).collect();
        (host.pulse)();
        picture
    }
}
