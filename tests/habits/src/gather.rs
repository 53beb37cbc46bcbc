//! The facts of the new assessment, derived from a shop's rows as the extension's statements would give them. What is a
//! bounded sample there is the same sample here.

use crate::rows::{Answer, Attempt, Deed, Held, Reason, Source, Status};
use crate::view::{Did, View, actor, outcome};
use promo_guard_core::assess::{
    self, Before, Burst, Curve, Facts, Records, Redeemed, Row, Shop, Tried, User,
};
use promo_guard_core::policy::Policy;
use std::collections::{BTreeMap, BTreeSet, HashMap};

const MINUTE: i64 = 60_000_000;
const DAY: i64 = 1_440 * MINUTE;
/// Users of a campaign that are looked up, one in every so many where there are more.
const SAMPLE: usize = 300;
/// Users of an earlier burst that are looked up.
const BURST_SAMPLE: usize = 60;
/// How long before the guard's rule held a burst may have begun: the evidence reaches back so far, and no further, so that it
/// holds the burst's people and not those of the hour before.
const BEFORE_BURST: i64 = 15 * MINUTE;
/// The same where the row contradicts itself.
const BEFORE_FAULT: i64 = 45 * MINUTE;
/// Earlier bursts.
const BURSTS: usize = 12;
/// Redemptions that the curve rests on.
const LATEST: usize = 5_000;

/// The facts of one campaign, and what is usual in its shop.
pub fn gather(view: &View<'_>, place: usize, policy: &Policy) -> (Facts, Shop) {
    let found = within(view, place, policy, BEFORE_BURST);
    // Under a fault an attack may have come first: further back for those few.
    if assess::contradictions(&found.0, &found.1).is_empty() {
        found
    } else {
        within(view, place, policy, BEFORE_FAULT)
    }
}

fn within(view: &View<'_>, place: usize, policy: &Policy, back: i64) -> (Facts, Shop) {
    let shop = view.shop;
    let row = &shop.campaigns[place];
    let codes = batch(view, place);
    let pause = (row.status == Status::Paused).then(|| pause(view, place, policy));
    let lookback = policy.triage_lookback().micros();
    let evidence = match &pause {
        Some(p) => {
            let began = p.guard_since.filter(|since| p.at - since < 12 * 60 * MINUTE).unwrap_or(p.at);
            // The same people go on for some minutes: what they do then tells as much.
            (began.min(p.at) - back, (p.at + policy.guard().lookback.micros()).min(shop.end))
        }
        None => (shop.end - lookback, shop.end),
    };
    let tried: Vec<&Attempt> = codes
        .iter()
        .flat_map(|c| view.attempts(*c))
        .copied()
        .filter(|a| (evidence.0..=evidence.1).contains(&a.at))
        .collect();
    let mut attempts: Vec<Tried> = tried.iter().map(|a| tried_of(a)).collect();
    attempts.sort_by_key(|t| t.at);
    let users: BTreeSet<i64> = tried.iter().map(|a| a.user).collect();
    let every = users.len().div_ceil(SAMPLE).max(1);
    let sample: Vec<i64> = users.iter().copied().step_by(every).collect();
    // Uses before are known for everybody, from the campaign's own redemptions.
    let mut looked_up: HashMap<i64, User> = HashMap::new();
    for user in &sample {
        looked_up.insert(*user, user_of(view, *user, &codes, evidence));
    }
    let mut redemptions = Vec::new();
    for code in &codes {
        for r in view.redemptions(*code) {
            if r.created_at < evidence.0
                && let Some(user) = looked_up.get_mut(&r.user)
            {
                user.uses_before += 1;
            }
            redemptions.push(Redeemed {
                user: r.user,
                at: r.created_at,
                applied_at: r.applied_at,
                refunded: r.status == Held::Revoked,
                open: r.status == Held::Reserved,
            });
        }
    }
    redemptions.sort_by_key(|r| r.at);
    let facts = Facts {
        as_of: shop.end,
        row: row_of(view, place),
        pause,
        records: records(view, place),
        evidence,
        attempts,
        users: looked_up,
        redemptions,
        before: before(view, place, &codes, evidence.0),
    };
    let usual = usual(view, place, &codes, evidence, policy);
    (facts, usual)
}

/// The codes that are judged together: those of one name, where each may be used once.
fn batch(view: &View<'_>, place: usize) -> Vec<usize> {
    let row = &view.shop.campaigns[place];
    if row.max_total_uses != Some(1) {
        return vec![place];
    }
    let campaigns = view.shop.campaigns.iter().enumerate();
    campaigns.filter(|(_, c)| c.name == row.name).map(|(i, _)| i).collect()
}

fn tried_of(a: &Attempt) -> Tried {
    Tried {
        at: a.at,
        user: Some(a.user),
        outcome: outcome(a.answer),
        reason: a.reason.map(|reason| match reason {
            Reason::AlreadyUsed => assess::Reason::AlreadyUsed,
            Reason::Depleted => assess::Reason::Depleted,
            Reason::NewUsersOnly | Reason::FirstPurchaseOnly => assess::Reason::Audience,
        }),
        api: Some(a.source == Source::Api),
        client: a.client,
    }
}

