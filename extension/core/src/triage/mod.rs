//! Runbook section 1 read off the [`Picture`] of a window: how far failures reach, and which codes fail most.

use crate::Micros;
use crate::attempt::{CodeHash, Outcome, Outcomes};
use crate::clusters::{Event, Pair, Picture};
use std::ops::Range;

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

/// Events by outcome.
type Counts = [u32; Outcome::ALL.len()];

/// How many events there are of each outcome.
fn counts(events: &[Event]) -> Counts {
    const BITS: u32 = u64::BITS / 8;
    const _: () = assert!(Outcome::ALL.len() <= BITS as usize);
    let mut all = Counts::default();
    // Eight bits for each outcome in one number, as far as they reach: counting in place would wait for the last count every time.
    for some in events.chunks(usize::from(u8::MAX)) {
        let packed: u64 = some.iter().map(|event| 1 << (BITS * event.outcome as u32)).sum();
        all.iter_mut().zip(packed.to_le_bytes()).for_each(|(all, some)| *all += u32::from(some));
    }
    all
}

/// How many of them are failures.
fn failures_of(counts: &Counts, failures: Outcomes) -> u32 {
    Outcome::ALL.iter().zip(counts).filter(|(outcome, _)| failures.contains(**outcome)).map(|(_, n)| n).sum()
}

/// The events of pairs that follow each other.
fn events_of_all<'a>(picture: &'a Picture, pairs: &[Pair]) -> &'a [Event] {
    match (pairs.first(), pairs.last()) {
        (Some(first), Some(last)) => &picture.events[first.events.start as usize..last.events.end as usize],
        _ => &[],
    }
}

/// The reach by status; `status` has a number below `statuses` for each code of the picture.
pub fn reach(picture: &Picture, failures: Outcomes, status: &[usize], statuses: usize) -> Vec<Reach> {
    let mut found = vec![Reach::default(); statuses];
    let codes = status.iter().copied().zip(picture.by_code()).filter(|(place, _)| *place < statuses);
    let mut codes: Vec<(usize, Range<usize>)> = codes.collect();
    // One status after the other: a bit for each user is enough for all of them.
    codes.sort_by_key(|(place, _)| *place);
    let mut failing = vec![0u64; picture.users.len() / 64 + 1];
    for of_status in codes.chunk_by(|one, next| one.0 == next.0) {
        failing.fill(0);
        let mut reach = Reach::default();
        for (_, range) in of_status {
            let pairs = &picture.pairs[range.clone()];
            let counts = counts(events_of_all(picture, pairs));
            let (attempts, failed) = (counts.iter().sum::<u32>(), failures_of(&counts, failures));
            reach.attempts += i64::from(attempts);
            reach.failed += i64::from(failed);
            if failed == 0 {
                continue;
            }
            for (pair, user) in pairs.iter().filter_map(|pair| Some((pair, pair.user?.place()))) {
                // Of a code where all failed, everybody did. Whether one did is written without a branch, which would be guessed wrongly
                // half of the time.
                let events = if failed == attempts { &[] } else { picture.events_of(pair) };
                let any = events.iter().fold(failed == attempts, |any, e| any | failures.contains(e.outcome));
                failing[user / 64] |= u64::from(any) << (user % 64);
            }
        }
        reach.failing_users = failing.iter().map(|word| i64::from(word.count_ones())).sum();
        if let Some((place, _)) = of_status.first() {
            found[*place] = reach;
        }
    }
    found
}

/// How often attempts on a code failed.
pub fn failed(picture: &Picture, failures: Outcomes, code: u32) -> i64 {
    let events = events_of_all(picture, &picture.pairs[picture.pairs_of(code)]);
    i64::from(failures_of(&counts(events), failures))
}

/// The codes among which are all that a list of the `rows` most frequent failures (by code and result, the latest first where
/// they are equally many) can show: a few more where the picture's ticks cannot say which was later.
pub fn most_failing(picture: &Picture, failures: Outcomes, rows: usize) -> Vec<u32> {
    let mut counted: Vec<(u32, u32, Outcome)> = Vec::new();
    for (code, range) in (0..).zip(picture.by_code()) {
        let counts = counts(events_of_all(picture, &picture.pairs[range]));
        let failed = Outcome::ALL.into_iter().zip(counts).filter(|(o, n)| *n > 0 && failures.contains(*o));
        counted.extend(failed.map(|(outcome, n)| (n, code, outcome)));
    }
    // When the last one was matters only among those that are frequent enough.
    if let Some(last) = rows.checked_sub(1).filter(|last| *last < counted.len()) {
        let (_, least, _) = counted.select_nth_unstable_by(last, |a, b| b.0.cmp(&a.0));
        let least = least.0;
        counted.retain(|(n, ..)| *n >= least);
    }
    let last_of = |code: u32, outcome: Outcome| {
        let events = events_of_all(picture, &picture.pairs[picture.pairs_of(code)]).iter();
        events.filter(|event| event.outcome == outcome).map(|event| event.at).max().unwrap_or_default()
    };
    let mut ranked: Vec<(u32, u32, u32)> =
        counted.into_iter().map(|(n, code, outcome)| (n, last_of(code, outcome), code)).collect();
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
