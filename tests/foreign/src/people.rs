//! Who comes, and how each reacts to what the application answers.

use crate::app::{App, Event};
use crate::manners::Manners;
use promo_guard_habits::rng::{MINUTE, Rng, SECOND};
use promo_guard_habits::rows::{Answer, Held, Source};

/// What somebody is like.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Will {
    /// Chance of a tap that is sent twice.
    pub double: f64,
    /// Chance to try again after each rejection.
    pub persist: f64,
    /// The most tries in one sitting.
    pub most: u32,
    /// Median seconds between tries, and its sigma: below 0.1 a clock, above 0.5 a person.
    pub pace: (f64, f64),
    /// Chance to come back after a quarter of an hour or more.
    pub late: f64,
    /// Chance to buy once accepted.
    pub buy: f64,
    /// Median seconds to the purchase, and its sigma.
    pub wait: (f64, f64),
    /// Chance of a refund, and its median delay in seconds.
    pub refund: f64,
    /// The median delay of a refund in seconds.
    pub refund_after: f64,
    /// Chance to buy without the code after a rejection.
    pub bargain: f64,
    /// Chance to enter the code again after an own success.
    pub peek: f64,
}

/// Somebody on the way to enter a code.
#[derive(Debug, Clone, PartialEq)]
pub struct Visit {
    /// Who.
    pub user: i64,
    /// What is entered.
    pub code: u64,
    /// What was meant, where it is mistyped.
    pub meant: Option<u64>,
    /// From where.
    pub source: Source,
    /// The device or address, where it is not the user's own.
    pub client: Option<u64>,
    /// What is to be bought.
    pub product: &'static str,
    /// What the person is like.
    pub will: Will,
    /// Tries so far.
    pub tries: u32,
    /// A second request of the same tap, or a probe: nobody reacts to its answer.
    pub dud: bool,
}

impl Will {
    /// Ordinary people of this shop. Persons differ from each other.
    pub fn person(manners: &Manners, rng: &mut Rng) -> Self {
        let patience = rng.range(0.4, 1.6);
        Self {
            double: manners.double,
            persist: (manners.persist * patience).min(0.9),
            most: 2 + rng.below(4) as u32,
            pace: (manners.pace * rng.log_range(0.5, 2.0), 0.8),
            late: 0.12 * patience,
            buy: manners.buy,
            wait: manners.wait,
            refund: manners.refund,
            refund_after: 90_000.0,
            bargain: 0.2 * manners.buy,
            peek: manners.peek,
        }
    }

    /// A script: it does not mistype, and keeps its pace.
    pub fn script(persist: f64, most: u32, pace: f64, jitter: f64, buy: f64, manners: &Manners) -> Self {
        Self {
            double: 0.0,
            persist,
            most,
            pace: (pace, jitter),
            late: 0.0,
            buy,
            wait: (manners.wait.0.min(240.0), 0.15),
            refund: 0.0,
            refund_after: 7_200.0,
            bargain: 0.0,
            peek: 0.0,
        }
    }
}

/// How a crowd arrives.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Shape {
    /// All at once, then fewer and fewer: the median person comes after so many seconds.
    Spike(f64),
    /// Evenly over so many seconds.
    Even(f64),
    /// Evenly, as a clock: the gaps are all alike.
    Clock(f64),
    /// Slowly more and more over so many seconds, as news travels.
    Growing(f64),
    /// So many waves, so many seconds apart.
    Waves(u32, f64),
}

/// The moments at which `count` people come, in order.
pub fn arrivals(rng: &mut Rng, count: usize, start: i64, shape: Shape) -> Vec<i64> {
    let mut moments: Vec<i64> = (0..count)
        .map(|place| {
            let after = match shape {
                Shape::Spike(median) => -median / 0.693 * (1.0 - rng.unit()).ln(),
                Shape::Even(length) => length * rng.unit(),
                Shape::Clock(length) => length * (place as f64 + 0.08 * rng.normal()).max(0.0) / count as f64,
                Shape::Growing(length) => length * rng.unit().sqrt(),
                Shape::Waves(waves, gap) => {
                    rng.below(waves.max(1) as usize) as f64 * gap - gap / 6.0 * (1.0 - rng.unit()).ln()
                }
            };
            start + (after * SECOND as f64) as i64
        })
        .collect();
    moments.sort_unstable();
    moments
}

fn seconds(rng: &mut Rng, (median, sigma): (f64, f64)) -> i64 {
    (rng.delay(median * 1_000.0, sigma) * (SECOND / 1_000)).max(SECOND / 20)
}

fn again(app: &mut App, at: i64, visit: &Visit) {
    app.at(at, Event::Try(Visit { tries: visit.tries + 1, ..visit.clone() }));
}

/// What somebody does whose code was refused.
pub fn rejected(app: &mut App, at: i64, visit: &Visit, answer: Answer) {
    let will = visit.will;
    if let (Some(code), Answer::Invalid) = (visit.meant, answer) {
        if app.rng.chance(0.85) {
            let at = at + seconds(&mut app.rng, (9.0, 0.6));
            let right = Visit { code, meant: None, tries: visit.tries + 1, ..visit.clone() };
            app.at(at, Event::Try(right));
        }
        return;
    }
    let persist = if answer == Answer::RateLimited { (will.persist + 0.15).min(0.97) } else { will.persist };
    if visit.tries < will.most && app.rng.chance(persist) {
        let at = at + seconds(&mut app.rng, will.pace);
        return again(app, at, visit);
    }
    if app.rng.chance(will.late) && visit.tries < will.most + 2 {
        let at = at + app.rng.moment(15 * MINUTE, 170 * MINUTE);
        again(app, at, visit);
    }
    if app.rng.chance(will.bargain) {
        let at = at + app.rng.moment(20 * SECOND, 20 * MINUTE);
        app.at(at, Event::Spend(visit.user, visit.product));
    }
}

/// What somebody does whose code was taken.
pub fn accepted(app: &mut App, at: i64, row: usize, visit: &Visit) {
    let will = visit.will;
    if app.rng.chance(will.buy) {
        let at = at + seconds(&mut app.rng, will.wait);
        app.at(at, Event::Pay(row, visit.clone(), 0));
    }
    if app.rng.chance(will.peek) {
        let at = at + seconds(&mut app.rng, (will.pace.0 * 2.0, will.pace.1));
        again(app, at, visit);
    }
}

/// What somebody does who wants to pay and cannot, or whose discount is not taken off.
pub fn unpaid(app: &mut App, at: i64, row: usize, visit: Visit, tries: u32) {
    if tries >= 3 || app.redemptions[row].status != Held::Reserved {
        return;
    }
    if app.rng.chance(0.6) {
        let then = at + seconds(&mut app.rng, (visit.will.pace.0.min(60.0), 0.6));
        app.at(then, Event::Try(Visit { tries: 1, meant: None, ..visit.clone() }));
    }
    if app.rng.chance(0.6) {
        let then = at + seconds(&mut app.rng, (visit.will.pace.0.max(20.0) * 2.0, 0.6));
        app.at(then, Event::Pay(row, visit, tries + 1));
    } else if app.rng.chance(0.15) {
        app.at(at + MINUTE, Event::Spend(visit.user, visit.product));
    }
}
