//! The attempts of a window, sorted for thinking: every (code, user) pair with what happened to it, in order of time.

use crate::Micros;
use crate::attempt::{Attempt, CodeHash, Outcome};
use std::num::NonZeroU32;
use std::ops::Range;

/// What happened once to a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Event {
    /// When, in [ticks](Picture::tick) since the window's start.
    pub at: u32,
    /// How the application answered.
    pub outcome: Outcome,
}

/// A user, as a place in [`Picture::users`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct User(NonZeroU32);

impl User {
    /// The user at a place; places are below 2^32 - 1, as attempts are.
    pub fn at(place: usize) -> Self {
        let next = u32::try_from(place).ok().and_then(|place| place.checked_add(1));
        Self(next.and_then(NonZeroU32::new).unwrap_or(NonZeroU32::MAX))
    }

    /// The place.
    pub const fn place(self) -> usize {
        self.number() as usize
    }

    pub(super) const fn number(self) -> u32 {
        self.0.get() - 1
    }
}

/// One user and one code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// The code, as a place in [`Picture::codes`].
    pub code: u32,
    /// The user; attempts without one are one pair a code, and belong to no user.
    pub user: Option<User>,
    /// Its events, as a range of [`Picture::events`].
    pub events: Range<u32>,
}

/// The attempts of a window: the same for the same attempts, in whatever order and parts they came.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Picture {
    /// The window's start, included.
    pub from: Micros,
    /// The window's end, included.
    pub until: Micros,
    /// Length of a tick in microseconds: see [`Picture::tick_for`].
    pub tick: i64,
    /// Every code tried, in order.
    pub codes: Vec<CodeHash>,
    /// Every user who tried, in order.
    pub users: Vec<i64>,
    /// Every pair, in order of code and user; those without a user first.
    pub pairs: Vec<Pair>,
    /// Where the pairs of each code begin; one more than there are codes.
    pub starts: Vec<u32>,
    /// The events of all pairs, one pair after the other, each pair's in order of time and outcome.
    pub events: Vec<Event>,
    /// Attempts past the limit of policy, which are counted and no more: of whom and on what is not known.
    pub uncounted: u64,
}

impl Picture {
    /// The length of a tick for a window: a microsecond for up to 71 minutes, and as much more as 32 bits of ticks need.
    pub fn tick_for(from: Micros, until: Micros) -> i64 {
        let length = i128::from(until) - i128::from(from);
        i64::try_from((length.max(0) >> 32) + 1).unwrap_or(i64::MAX)
    }

    /// Of these attempts, those of the window.
    pub fn of(from: Micros, until: Micros, attempts: impl IntoIterator<Item = Attempt>) -> Self {
        let tick = Self::tick_for(from, until);
        let mut rows: Vec<(CodeHash, Option<i64>, Event)> = attempts
            .into_iter()
            .filter(|a| (from..=until).contains(&a.at))
            .map(|a| {
                let ticks = (i128::from(a.at) - i128::from(from)) / i128::from(tick);
                let at = u32::try_from(ticks).unwrap_or(u32::MAX);
                (a.code, a.user, Event { at, outcome: a.outcome })
            })
            .collect();
        rows.sort_unstable();
        let mut users: Vec<i64> = rows.iter().filter_map(|(_, user, _)| *user).collect();
        users.sort_unstable();
        users.dedup();
        let mut picture = Self { from, until, tick, users, ..Self::default() };
        for (code, user, event) in rows {
            if picture.codes.last() != Some(&code) {
                picture.codes.push(code);
            }
            let code = picture.codes.len() as u32 - 1;
            let user = user.and_then(|id| picture.user(id));
            let place = picture.events.len() as u32;
            picture.events.push(event);
            match picture.pairs.last_mut() {
                Some(pair) if pair.code == code && pair.user == user => pair.events.end = place + 1,
                _ => picture.pairs.push(Pair { code, user, events: place..place + 1 }),
            }
        }
        picture.index();
        picture
    }

    /// Notes where the pairs of each code begin.
    fn index(&mut self) {
        let mut starts = Vec::with_capacity(self.codes.len() + 1);
        for (place, pair) in self.pairs.iter().enumerate() {
            if starts.len() <= pair.code as usize {
                starts.resize(pair.code as usize + 1, place as u32);
            }
        }
        starts.resize(self.codes.len() + 1, self.pairs.len() as u32);
        self.starts = starts;
    }

    /// What happened to a pair, in order of time.
    pub fn events_of(&self, pair: &Pair) -> &[Event] {
        &self.events[pair.events.start as usize..pair.events.end as usize]
    }

    /// The user with an id, if there is one.
    pub fn user(&self, id: i64) -> Option<User> {
        self.users.binary_search(&id).ok().map(User::at)
    }

    /// Whose a pair is.
    pub fn user_of(&self, pair: &Pair) -> Option<i64> {
        pair.user.map(|user| self.users[user.place()])
    }

    /// The moment of an event.
    pub fn moment(&self, at: u32) -> Micros {
        self.from.saturating_add(i64::from(at).saturating_mul(self.tick)).min(self.until)
    }

