//! Times at which far more users than normal try an unknown code and give up.
//!
//! What is normal comes from the same slot of earlier days (Farrington 1996: compare with the same week and hour of the past),
//! and where there is none from the window's own quiet minutes, as EARS C2 compares a day with the days just before it,
//! leaving out the latest, which belong to the outbreak. Users with honest typos give up too, in proportion to those who go on.

use super::facts::Slot;
use super::picture::Picture;
use super::settings::Settings;

const MINUTE: i64 = 60_000_000;
/// A calm shorter than this does not end a wave, in minutes.
const CALM: usize = 4;

/// A wave.
#[derive(Debug, Clone, Copy)]
pub(super) struct Crest {
    pub from: u32,
    pub until: u32,
    /// Users a minute who normally give up.
    pub usual: f64,
}

/// Every wave, oldest first. `stray` of those who gave up are left out as having old codes.
pub(super) fn crests(
    picture: &Picture,
    settings: &Settings,
    slots: &[Slot],
    gave_up: &[(u32, u32)],
    went_on: &[u32],
    stray: f64,
) -> Vec<Crest> {
    if gave_up.len() < settings.guessing_users as usize {
        return Vec::new();
    }
    // Minutes, or longer where the window is so long that minutes would be too many.
    let length = picture.until.saturating_sub(picture.from);
    let width = (length / 20_000).max(MINUTE);
    let ticks = (width / picture.tick.max(1)).max(1);
    let n = (length / width + 1) as usize;
    let minutes = width as f64 / MINUTE as f64;
    let place = |at: u32| (i64::from(at) / ticks).min(n as i64 - 1) as usize;
    let (mut up, mut on) = (vec![0.0f64; n], vec![0.0f64; n]);
    gave_up.iter().for_each(|(at, _)| up[place(*at)] += 1.0);
    went_on.iter().for_each(|at| on[place(*at)] += 1.0);

    let quiet = {
        let mut sorted = up.clone();
        sorted.sort_by(f64::total_cmp);
        let few = &sorted[..n.div_ceil(5)];
        few.iter().sum::<f64>() / few.len() as f64
    };
    let slots = slots.iter().map(|s| s.invalid * minutes).sum::<f64>() / slots.len().max(1) as f64;
    // Strays that were set aside already are in the slots' figures too.
    let slots = (slots - stray / n as f64).max(0.0);
    let usual = quiet.max(slots);
    let slips = settings.typo_gives_up / (1.0 - settings.typo_gives_up).max(0.1);
    // Three minutes at a time, so that one quiet or loud minute neither ends nor makes a wave.
    let hot = |i: usize| {
        let near = i.saturating_sub(1)..(i + 2).min(n);
        let width = near.len() as f64;
        let seen: f64 = up[near.clone()].iter().sum();
        let expected = usual * width + slips * on[near].iter().sum::<f64>();
        seen >= settings.guessing_ratio * expected && seen >= expected + 3.0 * expected.sqrt() + 2.0
    };
    let mut found: Vec<(usize, usize)> = Vec::new();
    for i in (0..n).filter(|i| hot(*i)) {
        match found.last_mut() {
            Some((_, last)) if i - *last <= CALM => *last = i,
            _ => found.push((i, i)),
        }
    }
    found
        .into_iter()
        .filter(|(a, b)| {
            let seen: f64 = up[*a..=*b].iter().sum();
            let expected: f64 = usual * (b - a + 1) as f64 + slips * on[*a..=*b].iter().sum::<f64>();
            seen - expected >= f64::from(settings.guessing_users)
        })
        .map(|(a, b)| Crest {
            from: u32::try_from(a as i64 * ticks).unwrap_or(u32::MAX),
            until: if b + 1 == n {
                u32::MAX
            } else {
                u32::try_from((b as i64 + 1) * ticks - 1).unwrap_or(u32::MAX)
            },
            usual: usual / minutes,
        })
        .collect()
}
