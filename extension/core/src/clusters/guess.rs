//! Codes made up and tried: by few users many each, or by many users one each.

use super::facts::Slot;
use super::picture::Picture;
use super::settings::Settings;
use super::unknown::{BACKGROUND, NOWHERE, Slip, Step, Style, Unknown};
use super::wave::{self, Crest};

const MINUTE: f64 = 60e6;

/// A user who guesses.
struct Guesser {
    user: u32,
    first: u32,
    last: u32,
    codes: u64,
    /// Codes a minute.
    tempo: f64,
}

/// Users who try several unknown codes and do not find the right one.
pub(super) fn few_users(picture: &Picture, settings: &Settings, unknown: &mut Unknown) {
    let first_group = unknown.group(0);
    let Unknown { slips, steps, starts, groups, misprints, led_to, parts, .. } = unknown;
    let within = u32::try_from(settings.guessed_within / picture.tick.max(1)).unwrap_or(u32::MAX);
    let many = settings.guessed_codes.max(1) as usize;
    let tempo =
        |codes: u64, ticks: u64| codes as f64 / (ticks as f64 * picture.tick as f64 / MINUTE).max(1.0);
    // A user who types badly makes a typo now and then. A user who guesses makes many in a row.
    let at_a_stretch =
        |steps: &[Step]| steps.windows(many).any(|w| w[many - 1].first() - w[0].first() <= within);
    let mut found: Vec<Guesser> = Vec::new();
    let mut others: Vec<Step> = Vec::new();
    let mut targets: Vec<u32> = Vec::new();
    for (user, range) in starts.windows(2).enumerate().filter(|(_, r)| (r[1] - r[0]) as usize >= many) {
        let all = &mut steps[range[0] as usize..range[1] as usize];
        all.sort_unstable();
        let mut open = &*all;
        if !at_a_stretch(open) {
            continue;
        }
        if !misprints.is_empty() {
            others.clear();
            others.extend(open.iter().filter(|s| parts[s.slip()] == BACKGROUND));
            open = &others;
            if !at_a_stretch(open) {
                continue;
            }
        }
        // Another known code tried, with success or not, makes up for the typos right before it, two at most.
        let led_to = open.iter().map(|s| led_to[s.slip()]).filter(|place| *place != NOWHERE);
        let turned = led_to.clone().count();
        if open.len() - turned.min(2) < many {
            continue;
        }
        if open.len() - turned < many {
            targets.clear();
            targets.extend(led_to);
            targets.sort_unstable();
            targets.dedup();
            if open.len() - turned.min(2 * targets.len()) < many {
                continue;
            }
        }
        let first = open.first().map(|s| s.first()).unwrap_or(0);
        let last = open.iter().map(|s| s.last(slips)).max().unwrap_or(0);
        let codes = open.len() as u64;
        found.push(Guesser {
            user: user as u32,
            first,
            last,
            codes,
            tempo: tempo(codes, u64::from(last - first)),
        });
    }
    // The same tempo (within a factor of four, link by link), at times that overlap: one group.
    found.sort_unstable_by(|a, b| a.tempo.total_cmp(&b.tempo).then(a.first.cmp(&b.first)));
    let gap = u32::try_from(settings.recovery_within / picture.tick.max(1)).unwrap_or(u32::MAX);
    for class in found.chunk_by_mut(|a, b| b.tempo <= 4.0 * a.tempo) {
        class.sort_unstable_by_key(|g| (g.first, g.last));
        let mut until = 0u32;
        // Codes and ticks of the group's users: whole numbers, so that no order of adding changes the sum.
        let (mut codes, mut ticks) = (0u64, 0u64);
        for g in class.iter() {
            if codes == 0 || g.first > until.saturating_add(gap) {
                groups.push(Style::Tempo(0.0));
                (codes, ticks) = (0, 0);
            }
            let group = groups.len() - 1;
            until = until.max(g.last);
            codes += g.codes;
            ticks += u64::from(g.last - g.first);
            groups[group] = Style::Tempo(tempo(codes, ticks));
            for step in &steps[starts[g.user as usize] as usize..starts[g.user as usize + 1] as usize] {
                let part = &mut parts[step.slip()];
                if *part == BACKGROUND {
                    *part = first_group + group as u32;
                }
            }
        }
    }
}

/// A wave of users who gave up on unknown codes.
#[derive(Debug)]
pub(super) struct Wave {
    /// Users a minute who normally do.
    usual: f64,
    /// Who did, as places in [`Unknown::slips`].
    slips: Vec<u32>,
}

/// Many users, one guess each: no user and no code stands out, only their number does. `old` are codes that were about long
/// ago, in order.
pub(super) fn waves(
    picture: &Picture,
    settings: &Settings,
    slots: &[Slot],
    old: &[u32],
    unknown: &Unknown,
) -> Vec<Wave> {
    let slips = &unknown.slips;
    if slips.len() < settings.guessing_users as usize {
        return Vec::new();
    }
    // When, and which typo.
    let mut gave_up: Vec<(u32, u32)> = Vec::new();
    let mut went_on: Vec<u32> = Vec::new();
    let mut strays = 0usize;
    for (code, range) in unknown.by_code() {
        let start = range.start as u32;
        let honest = unknown.led_to[range.clone()].iter().any(|place| *place != NOWHERE);
        let group = &slips[range.clone()];
        // A code from which a user went on to a campaign's code is a typo, also for the other users who tried it. One that was
        // about long ago is no guess.
        let stray = !honest && old.binary_search(&code).is_ok();
        let parts = &unknown.parts[range.clone()];
        let unrelated = (0u32..).zip(group).zip(parts).filter(|(_, part)| **part == BACKGROUND);
        for ((i, slip), _) in unrelated {
            if honest {
                went_on.push(slip.first);
            } else if stray {
                strays += 1;
            } else {
                gave_up.push((slip.first, start + i));
            }
        }
    }
    let crests = wave::crests(picture, settings, slots, &gave_up, &went_on, strays as f64);
    let within = |crest: &Crest| {
        let caught = gave_up.iter().filter(|(at, _)| (crest.from..=crest.until).contains(at));
        Wave { usual: crest.usual, slips: caught.map(|(_, slip)| *slip).collect() }
    };
    crests.iter().map(within).collect()
}

/// Sets a group apart for each wave.
pub(super) fn many_users(waves: Vec<Wave>, unknown: &mut Unknown) {
    for wave in waves {
        let part = unknown.group(unknown.groups.len());
        unknown.groups.push(Style::Breadth { usual: wave.usual });
        wave.slips.into_iter().for_each(|slip| unknown.parts[slip as usize] = part);
    }
}

/// The codes of waves, in order: they may be guesses or old codes.
pub(super) fn doubtful(picture: &Picture, waves: &[Wave], unknown: &Unknown) -> Vec<u32> {
    let slips = waves.iter().flat_map(|wave| &wave.slips);
    let mut codes: Vec<u32> = slips.map(|slip| code_of(picture, &unknown.slips[*slip as usize])).collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

fn code_of(picture: &Picture, slip: &Slip) -> u32 {
    picture.pairs[slip.pair as usize].code
}