fn row_of(view: &View<'_>, place: usize) -> Row {
    let row = &view.shop.campaigns[place];
    let one_of_many = row.max_total_uses == Some(1);
    Row {
        id: row.id,
        status: match row.status {
            Status::Active => assess::Status::Active,
            Status::Paused => assess::Status::Paused,
            Status::Expired => assess::Status::Expired,
            Status::Depleted => assess::Status::Depleted,
        },
        valid_from: Some(row.valid_from),
        valid_until: Some(row.valid_until),
        max_total_uses: row.max_total_uses.filter(|_| !one_of_many),
        used_total: Some(row.used_total),
        max_uses_per_user: Some(row.max_uses_per_user),
        new_users_only: Some(row.new_users_only),
        first_purchase_only: Some(row.first_purchase_only),
        scope: Some(row.scope.to_owned()),
        created_at: Some(row.created_at),
    }
}

fn pause(view: &View<'_>, place: usize, policy: &Policy) -> assess::Pause {
    let (at, recorded, guard_since) = view.paused(place, policy);
    let by = view.recorded(place).map(|c| c.by);
    let together = view.shop.changes.iter().filter(|c| {
        view.shop.history && c.to == Status::Paused && Some(c.by) == by && (c.at - at).abs() <= MINUTE
    });
    // Without a history, campaigns last edited within the same minute are all that shows it.
    let edited = view.shop.campaigns.iter().filter(|c| {
        c.status == Status::Paused && (c.updated_at - view.shop.campaigns[place].updated_at).abs() <= MINUTE
    });
    let together = if view.shop.history { together.count() } else { edited.count() };
    let source = match (recorded, guard_since) {
        (true, _) => assess::Source::History,
        (_, Some(_)) => assess::Source::Evidence,
        _ => assess::Source::Estimated,
    };
    assess::Pause { at, source, guard_since, by: by.map(actor), together: together as u32 }
}

fn records(view: &View<'_>, place: usize) -> Records {
    let mut found = Records::default();
    for action in view.shop.actions.iter().filter(|a| a.campaign == place) {
        match &action.what {
            Deed::Pause(reason) => found.pause_reason = Some(reason.clone()),
            Deed::Successor => found.successor = true,
            Deed::Rotated => found.rotated = true,
            Deed::Announce(from, until) => found.announced.push((*from, *until)),
        }
    }
    found
}

fn user_of(view: &View<'_>, user: i64, codes: &[usize], evidence: (i64, i64)) -> User {
    let did = view.user(user);
    let earlier: &[Did] = &did[..did.partition_point(|d| d.at < evidence.0)];
    let hour = did.iter().filter(|d| d.at >= evidence.1 - 90 * MINUTE && d.at <= evidence.1);
    let (mut others, mut unknown) = (BTreeSet::new(), 0);
    for d in hour {
        match d.campaign {
            Some(campaign) if !d.bought && d.at >= evidence.0 && !codes.contains(&campaign) => {
                others.insert(campaign);
            }
            None if d.unknown => unknown += 1,
            _ => {}
        }
    }
    User {
        first_seen: earlier.first().map(|d| d.at),
        last_seen: earlier.last().map(|d| d.at),
        other_codes: others.len() as u32,
        unknown_codes: unknown,
        uses_before: 0,
        bought_before: earlier.iter().any(|d| d.bought),
    }
}

fn before(view: &View<'_>, place: usize, codes: &[usize], from: i64) -> Before {
    let shop = view.shop;
    let row = &shop.campaigns[place];
    let mut found = Before::default();
    let mut uses: BTreeMap<i64, i64> = BTreeMap::new();
    for r in codes.iter().flat_map(|code| view.redemptions(*code)) {
        found.after_end += u64::from(r.created_at >= row.valid_until);
        found.before_begin += u64::from(r.created_at < row.valid_from);
        if r.status != Held::Lapsed {
            *uses.entry(r.user).or_default() += 1;
        }
        if r.created_at < from {
            found.accepted += 1;
            let bought = view.user(r.user).iter().any(|d| d.bought && d.at < r.created_at);
            found.accepted_buyers += u64::from(bought);
        }
    }
    if codes.len() == 1 {
        found.users_over_limit = uses.values().filter(|n| **n > row.max_uses_per_user).count() as u64;
    }
    let purchases = view.purchases(place);
    found.sold = purchases.len() as u64;
    if row.scope != "ANY" {
        // A scope may have a product's name. Else what it covers is learned from the other campaigns with it.
        found.scope_names_product = shop.purchases.iter().any(|p| p.product == row.scope);
        let mut covered: BTreeSet<&str> = BTreeSet::from([row.scope]);
        if !found.scope_names_product {
            let others = shop.campaigns.iter().enumerate();
            for (other, _) in others.filter(|(i, c)| *i != place && c.scope == row.scope) {
                covered.extend(view.purchases(other).iter().map(|p| p.product));
            }
        }
        found.sold_outside_scope = purchases.iter().filter(|p| !covered.contains(p.product)).count() as u64;
    }
    found
}

