//! The failures on codes that no campaign has: misprints, guessing, and the slips that happen every day (trap 4).
//!
//! What tells them apart is what the same users did next. Who mistypes looks closer and goes on to a campaign's code within
//! minutes; who guesses goes on to the next guess, and a success now and then does not exonerate them. Guessers are linked
//! as SynchroTrap (CCS 2014) links accounts: by the same action at about the same time, here the same guess, or guessing in
//! the same tempo at once. A popular code links nobody (trap 15), and attempts without a user are nobody's (trap 14).

use super::facts::Facts;
use super::picture::Picture;
use super::settings::Settings;
use super::wave;
use crate::attempt::Outcome;
use rustc_hash::FxHashMap;
use std::cmp::Reverse;

/// What a pair of an unknown code is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// Unrelated.
    Background,
    /// Of a misprint: a place in [`Unknown::misprints`].
    Misprint(u32),
    /// Of a group that guesses: a place in [`Unknown::groups`].
    Guess(u32),
}

/// A wrong spelling that many tried.
#[derive(Debug, Clone)]
pub(super) struct Misprint {
    /// The campaign meant, as a place in [`Facts::known`].
    pub meant: u32,
    /// Those who went on to the code meant.
    pub turned: u32,
}

/// How a group guesses.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Style {
    /// Each user many codes; codes a minute and user.
    Tempo(f64),
    /// Many users, each about one.
    Breadth {
        /// Users a minute who usually try an unknown code and give up.
        usual: f64,
    },
}

/// The unknown codes' side of a picture.
#[derive(Debug, Default)]
pub(super) struct Unknown {
    /// Each failed pair on an unknown code and what it is, in the picture's order.
    pub parts: Vec<(u32, Part)>,
    pub misprints: Vec<Misprint>,
    pub groups: Vec<Style>,
    /// Users recovered, by the pair that failed: pairs in order.
    pub recovered: Vec<u32>,
    /// The pairs of known codes that slips led to, in order.
    pub led_to: Vec<u32>,
    /// Codes of those who gave up in a wave, where they may be guesses or old codes.
    pub doubtful: Vec<u32>,
}

/// One user's failed pair on an unknown code.
#[derive(Debug, Clone, Copy)]
struct Slip {
    user: i64,
    /// A place in [`Unknown::parts`].
    part: u32,
    first: u32,
    last: u32,
    tries: u32,
    /// The campaign whose code the user went on to, as a place in [`Facts::known`].
    turned: u32,
    recovered: bool,
}

const NOWHERE: u32 = u32::MAX;
const MINUTE: f64 = 60e6;

/// Looks at all of them. `campaign_of` gives for each code the place of its campaign, or `u32::MAX`.
pub(super) fn look(picture: &Picture, campaign_of: &[u32], facts: &Facts, settings: &Settings) -> Unknown {
    let known = |code: u32| campaign_of[code as usize] != NOWHERE;
    let mut unknown = Unknown::default();
    let mut slips: Vec<Slip> = Vec::new();
    for (i, pair) in picture.pairs.iter().enumerate() {
        if known(pair.code) {
            continue;
        }
        let events = picture.events_of(pair);
        let mut failed = events.iter().filter(|e| settings.failures.contains(e.outcome));
        let Some(first) = failed.next() else { continue };
        let part = unknown.parts.len() as u32;
        unknown.parts.push((i as u32, Part::Background));
        if let Some(user) = pair.user {
            let rest = failed.clone().count() as u32;
            let last = failed.next_back().map_or(first.at, |e| e.at);
            let slip = Slip {
                user,
                part,
                first: first.at,
                last,
                tries: rest + 1,
                turned: NOWHERE,
                recovered: false,
            };
            slips.push(slip);
        }
    }
    slips.sort_unstable_by_key(|s| (s.user, s.first, s.part));
    let mut places: FxHashMap<i64, (u32, u32)> = FxHashMap::default();
    let mut start = 0;
    for user in slips.chunk_by(|a, b| a.user == b.user) {
        places.insert(user[0].user, (start, user.len() as u32));
        start += user.len() as u32;
    }
    unknown.led_to = turns(picture, campaign_of, facts, settings, &mut slips, &places);
    unknown.recovered =
        slips.iter().filter(|s| s.recovered).map(|s| unknown.parts[s.part as usize].0).collect();
    unknown.recovered.sort_unstable();
    misprints(picture, facts, settings, &slips, &mut unknown);
    guessers(picture, settings, &slips, &mut unknown);
    breadth(picture, settings, facts, &slips, &mut unknown);
    unknown
}

