//! The failures on codes that no campaign has: misprints, guessing, and the slips that happen every day (trap 4).
//!
//! What tells them apart is what the same users did next. Who mistypes looks closer and goes on to a campaign's code within
//! minutes; who guesses goes on to the next guess, and a success now and then does not exonerate them. Guessers are linked
//! as SynchroTrap (CCS 2014) links accounts: by the same action at about the same time, here the same guess, or guessing in
//! the same tempo at once. A popular code links nobody (trap 15), and attempts without a user are nobody's (trap 14).

use super::PULSE;
use super::facts::Known;
use super::guess;
use super::misprint::{self, Misprint};
use super::picture::{Event, Picture, User};
use super::settings::Settings;
use crate::attempt::Outcome;
use std::ops::Range;

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
    /// Whose it is.
    pub user: User,
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

/// A slip as its user's next step: what is needed to look for it, and no more, one after the other in memory.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Step {
    /// The first failure.
    pub first: u32,
    /// The last one.
    pub last: u32,
    /// The latest `last` of this step and all of the user's before.
    pub reach: u32,
    /// A place in [`Unknown::slips`].
    pub slip: u32,
}

/// The unknown codes' side of a picture.
#[derive(Debug, Default)]
pub(super) struct Unknown {
    /// Each failed pair of a user on an unknown code, in the picture's order.
    pub slips: Vec<Slip>,
    /// The codes that have any, in order, each with where its slips end.
    pub codes: Vec<(u32, u32)>,
    /// The slips of each user one after the other, each user's in order of time.
    pub steps: Vec<Step>,
    /// Where the steps of each user of the picture begin; one more than there are users.
    pub starts: Vec<u32>,
    /// The wrong spellings that many tried.
    pub misprints: Vec<Misprint>,
    /// The groups that guess.
    pub groups: Vec<Style>,
    /// A bit for each pair: whether a slip led to it.
    pub led_to: Vec<u64>,
}

impl Unknown {
    /// The slips of each code, one code after the other.
    pub fn by_code(&self) -> impl Iterator<Item = (u32, Range<usize>)> + '_ {
        let starts = std::iter::once(0).chain(self.codes.iter().map(|(_, end)| *end as usize));
        self.codes.iter().zip(starts).map(|((code, end), start)| (*code, start..*end as usize))
    }
}

/// No place.
pub(super) const NOWHERE: u32 = u32::MAX;

/// Looks at all of them, but for what many users who gave up may mean: [`guess::many_users`] does, once it is known which codes
/// were seen before. `campaign_of` gives for each code the place of its campaign, or [`NOWHERE`].
pub(super) fn look(
    picture: &Picture,
    campaign_of: &[u32],
    known: &[Known],
    settings: &Settings,
    pulse: &mut dyn FnMut(),
) -> Unknown {
    let mut unknown = gather(picture, campaign_of, settings, pulse);
    pulse();
    turns(picture, campaign_of, known, settings, &mut unknown, pulse);
    pulse();
    misprint::find(picture, campaign_of, known, settings, &mut unknown);
    pulse();
    guess::few_users(picture, settings, &mut unknown);
    unknown
}

