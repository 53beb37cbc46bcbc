//! What is read off the [`Picture`] of a window: how far failures reach, and which codes fail most.

use crate::Micros;
use crate::attempt::{CodeHash, Outcome, Outcomes};
use crate::clusters::{Pair, Picture, User};

/// Attempts on one code, or on several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stats {
    /// All of them.
    pub attempts: i64,
    /// Those that failed.
    pub failed: i64,
    /// Users of those, each once.
    pub failing_users: i64,
    /// Those that were accepted.
    pub accepted: i64,
}

impl Stats {
    /// Of the codes at these places of the picture.
    pub fn of_codes(picture: &Picture, codes: &[u32], failures: Outcomes) -> Self {
        let pairs = codes.iter().flat_map(|code| &picture.pairs[picture.pairs_of(*code)]);
        Self::of(picture, pairs, failures)
    }

    /// Of these pairs.
    pub fn of<'a>(picture: &Picture, pairs: impl IntoIterator<Item = &'a Pair>, failures: Outcomes) -> Self {
        let mut stats = Self::default();
        let mut users = Vec::new();
        for pair in pairs {
            users.extend(stats.add(picture, pair, failures));
        }
        users.sort_unstable();
        users.dedup();
        stats.failing_users = users.len() as i64;
        stats
    }

    /// Counts a pair's attempts; gives its user, where one failed.
    fn add(&mut self, picture: &Picture, pair: &Pair, failures: Outcomes) -> Option<User> {
        let events = picture.events_of(pair);
        let failed = events.iter().filter(|event| failures.contains(event.outcome)).count();
        self.attempts += events.len() as i64;
        self.failed += failed as i64;
        self.accepted += events.iter().filter(|event| event.outcome == Outcome::Accepted).count() as i64;
        pair.user.filter(|_| failed > 0)
    }
}

/// Whether a database would tell these codes apart as we do. Of digests it does. Of other texts a collation may take two for equal, and
/// an attempt without a code is one on the empty text here.
pub fn told_apart(picture: &Picture) -> bool {
    picture.uncounted == 0 && picture.codes.iter().all(|code| matches!(code, CodeHash::Digest(_)))
}

/// The reach by status; `status` has a number below `statuses` for each code of the picture.
pub fn reach(picture: &Picture, failures: Outcomes, status: &[usize], statuses: usize) -> Vec<Stats> {
    let words = picture.users.len() / 64 + 1;
    let mut found = vec![Stats::default(); statuses];
    // A bit for each user and status.
    let mut failing = vec![0u64; words * statuses];
    for (place, range) in status.iter().zip(picture.by_code()) {
        let Some(reach) = found.get_mut(*place) else { continue };
        for pair in &picture.pairs[range] {
            if let Some(user) = reach.add(picture, pair, failures) {
                failing[words * place + user.place() / 64] |= 1 << (user.place() % 64);
            }
        }
    }
    for (reach, failing) in found.iter_mut().zip(failing.chunks(words)) {
        reach.failing_users = failing.iter().map(|word| i64::from(word.count_ones())).sum();
    }
    found
}

/// How a code failed with one result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failing {
    /// The code, as a place in [`Picture::codes`].
    pub code: u32,
    /// The result.
    pub outcome: Outcome,
    /// Attempts with it.
    pub attempts: i64,
    /// Users of those.
    pub users: i64,
    /// The first of them.
    pub first: Micros,
    /// The last of them.
    pub last: Micros,
    /// Accepted attempts on that code.
    pub accepted: i64,
}

