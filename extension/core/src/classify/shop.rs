//! What is normal in this shop: its bursts on earlier days, and how people buy.

use super::facts::User;
use super::plan::{self, DAY, DORMANT, HALF_HOUR, OTHERS_WITHIN, OfDay};
use super::stats::Spread;
use crate::Micros;
use std::collections::BTreeMap;

/// A burst of successes on one code on an earlier day (statement 8: successes a code and half hour of the last two weeks, the
/// largest; then a sample of each one's users by statement 5).
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Burst {
    /// Users looked up.
    pub users: f64,
    /// Without any activity before.
    pub new: f64,
    /// Not seen for six weeks before.
    pub dormant: f64,
    /// Of the users looked up, those who came through programs.
    pub api: f64,
    /// Codes up to the end of the burst that answered them clearly,
    pub told: f64,
    /// ... and those of them that they went on with.
    pub went_on: f64,
}

impl Burst {
    /// Adds a user of a burst that began at `from`; `api`: whether they came through a program.
    pub fn add(&mut self, user: &User, api: bool, from: Micros) {
        self.users += 1.0;
        self.api += f64::from(u8::from(api));
        self.new += f64::from(u8::from(user.first_seen.is_none()));
        let slept = user.last_seen.is_some_and(|last| from.saturating_sub(last) > DORMANT.micros());
        self.dormant += f64::from(u8::from(slept));
        self.told += f64::from(user.told);
        self.went_on += f64::from(user.went_on);
    }
}

/// The share of redemptions that have been bought with at an age (statement 9: redemptions of the shop by half hour and delay).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Curve {
    /// Age in microseconds and the share bought by then, both growing.
    pub points: Vec<(Micros, f64)>,
    /// Redemptions it rests on.
    pub of: u64,
    /// How much campaigns differ: the strength of the beta distribution of their shares.
    pub strength: f64,
}

/// Ages at which the curve is read, in minutes.
pub const AGES: [i64; 14] = [1, 2, 4, 7, 10, 15, 22, 30, 60, 120, 240, 480, 1_440, 2_880];

/// Redemptions of all codes within a half hour, by how long it took until they were bought with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Slot {
    /// The half hour's begin.
    pub from: Micros,
    /// How many.
    pub all: u64,
    /// Those bought with by each of [`AGES`] and not by the one before; later ones at the end.
    pub bought: [u64; AGES.len() + 1],
}

impl Slot {
    /// The place of a delay in [`Slot::bought`].
    pub fn place(delay: Micros) -> usize {
        AGES.iter().position(|age| delay <= age * 60_000_000).unwrap_or(AGES.len())
    }
}

/// Redemptions that a point of the curve rests on, at least.
const LEAST: u64 = 15;
/// Redemptions that the curve rests on, about: the latest ones.
const LATEST: u64 = 5_000;

impl Curve {
    /// From the half hours, in order of time, and the days of campaigns that ended by `until`. What happens after `until` is not
    /// looked at, so that an incident never becomes its own measure.
    pub fn of(slots: &[Slot], days: &[OfDay], until: Micros) -> Self {
        let earliest = earliest(until);
        let start = slots.partition_point(|slot| slot.from < earliest);
        let slots = &slots[start..];
        let end = slots.partition_point(|slot| slot.from.saturating_add(HALF_HOUR) <= until);
        let mut of = 0;
        let begin = slots[..end].iter().rposition(|slot| {
            of += slot.all;
            of >= LATEST
        });
        let slots = &slots[begin.unwrap_or(0)..end];
        let mut points = Vec::new();
        let mut best: f64 = 0.0;
        for (place, minutes) in AGES.into_iter().enumerate() {
            let age = minutes * 60_000_000;
            let old = slots
                .iter()
                .take_while(|slot| slot.from.saturating_add(HALF_HOUR) <= until.saturating_sub(age));
            let (all, bought) = old.fold((0, 0), |(all, bought), slot| {
                (all + slot.all, bought + slot.bought[..=place].iter().sum::<u64>())
            });
            if all < LEAST {
                break;
            }
            best = best.max(bought as f64 / all as f64);
            points.push((age, best));
        }
        Self { points, of, strength: strength(days, until) }
    }

    /// The share bought by an age; none where the curve does not reach.
    pub fn bought_by(&self, age: Micros) -> f64 {
        let mut last = (0, 0.0);
        for point in &self.points {
            if age < point.0 {
                let part = (age - last.0).max(0) as f64 / (point.0 - last.0).max(1) as f64;
                return last.1 + (point.1 - last.1) * part;
            }
            last = *point;
        }
        last.1
    }

