//! What is usual in this shop: its bursts on earlier days, and how people buy.

use super::stats::Spread;
use crate::Micros;

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
    /// Users who tried two or more other codes within the burst.
    pub many_codes: f64,
}

/// The share of redemptions that have been bought with at an age (statement 9: the latest redemptions of the shop).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Curve {
    /// Age in microseconds and the share bought by then, both growing.
    pub points: Vec<(Micros, f64)>,
    /// Redemptions it rests on.
    pub of: u64,
    /// How much campaigns differ: the strength of the beta distribution of their shares.
    pub strength: f64,
}

/// Ages at which the curve is read.
const AGES: [i64; 14] = [1, 2, 4, 7, 10, 15, 22, 30, 60, 120, 240, 480, 1_440, 2_880];

impl Curve {
    /// From redemptions made before `until`: which campaign, when accepted, when bought with. What happens after `until` is
    /// not looked at, so that an incident never becomes its own measure.
    pub fn of(redemptions: &[(i64, Micros, Option<Micros>)], until: Micros) -> Self {
        let mut points = Vec::new();
        let mut best: f64 = 0.0;
        for minutes in AGES {
            let age = minutes * 60_000_000;
            let old: Vec<_> =
                redemptions.iter().filter(|(_, at, _)| until.saturating_sub(*at) >= age).collect();
            if old.len() < 15 {
                break;
            }
            let bought = |r: &&&(i64, Micros, Option<Micros>)| {
                r.2.is_some_and(|applied| applied.saturating_sub(r.1) <= age)
            };
            best = best.max(old.iter().filter(bought).count() as f64 / old.len() as f64);
            points.push((age, best));
        }
        let of = redemptions.iter().filter(|(_, at, _)| *at < until).count() as u64;
        Self { points, of, strength: strength(redemptions, until) }
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
}

/// The strength of the beta distribution of campaigns' shares, by its moments; weak where few campaigns tell.
fn strength(redemptions: &[(i64, Micros, Option<Micros>)], until: Micros) -> f64 {
    let mut by: std::collections::BTreeMap<i64, (f64, f64)> = Default::default();
    for (campaign, at, applied) in
        redemptions.iter().filter(|(_, at, _)| *at < until.saturating_sub(7_200_000_000))
    {
        let share = by.entry(*campaign).or_default();
        share.0 += f64::from(u8::from(applied.is_some_and(|applied| applied <= until && applied >= *at)));
        share.1 += 1.0;
    }
    let shares: Vec<(f64, f64)> = by.into_values().filter(|(_, of)| *of >= 15.0).collect();
    let spread = Spread::of(&shares);
    (spread.alpha + spread.beta).clamp(2.0, 40.0)
}

/// Whether attempts of anybody still arrive.
pub use crate::classify::Ingestion;

/// Attempts over less than this tell nothing of what silence is usual.
const ENOUGH: Micros = 12 * 3_600_000_000;

/// Whether attempts still arrive, by the latest of them, newest first. A shop that has only just opened has no usual silence.
pub fn ingestion(as_of: Micros, latest: &[Micros]) -> Ingestion {
    let (Some(last), Some(first)) = (latest.first(), latest.last()) else { return Ingestion::Unknown };
    let found = crate::classify::plan::ingestion(as_of, latest);
    if last.saturating_sub(*first) < ENOUGH && found != Ingestion::Alive { Ingestion::Unknown } else { found }
}

/// What is usual in a shop.
#[derive(Debug, Clone, PartialEq)]
pub struct Shop {
    /// Bursts on earlier days.
    pub bursts: Vec<Burst>,
    /// How people buy.
    pub curve: Curve,
    /// Redemptions of other codes since the evidence began: purchases expected by now, and seen.
    pub others_buy: (f64, f64),
    /// Users of the last days who came through programs, and all: the usual mix.
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

    /// How bursts differ in the share of programs; the usual mix counts as one of them.
    pub fn programs(&self) -> Spread {
        let mut shares: Vec<(f64, f64)> = self.bursts.iter().map(|b| (b.api, b.users)).collect();
        if self.api.1 >= 30.0 {
            shares.push((self.api.0, self.api.1));
            shares.push((self.api.0, self.api.1));
        }
        Spread::of(&shares)
    }
}
