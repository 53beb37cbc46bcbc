//! The rules about campaigns: totals that drift and limits overrun. At most one plant a campaign.

use rustc_hash::{FxHashMap, FxHashSet};

use super::Rule;
use super::plant::{Planted, Planter};
use crate::model::{CampaignIdx, PurchaseStatus, Redemption, RedemptionStatus, Snapshot, UserId};
use crate::rng::Rng;

impl Planter<'_> {
    /// Campaigns with a redemption in the window whose totals and limits are in order, shuffled.
    pub(super) fn campaigns(&self, rng: &mut Rng) -> Vec<CampaignIdx> {
        let mut ever = vec![0; self.data.campaigns.len()];
        let mut by_user: FxHashMap<(CampaignIdx, UserId), i32> = FxHashMap::default();
        let mut touched = FxHashSet::default();
        for redemption in &self.data.redemptions {
            if redemption.applied_at.is_some() {
                ever[redemption.campaign.0 as usize] += 1;
                *by_user.entry((redemption.campaign, redemption.user)).or_default() += 1;
            }
            if redemption.created_at >= self.since && redemption.applied_at.is_some() {
                touched.insert(redemption.campaign);
            }
        }
        for (&(campaign, _), &uses) in &by_user {
            if uses > self.data.campaign(campaign).max_uses_per_user {
                touched.remove(&campaign);
            }
        }
        let mut list: Vec<CampaignIdx> = touched
            .into_iter()
            .filter(|&c| {
                let row = self.data.campaign(c);
                let used = ever[c.0 as usize];
                row.used_total == used && row.max_total_uses.is_none_or(|max| used <= max)
            })
            .collect();
        list.sort_unstable();
        for i in (1..list.len()).rev() {
            list.swap(i, rng.below(i + 1));
        }
        list
    }

    /// Breaks a campaign; `None` where it does not lend itself to this rule. Limits are overrun by turns in total and
    /// by one user.
    pub(super) fn break_campaign(
        &mut self,
        rule: Rule,
        campaign: CampaignIdx,
        turn: usize,
        rng: &mut Rng,
    ) -> Option<Planted> {
        let mut reported = Planted {
            rule,
            redemption: None,
            purchase: None,
            campaign: Some(campaign),
            user: None,
            also: &[],
        };
        let row = &mut self.data.campaigns[campaign.0 as usize];
        if rule == Rule::UsedTotalDrift {
            let off = 1 + rng.below(3) as i32;
            row.used_total += if turn.is_multiple_of(2) && row.used_total >= off { -off } else { off };
            return Some(reported);
        }
        let applied = |r: &Redemption| r.campaign == campaign && r.status == RedemptionStatus::Applied;
        if turn.is_multiple_of(2) {
            let now = self.data.redemptions.iter().filter(|r| applied(r)).count() as i32;
            if now < 2 {
                return None;
            }
            row.max_total_uses = Some(now - 1);
            return Some(reported);
        }
        if row.max_uses_per_user != 1 || row.max_total_uses.is_some() {
            return None;
        }
        // The same user once more, with a purchase of their own where it is a discount.
        let credited = |r: &Redemption| {
            let purchase = r.applied_purchase_id.and_then(|id| self.purchases.get(&id));
            let standing = |&place: &usize| self.data.purchases[place].status == PurchaseStatus::Credited;
            match r.applied_purchase_id {
                Some(_) => purchase.is_some_and(standing),
                None => matches!(r.snapshot, Some(Snapshot::Grant(_))),
            }
        };
        let model = |r: &&Redemption| applied(r) && r.created_at >= self.since && credited(r);
        let mut redemption = self.data.redemptions.iter().find(model)?.clone();
        self.data.campaigns[campaign.0 as usize].used_total += 1;
        redemption.id = rng.uuid();
        if let Some(id) = redemption.applied_purchase_id {
            let mut purchase = self.data.purchases[*self.purchases.get(&id)?].clone();
            purchase.id = rng.uuid();
            redemption.applied_purchase_id = Some(purchase.id);
            self.ledger.set_credit(&mut self.data.ledger, &purchase);
            self.purchases.insert(purchase.id, self.data.purchases.len());
            self.data.purchases.push(purchase);
        }
        reported.user = Some(redemption.user);
        self.data.redemptions.push(redemption);
        Some(reported)
    }
}
