//! The facts of the new assessment, derived from a shop's rows as the extension's statements would give them. What is a
//! bounded sample there is the same sample here.

use crate::rows::{Answer, Attempt, Deed, Held, Reason, Source, Status};
use crate::view::{ByTime, Did, View, outcome};
use promo_guard_core::Span;
use promo_guard_core::classify::answers::Answers;
use promo_guard_core::classify::plan::{self, OfDay, Peak};
use promo_guard_core::classify::{
    self, Before, Burst, Crowd, Curve, Facts, Records, Redeemed, Row, Shop, Slot, Tried, User,
};
use promo_guard_core::policy::Policy;
use std::collections::{BTreeMap, BTreeSet, HashMap};

const MINUTE: i64 = 60_000_000;
const DAY: i64 = 1_440 * MINUTE;

/// The facts of one campaign, and what is usual in its shop.
pub fn gather(view: &View<'_>, place: usize, policy: &Policy) -> (Facts, Shop) {
    let found = within(view, place, policy, plan::BEFORE_BURST);
    // Under a fault an attack may have come first: further back for those few.
    if classify::contradictions(&found.0, &found.1).is_empty() {
        found
    } else {
        within(view, place, policy, plan::BEFORE_FAULT)
    }
}

fn within(view: &View<'_>, place: usize, policy: &Policy, back: Span) -> (Facts, Shop) {
    let shop = view.shop;
    let row = &shop.campaigns[place];
    let codes = batch(view, place);
    let pause = (row.status == Status::Paused).then(|| pause(view, place, policy));
    let lookback = policy.triage_lookback().micros();
    let window = (shop.end - lookback, shop.end);
    let evidence = plan::evidence(pause.as_ref().map(|(p, _)| p), window, back, policy.guard().lookback);
    let tried: Vec<&Attempt> = codes
        .iter()
        .flat_map(|c| view.attempts(*c))
        .copied()
        .filter(|a| (evidence.0..=evidence.1).contains(&a.at))
        .collect();
    let mut attempts: Vec<Tried> = tried.iter().map(|a| tried_of(a)).collect();
    attempts.sort_by_key(|t| t.at);
    let users: BTreeSet<i64> = tried.iter().map(|a| a.user).collect();
    let users: Vec<i64> = users.into_iter().collect();
    let most = if pause.is_some() { plan::USERS } else { plan::USERS_OF_ACTIVE };
    let sample: Vec<i64> = plan::some_of(&users, most).collect();
    let mut looked_up: HashMap<i64, User> = HashMap::new();
    for user in &sample {
        looked_up.insert(*user, user_of(view, *user, &codes, evidence, (evidence.0, policy)));
    }
    let mut redemptions = Vec::new();
    for code in &codes {
        for r in view.redemptions(*code) {
            if r.created_at < evidence.0
                && let Some(user) = looked_up.get_mut(&r.user)
            {
                user.uses_before += 1;
            }
            if r.created_at < evidence.0 {
                continue;
            }
            redemptions.push(Redeemed {
                user: r.user,
                at: r.created_at,
                applied_at: r.applied_at,
                paid_back: r.status == Held::Revoked && r.applied_at.is_some(),
            });
        }
    }
    redemptions.sort_by_key(|r| r.at);
    let (pause, paused_together) = pause.map_or((None, 0), |(pause, together)| (Some(pause), together));
    let facts = Facts {
        as_of: shop.end,
        row: row_of(view, place),
        pause,
        records: Records { paused_together, ..records(view, place) },
        evidence,
        attempts,
        users: looked_up,
        redemptions,
        before: before(view, place, &codes, evidence.0),
        pause_induced: 0,
        missing: Vec::new(),
        looked_up: true,
    };
    let mut usual = usual(view, &codes, evidence, policy);
    if Crowd::few_buy(&facts, &usual.curve) {
        let redeemed = facts.redeemed().map(|r| r.at);
        usual.others_buy = usual.curve.sold_meanwhile(&view.sales(), redeemed, shop.end);
    }
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
            Reason::AlreadyUsed => classify::Reason::AlreadyUsed,
            Reason::Depleted => classify::Reason::Depleted,
            Reason::NewUsersOnly | Reason::FirstPurchaseOnly => classify::Reason::Audience,
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
            Status::Active => classify::Status::Active,
            Status::Paused => classify::Status::Paused,
            Status::Expired => classify::Status::Expired,
            Status::Depleted => classify::Status::Depleted,
        },
        valid_from: Some(row.valid_from),
        valid_until: Some(row.valid_until),
        max_total_uses: row.max_total_uses.filter(|_| !one_of_many),
        used_total: Some(row.used_total),
        new_users_only: Some(row.new_users_only),
        first_purchase_only: Some(row.first_purchase_only),
        scope: Some(row.scope.to_owned()),
    }
}