fn usual(view: &View<'_>, place: usize, codes: &[usize], evidence: (i64, i64), policy: &Policy) -> Shop {
    let shop = view.shop;
    let until = evidence.0;
    let end = shop.redemptions.partition_point(|r| r.created_at < until);
    let lately: Vec<(i64, i64, Option<i64>)> = shop.redemptions[end.saturating_sub(LATEST)..end]
        .iter()
        .map(|r| (r.campaign as i64, r.created_at, r.applied_at))
        .collect();
    let curve = Curve::of(&lately, until);
    let others = shop.redemptions[end..].iter().filter(|r| !codes.contains(&r.campaign));
    let mut others_buy = (0.0, 0.0);
    for r in others {
        others_buy.0 += curve.bought_by(shop.end - r.created_at);
        others_buy.1 += f64::from(u8::from(r.applied_at.is_some()));
    }
    let first = shop.attempts.partition_point(|a| a.at < until - 3 * DAY);
    let last = shop.attempts.partition_point(|a| a.at < until);
    let recent = &shop.attempts[first..last];
    let came = |api: bool| {
        let some = recent.iter().filter(|a| !api || a.source == Source::Api);
        some.map(|a| a.user).collect::<BTreeSet<i64>>().len() as f64
    };
    let latest: Vec<i64> = shop.attempts.iter().rev().take(2_000).map(|a| a.at).collect();
    let ingestion = assess::ingestion(shop.end, &latest);
    Shop {
        bursts: bursts(view, place, until),
        curve,
        others_buy,
        api: (came(true), came(false)),
        ingestion,
        guard_failures: policy.guard().min_failures as u64,
        guard_lookback: policy.guard().lookback.micros(),
    }
}

/// The largest half hours of successes a code, on days before the evidence.
fn bursts(view: &View<'_>, _: usize, until: i64) -> Vec<Burst> {
    let mut slots: BTreeMap<(usize, i64), u32> = BTreeMap::new();
    let latest = until - 6 * 60 * MINUTE;
    for r in view.shop.redemptions.iter().filter(|r| r.created_at < latest) {
        *slots.entry((r.campaign, r.created_at.div_euclid(30 * MINUTE))).or_default() += 1;
    }
    let mut by_campaign: BTreeMap<usize, Vec<u32>> = BTreeMap::new();
    for ((campaign, _), n) in &slots {
        by_campaign.entry(*campaign).or_default().push(*n);
    }
    let mut large: Vec<((usize, i64), u32)> = Vec::new();
    for ((campaign, slot), n) in slots {
        let all = &mut by_campaign.entry(campaign).or_default();
        all.sort_unstable();
        let median = all.get(all.len() / 2).copied().unwrap_or(0);
        if n >= 12 && (n >= 3 * median || all.len() < 4) {
            large.push(((campaign, slot), n));
        }
    }
    large.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    // One burst a campaign and day.
    let mut days: BTreeSet<(usize, i64)> = BTreeSet::new();
    large.retain(|((campaign, slot), _)| days.insert((*campaign, slot / 48)));
    large.truncate(BURSTS);
    large.into_iter().map(|((campaign, slot), _)| burst(view, campaign, slot * 30 * MINUTE)).collect()
}

fn burst(view: &View<'_>, campaign: usize, from: i64) -> Burst {
    let span = (from, from + 30 * MINUTE);
    let tried: Vec<&&Attempt> =
        view.attempts(campaign).iter().filter(|a| (span.0..span.1).contains(&a.at)).collect();
    let users: BTreeSet<i64> =
        tried.iter().filter(|a| a.answer == Answer::Accepted).map(|a| a.user).collect();
    let every = users.len().div_ceil(BURST_SAMPLE).max(1);
    let mut found = Burst::default();
    for user in users.iter().step_by(every) {
        let source = tried.iter().find(|a| a.user == *user).map(|a| a.source);
        found.api += f64::from(u8::from(source == Some(Source::Api)));
        let user = user_of(view, *user, &[campaign], span);
        found.users += 1.0;
        found.new += f64::from(u8::from(user.first_seen.is_none()));
        let slept = user.last_seen.is_some_and(|last| span.0 - last > 42 * DAY);
        found.dormant += f64::from(u8::from(slept));
        found.many_codes += f64::from(u8::from(user.other_codes >= 2));
    }
    found
}

/// The verdict of the new assessment in the score's words.
pub fn verdict(conclusion: &assess::Conclusion) -> crate::truth::Verdict {
    use crate::truth::Verdict;
    match conclusion.verdict {
        assess::Verdict::AbuseLikely => Verdict::Abuse,
        assess::Verdict::ConfigRegression => Verdict::Config,
        assess::Verdict::Inconclusive => Verdict::Inconclusive,
        assess::Verdict::FalsePositive => Verdict::FalsePositive,
        assess::Verdict::Healthy => Verdict::Healthy,
    }
}