    /// What the shop sold while purchases of these redemptions were due: as on the days before, and seen. `sales`: all purchases by half
    /// hour, in order of time, from [`SALES_BEFORE`](plan::SALES_BEFORE) before the first redemption on. A half hour counts by the
    /// purchases that were due in it; that in which most were counts full.
    pub fn sold_meanwhile(
        &self,
        sales: &[(Micros, u64)],
        redeemed: impl Iterator<Item = Micros>,
        as_of: Micros,
    ) -> (f64, f64) {
        let mut slots: BTreeMap<Micros, f64> = BTreeMap::new();
        redeemed.for_each(|at| *slots.entry(plan::half_hour(at)).or_default() += 1.0);
        let Some(since) = slots.keys().next().map(|slot| slot.saturating_sub(plan::SALES_BEFORE.micros()))
        else {
            return (0.0, 0.0);
        };
        let mut due: BTreeMap<Micros, f64> = BTreeMap::new();
        for (slot, redeemed) in slots {
            let age = |at: Micros| at.min(as_of).saturating_sub(slot.saturating_add(HALF_HOUR / 2)).max(0);
            let end = as_of.min(slot.saturating_add(OTHERS_WITHIN.micros()));
            for half in (slot..end).step_by(HALF_HOUR as usize) {
                let by = |at: Micros| self.bought_by(age(at));
                *due.entry(half).or_default() += redeemed * (by(half.saturating_add(HALF_HOUR)) - by(half));
            }
        }
        let sales = &sales[sales.partition_point(|(from, _)| *from < since)..];
        let sold = |half: Micros| {
            let place = sales.binary_search_by_key(&half, |(from, _)| *from);
            place.map_or(0.0, |place| sales[place].1 as f64)
        };
        let most = due.values().copied().fold(0.0, f64::max);
        let Some((first, _)) = sales.first().filter(|_| most > 0.0) else { return (0.0, 0.0) };
        due.into_iter().fold((0.0, 0.0), |(usual, seen), (half, due)| {
            let days = (1..=plan::SALES_BEFORE.micros() / DAY).map(|day| half.saturating_sub(day * DAY));
            let days: Vec<f64> = days.filter(|half| half >= first).map(sold).collect();
            let mean = days.iter().sum::<f64>() / days.len().max(1) as f64;
            (usual + due / most * mean, seen + due / most * sold(half))
        })
    }
}

/// How far back anything is learned: the same for a campaign whatever others are looked up beside it.
fn earliest(until: Micros) -> Micros {
    plan::day(until).saturating_sub(plan::BURSTS_WITHIN.micros())
}

/// The strength of the beta distribution of campaigns' shares, by its moments; weak where few campaigns tell.
fn strength(days: &[OfDay], until: Micros) -> f64 {
    let mut by: BTreeMap<i64, (f64, f64)> = BTreeMap::new();
    for day in days.iter().filter(|d| (earliest(until)..plan::day(until)).contains(&d.from)) {
        let share = by.entry(day.campaign).or_default();
        share.0 += day.bought as f64;
        share.1 += day.all as f64;
    }
    let shares: Vec<(f64, f64)> = by.into_values().filter(|(_, of)| *of >= LEAST as f64).collect();
    let spread = Spread::of(&shares);
    (spread.alpha + spread.beta).clamp(6.0, 40.0)
}

/// Whether attempts of any user on any code still arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ingestion {
    /// They do.
    Alive,
    /// There used to be attempts, and for this long there has been none (microseconds).
    Dead(Micros),
    /// There are too few to tell.
    Unknown,
}

/// With fewer attempts than this no silence is unusual.
const FEW: usize = 20;
/// A silence this many times as long as the longest normal one is an outage (trap 16),
const SILENCE_RATIO: i64 = 3;
/// ... from this length on.
const SHORTEST_OUTAGE: Micros = 5 * 60_000_000;

/// Attempts over less than this do not show which silence is normal.
const ENOUGH: Micros = 6 * 3_600_000_000;

/// Whether attempts still arrive, by the latest of them, newest first. A shop that has just opened has no normal silence.
pub fn ingestion(as_of: Micros, latest: &[Micros]) -> Ingestion {
    let (Some(last), Some(first)) = (latest.first(), latest.last()) else { return Ingestion::Unknown };
    let silence = as_of.saturating_sub(*last);
    // By the silences before it, and not by the rate of attempts, which a burst would raise.
    let mut gaps: Vec<Micros> = latest.windows(2).map(|w| w[0].saturating_sub(w[1])).collect();
    gaps.sort_unstable_by(|a, b| b.cmp(a));
    // The two longest may be outages themselves.
    let usual = gaps.get(2).copied().unwrap_or(Micros::MAX);
    let dead = latest.len() >= FEW && silence >= SHORTEST_OUTAGE && silence / SILENCE_RATIO > usual;
    match dead {
        false => Ingestion::Alive,
        true if last.saturating_sub(*first) < ENOUGH => Ingestion::Unknown,
        true => Ingestion::Dead(silence),
    }
}

/// What is normal in a shop.
#[derive(Debug, Clone, PartialEq)]
pub struct Shop {
    /// Bursts on earlier days.
    pub bursts: Vec<Burst>,
    /// How people buy.
    pub curve: Curve,
    /// Purchases in the shop while those of the crowd were due: as on the days before, and seen.
    pub others_buy: (f64, f64),
    /// Users of the code in the days before who came through programs, and all: the normal mix.
    pub api: (f64, f64),
    /// Whether attempts arrive.
    pub ingestion: Ingestion,
    /// The guard needs more failures than this,
    pub guard_failures: u64,
    /// ... within this time.
    pub guard_lookback: Micros,
}

impl Shop {
    /// How bursts differ in the share of new users.
    pub fn new_users(&self) -> Spread {
        Spread::of(&self.bursts.iter().map(|b| (b.new, b.users)).collect::<Vec<_>>())
    }

    /// How bursts differ in the share of dormant users.
    pub fn dormant(&self) -> Spread {
        Spread::of(&self.bursts.iter().map(|b| (b.dormant, b.users)).collect::<Vec<_>>())
    }

    /// Codes that the users of the bursts went on with after a clear answer, of those that gave them one.
    pub fn went_on(&self) -> (f64, f64) {
        self.bursts.iter().fold((0.0, 0.0), |(went_on, told), b| (went_on + b.went_on, told + b.told))
    }

    /// How bursts differ in the share of programs; the normal mix counts as one of them.
    pub fn programs(&self) -> Spread {
        let mut shares: Vec<(f64, f64)> = self.bursts.iter().map(|b| (b.api, b.users)).collect();
        if self.api.1 >= 30.0 {
            shares.push((self.api.0, self.api.1));
            shares.push((self.api.0, self.api.1));
        }
        Spread::of(&shares)
    }
}
