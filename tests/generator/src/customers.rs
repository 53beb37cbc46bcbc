//! The healthy traffic: who comes, with which code, and what they do after the answer.

use crate::catalogue;
use crate::model::{AttemptResult, CampaignIdx, HashIdx, Reason, Source, Status};
use crate::queue::{Act, Actor, Try};
use crate::rng::{MINUTE, Rng, SECOND};
use crate::sim::{Demand, Sim};
use crate::truth::ClusterId;
use crate::users::UserIdx;

/// Traffic by hour of the day, as a percentage of the mean: quiet at four, busy in the evening. Sums to 2400.
const DAY_SHAPE: [u32; 24] = [
    72, 50, 35, 27, 24, 28, 40, 60, 80, 95, 103, 110, 118, 116, 112, 112, 118, 130, 146, 160, 174, 182, 168,
    140,
];

/// The daily curve at a minute of the day, mean 1, straight lines between the hours.
pub(crate) fn day_curve(minute_of_day: u32) -> f64 {
    let hour = (minute_of_day / 60 % 24) as usize;
    let into = f64::from(minute_of_day % 60) / 60.0;
    let (here, next) = (f64::from(DAY_SHAPE[hour]), f64::from(DAY_SHAPE[(hour + 1) % 24]));
    (here + (next - here) * into) / 100.0
}

/// The arrivals of healthy traffic.
#[derive(Debug)]
pub(crate) struct Crowd {
    rng: Rng,
    /// Running sums of the campaigns' popularity: the n-th is worth 1/(n+4).
    popularity: Vec<u64>,
    /// Campaigns that were over before the history began.
    over: Vec<CampaignIdx>,
    /// Codes that no campaign has, old ones that still go round.
    stray: Vec<HashIdx>,
}

impl Crowd {
    pub(crate) fn new(sim: &mut Sim<'_>) -> Self {
        let mut rng = Rng::new(sim.config.seed, 3);
        let mut sum = 0;
        let popularity = (0..sim.campaigns.len() as u64)
            .map(|place| {
                sum += 1_000_000_000 / (place + 4);
                sum
            })
            .collect();
        let over = (0..sim.campaigns.len() as u32)
            .map(CampaignIdx)
            .filter(|c| sim.campaigns[c.0 as usize].status == Status::Expired)
            .collect();
        let stray = (0..sim.campaigns.len().max(50))
            .map(|_| {
                let plain = catalogue::fresh_code(&mut rng, &sim.book, "OLD");
                sim.book.intern(&plain)
            })
            .collect();
        Self { rng, popularity, over, stray }
    }

    /// Everybody who comes of their own accord within a minute.
    pub(crate) fn arrive(&mut self, sim: &mut Sim<'_>, start: i64) {
        let left = ((sim.end - start) / MINUTE) as u32;
        let minute_of_day = (sim.config.end_minute_of_day + 1440 * 400 - left) % 1440;
        let curve = day_curve(minute_of_day);
        let mut rate = sim.config.attempts_per_day as f64 / 1440.0 * curve;
        if let Some((minutes, attempts)) = sim.config.final_rush
            && left <= minutes
        {
            rate += attempts as f64 / f64::from(minutes.max(1));
        }
        // A customer's visit is 1.08 attempts on average (slips, double taps, retries); a stray one is one.
        for _ in 0..self.rng.count(rate * sim.config.stray_share) {
            self.stray(sim, start);
        }
        for _ in 0..self.rng.count(rate * (1.0 - sim.config.stray_share) / 1.08) {
            let campaign = self.choose(sim, start);
            self.visit(sim, start, campaign, 0.05, 0.03);
        }
        for i in 0..sim.demands.len() {
            let Demand { campaign, from, until, per_minute, noted_at, fidgety } = sim.demands[i];
            if from <= start && start < until {
                // Popular codes follow the day too, but less than the rest: their customers come on purpose.
                let tide = (curve / noted_at).clamp(0.4, 1.3);
                for _ in 0..self.rng.count(per_minute * tide) {
                    self.visit(sim, start, campaign, 0.03, fidgety);
                }
            }
        }
        for _ in 0..self.rng.count(rate * sim.config.plain_purchases) {
            let buyer = sim.users.regular(&mut self.rng);
            sim.plain_purchase(start + self.rng.between(1, MINUTE - 1), buyer);
        }
        for _ in 0..self.rng.count(rate * f64::from(sim.config.null_users_per_10k) / 10_000.0) {
            let code = *self.rng.pick(&self.stray);
            sim.queue.push(start + self.rng.between(1, MINUTE - 1), Act::Anonymous(code));
        }
    }

