//! The manners of one shop: every number that differs from shop to shop, drawn once.

use promo_guard_habits::rng::{DAY, HOUR, MINUTE, Rng, SECOND};

/// How the application limits attempts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Limiter {
    /// It does not.
    None,
    /// So many failures of a user in 10 minutes.
    Failures(usize),
    /// So many attempts of a user in a minute.
    PerMinute(usize),
    /// So many attempts of a client in a minute.
    PerClient(usize),
}

/// How user ids are given out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ids {
    /// In order of registration: a harmless crowd of new users has adjacent ids as well.
    Sequence,
    /// By another service, at random.
    Random,
}

/// The manners of a shop.
#[derive(Debug, Clone)]
pub struct Manners {
    /// Length of the history.
    pub days: f64,
    /// Ordinary attempts in it.
    pub ordinary: usize,
    /// Campaigns that ordinary people use.
    pub campaigns: usize,
    /// Regular customers.
    pub regulars: usize,
    /// How uneven regulars are: 0 = all alike.
    pub uneven: f64,
    /// Purchases without a code for each ordinary attempt.
    pub uncoded: f64,
    /// The share of new users in ordinary traffic.
    pub new: f64,
    /// The mean share of new users in promotions, and its spread on the logistic scale.
    pub promo_new: (f64, f64),
    /// Share of accepted codes that lead to a purchase.
    pub buy: f64,
    /// Median time to the purchase in seconds, and its sigma.
    pub wait: (f64, f64),
    /// How long a reservation lasts.
    pub hold: i64,
    /// Share of purchases paid back.
    pub refund: f64,
    /// Share of taps sent twice.
    pub double: f64,
    /// Share of typed codes with a mistake.
    pub typo: f64,
    /// Chance to try again after a rejection.
    pub persist: f64,
    /// Median seconds to the next try.
    pub pace: f64,
    /// Chance that somebody who got the code enters it again later.
    pub peek: f64,
    /// Share of COMMAND, BUTTON and API.
    pub sources: [f64; 3],
    /// The limiter.
    pub limiter: Limiter,
    /// Whether the reason of a failure is noted.
    pub reasons: bool,
    /// Whether the client is noted.
    pub clients: bool,
    /// Whether the job that ends campaigns runs.
    pub job: bool,
    /// Whether reservations count for the limit.
    pub reserve_counts: bool,
    /// Whether a use moves `updated_at`.
    pub touch: bool,
    /// Whether a used-up code answers NOT_APPLICABLE; otherwise EXPIRED.
    pub depleted_na: bool,
    /// Whether the application looks for an earlier use before it looks at limit and audience.
    pub used_first: bool,
    /// Whether our history is attached.
    pub history: bool,
    /// How ids are given out.
    pub ids: Ids,
    /// Registrations a day where ids are a sequence.
    pub signups: f64,
    /// Peak hour (UTC) and depth of the daily rhythm.
    pub rhythm: (f64, f64),
    /// Earlier promotions.
    pub promotions: usize,
    /// People who edit campaigns.
    pub editors: u32,
    /// Whether somebody tells us of promotions.
    pub announces: bool,
}

impl Manners {
    /// The manners of a shop.
    pub fn draw(rng: &mut Rng) -> Self {
        let ordinary = rng.log_range(30.0, 12_000.0) as usize;
        let days = rng.log_range(1.0, 60.0);
        let long = rng.chance(0.3);
        let hold = match long {
            false => 15 * MINUTE,
            true => *rng.pick(&[HOUR, 6 * HOUR, DAY, 3 * DAY]),
        };
        let wait = match long {
            false => rng.log_range(25.0, 420.0),
            true => rng.log_range(60.0, 0.4 * (hold / SECOND) as f64),
        };
        let clients = rng.chance(0.3);
        let limiter = match rng.below(10) {
            0..=3 => Limiter::None,
            4..=6 => Limiter::Failures(3 + rng.below(6)),
            7 | 8 => Limiter::PerMinute(3 + rng.below(8)),
            _ if clients => Limiter::PerClient(10 + rng.below(40)),
            _ => Limiter::None,
        };
        let typed = rng.range(0.1, 0.9);
        let api = if rng.chance(0.5) { 0.0 } else { rng.range(0.0, 0.3) };
        Self {
            days,
            ordinary,
            campaigns: 2 + rng.below(3 + (ordinary as f64).sqrt() as usize / 4),
            regulars: ((ordinary as f64 * rng.log_range(0.15, 3.0)) as usize).clamp(15, 9_000),
            uneven: rng.range(0.0, 1.2),
            uncoded: rng.log_range(0.05, 3.0),
            new: rng.range(0.01, 0.6),
            promo_new: (rng.range(0.03, 0.9), rng.range(0.2, 1.2)),
            buy: rng.range(0.08, 0.92),
            wait: (wait, rng.range(0.4, 1.2)),
            hold,
            refund: rng.log_range(0.001, 0.08),
            double: rng.log_range(0.005, 0.25),
            typo: rng.log_range(0.005, 0.15),
            persist: rng.range(0.05, 0.7),
            pace: rng.log_range(4.0, 120.0),
            peek: rng.log_range(0.01, 0.25),
            sources: [typed * (1.0 - api), (1.0 - typed) * (1.0 - api), api],
            limiter,
            reasons: rng.chance(0.7),
            clients,
            job: rng.chance(0.75),
            reserve_counts: rng.chance(0.7),
            touch: rng.chance(0.4),
            depleted_na: rng.chance(0.35),
            used_first: rng.chance(0.6),
            history: rng.chance(0.35),
            ids: if rng.chance(0.45) { Ids::Sequence } else { Ids::Random },
            signups: rng.log_range(20.0, 4_000.0),
            rhythm: (rng.range(0.0, 24.0), rng.range(0.0, 0.97)),
            promotions: rng.below(6),
            editors: 1 + rng.below(4) as u32,
            announces: rng.chance(0.25),
        }
    }
}
