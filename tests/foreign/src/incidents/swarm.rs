//! Accounts that one person steers.

use crate::app::{Event, mix};
use crate::manners::Limiter;
use crate::people::{Shape, Visit, Will, arrivals};
use crate::town::Town;
use promo_guard_habits::rows::Source;

/// How a swarm goes about it. Each has its own mix, so that each leaves other signs.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// How the accounts come.
    pub shape: Shape,
    /// Tries of each account after a rejection.
    pub insist: u32,
    /// Seconds between them, and the sigma.
    pub pace: (f64, f64),
    /// Chance to buy.
    pub buy: f64,
    /// Chance that a purchase is paid back.
    pub refund: f64,
    /// Other codes that each tries.
    pub probes: usize,
    /// Accounts on one client; 0 = each has its own.
    pub together: usize,
    /// Where the requests come from.
    pub source: Source,
}

impl Style {
    /// A style at random.
    pub fn draw(town: &mut Town) -> Self {
        let buy = town.app.manners.buy;
        let rng = town.rng();
        let length = rng.log_range(120.0, 2_400.0);
        let shape = *rng.pick(&[
            Shape::Clock(length),
            Shape::Even(length),
            Shape::Even(length),
            Shape::Spike(length / 3.0),
        ]);
        let jitter = if rng.chance(0.5) { rng.range(0.02, 0.15) } else { rng.range(0.3, 0.9) };
        Self {
            shape,
            insist: if rng.chance(0.6) { 3 + rng.below(12) as u32 } else { 1 },
            pace: (rng.log_range(1.0, 60.0), jitter),
            buy: if rng.chance(0.6) { rng.range(0.0, 0.04) } else { buy * rng.range(0.3, 1.1) },
            refund: if rng.chance(0.3) { rng.range(0.3, 0.9) } else { 0.0 },
            probes: if rng.chance(0.35) { 1 + rng.below(5) } else { 0 },
            together: if rng.chance(0.6) { 3 + rng.below(30) } else { 0 },
            source: *rng.pick(&[Source::Api, Source::Command, Source::Button]),
        }
    }

    /// Failures of each account, roughly: a limiter takes its part.
    pub fn failures(&self, town: &Town) -> f64 {
        let most = match town.app.manners.limiter {
            Limiter::None => 30,
            Limiter::Failures(most) | Limiter::PerMinute(most) => most,
            Limiter::PerClient(_) if self.together > 0 => 1,
            Limiter::PerClient(_) => 30,
        };
        (0.5 + 0.6 * f64::from(self.insist)).min(most as f64)
    }

    /// How long it takes.
    pub fn minutes(&self) -> f64 {
        match self.shape {
            Shape::Spike(median) => median / 24.0,
            Shape::Even(length) | Shape::Clock(length) | Shape::Growing(length) => length / 60.0,
            Shape::Waves(waves, gap) => f64::from(waves) * gap / 60.0,
        }
    }
}

/// So many accounts that the guard pauses the code.
pub fn crowd_of(town: &mut Town, style: &Style) -> usize {
    let failures = style.failures(town);
    town.enough(failures, style.minutes())
}

/// Lets the accounts come for the code. After its success each tries once more, or insists.
pub fn swarm(town: &mut Town, place: usize, users: &[i64], start: i64, style: &Style) {
    let moments = arrivals(town.rng(), users.len(), start, style.shape);
    let manners = town.app.manners.clone();
    let persist = if style.insist > 1 { 0.93 } else { 0.3 };
    let salt = town.rng().word();
    town.steered.extend(users);
    for (number, (&user, at)) in users.iter().zip(moments).enumerate() {
        let mut will = Will::script(persist, style.insist, style.pace.0, style.pace.1, style.buy, &manners);
        will.refund = style.refund;
        will.peek = if style.insist > 1 { 0.9 } else { 0.45 };
        will.double = if style.insist > 1 { 0.0 } else { 0.15 };
        let visit = town.visit(user, place, [1.0, 0.0, 0.0], will);
        let client = (style.together > 0).then(|| mix(salt, (number / style.together) as u64));
        let visit = Visit {
            source: style.source,
            meant: None,
            code: town.app.campaigns[place].code,
            client,
            ..visit
        };
        for probe in 0..style.probes {
            let other = *town.app.rng.pick(&town.ordinary.clone());
            let unknown = mix(salt, 1_000 + town.rng().below(60) as u64);
            let code = if town.rng().chance(0.3) { town.app.campaigns[other].code } else { unknown };
            let gap = style.pace.0.min(20.0) * (style.pace.1 * town.app.rng.normal()).exp();
            let before = Town::secs(gap * (probe + 1) as f64);
            town.app.at(at - before, Event::Try(Visit { code, dud: true, ..visit.clone() }));
        }
        town.app.at(at, Event::Try(visit));
    }
}
