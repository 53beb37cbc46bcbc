//! The incidents: each is a plan laid over the healthy traffic before the simulation runs.
//!
//! A plan places attempts, customers and edits on the calendar; what the application answers comes out of the
//! simulation. Nothing marks an attempt of an incident but its time, its user, its code and its answer.

mod abuse;
mod clean;
mod faults;
mod guessing;
mod slips;

use rustc_hash::FxHashMap;

use crate::config::{Incident, IncidentKind, Target};
use crate::customers::day_curve;
use crate::model::{Campaign, CampaignIdx, HashIdx, Micros, PromoType, Source, Stars, Status};
use crate::queue::{Act, Actor, Edit, Try};
use crate::rng::{DAY, HOUR, MINUTE, Rng};
use crate::sim::{Demand, Sim};
use crate::truth::{Cluster, ClusterId, ClusterKind, IncidentTruth, Verdict};
use crate::users::UserIdx;

/// What an incident makes of the campaigns it concerns.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub truth: IncidentTruth,
    pub verdict: Verdict,
    pub unpause_safe: bool,
}

/// The tools to lay one incident's plan with.
pub(crate) struct Plan<'s, 'c> {
    sim: &'s mut Sim<'c>,
    rng: Rng,
    place: usize,
    incident: Incident,
    /// The campaign of [`Target::SameAs`].
    given: Option<CampaignIdx>,
    campaigns: Vec<CampaignIdx>,
    start: i64,
    end: i64,
}

/// Lays all plans of the configuration, in order.
pub(crate) fn plan(sim: &mut Sim<'_>) -> Vec<Outcome> {
    let mut outcomes: Vec<Outcome> = Vec::new();
    for (place, &incident) in sim.config.incidents.iter().enumerate() {
        let given = match incident.target {
            Target::Own => None,
            Target::SameAs(earlier) => {
                assert!(
                    earlier < place,
                    "incident {place} is on the campaign of {earlier}, which comes later"
                );
                outcomes[earlier].truth.campaigns.first().copied()
            }
        };
        let usual = usual_minutes(incident.kind);
        let start = sim.end - i64::from(incident.starts_before_end) * MINUTE;
        let start = start.max(sim.begin);
        let end = (start + i64::from(incident.lasts.unwrap_or(usual)) * MINUTE).min(sim.end);
        let rng = Rng::new(sim.config.seed, 1_000 + place as u64);
        let mut plan = Plan { sim, rng, place, incident, given, campaigns: Vec::new(), start, end };
        let (verdict, unpause_safe) = plan.lay();
        plan.edit_later();
        let truth = IncidentTruth {
            kind: incident.kind,
            intensity: incident.intensity,
            campaigns: plan.campaigns,
            start: Micros(plan.start),
            end: Micros(plan.end),
        };
        outcomes.push(Outcome { truth, verdict, unpause_safe });
    }
    outcomes
}

/// Minutes an incident lasts when the configuration does not say.
fn usual_minutes(kind: IncidentKind) -> u32 {
    match kind {
        IncidentKind::Hammered | IncidentKind::IngestionGap => 60,
        IncidentKind::Leak | IncidentKind::Misprint | IncidentKind::ScatteredTypos => 45,
        IncidentKind::FastEnumeration | IncidentKind::BreadthFirst => 25,
        IncidentKind::SlowEnumeration => 240,
        IncidentKind::LaunchSpike => 60,
        IncidentKind::RetryStorm => 2,
        // The rest lasts until somebody does something about it.
        _ => 100_000,
    }
}

