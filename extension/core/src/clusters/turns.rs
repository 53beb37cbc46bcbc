//! Where those who tried a code of nobody went on to.

use super::PULSE;
use super::bits::Bits;
use super::facts::Known;
use super::picture::{Event, Picture, User};
use super::settings::Settings;
use super::unknown::{NOWHERE, Slip, Step, Unknown};
use crate::attempt::Outcome;
use std::ops::Range;
use std::sync::atomic::{AtomicU32, Ordering};

/// Where the users went on to: the first known code that each tried within the time of recovery after the slip.
pub(super) fn find(
    picture: &Picture,
    campaign_of: &[u32],
    known: &[Known],
    settings: &Settings,
    unknown: &mut Unknown,
    pulse: &mut dyn FnMut(),
) {
    let Unknown { slips, steps, starts, led_to, recovered, .. } = unknown;
    if slips.is_empty() {
        return;
    }
    // Each by whoever has its user.
    let found: Vec<AtomicU32> = slips.iter().map(|_| AtomicU32::new(Turn::NONE.told())).collect();
    let around = Around { picture, campaign_of, known, settings, slips, steps, starts };
    let users = picture.hands.ranges(starts, 1);
    picture.hands.share(users, pulse, |users, pulse| around.look(users, &found, pulse));
    led_to.reserve(slips.len());
    *recovered = Bits::of(slips.len());
    for (slip, told) in found.into_iter().enumerate() {
        let (campaign, has_recovered) = Turn::read(told.into_inner());
        led_to.push(campaign);
        recovered.put(slip, has_recovered);
    }
}

/// What is looked at.
struct Around<'a> {
    picture: &'a Picture,
    campaign_of: &'a [u32],
    known: &'a [Known],
    settings: &'a Settings,
    slips: &'a [Slip],
    steps: &'a [Step],
    starts: &'a [u32],
}

impl Around<'_> {
    /// Tells of each slip of these users where it led to.
    fn look(&self, users: Range<usize>, found: &[AtomicU32], pulse: &mut dyn FnMut()) {
        let (visits, ends) = self.visits(users.clone(), pulse);
        let mut turns = Turns {
            picture: self.picture,
            known: self.known,
            within: u32::try_from(self.settings.recovery_within / self.picture.tick.max(1))
                .unwrap_or(u32::MAX),
            spans: Vec::new(),
            found: Vec::new(),
        };
        let (mut begin, mut since_pulse) = (0, 0);
        for (user, end) in users.zip(ends) {
            let visits = &visits[begin..end as usize];
            begin = end as usize;
            if visits.is_empty() {
                continue;
            }
            let steps = &self.steps[self.starts[user] as usize..self.starts[user + 1] as usize];
            turns.begin(steps, self.slips);
            for visit in visits {
                since_pulse += 1;
                if since_pulse == PULSE {
                    since_pulse = 0;
                    pulse();
                }
                turns.look(User::at(user), *visit);
            }
            // Whether a step led anywhere is as good as random: all is written, without a branch.
            for (step, turn) in steps.iter().zip(&turns.found) {
                found[step.slip()].store(turn.told(), Ordering::Relaxed);
            }
        }
    }

    /// The pairs of known codes of those of these users who slipped, one user's after the other's, and where each user's end: to go over
    /// them once more is quicker than to have each look for its user's slips, which are all over the memory.
    fn visits(&self, users: Range<usize>, pulse: &mut dyn FnMut()) -> (Vec<Visit>, Vec<u32>) {
        let (picture, starts) = (self.picture, &self.starts[users.start..=users.end]);
        let mut next = vec![0u32; users.len()];
        let mut each = |visit: &mut dyn FnMut(u32, Range<usize>)| {
            for ((code, range), campaign) in picture.by_code().enumerate().zip(self.campaign_of) {
                if code.is_multiple_of(PULSE / 64) {
                    pulse();
                }
                if *campaign != NOWHERE {
                    visit(*campaign, range);
                }
            }
        };
        let slipped = |pair: usize| {
            let user = picture.pairs[pair].user?.place().wrapping_sub(users.start);
            (user < users.len() && starts[user] != starts[user + 1]).then_some(user)
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
                visits[next[user] as usize] = Visit::of(campaign, picture.events_of(&picture.pairs[pair]));
                next[user] += 1;
            }
        });
        (visits, next)
    }
}

