//! What differs from shop to shop. Each habit is drawn from a wide range; a [`Region`] cuts a range in two, so that a model
//! can be fitted on one part and scored on the other.

use crate::rng::{DAY, HOUR, MINUTE, Rng};

/// The habits of a shop.
#[derive(Debug, Clone, PartialEq)]
pub struct Habits {
    /// Days of history; less than one: the shop has only just opened.
    pub days: f64,
    /// Users with a past.
    pub regulars: usize,
    /// Ordinary redemptions a day.
    pub per_day: f64,
    /// Campaigns at the start.
    pub campaigns: usize,
    /// Share of new users in ordinary traffic.
    pub ordinary_new: f64,
    /// Share of new users in promotions, on average,
    pub promo_new: f64,
    /// ... and how much promotions differ in it, on the logistic scale.
    pub promo_spread: f64,
    /// Promotions on earlier days.
    pub earlier_promos: usize,
    /// Share of the accepted who buy.
    pub converts: f64,
    /// How much campaigns differ in it, on the logistic scale.
    pub converts_spread: f64,
    /// Median time to purchase.
    pub buys_after: f64,
    /// How much that scatters.
    pub buys_sigma: f64,
    /// How long a reservation lasts.
    pub reservation: i64,
    /// Share of users who tap again after a success,
    pub double_tap: f64,
    /// ... and the chance of each further tap.
    pub tap_again: f64,
    /// Share of attempts preceded by a typing mistake.
    pub typos: f64,
    /// Attempts a minute that the limiter allows a user.
    pub limiter: Option<usize>,
    /// Whether a job ends campaigns that are over.
    pub job: bool,
    /// Whether reasons are noted.
    pub reasons: bool,
    /// Whether our status history is attached.
    pub history: bool,
    /// Whether the device is noted.
    pub clients: bool,
    /// Shares of COMMAND, BUTTON and API.
    pub sources: [f64; 3],
    /// Ids follow the order in which users join.
    pub ids_in_order: bool,
    /// Uses a user that campaigns usually allow.
    pub per_user: i64,
    /// The busiest hour of the day, and how much busier it is.
    pub peak: (f64, f64),
    /// Share of regulars not seen for months.
    pub dormant: f64,
    /// Share of promotions that somebody announces to us.
    pub announces: f64,
    /// The hour of the day at which we look.
    pub looked_at: f64,
}

/// A part of the range of habits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Region {
    /// The whole range.
    All,
    /// All but what the next ones hold.
    Common,
    /// Shops whose promotions bring mostly new users.
    NewCrowds,
    /// Shops where people buy after hours.
    SlowBuyers,
    /// Shops where most people tap again.
    DoubleTappers,
    /// Shops with little history, no reasons noted and no status history.
    LittleKnown,
    /// Shops where hardly anybody buys.
    FewBuyers,
    /// Large shops.
    Large,
}

impl Region {
    /// The parts that can be left out of a fit.
    pub const HELD_OUT: [Self; 6] = [
        Self::NewCrowds,
        Self::SlowBuyers,
        Self::DoubleTappers,
        Self::LittleKnown,
        Self::FewBuyers,
        Self::Large,
    ];

    /// Whether a shop lies in it.
    pub fn holds(self, h: &Habits) -> bool {
        match self {
            Self::All => true,
            Self::Common => !Self::HELD_OUT.iter().any(|region| region.holds(h)),
            Self::NewCrowds => h.promo_new > 0.6,
            Self::SlowBuyers => h.buys_after > 2.5 * HOUR as f64,
            Self::DoubleTappers => h.double_tap > 0.42,
            Self::LittleKnown => h.days < 2.0 || (!h.reasons && !h.history && h.earlier_promos < 2),
            Self::FewBuyers => h.converts < 0.18,
            Self::Large => h.per_day > 900.0,
        }
    }
}

impl Habits {
    /// The habits of the shop with this seed.
    pub fn drawn(rng: &mut Rng) -> Self {
        let days = if rng.chance(0.08) { rng.range(0.1, 0.9) } else { rng.range(2.0, 14.0) };
        let buys_after = rng.log_range(1.5 * MINUTE as f64, 8.0 * HOUR as f64);
        let sources = [rng.range(0.05, 1.0), rng.range(0.05, 1.0), rng.unit().powi(3)];
        let sum: f64 = sources.iter().sum();
        Self {
            days,
            regulars: rng.log_range(150.0, 5_000.0) as usize,
            per_day: rng.log_range(60.0, 1_400.0),
            campaigns: 3 + rng.below(14),
            ordinary_new: rng.unit().powi(2) * 0.6,
            promo_new: rng.range(0.03, 0.9),
            promo_spread: rng.range(0.1, 1.0),
            earlier_promos: if days < 1.0 { 0 } else { rng.below(9) },
            converts: rng.range(0.06, 0.95),
            converts_spread: rng.range(0.05, 0.6),
            buys_after,
            buys_sigma: rng.range(0.3, 1.2),
            reservation: ((buys_after * 5.0) as i64).clamp(15 * MINUTE, 2 * DAY),
            double_tap: rng.range(0.02, 0.6),
            tap_again: rng.range(0.1, 0.6),
            typos: rng.unit().powi(2) * 0.2,
            limiter: rng.chance(0.6).then(|| 4 + rng.below(12)),
            job: rng.chance(0.7),
            reasons: rng.chance(0.65),
            history: rng.chance(0.6),
            clients: rng.chance(0.2),
            sources: sources.map(|s| s / sum),
            ids_in_order: rng.chance(0.5),
            per_user: if rng.chance(0.8) { 1 } else { 2 + rng.below(4) as i64 },
            peak: (rng.range(0.0, 24.0), rng.range(0.0, 0.9)),
            dormant: rng.range(0.05, 0.6),
            announces: if rng.chance(0.3) { 0.7 } else { 0.0 },
            looked_at: rng.range(0.0, 24.0),
        }
    }

    /// How busy a moment is, 1 on average.
    pub fn busy(&self, at: i64) -> f64 {
        let hour = at.rem_euclid(DAY) as f64 / HOUR as f64;
        1.0 + self.peak.1 * ((hour - self.peak.0) / 24.0 * std::f64::consts::TAU).cos()
    }
}