impl Plan<'_, '_> {
    fn lay(&mut self) -> (Verdict, bool) {
        match self.incident.kind {
            IncidentKind::Hammered => abuse::hammered(self),
            IncidentKind::Leak => abuse::leak(self),
            IncidentKind::IngestionGap => abuse::ingestion_gap(self),
            IncidentKind::FastEnumeration => guessing::fast(self),
            IncidentKind::SlowEnumeration => guessing::slow(self),
            IncidentKind::BreadthFirst => guessing::breadth_first(self),
            IncidentKind::Misprint => slips::misprint(self),
            IncidentKind::ScatteredTypos => slips::scattered(self),
            IncidentKind::LaunchSpike => clean::launch_spike(self),
            IncidentKind::RetryStorm => clean::retry_storm(self),
            IncidentKind::PauseEcho => clean::pause_echo(self),
            IncidentKind::RateLimitEcho => clean::rate_limit_echo(self),
            IncidentKind::ManualPause => clean::manual_pause(self),
            IncidentKind::OrdinaryEnd => clean::ordinary_end(self),
            IncidentKind::ValidityInPast => faults::validity_in_past(self),
            IncidentKind::LimitUsedUp => faults::limit_used_up(self),
            IncidentKind::WrongAudience => faults::wrong_audience(self),
            IncidentKind::WrongScope => faults::wrong_scope(self),
        }
    }

    fn edit_later(&mut self) {
        let edits = [
            (self.incident.edited_after, Edit::Touch),
            (self.incident.resumed_after, Edit::Status(Status::Active)),
        ];
        for (after, edit) in edits {
            let Some(minutes) = after else { continue };
            let at = self.start + i64::from(minutes) * MINUTE + self.rng.between(1, MINUTE - 1);
            for &campaign in &self.campaigns {
                self.sim.queue.push(at, Act::Edit(campaign, edit.clone()));
            }
        }
    }

    /// A campaign for this incident: an unrestricted, unlimited discount code, valid throughout, that no
    /// other incident has; or the one it shares.
    fn campaign(&mut self) -> CampaignIdx {
        let choice = self.given.unwrap_or_else(|| {
            let sim = &*self.sim;
            let fits = |wanted: &dyn Fn(&Campaign) -> bool| -> Vec<CampaignIdx> {
                (0..sim.campaigns.len() as u32)
                    .map(CampaignIdx)
                    .filter(|c| !sim.live[c.0 as usize].taken && wanted(&sim.campaigns[c.0 as usize]))
                    .collect()
            };
            let mut codes: FxHashMap<&str, usize> = FxHashMap::default();
            for row in &sim.campaigns {
                *codes.entry(&row.campaign_name).or_default() += 1;
            }
            // A leak is of any code; everything else is clearest on one that is no part of a batch.
            let leak = self.incident.kind == IncidentKind::Leak;
            let mut candidates = fits(&|row| {
                let alone = codes[row.campaign_name.as_str()] == 1;
                row.status == Status::Active && row.promo_type == PromoType::Discount && (alone || leak)
            });
            if candidates.is_empty() {
                candidates = fits(&|_| true);
            }
            assert!(!candidates.is_empty(), "more incidents than campaigns: raise Config::campaigns");
            // The most popular quarter is left alone: an incident brings its own customers.
            let from = candidates.len() / 4;
            candidates[from + self.rng.below(candidates.len() - from)]
        });
        if self.given.is_none() {
            let (begin, end) = (self.sim.begin, self.sim.end);
            let row = self.sim.campaign(choice);
            row.promo_type = PromoType::Discount;
            row.status = Status::Active;
            row.max_total_uses = None;
            row.max_uses_per_user = 1;
            row.new_users_only = false;
            row.first_purchase_only = false;
            row.valid_from = row.valid_from.min(Micros(begin - DAY));
            row.valid_until = row.valid_until.max(Micros(end + 20 * DAY));
            if row.discount_type.is_none() && row.discount_percent.is_none() {
                row.discount_type = Some(crate::model::DiscountType::Percent);
                row.discount_value = Some(20);
                row.discount_percent = Some(20);
                row.grant_premium_days = None;
            }
        }
        self.sim.live(choice).taken = true;
        if !self.campaigns.contains(&choice) {
            self.campaigns.push(choice);
        }
        choice
    }