/// The slips, by code and by user.
fn gather(picture: &Picture, campaign_of: &[u32], settings: &Settings, pulse: &mut dyn FnMut()) -> Unknown {
    let unknown =
        || (0u32..).zip(picture.by_code()).filter(|(code, _)| campaign_of[*code as usize] == NOWHERE);
    let mut slips = Vec::with_capacity(unknown().map(|(_, pairs)| pairs.len()).sum());
    let mut codes = Vec::new();
    let mut starts = vec![0u32; picture.users.len() + 1];
    for (code, range) in unknown() {
        for i in range {
            if i.is_multiple_of(PULSE) {
                pulse();
            }
            let pair = &picture.pairs[i];
            let Some(user) = pair.user else { continue };
            let mut failed = picture.events_of(pair).iter().filter(|e| settings.failures.contains(e.outcome));
            let Some(first) = failed.next() else { continue };
            let (mut last, mut tries) = (first.at, 1u8);
            for event in failed {
                last = event.at;
                tries = tries.saturating_add(1);
            }
            starts[user.place() + 1] += 1;
            slips.push(Slip {
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
        if codes.last().map_or(0, |(_, end)| *end) < slips.len() as u32 {
            codes.push((code, slips.len() as u32));
        }
    }
    for user in 1..starts.len() {
        starts[user] += starts[user - 1];
    }
    let mut next = starts.clone();
    let mut steps = vec![Step::default(); slips.len()];
    for (slip, s) in slips.iter().enumerate() {
        if slip.is_multiple_of(PULSE) {
            pulse();
        }
        let next = &mut next[s.user.place()];
        steps[*next as usize] = Step { first: s.first, last: s.last, reach: s.last, slip: slip as u32 };
        *next += 1;
    }
    for (user, range) in starts.windows(2).enumerate().filter(|(_, r)| r[1] - r[0] > 1) {
        if user.is_multiple_of(PULSE) {
            pulse();
        }
        let steps = &mut steps[range[0] as usize..range[1] as usize];
        let order = |step: &Step| u64::from(step.first) << 32 | u64::from(step.slip);
        if !steps.is_sorted_by_key(order) {
            steps.sort_unstable_by_key(order);
        }
        let mut reach = 0;
        for step in steps {
            reach = reach.max(step.last);
            step.reach = reach;
        }
    }
    Unknown { slips, codes, steps, starts, ..Unknown::default() }
}

/// Fewer steps than this are looked through one by one.
const FEW: usize = 16;

/// So many pairs at a time are looked up: their users' steps are all over the memory, and the waits for it overlap.
const AT_ONCE: usize = 32;

/// Where the users went on to: the first known code that each tried within the time of recovery after the slip.
fn turns(
    picture: &Picture,
    campaign_of: &[u32],
    known: &[Known],
    settings: &Settings,
    unknown: &mut Unknown,
    pulse: &mut dyn FnMut(),
) {
    let Unknown { slips, steps, starts, led_to, .. } = unknown;
    if slips.is_empty() {
        return;
    }
    let within = u32::try_from(settings.recovery_within / picture.tick.max(1)).unwrap_or(u32::MAX);
    led_to.resize(picture.pairs.len() / 64 + 1, 0);
    let mut turns =
        Turns { picture, campaign_of, known, within, steps, found: vec![Turn::NONE; steps.len()] };
    let mut waiting = [(0u32, 0u32, 0u32); AT_ONCE];
    let mut n = 0;
    for (place, pair) in picture.pairs.iter().enumerate() {
        if place.is_multiple_of(PULSE) {
            pulse();
        }
        let Some(user) = pair.user.filter(|_| campaign_of[pair.code as usize] != NOWHERE) else { continue };
        let (start, end) = (starts[user.place()], starts[user.place() + 1]);
        if start == end {
            continue;
        }
        waiting[n] = (place as u32, start, end);
        n += 1;
        if n == AT_ONCE {
            let begins: [u32; AT_ONCE] = std::array::from_fn(|i| steps[waiting[i].1 as usize].first);
            for ((pair, start, end), begin) in waiting.into_iter().zip(begins) {
                turns.look(pair, start as usize..end as usize, begin);
            }
            n = 0;
        }
    }
    for (pair, start, end) in &waiting[..n] {
        turns.look(*pair, *start as usize..*end as usize, steps[*start as usize].first);
    }
    for (step, turn) in steps.iter().zip(&turns.found).filter(|(_, turn)| turn.pair != NOWHERE) {
        let slip = &mut slips[step.slip as usize];
        slip.led_to = turn.pair;
        slip.recovered = turn.recovered;
        led_to[turn.pair as usize / 64] |= 1 << (turn.pair % 64);
    }
}

/// Where a step led to.
#[derive(Debug, Clone, Copy)]
struct Turn {
    /// When.
    at: u32,
    /// The pair of a known code.
    pair: u32,
    recovered: bool,
}

impl Turn {
    const NONE: Self = Self { at: u32::MAX, pair: NOWHERE, recovered: false };
}

struct Turns<'a> {
    picture: &'a Picture,
    campaign_of: &'a [u32],
    known: &'a [Known],
    within: u32,
    steps: &'a [Step],
    /// Of each step.
    found: Vec<Turn>,
}

impl Turns<'_> {
    /// Which of a user's steps, the first of which began at `begin`, led to a pair of a known code.
    fn look(&mut self, place: u32, range: Range<usize>, begin: u32) {
        let picture = self.picture;
        let events = picture.events_of(&picture.pairs[place as usize]);
        let (earliest, latest) = (events.first().map_or(0, |e| e.at), events.last().map_or(0, |e| e.at));
        if begin >= latest {
            return;
        }
        let (within, steps) = (self.within, self.steps);
        // Those that were over too long before led nowhere.
        let over = if range.len() < FEW {
            0
        } else {
            steps[range.clone()].partition_point(|step| step.reach.saturating_add(within) < earliest)
        };
        for i in range.start + over..range.end {
            let step = &steps[i];
            if step.first >= latest {
                break;
            }
            let until = step.last.saturating_add(within);
            if let [event] = events {
                if event.at <= until {
                    self.turn(i, place, *event, event.outcome == Outcome::Accepted);
                }
                continue;
            }
            let next = events.partition_point(|e| e.at <= step.first);
            let Some(event) = events.get(next).filter(|e| e.at <= until) else { continue };
            let success = events[next..].iter().find(|e| e.outcome == Outcome::Accepted);
            self.turn(i, place, *event, success.is_some_and(|e| e.at <= until));
        }
    }

    /// Notes that a step led to a pair's event, if to no earlier one.
    fn turn(&mut self, step: usize, place: u32, event: Event, recovered: bool) {
        let turn = &mut self.found[step];
        // Two at the very same moment: the campaign's id decides, which no name of a code can change.
        let id = |pair: u32| {
            let code = self.picture.pairs[pair as usize].code;
            self.known[self.campaign_of[code as usize] as usize].campaign
        };
        let at = event.at;
        if at < turn.at || at == turn.at && (turn.pair == NOWHERE || id(place) < id(turn.pair)) {
            (turn.at, turn.pair) = (at, place);
        }
        turn.recovered |= recovered;
    }
}
