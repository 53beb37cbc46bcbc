//! The failures on codes that no campaign has: misprints, guessing, and the slips that happen every day (trap 4).
//!
//! What tells them apart is what the same users did next. Who mistypes looks closer and goes on to a campaign's code within
//! minutes; who guesses goes on to the next guess, and a success now and then does not exonerate them. Guessers are linked
//! as SynchroTrap (CCS 2014) links accounts: by the same action at about the same time, here the same guess, or guessing in
//! the same tempo at once. A popular code links nobody (trap 15), and attempts without a user are nobody's (trap 14).

use super::PULSE;
use super::bits::Bits;
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
    /// What it is.
    pub part: Part,
    /// Failures, up to what the number holds.
    pub tries: u8,
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
    /// For each slip whose code the user went on to: a place in [`Facts::known`](super::Facts::known), or [`NOWHERE`].
    pub led_to: Vec<u32>,
    /// Of the slips those whose users succeeded soon after.
    pub recovered: Bits,
    /// Of the pairs of the picture those that a slip led to.
    pub by_slip: Bits,
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
    misprint::find(picture, settings, &mut unknown);
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
                part: Part::Background,
                tries,
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

/// Where the users went on to: the first known code that each tried within the time of recovery after the slip.
fn turns(
    picture: &Picture,
    campaign_of: &[u32],
    known: &[Known],
    settings: &Settings,
    unknown: &mut Unknown,
    pulse: &mut dyn FnMut(),
) {
    let Unknown { slips, steps, starts, led_to, recovered, by_slip, .. } = unknown;
    if slips.is_empty() {
        return;
    }
    led_to.resize(slips.len(), NOWHERE);
    (*recovered, *by_slip) = (Bits::of(slips.len()), Bits::of(picture.pairs.len()));
    let (visits, ends) = visits(picture, campaign_of, starts, pulse);
    let mut turns = Turns {
        picture,
        known,
        within: u32::try_from(settings.recovery_within / picture.tick.max(1)).unwrap_or(u32::MAX),
        found: Vec::new(),
    };
    let (mut begin, mut since_pulse) = (0, 0);
    for (range, end) in starts.windows(2).zip(ends) {
        let visits = &visits[begin..end as usize];
        begin = end as usize;
        if visits.is_empty() {
            continue;
        }
        let steps = &steps[range[0] as usize..range[1] as usize];
        turns.found.clear();
        turns.found.resize(steps.len(), Turn::NONE);
        for visit in visits {
            since_pulse += 1;
            if since_pulse == PULSE {
                since_pulse = 0;
                pulse();
            }
            turns.look(steps, *visit);
        }
        for (step, turn) in steps.iter().zip(&turns.found).filter(|(_, turn)| turn.campaign != NOWHERE) {
            led_to[step.slip as usize] = turn.campaign;
            by_slip.set(turn.pair as usize);
            if turn.recovered {
                recovered.set(step.slip as usize);
            }
        }
    }
}

/// A pair of a known code as its user's: what is needed to look for the slips that led to it.
#[derive(Debug, Clone, Copy, Default)]
struct Visit {
    /// The first event.
    at: u32,
    /// A place in [`Facts::known`](super::Facts::known).
    campaign: u32,
    /// A place in [`Picture::pairs`], then whether that event was accepted, then whether there are others.
    what: u32,
}

impl Visit {
    fn of(campaign: u32, pair: usize, events: &[Event]) -> Self {
        let first = events.first().copied().unwrap_or(Event { at: 0, outcome: Outcome::Other });
        let accepted = u32::from(first.outcome == Outcome::Accepted);
        let what = (pair as u32) << 2 | accepted << 1 | u32::from(events.len() > 1);
        Self { at: first.at, campaign, what }
    }

    const fn pair(self) -> u32 {
        self.what >> 2
    }

    const fn accepted(self) -> bool {
        self.what & 2 != 0
    }

    const fn alone(self) -> bool {
        self.what & 1 == 0
    }
}

