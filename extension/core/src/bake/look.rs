//! Attempts of a bake folded into users.
//!
//! One client's retries are one disappointed person, and a customer who failed while the code was paused and then got in is a
//! success. So what is counted is users: each once a window, by whether they got in. Attempts would not do: retries come in
//! bursts, and a test that takes them for independent raises false alarms.

use std::ops::RangeInclusive;

/// What a user did in the time of one look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// The look, the first being 1.
    pub look: u32,
    /// The code was taken.
    pub accepted: bool,
    /// The code was not taken, for a reason that tells something about the code. The limiter's does not (trap 6), and that
    /// all uses were taken does not: a code that runs out is neither abused nor wrong.
    pub failed: bool,
}

/// A user of the bake.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct User {
    /// Tried this code before the unpause, as far back as the baseline.
    pub known: bool,
    /// Had it taken before the unpause: one who comes back for more tells nothing.
    pub served: bool,
    /// What happened, in order of looks.
    pub seen: Vec<Seen>,
}

/// A window's users.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Users of whom it is known whether they got in.
    pub users: u64,
    /// Those of them who did not.
    pub failing: u64,
    /// Users who tried this code for the first time.
    pub newcomers: u64,
}

impl Tally {
    /// Of these users, what happened in the looks of `window`, as known at its last.
    pub fn of<'a>(users: impl IntoIterator<Item = &'a User>, window: RangeInclusive<u32>) -> Self {
        let mut tally = Self::default();
        let last = *window.end();
        for user in users {
            let mut within = user.seen.iter().filter(|s| window.contains(&s.look)).peekable();
            if within.peek().is_none() {
                continue;
            }
            let first = user.seen.iter().map(|s| s.look).min();
            tally.newcomers += u64::from(!user.known && first.is_some_and(|look| window.contains(&look)));
            let (accepted, failed) = within.fold((false, false), |(a, f), s| (a | s.accepted, f | s.failed));
            let served = user.served || user.seen.iter().any(|s| s.accepted && s.look <= last);
            if accepted || (failed && !served) {
                tally.users += 1;
                tally.failing += u64::from(!accepted);
            }
        }
        tally
    }

    /// The share of users who did not get in.
    pub fn rate(&self) -> Option<f64> {
        (self.users > 0).then(|| self.failing as f64 / self.users as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn user(known: bool, served: bool, seen: &[(u32, bool, bool)]) -> User {
        let seen = seen.iter().map(|&(look, accepted, failed)| Seen { look, accepted, failed }).collect();
        User { known, served, seen }
    }

    #[test]
    fn retries_are_one_person_and_who_gets_in_at_last_has_not_failed() {
        let users = [
            user(false, false, &[(1, false, true), (2, false, true), (3, false, true)]), // keeps failing
            user(true, false, &[(1, false, true), (3, true, false)]), // rejected, then accepted
            user(false, false, &[(2, true, false), (3, false, true)]), // in, and once more
            user(true, true, &[(3, false, true)]),                    // had it long ago
            user(false, false, &[(3, false, false)]),                 // limited
        ];
        assert_eq!(Tally::of(&users, 1..=2), Tally { users: 3, failing: 2, newcomers: 2 });
        assert_eq!(Tally::of(&users, 1..=3), Tally { users: 3, failing: 1, newcomers: 3 });
        assert_eq!(Tally::of(&users, 3..=3), Tally { users: 2, failing: 1, newcomers: 1 });
        assert_eq!(Tally::of(&users, 4..=9), Tally::default());
    }

    fn users() -> impl Strategy<Value = Vec<User>> {
        let seen = prop::collection::vec((1u32..9, any::<bool>(), any::<bool>()), 0..5);
        let one = (any::<bool>(), any::<bool>(), seen).prop_map(|(known, served, mut seen)| {
            seen.sort_unstable();
            user(known, served, &seen)
        });
        prop::collection::vec(one, 0..40)
    }

    proptest! {
        #[test]
        fn a_tally_is_within_itself_and_knows_no_order(
            (given, mixed) in users().prop_flat_map(|u| (Just(u.clone()), Just(u).prop_shuffle())), from in 1u32..9, more in 0u32..9,
        ) {
            let tally = Tally::of(&given, from..=from + more);
            prop_assert_eq!(tally, Tally::of(&mixed, from..=from + more));
            prop_assert!(tally.failing <= tally.users && tally.users <= given.len() as u64);
        }

        #[test]
        fn newcomers_of_two_halves_are_those_of_the_whole(given in users(), cut in 1u32..8) {
            let halves = Tally::of(&given, 1..=cut).newcomers + Tally::of(&given, cut + 1..=9).newcomers;
            prop_assert_eq!(halves, Tally::of(&given, 1..=9).newcomers);
        }
    }
}
