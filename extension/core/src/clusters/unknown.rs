//! The failures on codes that no campaign has: misprints, guessing, and the slips that happen every day (trap 4).
//!
//! What tells them apart is what the same users did next. Who mistypes looks closer and goes on to a campaign's code within
//! minutes; who guesses goes on to the next guess, and a success now and then does not exonerate them. Guessers are linked
//! as SynchroTrap (CCS 2014) links accounts: by the same action at about the same time, here the same guess, or guessing in
//! the same tempo at once. A popular code links nobody (trap 15), and attempts without a user are nobody's (trap 14).

use super::facts::Facts;
use super::guess;
use super::misprint::{self, Misprint};
use super::picture::Picture;
use super::settings::Settings;
use super::users::Users;
use crate::attempt::Outcome;

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

/// One user's failed pair on an unknown code.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slip {
    /// A place in [`Picture::pairs`].
    pub pair: u32,
    /// The user's number in [`Unknown::users`].
    pub user: u32,
    /// The first failure.
    pub first: u32,
    /// The last one.
    pub last: u32,
    /// The pair of a known code that the user went on to, or [`NOWHERE`].
    pub led_to: u32,
    /// What it is.
    pub part: Part,
    /// Failures, up to what the number holds.
    pub tries: u8,
    /// Whether the user succeeded soon after.
    pub recovered: bool,
}

impl Slip {
    /// Whether the user went on to a campaign's code.
    pub const fn turned(&self) -> bool {
        self.led_to != NOWHERE
    }
}

/// The unknown codes' side of a picture.
#[derive(Debug, Default)]
pub(super) struct Unknown {
    /// Each failed pair of a user on an unknown code, in the picture's order.
    pub slips: Vec<Slip>,
    /// The users of slips.
    pub users: Users,
    /// The slips of each user one after the other, by the user's number: places in `slips`, in order of time.
    pub by_user: Vec<u32>,
    /// Where each user's slips begin in `by_user`; one more than there are users.
    pub starts: Vec<u32>,
    /// The wrong spellings that many tried.
    pub misprints: Vec<Misprint>,
    /// The groups that guess.
    pub groups: Vec<Style>,
    /// The pairs of known codes that slips led to, in order.
    pub led_to: Vec<u32>,
    /// Codes of those who gave up in a wave, where they may be guesses or old codes.
    pub doubtful: Vec<u32>,
}

/// No place.
pub(super) const NOWHERE: u32 = u32::MAX;

/// Looks at all of them. `campaign_of` gives for each code the place of its campaign, or [`NOWHERE`].
pub(super) fn look(picture: &Picture, campaign_of: &[u32], facts: &Facts, settings: &Settings) -> Unknown {
    let mut unknown = gather(picture, campaign_of, settings);
    turns(picture, campaign_of, facts, settings, &mut unknown);
    misprint::find(picture, campaign_of, facts, settings, &mut unknown);
    guess::few_users(picture, settings, &mut unknown);
    guess::many_users(picture, settings, facts, &mut unknown);
    unknown
}

/// The slips, by code and by user.
fn gather(picture: &Picture, campaign_of: &[u32], settings: &Settings) -> Unknown {
    let mut unknown = Unknown::default();
    let mut counts: Vec<u32> = Vec::new();
    for (i, pair) in picture.pairs.iter().enumerate() {
        let Some(user) = pair.user.filter(|_| campaign_of[pair.code as usize] == NOWHERE) else { continue };
        let mut failed = picture.events_of(pair).iter().filter(|e| settings.failures.contains(e.outcome));
        let Some(first) = failed.next() else { continue };
        let (mut last, mut tries) = (first.at, 1u8);
        for event in failed {
            last = event.at;
            tries = tries.saturating_add(1);
        }
        let user = unknown.users.intern(user);
        if user as usize == counts.len() {
            counts.push(0);
        }
        counts[user as usize] += 1;
        unknown.slips.push(Slip {
            pair: i as u32,
            user,
            first: first.at,
            last,
            led_to: NOWHERE,
            part: Part::Background,
            tries,
            recovered: false,
        });
    }
    let mut sum = 0;
    unknown.starts = Vec::with_capacity(counts.len() + 1);
    unknown.starts.push(0);
    for count in &counts {
        sum += count;
        unknown.starts.push(sum);
    }
    let mut next = unknown.starts.clone();
    unknown.by_user = vec![0; unknown.slips.len()];
    for (i, slip) in unknown.slips.iter().enumerate() {
        unknown.by_user[next[slip.user as usize] as usize] = i as u32;
        next[slip.user as usize] += 1;
    }
    for range in unknown.starts.windows(2).filter(|r| r[1] - r[0] > 1) {
        let slips = &unknown.slips;
        unknown.by_user[range[0] as usize..range[1] as usize]
            .sort_unstable_by_key(|place| (slips[*place as usize].first, *place));
    }
    unknown
}

/// Where the users went on to: the first known code that each tried within the time of recovery after the slip.
fn turns(picture: &Picture, campaign_of: &[u32], facts: &Facts, settings: &Settings, unknown: &mut Unknown) {
    let Unknown { slips, users, by_user, starts, led_to, .. } = unknown;
    let within = u32::try_from(settings.recovery_within / picture.tick.max(1)).unwrap_or(u32::MAX);
    // Two at the very same moment: the campaign's id decides, which no name of a code can change.
    let rank = |pair: u32, after: u32| {
        let pair = &picture.pairs[pair as usize];
        let events = picture.events_of(pair);
        let next = events.partition_point(|e| e.at <= after);
        let campaign = campaign_of[pair.code as usize] as usize;
        (events.get(next).map_or(u32::MAX, |e| e.at), facts.known[campaign].campaign)
    };
    for (place, pair) in picture.pairs.iter().enumerate() {
        if campaign_of[pair.code as usize] == NOWHERE {
            continue;
        }
        let Some(user) = pair.user.and_then(|user| users.find(user)) else { continue };
        let events = picture.events_of(pair);
        let latest = events.last().map_or(0, |e| e.at);
        for i in &by_user[starts[user as usize] as usize..starts[user as usize + 1] as usize] {
            let slip = &mut slips[*i as usize];
            if latest <= slip.first {
                break; // the later slips of the user even more so
            }
            let next = events.partition_point(|e| e.at <= slip.first);
            let until = slip.last.saturating_add(within);
            if events.get(next).is_none_or(|e| e.at > until) {
                continue;
            }
            if !slip.turned() || rank(place as u32, slip.first) < rank(slip.led_to, slip.first) {
                slip.led_to = place as u32;
            }
            let success = events[next..].iter().find(|e| e.outcome == Outcome::Accepted);
            slip.recovered |= success.is_some_and(|e| e.at <= until);
        }
    }
    led_to.extend(slips.iter().filter(|s| s.turned()).map(|s| s.led_to));
    led_to.sort_unstable();
    led_to.dedup();
}
