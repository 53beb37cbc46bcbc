//! Verdicts compared with the generator's truth, beside three simpler ways to reach one. Pure: what the extension looks up
//! with its statements is found in the generated rows.

use super::facts::{History, code, moment, picture};
use super::scenario::Scenario;
use promo_guard_core::attempt::{Attempt, CodeHash, Outcome};
use promo_guard_core::classify::{
    Campaign, Conversion, Earlier, Facts, Judgement, Pause, Refusals, Share, Sight, Source, Status,
    Strangers, Verdict, Weights, judge, plan,
};
use promo_guard_core::clusters::Picture;
use promo_guard_core::guard::{self, Failure};
use promo_guard_core::policy::Policy;
use promo_guard_core::{Micros, Span};
use promo_guard_generator::{self as generator, CampaignIdx, Dataset, IncidentKind, Reason, generate};
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

/// The rows of a shop, sorted for looking things up.
struct Shop<'a> {
    data: &'a Dataset,
    by_code: HashMap<CodeHash, Vec<&'a generator::Attempt>>,
    by_user: HashMap<i64, Vec<(Micros, Option<CampaignIdx>)>>,
    redemptions: HashMap<CampaignIdx, Vec<&'a generator::Redemption>>,
    campaigns: HashMap<CodeHash, CampaignIdx>,
}

impl<'a> Shop<'a> {
    fn of(data: &'a Dataset) -> Self {
        let campaigns: HashMap<CodeHash, CampaignIdx> = data
            .campaigns
            .iter()
            .enumerate()
            .map(|(i, row)| (code(data, row.code), CampaignIdx(i as u32)))
            .collect();
        let mut shop = Self {
            data,
            by_code: HashMap::new(),
            by_user: HashMap::new(),
            redemptions: HashMap::new(),
            campaigns,
        };
        for attempt in data.attempts.iter().filter(|a| a.at <= data.end) {
            let code = code(data, attempt.code);
            if let Some(user) = attempt.user {
                let campaign = shop.campaigns.get(&code).copied();
                shop.by_user.entry(user.get()).or_default().push((moment(attempt.at), campaign));
            }
            shop.by_code.entry(code).or_default().push(attempt);
        }
        for redemption in &data.redemptions {
            let did = (moment(redemption.created_at), Some(redemption.campaign));
            shop.by_user.entry(redemption.user.get()).or_default().push(did);
            shop.redemptions.entry(redemption.campaign).or_default().push(redemption);
        }
        for purchase in &data.purchases {
            let did = (moment(purchase.created_at), purchase.applied_promo);
            shop.by_user.entry(purchase.user.get()).or_default().push(did);
        }
        shop
    }

    fn code(&self, idx: CampaignIdx) -> CodeHash {
        code(self.data, self.data.campaign(idx).code)
    }

    fn attempts(&self, idx: CampaignIdx) -> &[&'a generator::Attempt] {
        self.by_code.get(&self.code(idx)).map_or(&[], Vec::as_slice)
    }

    fn campaign(&self, idx: CampaignIdx) -> Campaign {
        let row = self.data.campaign(idx);
        let others = self.data.campaigns.iter().enumerate();
        let known =
            others.filter(|(i, c)| *i != idx.0 as usize && c.target_scope == row.target_scope).count() > 0;
        Campaign {
            id: row.id.0,
            status: Status::read(row.status.as_str()),
            valid_from: Some(moment(row.valid_from)),
            valid_until: Some(moment(row.valid_until)),
            max_total_uses: row.max_total_uses.map(i64::from),
            used_total: Some(i64::from(row.used_total)),
            scope: Some(row.target_scope.clone()),
            scope_known: Some(known),
            new_users_only: Some(row.new_users_only),
            first_purchase_only: Some(row.first_purchase_only),
            batch: 1,
        }
    }

    /// As the extension dates a pause.
    fn pause(&self, idx: CampaignIdx, history: History, policy: &Policy) -> Option<Pause> {
        let row = self.data.campaign(idx);
        if row.status != generator::Status::Paused {
            return None;
        }
        let recorded = self.data.status_changes.iter().rev().find(|c| c.campaign == idx);
        let recorded = recorded.filter(|_| history == History::Attached).map(|c| moment(c.at));
        let end = recorded.unwrap_or(moment(row.updated_at));
        let failures: Vec<Failure> = self
            .attempts(idx)
            .iter()
            .filter(|a| a.result.counts_for_guard() && moment(a.at) <= end)
            .map(|a| Failure { at: moment(a.at), user: a.user.map(|u| u.get()) })
            .collect();
        let guard_since = guard::paused_since(policy.guard(), &failures, end);
        let (at, source) = match (recorded, guard_since) {
            (Some(at), _) => (at, Source::History),
            (None, Some(at)) => (at, Source::Evidence),
            (None, None) => (end, Source::Estimated),
        };
        Some(Pause { at: Some(at), source, guard_since, reason: None })
    }

