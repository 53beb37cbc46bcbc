//! Where users who tried an unknown code went on to.

use super::bits::Bits;
use super::facts::Known;
use super::picture::{Event, Picture, User};
use super::pulse::PULSE;
use super::settings::Settings;
use super::starts::begins;
use super::unknown::{NOWHERE, Slip, Step, Unknown};
use crate::attempt::Outcome;
use std::ops::Range;

/// Where the users went on to: the first known code that each tried within the time of recovery after the typo.
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
    let mut by_rank: Vec<u32> = (0..known.len() as u32).collect();
    by_rank.sort_unstable_by_key(|place| (known[*place as usize].campaign, *place));
    let mut ranks = vec![0; known.len()];
    by_rank.iter().zip(0..).for_each(|(place, rank)| ranks[*place as usize] = rank);
    let around = Around {
        picture,
        campaign_of,
        known,
        ranks,
        by_rank,
        within: u32::try_from(settings.recovery_within / picture.tick.max(1)).unwrap_or(u32::MAX),
        slips,
        steps,
        starts,
    };
    let mut found = vec![Turn::NONE.told(); slips.len()];
    around.look(&mut found, pulse);
    *recovered = Bits::of(&found, |slip| Turn::read(*slip).1);
    // As many led nowhere as led somewhere: without a branch.
    let Around { mut by_rank, .. } = around;
    by_rank.push(NOWHERE);
    led_to.extend(found.iter().map(|slip| by_rank[(Turn::read(*slip).0 as usize).min(known.len())]));
}

/// What is looked at.
struct Around<'a> {
    picture: &'a Picture,
    campaign_of: &'a [u32],
    known: &'a [Known],
    /// Of each known code its campaign's place in order of ids, which no name of a code can change.
    ranks: Vec<u32>,
    /// The places in [`Facts::known`](super::Facts::known) in that order.
    by_rank: Vec<u32>,
    /// The time of recovery in ticks.
    within: u32,
    slips: &'a [Slip],
    steps: &'a [Step],
    starts: &'a [u32],
}

/// So much work at once is done without thinking.
const LITTLE: usize = 256;

impl Around<'_> {
    /// Sets for each typo where it led to.
    fn look(&self, found: &mut [u32], pulse: &mut dyn FnMut()) {
        let (visits, ends) = self.visits(pulse);
        let mut turns = Turns { around: self, steps: Vec::new(), spans: Vec::new(), found: Vec::new() };
        let (mut begin, mut since_pulse) = (0, 0);
        let mut work = |n: usize| {
            since_pulse += n;
            if since_pulse >= PULSE {
                since_pulse = 0;
                pulse();
            }
        };
        for (user, end) in ends.into_iter().enumerate() {
            let visits = &visits[begin..end as usize];
            begin = end as usize;
            if visits.is_empty() {
                continue;
            }
            let steps = &self.steps[self.starts[user] as usize..self.starts[user + 1] as usize];
            let mut tell = |step: &Step, turn: Turn| found[step.slip()] = turn.told();
            if Visit::all_alone(visits) && steps.len() * visits.len() <= LITTLE {
                work(visits.len());
                steps.iter().for_each(|step| tell(step, self.turn(*step, visits)));
                continue;
            }
            turns.begin(steps);
            for visit in visits {
                work(1);
                turns.look(User::at(user), *visit);
            }
            turns.steps.iter().zip(&turns.found).for_each(|(step, turn)| tell(step, *turn));
        }
    }

    /// Where a step led to, of these visits of its user's. Whether it led to one is as likely as not, and to guess wrong takes longer than to
    /// work it out without a branch.
    fn turn(&self, step: Step, visits: &[Visit]) -> Turn {
        let (first, until) = (step.first(), step.last(self.slips).saturating_add(self.within));
        visits.iter().fold(Turn::NONE, |turn, visit| {
            let led = (first < visit.at()) & (visit.at() <= until);
            let to = if led { visit.0 } else { Turn::NONE.to };
            Turn { to: turn.to.min(to), recovered: turn.recovered | (led & visit.accepted()) }
        })
    }

    /// The pairs of known codes of the users who slipped, one user's after the other's, and where each user's end: to go over
    /// them once more is quicker than to have each look for its user's typos, which are all over the memory.
    fn visits(&self, pulse: &mut dyn FnMut()) -> (Vec<Visit>, Vec<u32>) {
        let (picture, starts) = (self.picture, self.starts);
        let mut next = vec![0u32; starts.len().saturating_sub(1)];
        let mut each = |visit: &mut dyn FnMut(u32, Range<usize>)| {
            for ((code, range), campaign) in picture.by_code().enumerate().zip(self.campaign_of) {
                if code.is_multiple_of(PULSE / 64) {
                    pulse();
                }
                if *campaign != NOWHERE {
                    visit(self.ranks[*campaign as usize], range);
                }
            }
        };
        let slipped = |pair: usize| {
            let user = picture.pairs[pair].user?.place();
            (starts[user] != starts[user + 1]).then_some(user)
        };
        each(&mut |_, range| range.filter_map(slipped).for_each(|user| next[user] += 1));
        let mut visits = vec![Visit::default(); begins(&mut next) as usize];
        each(&mut |rank, range| {
            for pair in range {
                let Some(user) = slipped(pair) else { continue };
                visits[next[user] as usize] = Visit::of(rank, picture.events_of(&picture.pairs[pair]));
                next[user] += 1;
            }
        });
        (visits, next)
    }
}