    /// The pairs of a code, as a range of [`Picture::pairs`].
    pub fn pairs_of(&self, code: u32) -> Range<usize> {
        let at = |code: u32| self.starts.get(code as usize).map_or(self.pairs.len(), |start| *start as usize);
        at(code)..at(code.saturating_add(1))
    }

    /// The pairs of each code, one code after the other.
    pub fn by_code(&self) -> impl Iterator<Item = Range<usize>> + '_ {
        self.starts.windows(2).map(|range| range[0] as usize..range[1] as usize)
    }

    /// The place of a code, where it was tried.
    pub fn find(&self, code: &CodeHash) -> Option<u32> {
        self.codes.binary_search(code).ok().map(|place| place as u32)
    }

    /// The same for thousands.
    pub fn finder(&self) -> Finder<'_> {
        let digests = self.codes.partition_point(|code| matches!(code, CodeHash::Digest(_)));
        let bits = (usize::BITS - digests.leading_zeros()).min(16);
        let mut starts = vec![0; (1 << bits) + 1];
        for code in &self.codes[..digests] {
            if let CodeHash::Digest(bytes) = code {
                starts[Finder::first(bytes, bits) + 1] += 1;
            }
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        Finder { picture: self, bits, starts }
    }
}

/// Finds codes of a picture by their first bits, which are as good as random in a digest: among about one code, not among all.
#[derive(Debug)]
pub struct Finder<'a> {
    picture: &'a Picture,
    bits: u32,
    /// Where the digests with the same first bits begin.
    starts: Vec<u32>,
}

impl Finder<'_> {
    fn first(digest: &[u8; 32], bits: u32) -> usize {
        usize::from(u16::from_be_bytes([digest[0], digest[1]])) >> (16 - bits)
    }

    /// The place of a code, where it was tried.
    pub fn find(&self, code: &CodeHash) -> Option<u32> {
        let CodeHash::Digest(bytes) = code else { return self.picture.find(code) };
        let at = Self::first(bytes, self.bits);
        let (start, end) = (self.starts[at] as usize, self.starts[at + 1] as usize);
        let place = self.picture.codes[start..end].binary_search(code).ok()?;
        Some((start + place) as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn attempts() -> impl Strategy<Value = Vec<Attempt>> {
        let one = (0u8..5, prop::option::of(0i64..4), 0usize..6, -10_000i64..2_000_000).prop_map(
            |(code, user, outcome, at)| Attempt {
                code: CodeHash::Digest([code; 32]),
                user,
                outcome: Outcome::ALL[outcome],
                at,
            },
        );
        prop::collection::vec(one, 0..60)
    }

    proptest! {
        #[test]
        fn order_does_not_matter_and_every_attempt_of_the_window_is_in_one_pair(
            (rows, mixed) in attempts().prop_flat_map(|a| (Just(a.clone()), Just(a).prop_shuffle()))
        ) {
            let picture = Picture::of(0, 1_900_000, rows.clone());
            prop_assert_eq!(&picture, &Picture::of(0, 1_900_000, mixed));
            let within = rows.iter().filter(|a| (0..=1_900_000).contains(&a.at)).count();
            prop_assert_eq!(picture.pairs.iter().map(|p| picture.events_of(p).len()).sum::<usize>(), within);
            for (place, code) in picture.codes.iter().enumerate() {
                prop_assert_eq!(picture.find(code), Some(place as u32));
                prop_assert_eq!(picture.finder().find(code), Some(place as u32));
                for pair in &picture.pairs[picture.pairs_of(place as u32)] {
                    prop_assert_eq!(pair.code, place as u32);
                    prop_assert!(picture.events_of(pair).is_sorted());
                    let n = rows.iter().filter(|a| a.code == *code && a.user == picture.user_of(pair) && (0..=1_900_000).contains(&a.at)).count();
                    prop_assert_eq!(n, picture.events_of(pair).len());
                }
            }
        }
    }

    proptest! {
        #[test]
        fn a_finder_finds_what_a_search_does(
            codes in prop::collection::vec(prop_oneof![
                any::<[u8; 32]>().prop_map(CodeHash::Digest),
                (0u8..9).prop_map(|n| CodeHash::Digest([n; 32])),
                "[a-c]{0,2}".prop_map(|text| CodeHash::Text(text.into())),
            ], 0..60),
            others in prop::collection::vec((0u8..12).prop_map(|n| CodeHash::Digest([n; 32])), 0..9),
        ) {
            let attempts = codes.iter().map(|code| Attempt { code: code.clone(), user: None, outcome: Outcome::Invalid, at: 0 });
            let picture = Picture::of(0, 1, attempts);
            let finder = picture.finder();
            for code in codes.iter().chain(&others).chain(&[CodeHash::Text("b".into())]) {
                prop_assert_eq!(finder.find(code), picture.find(code));
            }
        }
    }

    #[test]
    fn a_window_of_all_time_still_fits() {
        let tick = Picture::tick_for(i64::MIN, i64::MAX);
        assert!((i128::from(i64::MAX) - i128::from(i64::MIN)) / i128::from(tick) <= i128::from(u32::MAX));
        assert_eq!(Picture::tick_for(0, 1_800_000_000), 1);
    }
}