    /// A campaign by popularity; one that has not begun or is over is rarely chosen.
    fn choose(&mut self, sim: &Sim<'_>, at: i64) -> CampaignIdx {
        let total = self.popularity.last().copied().unwrap_or(0);
        let mut choice = CampaignIdx(0);
        for _ in 0..12 {
            let ticket = self.rng.below(total as usize) as u64;
            choice = CampaignIdx(self.popularity.partition_point(|&sum| sum <= ticket) as u32);
            let row = &sim.campaigns[choice.0 as usize];
            let known_to_be_off =
                matches!(row.status, Status::Expired | Status::Depleted) || row.valid_from.0 > at;
            if !known_to_be_off || self.rng.chance(0.02) {
                break;
            }
        }
        choice
    }

    /// Somebody whom a campaign is meant for: a newcomer where it is for new users, else mostly a regular.
    fn customer(&mut self, sim: &mut Sim<'_>, at: i64, campaign: CampaignIdx) -> UserIdx {
        let row = &sim.campaigns[campaign.0 as usize];
        // Who comes follows the campaign's announcement, not a flag set by mistake afterwards.
        let by_mistake = sim.live[campaign.0 as usize].broken.is_some();
        let restricted = !by_mistake && (row.new_users_only || row.first_purchase_only);
        if !self.rng.chance(if restricted { 0.93 } else { 0.1 }) {
            // Most people do not come twice for what they have had once.
            let careless = self.rng.chance(0.03);
            for _ in 0..8 {
                let user = sim.users.regular(&mut self.rng);
                let had_it =
                    sim.users.claims(user, campaign) >= sim.campaigns[campaign.0 as usize].max_uses_per_user;
                if !had_it || careless {
                    return user;
                }
            }
        }
        // Not everybody whose first promo this is has only just joined.
        let user = if restricted { sim.users.newcomer(at) } else { sim.users.sleeper() };
        sim.users.becomes_regular(user);
        user
    }

    fn visit(&mut self, sim: &mut Sim<'_>, start: i64, campaign: CampaignIdx, slip: f64, fidgety: f64) {
        let at = start + self.rng.between(1, MINUTE - 1);
        let user = self.customer(sim, at, campaign);
        let code = sim.campaigns[campaign.0 as usize].code;
        let live = &sim.live[campaign.0 as usize];
        let (patience, resubmissions) = (live.patience, live.resubmissions);
        let mut attempt = Try {
            user,
            code,
            source: self.source(),
            actor: Actor::Customer,
            cluster: ClusterId::BACKGROUND,
            meant: None,
            patience: patience / 4 + self.rng.below(usize::from(patience - patience / 4) + 1) as u8,
            again: resubmissions.max(u8::from(self.rng.chance(fidgety))),
        };
        if self.rng.chance(slip) {
            attempt.meant = Some(code);
            attempt.code = catalogue::slip(&mut self.rng, &mut sim.book, code);
            attempt.source = Source::Command;
        }
        sim.queue.push(at, Act::Try(attempt));
    }