    fn knows(&self, idx: CampaignIdx, user: i64, since: Micros, weights: &Weights) -> bool {
        let long = since - weights.known_since.micros();
        self.by_user
            .get(&user)
            .is_some_and(|did| did.iter().any(|(at, what)| *at < since && (*at < long || *what != Some(idx))))
    }

    fn strangers(
        &self,
        idx: CampaignIdx,
        sight: &Sight,
        lately: &[(i64, i64)],
        from: Micros,
        w: &Weights,
    ) -> Strangers {
        let share = |users: &[i64]| {
            let unknown = users.iter().filter(|user| !self.knows(idx, **user, sight.from, w)).count();
            Share::new(unknown as u64, users.len() as u64)
        };
        let by_id: HashMap<i64, CampaignIdx> =
            self.data.campaigns.iter().enumerate().map(|(i, c)| (c.id.0, CampaignIdx(i as u32))).collect();
        let samples = plan::usual_samples(lately);
        let usual: Vec<_> = plan::of_others(&samples, |(of, _)| *of, self.data.campaign(idx).id.0).collect();
        let unknown = usual.iter().filter(|(c, user)| !self.knows(by_id[c], *user, from, w)).count();
        Strangers {
            accepted: share(&sight.sample_accepted),
            turned_away: share(&sight.sample_turned_away),
            usual: Share::new(unknown as u64, usual.len() as u64),
        }
    }

    fn conversion(&self, idx: CampaignIdx, sight: &Sight, as_of: Micros, w: &Weights) -> Conversion {
        let earliest = sight.from - w.earlier.micros();
        let old_enough = as_of - w.converts_within.micros();
        let rows: Vec<_> = self
            .redemptions
            .get(&idx)
            .into_iter()
            .flatten()
            .map(|r| {
                (
                    moment(r.created_at),
                    r.applied_at.is_some(),
                    r.status == generator::RedemptionStatus::Reserved,
                )
            })
            .filter(|(at, ..)| (earliest..=sight.until).contains(at))
            .collect();
        let last = rows.iter().filter(|(_, applied, _)| *applied).map(|(at, ..)| *at).max();
        let mut found = Conversion { last_applied: last, ..Conversion::default() };
        for (at, applied, reserved) in rows {
            let share = if at >= sight.from { &mut found.now } else { &mut found.earlier };
            if at < sight.from || at <= old_enough {
                share.of += 1;
                share.hits += u64::from(applied);
            }
            found.open_since_last += u64::from(last.is_none_or(|last| at > last));
            found.since_last += u64::from(at <= old_enough && last.is_none_or(|last| at > last));
            found.reserved += u64::from(reserved);
        }
        found
    }

    fn refusals(&self, idx: CampaignIdx, sight: &Sight) -> Refusals {
        let mut by_reason: HashMap<Option<&str>, HashSet<i64>> = HashMap::new();
        for a in self.attempts(idx) {
            if a.result.as_str() == "NOT_APPLICABLE" && (sight.from..=sight.until).contains(&moment(a.at)) {
                let reason = (a.reason != Reason::None).then(|| a.reason.as_str());
                by_reason.entry(reason).or_default().extend(a.user.map(|u| u.get()));
            }
        }
        let mut found = Refusals::default();
        for (reason, users) in by_reason {
            found.add(reason, users.len() as u64);
        }
        found
    }

    fn outside(&self, idx: CampaignIdx) -> (u64, u64) {
        let row = self.data.campaign(idx);
        let taken = self.attempts(idx).iter().filter(|a| a.result.as_str() == "ACCEPTED");
        let (mut after, mut before) = (0, 0);
        for a in taken {
            after += u64::from(a.at >= row.valid_until);
            before += u64::from(a.at < row.valid_from);
        }
        (after.min(20), before.min(20))
    }

    fn lately(&self, from: Micros) -> (Vec<Micros>, Vec<(i64, i64)>) {
        let end = self.data.attempts.partition_point(|a| a.at <= self.data.end);
        let latest: Vec<_> = self.data.attempts[..end].iter().rev().take(plan::LATEST as usize).collect();
        let mut accepted: Vec<(i64, i64)> = latest
            .iter()
            .filter(|a| a.result.as_str() == "ACCEPTED" && moment(a.at) >= from)
            .filter_map(|a| {
                let campaign = self.campaigns.get(&code(self.data, a.code))?;
                Some((self.data.campaign(*campaign).id.0, a.user?.get()))
            })
            .collect();
        accepted.sort_unstable();
        accepted.dedup();
        let day = moment(self.data.end) - Span::from_days(1).micros();
        (latest.iter().map(|a| moment(a.at)).filter(|at| *at >= day).collect(), accepted)
    }

