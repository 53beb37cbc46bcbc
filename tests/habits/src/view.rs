//! The rows of a shop, sorted for looking things up: what the extension's statements would find.

use crate::rows::{Actor, Purchase};
use crate::rows::{Answer, Attempt, Change, Deed, Reason, Redemption, Shop, Status};
use promo_guard_core::attempt::Outcome;
use promo_guard_core::classify::Slot;
use promo_guard_core::classify::plan::{self, OfDay, Peak};
use promo_guard_core::guard::Failure;
use promo_guard_core::policy::Policy;
use promo_guard_core::triage::{Action, Pause, Recorded, STRETCH, Trail};
use std::cell::OnceCell;
use std::collections::{BTreeMap, HashMap};

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
    redeemed: HashMap<i64, Vec<i64>>,
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
            redeemed: HashMap::new(),
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
            view.redeemed.entry(r.user).or_default().push(r.created_at);
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

    /// When codes were accepted from a user, as the redemptions have it, in order of time.
    pub fn redeemed(&self, user: i64) -> &[i64] {
        self.redeemed.get(&user).map_or(&[], Vec::as_slice)
    }

    /// All purchases by half hour, in order of time.
    pub fn sales(&self) -> Vec<(i64, u64)> {
        let mut sales: BTreeMap<i64, u64> = BTreeMap::new();
        for p in &self.shop.purchases {
            *sales.entry(plan::half_hour(p.created_at)).or_default() += 1;
        }
        sales.into_iter().collect()
    }

    /// The last recorded pause of a campaign, where the history is attached.
    pub fn recorded(&self, campaign: usize) -> Option<&'a Change> {
        let changes = self.shop.changes.iter().rev();
        changes.filter(|_| self.shop.history).find(|c| c.campaign == campaign && c.to == Status::Paused)
    }

    /// Since when a paused campaign is paused. Attempts are read as far back as the extension reads them.
    pub fn paused(&self, campaign: usize, policy: &Policy) -> Pause {
        let (row, reach, now) = (&self.shop.campaigns[campaign], policy.verdict_reach(), self.shop.end);
        let mut trail = Trail {
            recorded: self.recorded(campaign).map(|c| Recorded { at: c.at, by: actor(c.by) }),
            action: self.own_pause(campaign),
            updated_at: Some(row.updated_at),
            ..Trail::default()
        };
        let tried = self.attempts(campaign);
        if trail.known_at().is_none() {
            let from = row.updated_at.min(now).saturating_sub(reach.micros());
            let accepted = tried.iter().rfind(|a| a.answer == Answer::Accepted && a.at >= from);
            trail.last_accepted = accepted.map(|a| a.at);
            let since = trail.last_accepted.unwrap_or(from);
            let paused = |a: &&&Attempt| {
                let valid = (row.valid_from..row.valid_until).contains(&a.at);
                let other = a.reason == Some(Reason::Depleted);
                a.answer == Answer::Expired && a.at >= since && valid && !other
            };
            trail.first_expired = tried.iter().find(paused).map(|a| a.at);
        }
        let (from, until) = trail.span(now, reach);
        let from = from.saturating_sub(policy.guard().lookback.micros() + STRETCH.micros());
        let counted = tried.iter().filter(|a| (from..=until).contains(&a.at));
        let failures: Vec<Failure> = counted
            .filter(|a| !matches!(a.answer, Answer::Accepted | Answer::RateLimited))
            .map(|a| Failure { at: a.at, user: Some(a.user) })
            .collect();
        trail.pause(policy.guard(), &failures, now, reach)
    }

    /// Our own pause, after which nothing was done.
    fn own_pause(&self, campaign: usize) -> Option<Action> {
        self.shop.actions.iter().enumerate().rev().filter(|(_, a)| a.campaign == campaign).find_map(
            |(id, a)| {
                let (action, reason) = match &a.what {
                    Deed::Pause(reason) => ("pause", Some(reason.clone())),
                    Deed::Successor => ("rotate", None),
                    Deed::Rotated | Deed::Announce(..) => return None,
                };
                let (actor, at) = (actor(Actor::Person(0)), Some(a.at));
                Some(Action { action: action.to_owned(), actor, reason, id: id as i64, at, paused_at: at })
            },
        )
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