/// Where the users went on to: the first known code that each tried within the time of recovery after the slip.
fn turns(
    picture: &Picture,
    campaign_of: &[u32],
    facts: &Facts,
    settings: &Settings,
    slips: &mut [Slip],
    places: &FxHashMap<i64, (u32, u32)>,
) -> Vec<u32> {
    let within = u32::try_from(settings.recovery_within / picture.tick.max(1)).unwrap_or(u32::MAX);
    // When each of those who turned did so first: earliest wins, whatever the order of codes.
    let mut when = vec![u32::MAX; slips.len()];
    let mut led_to = vec![NOWHERE; slips.len()];
    for (place, pair) in picture.pairs.iter().enumerate() {
        let campaign = campaign_of[pair.code as usize];
        if campaign == NOWHERE {
            continue;
        }
        let Some((start, n)) = pair.user.and_then(|user| places.get(&user).copied()) else { continue };
        let events = picture.events_of(pair);
        for i in start as usize..(start + n) as usize {
            let slip = &mut slips[i];
            let next = events.partition_point(|e| e.at <= slip.first);
            let until = slip.last.saturating_add(within);
            let soon = |at: u32| at <= until;
            if let Some(event) = events.get(next).filter(|e| soon(e.at)) {
                // Two at the very same moment: the campaign's id decides, which no name of a code can change.
                let id = |place: u32| facts.known[place as usize].campaign;
                if event.at < when[i] || event.at == when[i] && id(campaign) < id(slip.turned) {
                    when[i] = event.at;
                    slip.turned = campaign;
                    led_to[i] = place as u32;
                }
                let success = events[next..].iter().find(|e| e.outcome == Outcome::Accepted);
                slip.recovered |= success.is_some_and(|e| soon(e.at));
            }
        }
    }
    led_to.retain(|pair| *pair != NOWHERE);
    led_to.sort_unstable();
    led_to.dedup();
    led_to
}

/// A code of nobody that many try once or twice before they go on to the same campaign's.
fn misprints(picture: &Picture, facts: &Facts, settings: &Settings, slips: &[Slip], unknown: &mut Unknown) {
    let mut by_code: Vec<(u32, u32)> = Vec::with_capacity(slips.len());
    for (i, slip) in slips.iter().enumerate() {
        let pair = unknown.parts[slip.part as usize].0;
        by_code.push((picture.pairs[pair as usize].code, i as u32));
    }
    by_code.sort_unstable();
    let within = u32::try_from(settings.mistyped_within / picture.tick.max(1)).unwrap_or(u32::MAX);
    let mut moments: Vec<u32> = Vec::new();
    for group in by_code.chunk_by(|a, b| a.0 == b.0) {
        let users = group.len() as u32;
        if users < settings.mistyped_users {
            continue;
        }
        // A popular code has its usual slips, one now and then all day long: a misprint is many of the same at a time.
        moments.clear();
        moments.extend(group.iter().map(|(_, i)| slips[*i as usize].first));
        moments.sort_unstable();
        let many = settings.mistyped_users.max(1) as usize;
        if !moments.windows(many).any(|w| w[many - 1] - w[0] <= within) {
            continue;
        }
        let mut turned: Vec<u32> =
            group.iter().map(|(_, i)| slips[*i as usize].turned).filter(|code| *code != NOWHERE).collect();
        let tries: u32 = group.iter().map(|(_, i)| slips[*i as usize].tries).sum();
        if f64::from(users) * settings.mistyped_turned > turned.len() as f64 || tries > 4 * users {
            continue;
        }
        let id = |place: u32| facts.known[place as usize].campaign;
        turned.sort_unstable_by_key(|place| id(*place));
        let meant = turned.chunk_by(|a, b| a == b).max_by_key(|c| (c.len(), Reverse(id(c[0]))));
        let Some(meant) = meant.filter(|m| m.len() * 2 > turned.len()) else { continue };
        let place = unknown.misprints.len() as u32;
        for (_, i) in group {
            unknown.parts[slips[*i as usize].part as usize].1 = Part::Misprint(place);
        }
        unknown.misprints.push(Misprint { meant: meant[0], turned: meant.len() as u32 });
    }
}

/// A user who guesses.
struct Guesser {
    slips: std::ops::Range<usize>,
    first: u32,
    last: u32,
    /// Codes a minute.
    tempo: f64,
}

