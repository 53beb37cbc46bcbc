//! The rows of a shop, and the facts that the extension would have looked up in them.

use super::super::facts::{History, code, moment};
use super::super::pause::pause;
use promo_guard_core::attempt::{Attempt, CodeHash, Outcome};
use promo_guard_core::classify::{
    Campaign, Conversion, Earlier, Facts, Refusals, Share, Sight, Status, Strangers, Weights, plan,
};
use promo_guard_core::clusters::Picture;
use promo_guard_core::policy::Policy;
use promo_guard_core::{Micros, Span};
use promo_guard_generator::{self as generator, CampaignIdx, Dataset, Reason};
use std::collections::{HashMap, HashSet};

/// The rows of a shop, sorted for looking things up.
pub(super) struct Shop<'a> {
    pub data: &'a Dataset,
    by_code: HashMap<CodeHash, Vec<&'a generator::Attempt>>,
    by_user: HashMap<i64, Vec<(Micros, Option<CampaignIdx>)>>,
    redemptions: HashMap<CampaignIdx, Vec<&'a generator::Redemption>>,
    pub campaigns: HashMap<CodeHash, CampaignIdx>,
}

impl<'a> Shop<'a> {
    pub fn of(data: &'a Dataset) -> Self {
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

    pub fn attempts(&self, idx: CampaignIdx) -> &[&'a generator::Attempt] {
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

    pub fn facts(&self, idx: CampaignIdx, whole: &Picture, history: History, policy: &Policy) -> Facts {
        let weights = policy.weights();
        let (from, until) = (whole.from, whole.until);
        let campaign = self.campaign(idx);
        let pause = pause(self.data, idx, self.attempts(idx), history, policy);
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