/// The pairs of known codes of those users who slipped, one user's after the other's, and where each user's end: to go over them once
/// more is quicker than to have each look for its user's slips, which are all over the memory.
fn visits(
    picture: &Picture,
    campaign_of: &[u32],
    starts: &[u32],
    pulse: &mut dyn FnMut(),
) -> (Vec<Visit>, Vec<u32>) {
    let mut next = vec![0u32; picture.users.len()];
    let mut each = |visit: &mut dyn FnMut(u32, Range<usize>)| {
        for (code, range) in picture.by_code().enumerate() {
            if code.is_multiple_of(PULSE / 64) {
                pulse();
            }
            if campaign_of[code] != NOWHERE {
                visit(campaign_of[code], range);
            }
        }
    };
    let slipped = |pair: usize| {
        let user = picture.pairs[pair].user.map(User::place);
        user.filter(|user| starts[*user] != starts[*user + 1])
    };
    each(&mut |_, range| range.filter_map(slipped).for_each(|user| next[user] += 1));
    let mut sum = 0;
    for count in &mut next {
        sum += std::mem::replace(count, sum);
    }
    let mut visits = vec![Visit::default(); sum as usize];
    each(&mut |campaign, range| {
        for pair in range {
            let Some(user) = slipped(pair) else { continue };
            visits[next[user] as usize] = Visit::of(campaign, pair, picture.events_of(&picture.pairs[pair]));
            next[user] += 1;
        }
    });
    (visits, next)
}

/// Where a step led to.
#[derive(Debug, Clone, Copy)]
struct Turn {
    /// When.
    at: u32,
    /// A place in [`Facts::known`](super::Facts::known).
    campaign: u32,
    /// The pair of its code.
    pair: u32,
    recovered: bool,
}

impl Turn {
    const NONE: Self = Self { at: u32::MAX, campaign: NOWHERE, pair: NOWHERE, recovered: false };
}

struct Turns<'a> {
    picture: &'a Picture,
    known: &'a [Known],
    within: u32,
    /// Of each step of the user at hand.
    found: Vec<Turn>,
}

/// So many steps are looked through one by one.
const FEW: usize = 16;

impl Turns<'_> {
    /// Which of a user's steps led to a pair of a known code.
    fn look(&mut self, steps: &[Step], visit: Visit) {
        if visit.alone() && steps.len() <= FEW {
            self.once(steps, visit);
            return;
        }
        let events = self.picture.events_of(&self.picture.pairs[visit.pair() as usize]);
        let (earliest, latest) = (visit.at, events.last().map_or(0, |e| e.at));
        // Those that were over too long before led nowhere.
        let over = steps.partition_point(|step| step.reach.saturating_add(self.within) < earliest);
        for (i, step) in steps.iter().enumerate().skip(over).take_while(|(_, step)| step.first < latest) {
            let until = step.last.saturating_add(self.within);
            let next = events.partition_point(|e| e.at <= step.first);
            let Some(event) = events.get(next).filter(|e| e.at <= until) else { continue };
            let success = events[next..].iter().find(|e| e.outcome == Outcome::Accepted);
            self.turn(i, visit, event.at, success.is_some_and(|e| e.at <= until));
        }
    }

    /// The same for a pair with one event, and few steps: most of them. Whether one led to it is as likely as not, and to guess wrong
    /// takes longer than to work it out without a branch.
    fn once(&mut self, steps: &[Step], visit: Visit) {
        let (at, accepted, within) = (visit.at, visit.accepted(), self.within);
        let mut tied = false;
        for (step, turn) in steps.iter().zip(&mut self.found) {
            let led = (step.first < at) & (at <= step.last.saturating_add(within));
            tied |= led & (at == turn.at);
            let sooner = led & (at < turn.at);
            turn.at = if sooner { at } else { turn.at };
            turn.campaign = if sooner { visit.campaign } else { turn.campaign };
            turn.pair = if sooner { visit.pair() } else { turn.pair };
            turn.recovered |= led & accepted;
        }
        if tied {
            for (i, step) in steps.iter().enumerate() {
                if step.first < at && at <= step.last.saturating_add(within) {
                    self.turn(i, visit, at, accepted);
                }
            }
        }
    }

    /// Notes that a step led to a pair at a time, if to no earlier one.
    fn turn(&mut self, step: usize, visit: Visit, at: u32, recovered: bool) {
        let turn = &mut self.found[step];
        // Two at the very same moment: the campaign's id decides, which no name of a code can change.
        let id = |place: u32| self.known[place as usize].campaign;
        if at < turn.at
            || at == turn.at && (turn.campaign == NOWHERE || id(visit.campaign) < id(turn.campaign))
        {
            (turn.at, turn.campaign, turn.pair) = (at, visit.campaign, visit.pair());
        }
        turn.recovered |= recovered;
    }
}