/// Users who try several codes of nobody and do not find the right one.
fn guessers(picture: &Picture, settings: &Settings, slips: &[Slip], unknown: &mut Unknown) {
    let mut found: Vec<Guesser> = Vec::new();
    let mut start = 0;
    for user in slips.chunk_by(|a, b| a.user == b.user) {
        let range = start..start + user.len();
        start = range.end;
        let open = |s: &&Slip| unknown.parts[s.part as usize].1 == Part::Background;
        let codes = user.iter().filter(open).count() as u32;
        // A success, or another known code tried, makes up for the slips right before it, two at most.
        let mut targets: Vec<u32> =
            user.iter().filter(open).map(|s| s.turned).filter(|t| *t != NOWHERE).collect();
        let turned = targets.len() as u32;
        targets.sort_unstable();
        targets.dedup();
        let honest = turned.min(2 * targets.len() as u32);
        if codes - honest < settings.guessed_codes {
            continue;
        }
        let first = user.iter().map(|s| s.first).min().unwrap_or(0);
        let last = user.iter().map(|s| s.last).max().unwrap_or(0);
        let minutes = (f64::from(last - first) * picture.tick as f64 / MINUTE).max(1.0);
        found.push(Guesser { slips: range, first, last, tempo: f64::from(codes) / minutes });
    }
    // The same tempo (within a factor of four, link by link), at times that overlap: one group.
    found.sort_by(|a, b| {
        a.tempo.total_cmp(&b.tempo).then(a.first.cmp(&b.first)).then(a.slips.start.cmp(&b.slips.start))
    });
    let gap = u32::try_from(settings.recovery_within / picture.tick.max(1)).unwrap_or(u32::MAX);
    for class in found.chunk_by_mut(|a, b| b.tempo <= 4.0 * a.tempo) {
        class.sort_by_key(|g| (g.first, g.last, g.slips.start));
        let mut until = 0u32;
        let mut group = u32::MAX;
        let mut codes = 0.0;
        for g in class.iter() {
            if group == u32::MAX || g.first > until.saturating_add(gap) {
                group = unknown.groups.len() as u32;
                unknown.groups.push(Style::Tempo(g.tempo));
                codes = 0.0;
            }
            until = until.max(g.last);
            codes += 1.0;
            if let Style::Tempo(mean) = &mut unknown.groups[group as usize] {
                *mean += (g.tempo - *mean) / codes;
            }
            for slip in &slips[g.slips.clone()] {
                let part = &mut unknown.parts[slip.part as usize].1;
                if *part == Part::Background {
                    *part = Part::Guess(group);
                }
            }
        }
    }
}

/// Many users, one guess each: no user and no code stands out, only their number does.
fn breadth(picture: &Picture, settings: &Settings, facts: &Facts, slips: &[Slip], unknown: &mut Unknown) {
    // Codes that anybody went on from to a campaign's are slips, and so are those of whoever else tried them.
    let code = |s: &Slip, unknown: &Unknown| picture.pairs[unknown.parts[s.part as usize].0 as usize].code;
    let mut honest: Vec<u32> =
        slips.iter().filter(|s| s.turned != NOWHERE).map(|s| code(s, unknown)).collect();
    honest.sort_unstable();
    honest.dedup();
    let old = facts.seen.as_ref().map_or(&[][..], |seen| &seen.codes);
    let open = |s: &&Slip| unknown.parts[s.part as usize].1 == Part::Background;
    let (mut gave_up, mut went_on, mut stray) = (Vec::new(), Vec::new(), Vec::new());
    for slip in slips.iter().filter(open) {
        let code = code(slip, unknown);
        if slip.turned != NOWHERE || honest.binary_search(&code).is_ok() {
            went_on.push(slip.first);
        } else if old.binary_search(&code).is_ok() {
            stray.push(slip.part);
        } else {
            gave_up.push((slip.first, slip.part));
        }
    }
    // Codes that were about long ago are no guesses, and what is usual has them in it.
    let gone = stray.len() as f64;
    for crest in wave::crests(picture, settings, &facts.slots, &gave_up, &went_on, gone) {
        let group = unknown.groups.len() as u32;
        unknown.groups.push(Style::Breadth { usual: crest.usual });
        for (at, part) in &gave_up {
            if (crest.from..=crest.until).contains(at) {
                unknown.parts[*part as usize].1 = Part::Guess(group);
                unknown.doubtful.push(picture.pairs[unknown.parts[*part as usize].0 as usize].code);
            }
        }
    }
    unknown.doubtful.sort_unstable();
    unknown.doubtful.dedup();
}
