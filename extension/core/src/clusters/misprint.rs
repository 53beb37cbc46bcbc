//! A campaign's code printed or typed with the same mistake by many.

use super::picture::Picture;
use super::settings::Settings;
use super::unknown::{Misprint, NOWHERE, Unknown};
use std::ops::Range;

/// Unknown codes that many try once or twice before they go on to the same campaign's.
pub(super) fn find(picture: &Picture, settings: &Settings, unknown: &mut Unknown) {
    let within = u32::try_from(settings.mistyped_within / picture.tick.max(1)).unwrap_or(u32::MAX);
    let many = settings.mistyped_users.max(1) as usize;
    let mut moments: Vec<u32> = Vec::new();
    let mut found: Vec<(Range<usize>, Misprint)> = Vec::new();
    for (_, range) in unknown.by_code() {
        let group = &unknown.slips[range.clone()];
        if group.len() < many {
            continue;
        }
        let led_to = unknown.led_to[range.clone()].iter().filter(|place| **place != NOWHERE);
        let share = led_to.clone().count() as f64 / group.len() as f64;
        if share < settings.mistyped_turned {
            continue;
        }
        let tries: usize = group.iter().map(|s| usize::from(s.tries)).sum();
        if tries > 4 * group.len() {
            continue;
        }
        let Some((meant, turned)) = majority(led_to.copied()) else { continue };
        // A popular code has its normal typos, one now and then all day: a misprint is many of the same at a time.
        moments.clear();
        moments.extend(group.iter().map(|s| s.first));
        moments.sort_unstable();
        if !moments.windows(many).any(|w| w[many - 1] - w[0] <= within) {
            continue;
        }
        found.push((range, Misprint { meant, turned }));
    }
    for (range, misprint) in found {
        unknown.parts[range].fill(Unknown::misprint(unknown.misprints.len()));
        unknown.misprints.push(misprint);
    }
}

/// What more than half of them are, and how many are: whatever is left over when different ones go in pairs (Boyer and Moore's vote),
/// if it is.
fn majority(all: impl Iterator<Item = u32> + Clone) -> Option<(u32, u32)> {
    let (mut likely, mut lead) = (None, 0u32);
    for one in all.clone() {
        if lead == 0 {
            likely = Some(one);
        }
        if likely == Some(one) {
            lead += 1;
        } else {
            lead -= 1;
        }
    }
    let likely = likely?;
    let (n, those) = all.fold((0, 0), |(n, those), one| (n + 1, those + u32::from(one == likely)));
    (those > n / 2).then_some((likely, those))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_majority_is_more_than_half(all in prop::collection::vec(0u32..4, 0..30)) {
            let times = |one: u32| all.iter().filter(|other| **other == one).count();
            let expected = (0..4).find(|one| 2 * times(*one) > all.len()).map(|one| (one, times(one) as u32));
            prop_assert_eq!(majority(all.iter().copied()), expected);
        }
    }
}
