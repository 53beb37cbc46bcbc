//! Runbook section 1 read off the [`Picture`] of a window: how far failures reach, and which codes fail most.

use crate::Micros;
use crate::attempt::{CodeHash, Outcome, Outcomes};
use crate::clusters::{Met, Picture};

/// Attempts on the codes of one status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reach {
    /// All of them.
    pub attempts: i64,
    /// Those that failed.
    pub failed: i64,
    /// Users of those, each once.
    pub failing_users: i64,
}

/// Whether a database would tell these codes apart as we do. Of digests it does; of other texts a collation may know better, and
/// an attempt without a code is one on the empty text here.
pub fn told_apart(picture: &Picture) -> bool {
    picture.uncounted == 0 && picture.codes.iter().all(|code| matches!(code, CodeHash::Digest(_)))
}

/// The reach by status; `status` has a number below `statuses` for each code of the picture.
pub fn reach(picture: &Picture, failures: Outcomes, status: &[usize], statuses: usize) -> Vec<Reach> {
    let mut found = vec![Reach::default(); statuses];
    let mut users: Vec<Met> = (0..statuses).map(|_| Met::default()).collect();
    for pair in &picture.pairs {
        let Some(place) = status.get(pair.code as usize).filter(|place| **place < statuses) else { continue };
        let events = picture.events_of(pair);
        let failed = events.iter().filter(|event| failures.contains(event.outcome)).count();
        found[*place].attempts += events.len() as i64;
        found[*place].failed += failed as i64;
        if let Some(user) = pair.user.filter(|_| failed > 0) {
            users[*place].note(user, picture.users.len());
        }
    }
    for (reach, users) in found.iter_mut().zip(users) {
        reach.failing_users = users.count() as i64;
    }
    found
}

/// How often attempts on a code failed.
pub fn failed(picture: &Picture, failures: Outcomes, code: u32) -> i64 {
    let events = picture.pairs[picture.pairs_of(code)].iter().flat_map(|pair| picture.events_of(pair));
    events.filter(|event| failures.contains(event.outcome)).count() as i64
}

/// The codes among which are all that a list of the `rows` most frequent failures (by code and result, the latest first where
/// they are equally many) can show: a few more where the picture's ticks cannot say which was later.
pub fn most_failing(picture: &Picture, failures: Outcomes, rows: usize) -> Vec<u32> {
    let mut ranked: Vec<(u32, u32, u32)> = Vec::new();
    for of_code in picture.by_code().map(|range| &picture.pairs[range]) {
        let mut seen = [(0u32, 0u32); Outcome::ALL.len()];
        for event in of_code.iter().flat_map(|pair| picture.events_of(pair)) {
            let (attempts, last) = &mut seen[event.outcome as usize];
            *attempts += 1;
            *last = (*last).max(event.at);
        }
        let failed = Outcome::ALL.iter().zip(seen).filter(|(o, (n, _))| failures.contains(**o) && *n > 0);
        ranked.extend(failed.map(|(_, (attempts, last))| (attempts, last, of_code[0].code)));
    }
    ranked.sort_unstable_by(|a, b| b.cmp(a));
    let shown = match rows.checked_sub(1).map(|last| ranked.get(last)) {
        None => 0,
        Some(None) => ranked.len(),
        Some(Some(&(attempts, last, _))) => ranked.partition_point(|r| (r.0, r.1) >= (attempts, last)),
    };
    let mut codes: Vec<u32> = ranked[..shown].iter().map(|r| r.2).collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

/// How a code failed with one result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failing {
    /// The code.
    pub code: u32,
    /// The result.
    pub outcome: Outcome,
    /// Attempts with it.
    pub attempts: i64,
    /// Users of those.
    pub users: i64,
    /// The span of the first of them, as closely as the picture's ticks tell it, both ends included.
    pub first: (Micros, Micros),
    /// The same of the last.
    pub last: (Micros, Micros),
    /// Accepted attempts on that code.
    pub accepted: i64,
}