/// A pair of a known code as its user's: what is needed to look for the slips that led to it.
#[derive(Debug, Clone, Copy, Default)]
struct Visit {
    /// The first event.
    at: u32,
    /// A place in [`Facts::known`](super::Facts::known), then whether that event was accepted, then whether there are others.
    what: u32,
}

impl Visit {
    fn of(campaign: u32, events: &[Event]) -> Self {
        let first = events.first().copied().unwrap_or(Event { at: 0, outcome: Outcome::Other });
        let accepted = u32::from(first.outcome == Outcome::Accepted);
        let what = campaign << 2 | accepted << 1 | u32::from(events.len() > 1);
        Self { at: first.at, what }
    }

    const fn campaign(self) -> u32 {
        self.what >> 2
    }

    const fn accepted(self) -> bool {
        self.what & 2 != 0
    }

    const fn alone(self) -> bool {
        self.what & 1 == 0
    }
}

/// Where a step led to.
#[derive(Debug, Clone, Copy)]
struct Turn {
    /// When.
    at: u32,
    /// A place in [`Facts::known`](super::Facts::known).
    campaign: u32,
    recovered: bool,
}

impl Turn {
    const NONE: Self = Self { at: u32::MAX, campaign: NOWHERE, recovered: false };

    /// All but when, as one number: campaigns are fewer than 2^30, as codes are.
    const fn told(self) -> u32 {
        self.campaign << 1 | self.recovered as u32
    }

    /// The campaign's place and whether the user has recovered, as told.
    const fn read(told: u32) -> (u32, bool) {
        let campaign = told >> 1;
        (if campaign == NOWHERE >> 1 { NOWHERE } else { campaign }, told & 1 != 0)
    }
}

struct Turns<'a> {
    picture: &'a Picture,
    known: &'a [Known],
    within: u32,
    /// The steps of the user at hand.
    spans: Vec<Span>,
    /// Where each of them led to.
    found: Vec<Turn>,
}

/// A step's time.
#[derive(Debug, Clone, Copy)]
struct Span {
    first: u32,
    last: u32,
    /// The latest `last` of this step and all of the user's before.
    reach: u32,
}

/// So many steps are looked through one by one.
const FEW: usize = 16;

