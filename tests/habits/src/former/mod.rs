//! The model of release 0.2.0, kept to be compared with: its facts are derived from the rows as its statements did.

mod action;
mod campaign;
mod facts;
mod judge;
mod pieces;
mod plan;
mod sight;
mod weights;

use crate::rows::{Answer, Held, Reason, Status};
use crate::truth::Verdict;
use crate::view::{View, outcome};
use campaign::{Campaign, Pause};
use facts::{Conversion, Earlier, Facts, Refusals, Share, Strangers};
use promo_guard_core::attempt::{Attempt, CodeHash};
use promo_guard_core::classify;
use promo_guard_core::clusters::Picture;
use promo_guard_core::policy::Policy;
use sight::Sight;
use std::collections::{HashMap, HashSet};
use weights::Weights;

fn code(n: u64) -> CodeHash {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&n.to_be_bytes());
    CodeHash::Digest(bytes)
}

fn status(status: Status) -> classify::Status {
    match status {
        Status::Active => classify::Status::Active,
        Status::Paused => classify::Status::Paused,
        Status::Expired => classify::Status::Expired,
        Status::Depleted => classify::Status::Depleted,
    }
}

/// The verdict and its confidence on a campaign.
pub fn verdict(view: &View<'_>, campaign: usize, policy: &Policy) -> (Verdict, f64) {
    let judgement = judge::judge(&facts(view, campaign, policy), &weights(policy));
    let verdict = match judgement.verdict {
        classify::Verdict::AbuseLikely => Verdict::Abuse,
        classify::Verdict::ConfigRegression => Verdict::Config,
        classify::Verdict::Inconclusive => Verdict::Inconclusive,
        classify::Verdict::FalsePositive => Verdict::FalsePositive,
        classify::Verdict::Healthy => Verdict::Healthy,
    };
    (verdict, judgement.confidence)
}

fn weights(policy: &Policy) -> Weights {
    Weights::of_0_2_0(policy.guard().min_failures as f64)
}

fn facts(view: &View<'_>, place: usize, policy: &Policy) -> Facts {
    let (shop, weights) = (view.shop, weights(policy));
    let row = &shop.campaigns[place];
    let until = shop.end;
    let from = until - policy.triage_lookback().micros();
    let scope_known = shop.campaigns.iter().enumerate().any(|(i, c)| i != place && c.scope == row.scope);
    let campaign = Campaign {
        id: row.id,
        status: status(row.status),
        valid_from: Some(row.valid_from),
        valid_until: Some(row.valid_until),
        max_total_uses: row.max_total_uses,
        used_total: Some(row.used_total),
        scope: Some(row.scope.to_owned()),
        scope_known: (shop.campaigns.len() > 4).then_some(scope_known),
        new_users_only: Some(row.new_users_only),
        first_purchase_only: Some(row.first_purchase_only),
        batch: 1,
    };
    let pause = (row.status == Status::Paused).then(|| {
        let found = view.paused(place, policy);
        let (source, reason) = (found.source, found.reason().map(str::to_owned));
        Pause { at: found.at, source, guard_since: found.guard_since, reason }
    });
    let sight = |span: (i64, i64)| {
        let attempts = view.attempts(place).iter().map(|a| Attempt {
            code: code(a.code),
            user: Some(a.user),
            outcome: outcome(a.answer),
            at: a.at,
        });
        let picture = Picture::of(span.0, span.1, attempts);
        Sight::of(&picture, picture.find(&code(row.code)), span, &campaign, weights.sample)
    };
    let span = pause.as_ref().and_then(|p| plan::evidence_span(p, policy.triage_lookback()));
    let latest: Vec<i64> = shop
        .attempts
        .iter()
        .rev()
        .take(plan::LATEST as usize)
        .map(|a| a.at)
        .take_while(|at| *at > until - 86_400_000_000)
        .collect();
    let mut facts = Facts {
        as_of: until,
        before: span.map(sight),
        now: sight((from, until)),
        pause,
        earlier: Default::default(),
        strangers: Strangers::default(),
        conversion: Conversion::default(),
        refusals: Refusals::default(),
        accepted_after_end: 0,
        accepted_before_begin: 0,
        fixed: Vec::new(),
        ingestion: plan::ingestion(until, &latest),
        missing: Vec::new(),
        campaign,
    };
    let sight = facts.evidence().clone();
    if plan::worthwhile(&facts.campaign, facts.pause.is_some(), &sight, &weights) {
        look_up(view, place, &sight, from, &weights, &mut facts);
    }
    facts
}

