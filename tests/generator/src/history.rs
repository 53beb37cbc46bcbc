//! From a configuration to a dataset: plan, simulate, plant, label.

use crate::catalogue;
use crate::config::Config;
use crate::incidents::{self, Outcome};
use crate::model::{Attempt, AttemptResult, CampaignIdx, Dataset, Micros, PromoType, Reason, Source, Status};
use crate::queue::{Act, Edit};
use crate::rng::{HOUR, MINUTE, Rng};
use crate::settlement;
use crate::sim::Sim;
use crate::truth::{CampaignTruth, ClusterId, Truth, Verdict};

/// Writes the history that a configuration asks for.
pub(crate) fn write(config: &Config) -> Dataset {
    let mut sim = Sim::new(config);
    let outcomes = incidents::plan(&mut sim);
    reprice_some(&mut sim);
    sim.run();
    future_attempts(&mut sim);
    let campaigns = verdicts(&sim, &outcomes);
    let mut data = Dataset {
        end: config.end,
        begin: config.begin(),
        codes: sim.book,
        campaigns: sim.campaigns,
        attempts: sim.attempts,
        redemptions: sim.redemptions,
        purchases: sim.purchases,
        ledger: sim.ledger,
        status_changes: sim.status_changes,
        truth: Truth {
            incidents: outcomes.into_iter().map(|outcome| outcome.truth).collect(),
            campaigns,
            clusters: sim.clusters,
            labels: sim.labels,
            planted: Vec::new(),
        },
    };
    data.ledger.sort_by_key(|entry| (entry.created_at, entry.purchase_id));
    settlement::add_pending_look_alikes(&mut data, config.pending_look_alikes, config.seed);
    for (place, defects) in config.defects.iter().enumerate() {
        let since = defects.within_minutes.map_or(data.begin, |m| Micros(data.end.0 - i64::from(m) * MINUTE));
        let seed = config.seed.wrapping_add(place as u64);
        let planted = settlement::plant_since(&mut data, defects.rule, defects.count, seed, since);
        data.truth.planted.extend(planted);
    }
    data
}

/// Now and then a discount is edited in mid-campaign: snapshots and campaign then differ, lawfully.
fn reprice_some(sim: &mut Sim<'_>) {
    let mut rng = Rng::new(sim.config.seed, 4);
    for i in 0..sim.campaigns.len() {
        let row = &sim.campaigns[i];
        let chosen = rng.chance(0.04);
        let at = sim.begin + rng.between(HOUR, (sim.end - sim.begin - HOUR).max(HOUR));
        let value = row.discount().map_or(0, |discount| discount.value);
        if chosen && row.promo_type == PromoType::Discount && value > 5 && !sim.live[i].taken {
            sim.live[i].repriced = true;
            sim.queue.push(at, Act::Edit(CampaignIdx(i as u32), Edit::DiscountValue(value - 3)));
        }
    }
}

/// Attempts from machines whose clocks are ahead.
fn future_attempts(sim: &mut Sim<'_>) {
    let mut rng = Rng::new(sim.config.seed, 5);
    let mut times: Vec<i64> =
        (0..sim.config.future_attempts).map(|_| sim.end + rng.between(MINUTE, 30 * HOUR)).collect();
    times.sort_unstable();
    for at in times {
        let plain = catalogue::fresh_code(&mut rng, &sim.book, "CLOCK");
        let code = sim.book.intern(&plain);
        let user = sim.users.regular(&mut rng);
        sim.attempts.push(Attempt {
            at: Micros(at),
            user: Some(sim.users.id(user)),
            code,
            result: AttemptResult::Invalid,
            source: Source::Api,
            reason: Reason::None,
        });
        sim.labels.push(ClusterId::BACKGROUND);
    }
}

/// What should be concluded about each campaign that an incident concerns or that is paused at the end: the gravest
/// verdict of its incidents, and safe only where all of them are.
fn verdicts(sim: &Sim<'_>, outcomes: &[Outcome]) -> Vec<CampaignTruth> {
    // A gap that would begin after the end of the data is none yet.
    let recording = sim.gaps.iter().all(|&(from, _)| from >= sim.end);
    let mut truths = Vec::new();
    for (i, row) in sim.campaigns.iter().enumerate() {
        let campaign = CampaignIdx(i as u32);
        let about: Vec<&Outcome> =
            outcomes.iter().filter(|outcome| outcome.truth.campaigns.contains(&campaign)).collect();
        let paused = row.status == Status::Paused;
        if about.is_empty() && !paused {
            continue;
        }
        let gravest = about.iter().map(|outcome| outcome.verdict).min().unwrap_or(Verdict::FalsePositive);
        let verdict = match gravest {
            Verdict::FalsePositive if !paused => Verdict::Healthy,
            // Where nothing is recorded any more nobody can tell that it is still clean (trap 16).
            Verdict::FalsePositive if !recording => Verdict::Inconclusive,
            other => other,
        };
        let paused_at = sim
            .status_changes
            .iter()
            .rev()
            .find(|change| paused && change.campaign == campaign && change.to == Status::Paused)
            .map(|change| change.at);
        let current = row.valid_from <= sim.config.end && sim.config.end < row.valid_until;
        let unpause_safe = recording && current && about.iter().all(|outcome| outcome.unpause_safe);
        truths.push(CampaignTruth { campaign, verdict, unpause_safe, paused_at });
    }
    truths
}