fn pause(view: &View<'_>, place: usize, policy: &Policy) -> (classify::Pause, u32) {
    let found = view.paused(place, policy);
    let (source, guard_since) = (found.source, found.guard_since);
    let (at, by) = (found.at.unwrap_or(view.shop.end), found.by().map(str::to_owned));
    let recorded = view.recorded(place).map(|c| c.by);
    let together = view.shop.changes.iter().filter(|c| {
        view.shop.history && c.to == Status::Paused && Some(c.by) == recorded && (c.at - at).abs() <= MINUTE
    });
    // Without a history, campaigns last edited within the same minute are all that shows it.
    let edited = view.shop.campaigns.iter().filter(|c| {
        c.status == Status::Paused && (c.updated_at - view.shop.campaigns[place].updated_at).abs() <= MINUTE
    });
    let together = if view.shop.history { together.count() } else { edited.count() };
    (classify::Pause { at, source, guard_since, by }, together as u32)
}

fn records(view: &View<'_>, place: usize) -> Records {
    let mut found = Records::default();
    for action in view.shop.actions.iter().filter(|a| a.campaign == place) {
        match &action.what {
            Deed::Pause(reason) => found.pause_reason = Some(reason.clone()),
            Deed::Successor => found.successor = true,
            Deed::Rotated => found.rotated = true,
            Deed::Announce(from, until) => found.announced.push((*from, *until).into()),
        }
    }
    found
}

/// Codes that answered a user clearly until a moment, and those of them that they went on with.
fn went_on(did: &[Did], until: i64) -> (u32, u32) {
    let mut codes: BTreeMap<u64, Answers> = BTreeMap::new();
    for d in did.iter().filter(|d| !d.bought && d.at < until) {
        if d.told {
            codes.entry(d.code).or_default().told(d.at);
        }
    }
    let told = codes.values().filter(|answers| answers.any());
    (told.clone().count() as u32, told.filter(|answers| answers.went_on()).count() as u32)
}

/// Attempts before `since` are read within policy `verdict_reach`, as the extension reads them; redemptions and purchases of any time.
fn user_of(
    view: &View<'_>,
    user: i64,
    codes: &[usize],
    (since, end): (i64, i64),
    (told_until, policy): (i64, &Policy),
) -> User {
    let earliest = since - policy.verdict_reach().micros();
    let tried = view.user(user).iter().filter(|d| d.bought || d.at >= earliest);
    let did: Vec<Did> = tried.copied().collect();
    let (told, went_on) = went_on(&did, told_until);
    let earlier: &[Did] = &did[..did.partition_point(|d| d.at < since)];
    let redeemed = view.redeemed(user).iter().copied().filter(|at| *at < since);
    let seen = || earlier.iter().map(|d| d.at).chain(redeemed.clone());
    let hour = did.iter().filter(|d| d.at >= end - 90 * MINUTE && d.at <= end);
    let (mut others, mut unknown) = (BTreeSet::new(), BTreeSet::new());
    for d in hour {
        match d.campaign {
            Some(campaign) if !d.bought && d.at >= since && !codes.contains(&campaign) => {
                others.insert(campaign);
            }
            None if d.unknown => {
                unknown.insert(d.code);
            }
            _ => {}
        }
    }
    User {
        first_seen: seen().min(),
        last_seen: seen().max(),
        other_codes: others.len() as u32,
        unknown_codes: unknown.len() as u32,
        uses_before: 0,
        bought_before: earlier.iter().any(|d| d.bought),
        told,
        went_on,
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
            found.applied += u64::from(r.applied_at.is_some());
        }
    }
    let mut day: BTreeMap<i64, (bool, bool)> = BTreeMap::new();
    let tried = codes.iter().flat_map(|code| view.attempts(*code));
    for a in tried.filter(|a| (from - DAY..from).contains(&a.at)) {
        let user = day.entry(a.user).or_default();
        user.0 |= a.answer == Answer::Accepted;
        let audience = matches!(a.reason, None | Some(Reason::NewUsersOnly | Reason::FirstPurchaseOnly));
        user.1 |= a.answer == Answer::NotApplicable && audience;
    }
    found.accepted_lately = day.values().filter(|(accepted, _)| *accepted).count() as u64;
    found.turned_away_lately = day.values().filter(|(accepted, away)| !accepted && *away).count() as u64;
    if row.new_users_only || row.first_purchase_only {
        latest_buyers(view, codes, from, &mut found);
    }
    let earlier = codes.iter().flat_map(|code| view.redemptions(*code)).filter(|r| r.created_at < from);
    let mut latest: Vec<(i64, bool)> = earlier.map(|r| (r.created_at, r.applied_at.is_some())).collect();
    latest.sort_unstable();
    found.not_bought =
        latest.iter().rev().take(200).take_while(|(_, bought)| !bought).map(|(at, _)| *at).collect();
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