/// How each of these codes failed, by result.
pub fn failing(picture: &Picture, failures: Outcomes, codes: &[u32]) -> Vec<Failing> {
    let tick = |at: u32| (picture.moment(at), picture.moment(at.saturating_add(1)));
    let mut found = Vec::new();
    for code in codes {
        // attempts, users, first and last
        let mut seen = [(0i64, 0i64, u32::MAX, 0u32); Outcome::ALL.len()];
        for pair in &picture.pairs[picture.pairs_of(*code)] {
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
        let failed = Outcome::ALL.iter().zip(seen).filter(|(o, (n, ..))| failures.contains(**o) && *n > 0);
        found.extend(failed.map(|(outcome, (attempts, users, first, last))| Failing {
            code: *code,
            outcome: *outcome,
            attempts,
            users,
            first: tick(first),
            last: tick(last),
            accepted,
        }));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attempt::Attempt;
    use proptest::prelude::*;
    use std::collections::{BTreeMap, BTreeSet};

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
                let by_code = picture.codes.iter().enumerate().filter(|(code, _)| status[*code] == place);
                let by_code: i64 = by_code.map(|(code, _)| super::failed(&picture, failures(), code as u32)).sum();
                prop_assert_eq!(by_code, reach.failed);
                prop_assert_eq!(*reach, Reach {
                    attempts: of.len() as i64, failed: failed.len() as i64, failing_users: users.len() as i64,
                });
            }
        }

        #[test]
        fn whatever_the_list_shows_is_among_the_most_failing(rows in attempts(), shown in 0usize..12) {
            let picture = Picture::of(0, 20_000, rows.clone());
            let found = most_failing(&picture, failures(), shown);
            let mut list: BTreeMap<(CodeHash, Outcome), (usize, i64)> = BTreeMap::new();
            for a in rows.iter().filter(|a| failures().contains(a.outcome)) {
                let (attempts, last) = list.entry((a.code.clone(), a.outcome)).or_default();
                *attempts += 1;
                *last = (*last).max(a.at);
            }
            let mut list: Vec<_> = list.into_iter().collect();
            list.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
            for ((code, _), _) in list.iter().take(shown) {
                prop_assert!(found.contains(&picture.find(code).unwrap()));
            }
            prop_assert_eq!(found.is_empty(), shown == 0 || list.is_empty());
        }

        #[test]
        fn a_code_failed_as_counting_rows_says(rows in attempts()) {
            let picture = Picture::of(0, 20_000, rows.clone());
            let codes: Vec<u32> = (0..picture.codes.len() as u32).collect();
            let found = failing(&picture, failures(), &codes);
            let mut kinds = 0;
            for (code, hash) in picture.codes.iter().enumerate() {
                let of = |outcome| rows.iter().filter(move |a| a.code == *hash && a.outcome == outcome);
                for outcome in Outcome::ALL.into_iter().filter(|o| failures().contains(*o) && of(*o).count() > 0) {
                    kinds += 1;
                    let one = found.iter().find(|f| f.code == code as u32 && f.outcome == outcome).unwrap();
                    let users: BTreeSet<i64> = of(outcome).filter_map(|a| a.user).collect();
                    prop_assert_eq!((one.attempts, one.users), (of(outcome).count() as i64, users.len() as i64));
                    prop_assert_eq!(one.accepted, of(Outcome::Accepted).count() as i64);
                    // the first is the first of its span, the last the last
                    let within = |(from, until): (Micros, Micros)| {
                        of(outcome).map(|a| a.at).filter(move |at| (from..=until).contains(at))
                    };
                    prop_assert_eq!(within(one.first).min(), of(outcome).map(|a| a.at).min());
                    prop_assert_eq!(within(one.last).max(), of(outcome).map(|a| a.at).max());
                }
            }
            prop_assert_eq!(found.len(), kinds);
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