    fn stray(&mut self, sim: &mut Sim<'_>, start: i64) {
        let code = if self.over.is_empty() || self.rng.chance(0.5) {
            *self.rng.pick(&self.stray)
        } else {
            let campaign = *self.rng.pick(&self.over);
            sim.campaigns[campaign.0 as usize].code
        };
        let attempt = Try {
            user: sim.users.regular(&mut self.rng),
            code,
            source: self.source(),
            actor: Actor::Planned,
            cluster: ClusterId::BACKGROUND,
            meant: None,
            patience: 0,
            again: 0,
        };
        sim.queue.push(start + self.rng.between(1, MINUTE - 1), Act::Try(attempt));
    }

    fn source(&mut self) -> Source {
        match self.rng.below(20) {
            0..=11 => Source::Command,
            12..=18 => Source::Button,
            _ => Source::Api,
        }
    }
}

/// What somebody does after the answer.
pub(crate) fn react(sim: &mut Sim<'_>, at: i64, attempt: Try, result: AttemptResult, reason: Reason) {
    let rng = &mut sim.rng;
    match (result, reason) {
        (AttemptResult::Invalid, _) => {
            let Some(meant) = attempt.meant else { return };
            if rng.chance(0.12) {
                return;
            }
            // Some type the same wrong letters once more before they look closer.
            let next = if attempt.patience > 0 && rng.chance(0.25) {
                Try { patience: attempt.patience - 1, ..attempt }
            } else {
                Try { code: meant, meant: None, cluster: ClusterId::BACKGROUND, ..attempt }
            };
            sim.queue.push(at + rng.delay(4 * SECOND, 3 * MINUTE), Act::Try(next));
        }
        (AttemptResult::Accepted, _) if attempt.again > 0 => {
            let next = Try { again: attempt.again - 1, ..attempt };
            sim.queue.push(at + rng.delay(2 * SECOND, 40 * SECOND), Act::Try(next));
        }
        (AttemptResult::Accepted, _) => no_product_fits(sim, at, attempt),
        (AttemptResult::NotApplicable, Reason::AlreadyUsed) if attempt.again > 0 => {
            let next = Try { again: attempt.again - 1, ..attempt };
            sim.queue.push(at + rng.delay(3 * SECOND, 60 * SECOND), Act::Try(next));
        }
        (AttemptResult::NotApplicable, _) if attempt.patience > 0 && rng.chance(0.25) => {
            let next = Try { patience: attempt.patience - 1, ..attempt };
            sim.queue.push(at + rng.delay(10 * SECOND, 5 * MINUTE), Act::Try(next));
        }
        (AttemptResult::Expired | AttemptResult::RateLimited, _)
            if attempt.patience > 3 && rng.chance(0.95) =>
        {
            // The insistent tap on and on, also past the limiter.
            let next = Try { patience: attempt.patience - 1, ..attempt };
            sim.queue.push(at + rng.delay(5 * SECOND, 40 * SECOND), Act::Try(next));
        }
        (AttemptResult::Expired, _) if attempt.patience > 0 && rng.chance(0.8) => {
            let next = Try { patience: attempt.patience - 1, ..attempt };
            sim.queue.push(at + rng.delay(8 * SECOND, 4 * MINUTE), Act::Try(next));
        }
        (AttemptResult::RateLimited, _) if attempt.patience > 0 && rng.chance(0.5) => {
            let next = Try { patience: attempt.patience - 1, ..attempt };
            sim.queue.push(at + rng.delay(20 * SECOND, 6 * MINUTE), Act::Try(next));
        }
        _ => {}
    }
}

/// A discount that fits nothing on sale: the user looks round, finds nothing, and sends the code once or twice more.
fn no_product_fits(sim: &mut Sim<'_>, at: i64, attempt: Try) {
    let Some(campaign) = sim.book.campaign(attempt.code) else { return };
    if catalogue::scope_exists(&sim.campaigns[campaign.0 as usize].target_scope) {
        return;
    }
    if sim.rng.chance(0.65) {
        let again = sim.rng.below(2) as u8;
        let delay = sim.rng.delay(40 * SECOND, 9 * MINUTE);
        sim.queue.push(at + delay, Act::Try(Try { again, ..attempt }));
    }
}