/// Of the latest redemptions before the evidence, those of users who had bought before.
fn latest_buyers(view: &View<'_>, codes: &[usize], from: i64, found: &mut Before) {
    let earlier = codes.iter().flat_map(|code| view.redemptions(*code)).filter(|r| r.created_at < from);
    let mut earlier: Vec<(i64, i64)> = earlier.map(|r| (r.created_at, r.user)).collect();
    earlier.sort_unstable();
    let latest = earlier.iter().rev().take(plan::BUYERS as usize);
    let bought = |(at, user): &&(i64, i64)| view.user(*user).iter().any(|d| d.bought && d.at < *at);
    found.accepted_buyers = latest.filter(bought).count() as u64;
    found.accepted = found.accepted.min(plan::BUYERS);
}

fn usual(view: &View<'_>, codes: &[usize], evidence: (i64, i64), policy: &Policy) -> Shop {
    let shop = view.shop;
    let until = plan::half_hour(evidence.0);
    let (slots, days, peaks) = view.by_time.get_or_init(|| by_time(view));
    let curve = Curve::of(slots, days, until);
    let came = |api: bool| {
        let earlier = codes.iter().flat_map(|code| view.attempts(*code));
        let recent = earlier.filter(|a| (evidence.0 - 3 * DAY..evidence.0).contains(&a.at));
        recent.filter(|a| !api || a.source == Source::Api).map(|a| a.user).collect::<BTreeSet<i64>>().len()
            as f64
    };
    let latest: Vec<i64> = shop.attempts.iter().rev().take(plan::LATEST as usize).map(|a| a.at).collect();
    let ingestion = classify::ingestion(shop.end, &latest);
    Shop {
        bursts: plan::bursts(peaks, evidence.0)
            .into_iter()
            .map(|(campaign, from)| burst(view, (campaign as usize, from), policy))
            .collect(),
        curve,
        others_buy: (0.0, 0.0),
        api: (came(true), came(false)),
        ingestion,
        guard_failures: policy.guard().min_failures as u64,
        guard_lookback: policy.guard().lookback.micros(),
    }
}

fn slots_of(redemptions: impl Iterator<Item = (i64, Option<i64>)>) -> Vec<Slot> {
    let mut slots: BTreeMap<i64, Slot> = BTreeMap::new();
    for (at, applied_at) in redemptions {
        let from = plan::half_hour(at);
        let slot = slots.entry(from).or_insert(Slot { from, ..Slot::default() });
        slot.all += 1;
        if let Some(applied) = applied_at {
            slot.bought[Slot::place(applied - at)] += 1;
        }
    }
    slots.into_values().collect()
}

/// The shop's redemptions by half hour, by campaign and day, and the half hours with a burst.
fn by_time(view: &View<'_>) -> ByTime {
    let all = &view.shop.redemptions;
    let (mut days, mut halves) = (BTreeMap::<(i64, i64), OfDay>::new(), BTreeMap::<(i64, i64), u64>::new());
    for r in all {
        let (campaign, from) = (r.campaign as i64, plan::day(r.created_at));
        let day = days.entry((campaign, from)).or_insert(OfDay { campaign, from, all: 0, bought: 0 });
        day.all += 1;
        day.bought += u64::from(r.applied_at.is_some());
        *halves.entry((campaign, plan::half_hour(r.created_at))).or_default() += 1;
    }
    let peaks = halves.into_iter().filter(|(_, all)| *all >= plan::BURST);
    let of_day = |campaign, from| days.get(&(campaign, plan::day(from))).map_or(0, |day| day.all);
    let peak = |((campaign, from), all)| Peak { campaign, from, all, of_day: of_day(campaign, from) };
    let peaks = peaks.map(peak).collect();
    (slots_of(all.iter().map(|r| (r.created_at, r.applied_at))), days.into_values().collect(), peaks)
}

fn burst(view: &View<'_>, (campaign, from): (usize, i64), policy: &Policy) -> Burst {
    let span = (from, from + 30 * MINUTE);
    let tried: Vec<&&Attempt> =
        view.attempts(campaign).iter().filter(|a| (span.0..span.1).contains(&a.at)).collect();
    let users: BTreeSet<i64> =
        tried.iter().filter(|a| a.answer == Answer::Accepted).map(|a| a.user).collect();
    let users: Vec<i64> = users.into_iter().collect();
    let mut found = Burst::default();
    for user in plan::some_of(&users, plan::USERS_OF_BURST) {
        let source = tried.iter().find(|a| a.user == user).map(|a| a.source);
        found.add(
            &user_of(view, user, &[campaign], span, (span.1, policy)),
            source == Some(Source::Api),
            span.0,
        );
    }
    found
}

/// The verdict of the new assessment in the score's words.
pub fn verdict(conclusion: &classify::Conclusion) -> crate::truth::Verdict {
    use crate::truth::Verdict;
    match conclusion.verdict {
        classify::Verdict::AbuseLikely => Verdict::Abuse,
        classify::Verdict::ConfigRegression => Verdict::Config,
        classify::Verdict::Inconclusive => Verdict::Inconclusive,
        classify::Verdict::FalsePositive => Verdict::FalsePositive,
        classify::Verdict::Healthy => Verdict::Healthy,
    }
}