fn look_up(view: &View<'_>, place: usize, sight: &Sight, from: i64, w: &Weights, facts: &mut Facts) {
    let before = (sight.from - w.earlier.micros(), sight.from);
    let seen: Vec<_> = view.attempts(place).iter().filter(|a| (before.0..before.1).contains(&a.at)).collect();
    let n = |answer| seen.iter().filter(|a| a.answer == answer).count() as u64;
    let audience = |reason| matches!(reason, Some(Reason::NewUsersOnly | Reason::FirstPurchaseOnly));
    let counted = Earlier {
        minutes: 0.0,
        accepted: n(Answer::Accepted),
        not_applicable: n(Answer::NotApplicable),
        audience: seen.iter().filter(|a| audience(a.reason)).count() as u64,
    };
    facts.earlier = plan::earlier(&facts.campaign, before, counted, seen.iter().map(|a| a.at).min());
    facts.conversion = conversion(view, place, sight, w);
    let mut by_reason: HashMap<Option<&str>, HashSet<i64>> = HashMap::new();
    for a in view.attempts(place) {
        if a.answer == Answer::NotApplicable && (sight.from..=sight.until).contains(&a.at) {
            let reason = a.reason.map(|reason| match reason {
                Reason::AlreadyUsed => "ALREADY_USED",
                Reason::Depleted => "DEPLETED",
                Reason::NewUsersOnly => "NEW_USERS_ONLY",
                Reason::FirstPurchaseOnly => "FIRST_PURCHASE_ONLY",
            });
            by_reason.entry(reason).or_default().insert(a.user);
        }
    }
    for (reason, users) in by_reason {
        facts.refusals.add(reason, users.len() as u64);
    }
    facts.strangers = strangers(view, place, sight, from, w);
    let taken = view.attempts(place).iter().filter(|a| a.answer == Answer::Accepted);
    let row = &view.shop.campaigns[place];
    if row.valid_until <= view.shop.end || row.valid_from > view.shop.end {
        for a in taken {
            facts.accepted_after_end += u64::from(a.at >= row.valid_until);
            facts.accepted_before_begin += u64::from(a.at < row.valid_from);
        }
    }
}

fn conversion(view: &View<'_>, place: usize, sight: &Sight, w: &Weights) -> Conversion {
    let old_enough = view.shop.end - w.converts_within.micros();
    let span = sight.from - w.earlier.micros()..=sight.until;
    let rows: Vec<_> = view.redemptions(place).iter().filter(|r| span.contains(&r.created_at)).collect();
    let last = rows.iter().filter(|r| r.applied_at.is_some()).map(|r| r.created_at).max();
    let mut found = Conversion { last_applied: last, ..Conversion::default() };
    for r in rows {
        let at = r.created_at;
        let share = if at >= sight.from { &mut found.now } else { &mut found.earlier };
        if at < sight.from || at <= old_enough {
            share.of += 1;
            share.hits += u64::from(r.applied_at.is_some());
        }
        found.open_since_last += u64::from(last.is_none_or(|last| at > last));
        found.since_last += u64::from(at <= old_enough && last.is_none_or(|last| at > last));
        found.reserved += u64::from(r.status == Held::Reserved);
    }
    found
}

fn strangers(view: &View<'_>, place: usize, sight: &Sight, from: i64, w: &Weights) -> Strangers {
    let knows = |campaign: usize, user: i64, since: i64| {
        let long = since - w.known_since.micros();
        view.user(user).iter().any(|d| d.at < since && (d.at < long || d.campaign != Some(campaign)))
    };
    let share = |users: &[i64]| {
        let unknown = users.iter().filter(|user| !knows(place, **user, sight.from)).count();
        Share::new(unknown as u64, users.len() as u64)
    };
    let lately = view.shop.attempts.iter().rev().take(plan::LATEST as usize);
    let since = view.shop.end - w.known_since.micros();
    let mut accepted: Vec<(i64, i64)> = lately
        .filter(|a| a.answer == Answer::Accepted && a.at >= since)
        .filter_map(|a| Some((*view.campaigns.get(&a.code)? as i64, a.user)))
        .collect();
    accepted.sort_unstable();
    accepted.dedup();
    let samples = plan::usual_samples(&accepted);
    let usual: Vec<_> = plan::of_others(&samples, |(of, _)| *of, place as i64).collect();
    let unknown = usual.iter().filter(|(c, user)| !knows(*c as usize, *user, from)).count();
    Strangers {
        accepted: share(&sight.sample_accepted),
        turned_away: share(&sight.sample_turned_away),
        usual: Share::new(unknown as u64, usual.len() as u64),
    }
}
