//! Verdicts compared with the generator's truth, beside three simpler ways to reach one. Pure: what the extension looks up
//! with its statements is found in the generated rows.

mod shop;

use super::facts::{History, moment};
use super::scenario::Scenario;
use promo_guard_core::classify::{Judgement, Verdict};
use promo_guard_core::guard::{self, Failure};
use promo_guard_core::policy::Policy;
use promo_guard_generator::{self as generator, CampaignIdx, Dataset, IncidentKind, generate};
use promo_guard_habits::gather::gather;
use promo_guard_habits::rows::Shop;
use promo_guard_habits::view::View;
use std::collections::{HashMap, HashSet};

const MINUTE: i64 = 60_000_000;

/// A campaign with what is true of it and what was concluded.
#[derive(Debug, Clone)]
pub struct Judged {
    /// The incidents on it.
    pub kinds: Vec<IncidentKind>,
    /// Which campaign.
    pub campaign: CampaignIdx,
    /// What should be concluded.
    pub truth: Verdict,
    /// Whether it is paused.
    pub paused: bool,
    /// Paused, and to lift the pause would do harm: abuse, a fault, or somebody's unexplained decision.
    pub unsafe_to_unpause: bool,
    /// What is concluded.
    pub ours: Judgement,
    /// What the runbook's query with a threshold concludes.
    pub runbook: Verdict,
    /// What the size of a connected component concludes.
    pub components: Verdict,
    /// What the application's own rule concludes.
    pub rule: Verdict,
}

/// Section 2's verdict on the campaigns of a shop at its end, as the extension would reach it.
pub struct SectionTwo<'a> {
    rows: Shop,
    policy: &'a Policy,
}

impl<'a> SectionTwo<'a> {
    /// Of that shop, by policy's lookback.
    pub fn of(data: &Dataset, history: History, policy: &'a Policy) -> Self {
        Self { rows: shop::rows(data, history), policy }
    }

    /// The verdicts on these.
    pub fn judge(&self, campaigns: impl IntoIterator<Item = CampaignIdx>) -> Vec<Judgement> {
        let view = View::of(&self.rows);
        let judge = |idx: CampaignIdx| {
            let (facts, usual) = gather(&view, idx.0 as usize, self.policy);
            Judgement::of(&facts, &usual, 1)
        };
        campaigns.into_iter().map(judge).collect()
    }
}

/// The verdict of the truth.
fn truth(data: &Dataset, idx: CampaignIdx) -> Verdict {
    let name = data.truth.verdict(idx);
    Verdict::ALL.into_iter().find(|v| v.name() == name.as_str()).expect("both have the contract's names")
}

/// Every campaign of a scenario that `classify()` would show, and those that an incident concerns.
pub fn judged(scenario: &Scenario, minutes: i64, history: History, policy: &Policy) -> Vec<Judged> {
    let data = generate(&scenario.config);
    let from = generator::Micros(data.end.0 - minutes * MINUTE);
    let components = components(&data, from);
    let all = (0..data.campaigns.len()).map(|i| CampaignIdx(i as u32));
    let mut judged = SectionTwo::of(&data, history, policy).judge(all).into_iter();
    let mut by_code: HashMap<_, Vec<&generator::Attempt>> = HashMap::new();
    for attempt in data.attempts.iter().filter(|a| from <= a.at && a.at <= data.end) {
        by_code.entry(attempt.code).or_default().push(attempt);
    }
    let mut found = Vec::new();
    for i in 0..data.campaigns.len() {
        let idx = CampaignIdx(i as u32);
        let within = by_code.get(&data.campaign(idx).code).map_or(&[][..], Vec::as_slice);
        let failures: Vec<_> = within.iter().filter(|a| a.result.is_failure()).collect();
        let paused = data.campaign(idx).status == generator::Status::Paused;
        let Some(ours) = judged.next() else { continue };
        let shown = !failures.is_empty() || paused || ours.verdict != Verdict::Healthy;
        if !shown {
            continue;
        }
        let users = failures.iter().filter_map(|a| a.user).collect::<HashSet<_>>().len();
        let clean = if paused { Verdict::FalsePositive } else { Verdict::Healthy };
        let call = |abuse: bool| if abuse { Verdict::AbuseLikely } else { clean };
        let counted: Vec<Failure> = within
            .iter()
            .filter(|a| a.result.counts_for_guard())
            .map(|a| Failure { at: moment(a.at), user: a.user.map(|u| u.get()) })
            .collect();
        let about = data.truth.about(idx);
        let truth = truth(&data, idx);
        let harmful =
            matches!(truth, Verdict::AbuseLikely | Verdict::ConfigRegression | Verdict::Inconclusive);
        found.push(Judged {
            kinds: data
                .truth
                .incidents
                .iter()
                .filter(|incident| incident.campaigns.contains(&idx))
                .map(|incident| incident.kind)
                .collect(),
            campaign: idx,
            truth,
            paused,
            unsafe_to_unpause: paused && harmful && about.is_some_and(|t| !t.unpause_safe),
            ours,
            runbook: call(failures.len() > 100 && users >= 2),
            components: call(components.get(&idx).copied().unwrap_or(0) > 100),
            rule: call(!guard::stretches(policy.guard(), &counted).is_empty()),
        });
    }
    found
}

/// The size of the connected component of failing users and codes that each campaign's code is in.
fn components(data: &Dataset, from: generator::Micros) -> HashMap<CampaignIdx, usize> {
    let campaigns: HashMap<_, _> =
        data.campaigns.iter().enumerate().map(|(i, row)| (row.code, CampaignIdx(i as u32))).collect();
    let pairs = data.failed_pairs(from, data.end);
    let roots = super::baselines::components(&pairs);
    let mut sizes: HashMap<usize, usize> = HashMap::new();
    for root in &roots {
        *sizes.entry(*root).or_default() += 1;
    }
    let of = |i: usize| Some((*campaigns.get(&pairs[i].code)?, sizes[&roots[i]]));
    (0..pairs.len()).filter_map(of).collect()
}

/// How good a way to reach verdicts is.
#[derive(Debug, Clone, Default)]
pub struct Quality {
    /// Truth by conclusion, both in the order of [`Verdict::ALL`].
    pub confusion: [[u32; 5]; 5],
}

impl Quality {
    /// One more.
    pub fn add(&mut self, truth: Verdict, concluded: Verdict) {
        self.confusion[truth as usize][concluded as usize] += 1;
    }

    /// The mean of the five verdicts' F1.
    pub fn macro_f1(&self) -> f64 {
        (0..5).map(|v| self.f1(v)).sum::<f64>() / 5.0
    }

    /// The F1 of one verdict.
    pub fn f1(&self, v: usize) -> f64 {
        let right = f64::from(self.confusion[v][v]);
        let truly = f64::from(self.confusion[v].iter().sum::<u32>());
        let called = f64::from((0..5).map(|t| self.confusion[t][v]).sum::<u32>());
        if truly + called == 0.0 { 1.0 } else { 2.0 * right / (truly + called) }
    }
}
