//! The rows of a shop, sorted for looking things up: what the extension's statements would find.

use crate::rows::{Actor, Purchase};
use crate::rows::{Answer, Attempt, Change, Deed, Redemption, Shop, Status};
use promo_guard_core::Micros;
use promo_guard_core::attempt::Outcome;
use promo_guard_core::classify::Slot;
use promo_guard_core::classify::plan::{OfDay, Peak};
use promo_guard_core::guard::{self, Failure};
use promo_guard_core::policy::Policy;
use std::cell::OnceCell;
use std::collections::HashMap;

/// A shop's redemptions by half hour, by campaign and day, and the half hours with a burst.
pub type ByTime = (Vec<Slot>, Vec<OfDay>, Vec<Peak>);

/// Something a user did.
#[derive(Debug, Clone, Copy)]
pub struct Did {
    /// When.
    pub at: i64,
    /// With which campaign; `None`: with an unknown code, or a purchase without one.
    pub campaign: Option<usize>,
    /// An attempt on an unknown code, whether it was answered or stopped by the limiter.
    pub unknown: bool,
    /// A purchase.
    pub bought: bool,
    /// The code tried; 0 of a purchase.
    pub code: u64,
    /// Whether the answer was clear: no.
    pub told: bool,
}

/// A shop with its rows in order.
pub struct View<'a> {
    /// The shop.
    pub shop: &'a Shop,
    /// The campaign of a code.
    pub campaigns: HashMap<u64, usize>,
    by_code: HashMap<u64, Vec<&'a Attempt>>,
    by_user: HashMap<i64, Vec<Did>>,
    redemptions: HashMap<usize, Vec<&'a Redemption>>,
    purchases: HashMap<usize, Vec<&'a Purchase>>,
    /// The redemptions by time, computed once.
    pub by_time: OnceCell<ByTime>,
}

impl<'a> View<'a> {
    /// Of that shop.
    pub fn of(shop: &'a Shop) -> Self {
        let campaigns = shop.campaigns.iter().enumerate().map(|(i, c)| (c.code, i)).collect();
        let mut view = Self {
            shop,
            campaigns,
            by_code: HashMap::new(),
            by_user: HashMap::new(),
            redemptions: HashMap::new(),
            purchases: HashMap::new(),
            by_time: OnceCell::new(),
        };
        for a in &shop.attempts {
            let campaign = view.campaigns.get(&a.code).copied();
            let told = matches!(a.answer, Answer::NotApplicable | Answer::Expired);
            let did =
                Did { at: a.at, campaign, unknown: campaign.is_none(), bought: false, code: a.code, told };
            view.by_user.entry(a.user).or_default().push(did);
            view.by_code.entry(a.code).or_default().push(a);
        }
        for r in &shop.redemptions {
            view.redemptions.entry(r.campaign).or_default().push(r);
        }
        for p in &shop.purchases {
            let did = Did {
                at: p.created_at,
                campaign: p.campaign,
                unknown: false,
                bought: true,
                code: 0,
                told: false,
            };
            view.by_user.entry(p.user).or_default().push(did);
            if let Some(campaign) = p.campaign {
                view.purchases.entry(campaign).or_default().push(p);
            }
        }
        for did in view.by_user.values_mut() {
            did.sort_by_key(|d| d.at);
        }
        view
    }

    /// The attempts on a campaign's code.
    pub fn attempts(&self, campaign: usize) -> &[&'a Attempt] {
        self.by_code.get(&self.shop.campaigns[campaign].code).map_or(&[], Vec::as_slice)
    }

    /// A campaign's redemptions.
    pub fn redemptions(&self, campaign: usize) -> &[&'a Redemption] {
        self.redemptions.get(&campaign).map_or(&[], Vec::as_slice)
    }

    /// The purchases with a campaign's code.
    pub fn purchases(&self, campaign: usize) -> &[&'a Purchase] {
        self.purchases.get(&campaign).map_or(&[], Vec::as_slice)
    }

    /// Everything a user did, in order of time.
    pub fn user(&self, user: i64) -> &[Did] {
        self.by_user.get(&user).map_or(&[], Vec::as_slice)
    }

    /// The last recorded pause of a campaign, where the history is attached.
    pub fn recorded(&self, campaign: usize) -> Option<&'a Change> {
        let changes = self.shop.changes.iter().rev();
        changes.filter(|_| self.shop.history).find(|c| c.campaign == campaign && c.to == Status::Paused)
    }

    /// Since when a paused campaign is paused: when, whether that is recorded, and since when the guard's rule held.
    pub fn paused(&self, campaign: usize, policy: &Policy) -> (Micros, bool, Option<Micros>) {
        let row = &self.shop.campaigns[campaign];
        let recorded = self.recorded(campaign).map(|c| c.at);
        let end = recorded.unwrap_or(row.updated_at);
        let failures: Vec<Failure> = self
            .attempts(campaign)
            .iter()
            .filter(|a| !matches!(a.answer, Answer::Accepted | Answer::RateLimited) && a.at <= end)
            .map(|a| Failure { at: a.at, user: Some(a.user) })
            .collect();
        let since = guard::paused_since(policy.guard(), &failures, end);
        (recorded.or(since).unwrap_or(end), recorded.is_some(), since)
    }

    /// The reason given to our own pause, after which nothing was done.
    pub fn own_reason(&self, campaign: usize) -> Option<&'a str> {
        self.shop.actions.iter().rev().filter(|a| a.campaign == campaign).find_map(|a| match &a.what {
            Deed::Pause(reason) => Some(reason.as_str()),
            _ => None,
        })
    }
}

/// The answer as core has it.
pub fn outcome(answer: Answer) -> Outcome {
    match answer {
        Answer::Accepted => Outcome::Accepted,
        Answer::Invalid => Outcome::Invalid,
        Answer::Expired => Outcome::Expired,
        Answer::NotApplicable => Outcome::NotApplicable,
        Answer::RateLimited => Outcome::RateLimited,
    }
}

/// The name that a history shows for an actor.
pub fn actor(by: Actor) -> String {
    match by {
        Actor::Guard => "promo_guard_job".to_owned(),
        Actor::Job => "rollover_job".to_owned(),
        Actor::Person(n) => format!("person_{n}"),
    }
}