    fn facts(&self, idx: CampaignIdx, whole: &Picture, history: History, policy: &Policy) -> Facts {
        let weights = policy.weights();
        let (from, until) = (whole.from, whole.until);
        let campaign = self.campaign(idx);
        let pause = self.pause(idx, history, policy);
        let own = |(from, until): (Micros, Micros)| {
            let attempts = self.attempts(idx).iter().map(|a| Attempt {
                code: CodeHash::Digest([0; 32]),
                user: a.user.map(|u| u.get()),
                outcome: Outcome::read(a.result.as_str().as_bytes()),
                at: moment(a.at),
            });
            let picture = Picture::of(from, until, attempts);
            Sight::of(&picture, Some(0), (from, until), &campaign, weights.sample)
        };
        let lookback = Span::from_micros(until - from);
        let span = pause.as_ref().and_then(|pause| plan::evidence_span(pause, lookback));
        let now = Sight::of(whole, whole.find(&self.code(idx)), (from, until), &campaign, weights.sample);
        let lately = self.lately(until - weights.known_since.micros());
        let mut facts = Facts {
            as_of: until,
            before: span.map(own),
            now,
            pause,
            earlier: Default::default(),
            strangers: Strangers::default(),
            conversion: Conversion::default(),
            refusals: Refusals::default(),
            accepted_after_end: 0,
            accepted_before_begin: 0,
            fixed: Vec::new(),
            ingestion: plan::ingestion(until, &lately.0),
            missing: Vec::new(),
            campaign,
        };
        let sight = facts.evidence().clone();
        if plan::worthwhile(&facts.campaign, facts.pause.is_some(), &sight, &weights) {
            let before = (sight.from - weights.earlier.micros(), sight.from);
            let seen: Vec<_> =
                self.attempts(idx).iter().filter(|a| (before.0..before.1).contains(&moment(a.at))).collect();
            let n = |word| seen.iter().filter(|a| a.result.as_str() == word).count() as u64;
            let first = seen.iter().map(|a| moment(a.at)).min();
            let audience = seen
                .iter()
                .filter(|a| matches!(a.reason, Reason::NewUsersOnly | Reason::FirstPurchaseOnly))
                .count() as u64;
            let counted = Earlier {
                minutes: 0.0,
                accepted: n("ACCEPTED"),
                not_applicable: n("NOT_APPLICABLE"),
                audience,
            };
            facts.earlier = plan::earlier(&facts.campaign, before, counted, first);
            facts.conversion = self.conversion(idx, &sight, until, &weights);
            facts.refusals = self.refusals(idx, &sight);
            facts.strangers = self.strangers(idx, &sight, &lately.1, from, &weights);
            let row = &facts.campaign;
            if row.valid_until.is_some_and(|at| at <= until) || row.valid_from.is_some_and(|at| at > until) {
                (facts.accepted_after_end, facts.accepted_before_begin) = self.outside(idx);
            }
        }
        facts
    }
}

/// Section 2's verdict on the campaigns of a shop at its end, as the extension would reach it.
pub struct SectionTwo<'a> {
    shop: Shop<'a>,
    whole: Picture,
    history: History,
    policy: &'a Policy,
}

impl<'a> SectionTwo<'a> {
    /// Of that shop, by policy's lookback.
    pub fn of(data: &'a Dataset, history: History, policy: &'a Policy) -> Self {
        let from = generator::Micros(data.end.0 - policy.triage_lookback().micros());
        Self { shop: Shop::of(data), whole: picture(data, from, data.end), history, policy }
    }

    /// The verdict on one of them.
    pub fn judge(&self, idx: CampaignIdx) -> Judgement {
        judge(&self.shop.facts(idx, &self.whole, self.history, self.policy), &self.policy.weights())
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
    let shop = Shop::of(&data);
    let from = generator::Micros(data.end.0 - minutes * MINUTE);
    let whole = picture(&data, from, data.end);
    let weights = policy.weights();
    let components = components(&shop, from);
    let mut found = Vec::new();
    for i in 0..data.campaigns.len() {
        let idx = CampaignIdx(i as u32);
        let within: Vec<_> = shop.attempts(idx).iter().filter(|a| a.at >= from).collect();
        let failures: Vec<_> = within.iter().filter(|a| a.result.is_failure()).collect();
        let paused = data.campaign(idx).status == generator::Status::Paused;
        let facts = shop.facts(idx, &whole, history, policy);
        let ours = judge(&facts, &weights);
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
fn components(shop: &Shop<'_>, from: generator::Micros) -> HashMap<CampaignIdx, usize> {
    let pairs = shop.data.failed_pairs(from, shop.data.end);
    let roots = super::baselines::components(&pairs);
    let mut sizes: HashMap<usize, usize> = HashMap::new();
    for root in &roots {
        *sizes.entry(*root).or_default() += 1;
    }
    let of = |i: usize| Some((*shop.campaigns.get(&code(shop.data, pairs[i].code))?, sizes[&roots[i]]));
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