impl Turns<'_> {
    /// Takes up a user.
    fn begin(&mut self, steps: &[Step], slips: &[Slip]) {
        let mut reach = 0;
        self.spans.clear();
        self.spans.extend(steps.iter().map(|step| {
            let last = step.last(slips);
            reach = reach.max(last);
            Span { first: step.first(), last, reach }
        }));
        self.found.clear();
        self.found.resize(steps.len(), Turn::NONE);
    }

    /// Which of the user's steps led to a pair of a known code.
    fn look(&mut self, user: User, visit: Visit) {
        if visit.alone() && self.spans.len() <= FEW {
            self.once(visit);
            return;
        }
        let pairs = &self.picture.pairs[self.picture.pairs_of(self.known[visit.campaign() as usize].code)];
        let Ok(pair) = pairs.binary_search_by_key(&Some(user), |pair| pair.user) else { return };
        let events = self.picture.events_of(&pairs[pair]);
        let (earliest, latest) = (visit.at, events.last().map_or(0, |e| e.at));
        // Those that were over too long before led nowhere.
        let over = self.spans.partition_point(|step| step.reach.saturating_add(self.within) < earliest);
        for i in over..self.spans.len() {
            let step = self.spans[i];
            if step.first >= latest {
                break;
            }
            let until = step.last.saturating_add(self.within);
            let next = events.partition_point(|e| e.at <= step.first);
            let Some(event) = events.get(next).filter(|e| e.at <= until) else { continue };
            let success = events[next..].iter().find(|e| e.outcome == Outcome::Accepted);
            self.turn(i, visit, event.at, success.is_some_and(|e| e.at <= until));
        }
    }

    /// The same for a pair with one event, and few steps: most of them. Whether one led to it is as likely as not, and to guess wrong
    /// takes longer than to work it out without a branch.
    fn once(&mut self, visit: Visit) {
        let (at, accepted, within) = (visit.at, visit.accepted(), self.within);
        let mut tied = false;
        for (step, turn) in self.spans.iter().zip(&mut self.found) {
            let led = (step.first < at) & (at <= step.last.saturating_add(within));
            tied |= led & (at == turn.at);
            let sooner = led & (at < turn.at);
            turn.at = if sooner { at } else { turn.at };
            turn.campaign = if sooner { visit.campaign() } else { turn.campaign };
            turn.recovered |= led & accepted;
        }
        if tied {
            for i in 0..self.spans.len() {
                let step = self.spans[i];
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
            || at == turn.at && (turn.campaign == NOWHERE || id(visit.campaign()) < id(turn.campaign))
        {
            (turn.at, turn.campaign) = (at, visit.campaign());
        }
        turn.recovered |= recovered;
    }
}

#[cfg(test)]
mod tests {
    use super::super::unknown;
    use super::*;
    use crate::attempt::{Attempt, CodeHash};
    use crate::clusters::tests::scene::{campaign, code};
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]

        /// Of a user each slip, and whatever they tried of known codes: found one by one, without any of the shortcuts.
        #[test]
        fn a_slip_led_to_the_first_known_code_within_the_time_of_recovery(
            tries in prop::collection::vec((0u32..40, 0usize..6, 0i64..1_800), 0..60)
        ) {
            let attempts = tries.iter().map(|(n, outcome, second)| Attempt {
                code: code(*n),
                user: Some(1),
                outcome: Outcome::ALL[*outcome],
                at: second * 1_000_000,
            });
            let picture = Picture::of(0, 1_800_000_000, attempts);
            let settings = Settings::default();
            let place = |n: u32| picture.codes.iter().position(|c: &CodeHash| *c == code(n)).map(|at| at as u32);
            let known: Vec<Known> =
                (0..8).filter_map(|n| Some(Known { code: place(n)?, ..campaign(i64::from(100 - n)) })).collect();
            let mut campaign_of = vec![NOWHERE; picture.codes.len()];
            known.iter().zip(0..).for_each(|(known, i)| campaign_of[known.code as usize] = i);
            let mut unknown = unknown::gather(&picture, &campaign_of, &settings, &mut || ());
            find(&picture, &campaign_of, &known, &settings, &mut unknown, &mut || ());

            let within = (settings.recovery_within / picture.tick) as u32;
            for (i, slip) in unknown.slips.iter().enumerate() {
                let after = |e: &&Event| e.at > slip.first && e.at <= slip.last + within;
                let pairs = picture.pairs.iter().filter(|pair| campaign_of[pair.code as usize] != NOWHERE);
                let first = pairs
                    .clone()
                    .filter_map(|pair| {
                        let place = campaign_of[pair.code as usize];
                        let at = picture.events_of(pair).iter().find(after)?.at;
                        Some((at, known[place as usize].campaign, place))
                    })
                    .min();
                prop_assert_eq!(unknown.led_to[i], first.map_or(NOWHERE, |(.., place)| place));
                let accepted = pairs.flat_map(|pair| picture.events_of(pair)).filter(after);
                let recovered = accepted.clone().any(|e| e.outcome == Outcome::Accepted);
                prop_assert_eq!(unknown.recovered.iter().any(|slip| slip == i), recovered);
            }
        }
    }
}
