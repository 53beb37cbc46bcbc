//! A campaign's code printed or typed with the same mistake by many.

use super::facts::Known;
use super::picture::Picture;
use super::settings::Settings;
use super::unknown::{Part, Slip, Unknown};
use std::cmp::Reverse;

/// A wrong spelling that many tried.
#[derive(Debug, Clone)]
pub(super) struct Misprint {
    /// The campaign meant, as a place in [`Facts::known`](super::Facts::known).
    pub meant: u32,
    /// Those who went on to the code meant.
    pub turned: u32,
}

/// Codes of nobody that many try once or twice before they go on to the same campaign's.
pub(super) fn find(
    picture: &Picture,
    campaign_of: &[u32],
    known: &[Known],
    settings: &Settings,
    unknown: &mut Unknown,
) {
    let within = u32::try_from(settings.mistyped_within / picture.tick.max(1)).unwrap_or(u32::MAX);
    let many = settings.mistyped_users.max(1) as usize;
    let code_of = |pair: u32| picture.pairs[pair as usize].code;
    let id = |place: u32| known[place as usize].campaign;
    let mut moments: Vec<u32> = Vec::new();
    let mut turned: Vec<u32> = Vec::new();
    let Unknown { slips, codes, misprints, .. } = unknown;
    let mut start = 0;
    for (_, end) in codes {
        let group = &mut slips[start..*end as usize];
        start = *end as usize;
        if group.len() < many {
            continue;
        }
        let tries: usize = group.iter().map(|s| usize::from(s.tries)).sum();
        let share = group.iter().filter(|s| s.turned()).count() as f64 / group.len() as f64;
        if share < settings.mistyped_turned || tries > 4 * group.len() {
            continue;
        }
        // A popular code has its usual slips, one now and then all day long: a misprint is many of the same at a time.
        moments.clear();
        moments.extend(group.iter().map(|s| s.first));
        moments.sort_unstable();
        if !moments.windows(many).any(|w| w[many - 1] - w[0] <= within) {
            continue;
        }
        turned.clear();
        turned.extend(group.iter().filter(|s| s.turned()).map(|s| campaign_of[code_of(s.led_to) as usize]));
        turned.sort_unstable_by_key(|place| id(*place));
        let meant = turned.chunk_by(|a, b| a == b).max_by_key(|c| (c.len(), Reverse(id(c[0]))));
        let Some(meant) = meant.filter(|m| m.len() * 2 > turned.len()) else { continue };
        let part = Part::Misprint(misprints.len() as u32);
        group.iter_mut().for_each(|slip: &mut Slip| slip.part = part);
        misprints.push(Misprint { meant: meant[0], turned: meant.len() as u32 });
    }
}