/// The most frequent failures by code and result, at most `rows` of them: most attempts first, then the latest, then by code.
pub fn failing(picture: &Picture, failures: Outcomes, rows: usize) -> Vec<Failing> {
    let mut found = Vec::new();
    for (code, range) in (0..).zip(picture.by_code()) {
        // attempts, users, first and last
        let mut seen = [(0i64, 0i64, u32::MAX, 0u32); Outcome::ALL.len()];
        for pair in &picture.pairs[range] {
            let mut tried = Outcomes::default();
            for event in picture.events_of(pair) {
                let (attempts, users, first, last) = &mut seen[event.outcome as usize];
                *attempts += 1;
                *users += i64::from(pair.user.is_some() && !tried.contains(event.outcome));
                (*first, *last) = ((*first).min(event.at), (*last).max(event.at));
                tried.add(event.outcome);
            }
        }
        let accepted = seen[Outcome::Accepted as usize].0;
        let failed =
            Outcome::ALL.into_iter().zip(seen).filter(|(o, (n, ..))| failures.contains(*o) && *n > 0);
        found.extend(failed.map(|(outcome, (attempts, users, first, last))| Failing {
            code,
            outcome,
            attempts,
            users,
            first: picture.moment(first),
            last: picture.moment(last),
            accepted,
        }));
    }
    found.sort_unstable_by_key(|f| (std::cmp::Reverse((f.attempts, f.last)), f.code, f.outcome.name()));
    found.truncate(rows);
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attempt::Attempt;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn attempts() -> impl Strategy<Value = Vec<Attempt>> {
        let one = (0u8..9, prop::option::of(0i64..6), 0usize..6, 0i64..20_000).prop_map(
            |(code, user, outcome, at)| Attempt {
                code: CodeHash::Digest([code; 32]),
                user,
                outcome: Outcome::ALL[outcome],
                at,
            },
        );
        prop::collection::vec(one, 0..80)
    }

    fn failures() -> Outcomes {
        [Outcome::Invalid, Outcome::Expired].into_iter().collect()
    }

    proptest! {
        #[test]
        fn the_reach_is_what_counting_rows_gives(rows in attempts()) {
            let picture = Picture::of(0, 20_000, rows.clone());
            let status: Vec<usize> = picture.codes.iter().map(|c| match c {
                CodeHash::Digest(bytes) => usize::from(bytes[0] % 3),
                CodeHash::Text(_) => 0,
            }).collect();
            let found = reach(&picture, failures(), &status, 3);
            for (place, reach) in found.iter().enumerate() {
                let of: Vec<&Attempt> = rows.iter().filter(|a| {
                    matches!(&a.code, CodeHash::Digest(bytes) if usize::from(bytes[0] % 3) == place)
                }).collect();
                let failed: Vec<&&Attempt> = of.iter().filter(|a| failures().contains(a.outcome)).collect();
                let users: BTreeSet<i64> = failed.iter().filter_map(|a| a.user).collect();
                let accepted = of.iter().filter(|a| a.outcome == Outcome::Accepted).count() as i64;
                let counted = Stats {
                    attempts: of.len() as i64, failed: failed.len() as i64, failing_users: users.len() as i64, accepted,
                };
                prop_assert_eq!(*reach, counted);
                let codes: Vec<u32> = (0..).zip(&status).filter(|(_, s)| **s == place).map(|(code, _)| code).collect();
                prop_assert_eq!(Stats::of_codes(&picture, &codes, failures()), counted);
            }
        }

        #[test]
        fn codes_fail_as_counting_rows_says(rows in attempts(), shown in 0usize..12) {
            let picture = Picture::of(0, 20_000, rows.clone());
            let all = failing(&picture, failures(), usize::MAX);
            let mut kinds = 0;
            for (code, hash) in picture.codes.iter().enumerate() {
                let of = |outcome| rows.iter().filter(move |a| a.code == *hash && a.outcome == outcome);
                for outcome in Outcome::ALL.into_iter().filter(|o| failures().contains(*o) && of(*o).count() > 0) {
                    kinds += 1;
                    let one = all.iter().find(|f| f.code == code as u32 && f.outcome == outcome).unwrap();
                    let users: BTreeSet<i64> = of(outcome).filter_map(|a| a.user).collect();
                    prop_assert_eq!((one.attempts, one.users), (of(outcome).count() as i64, users.len() as i64));
                    prop_assert_eq!(one.accepted, of(Outcome::Accepted).count() as i64);
                    prop_assert_eq!(Some(one.first), of(outcome).map(|a| a.at).min());
                    prop_assert_eq!(Some(one.last), of(outcome).map(|a| a.at).max());
                }
            }
            prop_assert_eq!(all.len(), kinds);
            prop_assert!(all.is_sorted_by_key(|f| std::cmp::Reverse(f.attempts)));
            prop_assert_eq!(&failing(&picture, failures(), shown), &all[..shown.min(all.len())]);
        }
    }

    #[test]
    fn texts_and_codes_that_are_none_are_left_to_the_database() {
        let one = |code: CodeHash| {
            Picture::of(0, 9, [Attempt { code, user: None, outcome: Outcome::Invalid, at: 1 }])
        };
        assert!(told_apart(&one(CodeHash::Digest([7; 32]))));
        assert!(!told_apart(&one(CodeHash::Text("summer".into()))));
        assert!(!told_apart(&one(CodeHash::Text("".into()))));
        assert!(!told_apart(&Picture { uncounted: 1, ..Picture::default() }));
    }
}
