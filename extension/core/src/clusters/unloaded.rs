//! One unknown code that many people send: published with a misprint, or before it was created. Who copies it from the same place
//! finds no other spelling, so no user goes on to a campaign's code, and it is no guess either.

use super::picture::Picture;
use super::settings::Settings;
use super::unknown::{BACKGROUND, NOWHERE, Style, Unknown};

/// More tries a user than this are no person's.
const TRIES: usize = 4;

/// Sets each apart that a surge of users sends at a time. Slips that are explained otherwise do not count.
pub(super) fn find(picture: &Picture, settings: &Settings, unknown: &mut Unknown) {
    let within = u32::try_from(settings.mistyped_within / picture.tick.max(1)).unwrap_or(u32::MAX);
    let many = settings.surge_users.max(2) as usize;
    let mut found = Vec::new();
    let mut moments: Vec<u32> = Vec::new();
    for (_, range) in unknown.by_code().filter(|(_, range)| range.len() >= many) {
        moments.clear();
        let (mut tries, mut led) = (0, 0);
        for place in range.clone().filter(|place| unknown.parts[*place] == BACKGROUND) {
            moments.push(unknown.slips[place].first);
            tries += usize::from(unknown.slips[place].tries);
            led += usize::from(unknown.led_to[place] != NOWHERE);
        }
        let turned = led as f64 >= settings.mistyped_turned * moments.len() as f64;
        if moments.len() < many || turned || tries > TRIES * moments.len() {
            continue;
        }
        moments.sort_unstable();
        if moments.windows(many).any(|w| w[many - 1] - w[0] <= within) {
            found.push(range);
        }
    }
    for range in found {
        let part = unknown.group(unknown.groups.len());
        unknown.groups.push(Style::OneCode);
        let unrelated = unknown.parts[range].iter_mut().filter(|part| **part == BACKGROUND);
        unrelated.for_each(|place| *place = part);
    }
}