/// A pair of a known code as its user's, in one number that is less for one that comes before: when it began, the rank of its campaign, of
/// which there are fewer than 2^30, whether that first event was accepted, and whether there are others.
#[derive(Debug, Clone, Copy, Default)]
struct Visit(u64);

impl Visit {
    fn of(rank: u32, events: &[Event]) -> Self {
        let first = events.first().copied().unwrap_or(Event { at: 0, outcome: Outcome::Other });
        let accepted = u32::from(first.outcome == Outcome::Accepted);
        Self::at_once(first.at, rank << 2 | accepted << 1 | u32::from(events.len() > 1))
    }

    const fn at_once(at: u32, what: u32) -> Self {
        Self((at as u64) << 32 | what as u64)
    }

    const fn at(self) -> u32 {
        (self.0 >> 32) as u32
    }

    const fn rank(self) -> u32 {
        self.0 as u32 >> 2
    }

    const fn accepted(self) -> bool {
        self.0 & 2 != 0
    }

    const fn alone(self) -> bool {
        self.0 & 1 == 0
    }

    fn all_alone(visits: &[Self]) -> bool {
        visits.iter().fold(0, |all, visit| all | visit.0) & 1 == 0
    }
}

/// Where a step led to: as a [`Visit`], or where to it did not, which is after all of them.
#[derive(Debug, Clone, Copy)]
struct Turn {
    to: u64,
    recovered: bool,
}

impl Turn {
    const NONE: Self = Self { to: u64::MAX, recovered: false };

    /// All but when, as one number.
    const fn told(self) -> u32 {
        Visit(self.to).rank() << 1 | self.recovered as u32
    }

    /// The rank, which is none where it led nowhere, and whether the user has recovered.
    const fn read(told: u32) -> (u32, bool) {
        (told >> 1, told & 1 != 0)
    }
}

/// One user's, step by step.
struct Turns<'a> {
    around: &'a Around<'a>,
    /// In order of time.
    steps: Vec<Step>,
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

impl Turns<'_> {
    /// Takes up a user.
    fn begin(&mut self, steps: &[Step]) {
        let mut reach = 0;
        self.steps.clear();
        self.steps.extend(steps);
        self.steps.sort_unstable();
        self.spans.clear();
        self.spans.extend(self.steps.iter().map(|step| {
            let last = step.last(self.around.slips);
            reach = reach.max(last);
            Span { first: step.first(), last, reach }
        }));
        self.found.clear();
        self.found.resize(steps.len(), Turn::NONE);
    }

    /// Which of the user's steps led to a pair of a known code.
    fn look(&mut self, user: User, visit: Visit) {
        let Around { picture, known, by_rank, within, .. } = self.around;
        let outcome = if visit.accepted() { Outcome::Accepted } else { Outcome::Other };
        let alone = [Event { at: visit.at(), outcome }];
        let events = if visit.alone() {
            &alone[..]
        } else {
            let code = known[by_rank[visit.rank() as usize] as usize].code;
            let pairs = &picture.pairs[picture.pairs_of(code)];
            let Ok(pair) = pairs.binary_search_by_key(&Some(user), |pair| pair.user) else { return };
            picture.events_of(&pairs[pair])
        };
        let (earliest, latest) = (visit.at(), events.last().map_or(0, |e| e.at));
        // Those that were over too long before led nowhere.
        let over = self.spans.partition_point(|step| step.reach.saturating_add(*within) < earliest);
        for (step, turn) in self.spans[over..].iter().zip(&mut self.found[over..]) {
            if step.first >= latest {
                break;
            }
            let until = step.last.saturating_add(*within);
            let next = events.partition_point(|e| e.at <= step.first);
            let Some(event) = events.get(next).filter(|e| e.at <= until) else { continue };
            let success = events[next..].iter().find(|e| e.outcome == Outcome::Accepted);
            turn.to = turn.to.min(Visit::at_once(event.at, visit.rank() << 2).0);
            turn.recovered |= success.is_some_and(|e| e.at <= until);
        }
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

        /// Of a user each typo, and all known codes that they tried: found one by one, without any of the shortcuts.
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