    fn cluster(&mut self, kind: ClusterKind, campaign: Option<CampaignIdx>) -> ClusterId {
        self.sim.cluster(Cluster { kind, campaign, incident: Some(self.place) })
    }

    fn factor(&self) -> f64 {
        self.incident.intensity.factor()
    }

    fn code(&self, campaign: CampaignIdx) -> HashIdx {
        self.sim.campaigns[campaign.0 as usize].code
    }

    /// Customers of the campaign for a day before the incident and until the end of the data: its own earlier rate.
    fn customers(&mut self, campaign: CampaignIdx, per_minute: f64, fidgety: f64) {
        let (from, until) = (self.start - DAY, self.sim.end);
        self.demand(campaign, from, until, per_minute, fidgety);
    }

    /// Customers of a campaign within a span, so many a minute at the time of day of the incident.
    fn demand(&mut self, campaign: CampaignIdx, from: i64, until: i64, per_minute: f64, fidgety: f64) {
        let left = (self.sim.end - self.start) / MINUTE;
        let minute_of_day = (i64::from(self.sim.config.end_minute_of_day) - left).rem_euclid(1440);
        let noted_at = day_curve(minute_of_day as u32);
        self.sim.demands.push(Demand { campaign, from, until, per_minute, noted_at, fidgety });
    }

    /// Customers from the start of the incident on.
    fn rush(&mut self, campaign: CampaignIdx, until: i64, per_minute: f64, fidgety: f64) {
        self.demand(campaign, self.start, until, per_minute, fidgety);
    }

    /// Moves the start to right after a run of the ten-minute job, so that the guard comes first.
    fn start_after_job(&mut self) {
        let into = (self.start - self.sim.begin) % (10 * MINUTE);
        self.start = (self.start - into).max(self.sim.begin) + 5_000_000;
    }

    fn edit(&mut self, campaign: CampaignIdx, edit: Edit) {
        self.sim.queue.push(self.start, Act::Edit(campaign, edit));
    }

    /// The minutes of the incident: the first instant of each.
    fn minutes(&self) -> impl Iterator<Item = i64> + use<> {
        let (start, end) = (self.start, self.end);
        (0..).map(move |i| start + i * MINUTE).take_while(move |&at| at < end)
    }

    /// A moment within the minute that begins at `start`.
    fn within(&mut self, start: i64) -> i64 {
        start + self.rng.between(1, MINUTE - 1)
    }

    /// An attempt by somebody who reacts to nothing.
    fn attempt(&mut self, at: i64, user: UserIdx, code: HashIdx, source: Source, cluster: ClusterId) {
        let attempt =
            Try { user, code, source, actor: Actor::Planned, cluster, meant: None, patience: 0, again: 0 };
        self.sim.queue.push(at, Act::Try(attempt));
    }

    /// From the start on, failures of customers on this campaign come from its configuration.
    fn broken(&mut self, campaign: CampaignIdx) {
        let cluster = self.cluster(ClusterKind::ConfigFailure, Some(campaign));
        self.sim.live(campaign).broken = Some((self.start, cluster));
    }

    /// Makes the campaign one that begins with the incident.
    fn begins_now(&mut self, campaign: CampaignIdx, limit: Option<i32>) {
        let start = self.start;
        let row = self.sim.campaign(campaign);
        row.valid_from = Micros(start);
        row.created_at = Micros(start - 6 * HOUR);
        row.updated_at = row.created_at;
        row.max_total_uses = limit;
    }

    /// A price so high that the campaign is no matter of rounding.
    fn worthwhile(&mut self, campaign: CampaignIdx) {
        let row = self.sim.campaign(campaign);
        if row.target_scope == "STICKERS" || row.discount().is_some_and(|d| d.on(Stars(350)).0 == 0) {
            "PREMIUM".clone_into(&mut row.target_scope);
            row.applicable_products = None;
        }
    }
}
