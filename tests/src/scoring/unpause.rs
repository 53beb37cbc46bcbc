//! What the guarded unpause would decide about the paused campaigns of a simulated shop, compared with the truth about them.

use super::facts::{History, moment};
use super::pause::pause;
use super::scenario::Range;
use super::verdicts::SectionTwo;
use promo_guard_core::attempt::{Outcome, Outcomes};
use promo_guard_core::campaign::Campaign;
use promo_guard_core::classify::{Judgement, Verdict};
use promo_guard_core::policy::Policy;
use promo_guard_core::unpause::{
    Check, Demand, Facts, Finding, Judged, Known, Plan, Reason, Scopes, Settlement, Taken, Terms, Traffic,
    Try, wants_demand,
};
use promo_guard_core::{Micros, Span};
use promo_guard_generator::{
    CampaignIdx, CampaignTruth, Dataset, HashIdx, RedemptionStatus, Status, generate,
};
use std::collections::BTreeMap;

/// A decision about one paused campaign, and the truth.
#[derive(Debug, Clone)]
pub struct Decided {
    /// The plan.
    pub plan: Plan,
    /// What should be concluded.
    pub truth: CampaignTruth,
}

impl Decided {
    /// Whether a pause that should stay would be lifted.
    pub fn unsafe_unpause(&self) -> bool {
        self.plan.allowed() && !self.truth.unpause_safe
    }

    /// Whether one that could be lifted would not be.
    pub fn clean_refused(&self) -> bool {
        !self.plan.allowed() && self.truth.unpause_safe
    }

    /// Whether a clean campaign is refused by a check that says neither until when to wait nor what is the matter: of one
    /// that is clean that is only ever that the application's job would pause it again, with the ways out, or that a promotion and a leak
    /// leave the same rows, with the fact that decides. Whatever else a
    /// check says of it is wrong, and no reason.
    pub fn unexplained(&self) -> bool {
        let explained = |finding: &Finding| {
            finding.retry_after.is_some()
                || (finding.check == Check::GuardWouldNotRepause
                    && finding.evidence["job_condition"].is_string())
                || (finding.check == Check::NotAbuse
                    && ["whether it was planned", "Ask the developers of the app"]
                        .iter()
                        .any(|fact| finding.detail.contains(fact)))
        };
        self.clean_refused() && !self.plan.failed().all(explained)
    }
}

/// Whose verdict the check `not_abuse` hears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judge {
    /// Section 2's.
    SectionTwo,
    /// That of somebody who sees no evil: what the other eleven checks let through is then theirs alone.
    Trusting,
}

/// Every paused campaign of the shop, decided at its end.
pub fn decide(data: &Dataset, history: History, judge: Judge) -> Vec<Decided> {
    let policy = Policy::default();
    let paused: Vec<&CampaignTruth> =
        data.truth.campaigns.iter().filter(|t| data.campaign(t.campaign).status == Status::Paused).collect();
    if paused.is_empty() {
        return Vec::new();
    }
    let section_two = SectionTwo::of(data, history, &policy);
    let judged = section_two.judge(paused.iter().map(|truth| truth.campaign));
    let verdict = |judged: Judgement| match judge {
        Judge::SectionTwo => Judged {
            verdict: judged.verdict,
            confidence: judged.confidence,
            reasons: judged.reasons,
            abuse_ruled_out: judged.abuse_ruled_out,
        },
        Judge::Trusting => Judged {
            verdict: Verdict::FalsePositive,
            confidence: 1.0,
            reasons: Vec::new(),
            abuse_ruled_out: true,
        },
    };
    paused
        .into_iter()
        .zip(judged)
        .map(|(truth, judged)| {
            let facts = facts(data, truth.campaign, history, &policy, Ok(verdict(judged)));
            Decided { plan: Plan::of(&facts, &policy), truth: *truth }
        })
        .collect()
}

/// What came of the first incidents of a range.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// Paused campaigns.
    pub paused: u32,
    /// Those of them that could be unpaused without harm.
    pub clean: u32,
    /// Unpauses that would do harm, each with its scenario.
    pub unsafe_unpauses: Vec<(u32, Decided)>,
    /// Clean ones that are refused, each with its scenario.
    pub refused: Vec<(u32, Decided)>,
    /// Those of them without a wait or a reason.
    pub unexplained: u32,
}

impl Tally {
    /// Over the first `incidents` scenarios.
    pub fn of(range: &Range, incidents: u32, history: History, judge: Judge) -> Self {
        let mut tally = Self::default();
        for n in 0..incidents {
            for decided in decide(&generate(&range.scenario(n).config), history, judge) {
                tally.paused += 1;
                tally.clean += u32::from(decided.truth.unpause_safe);
                if decided.unsafe_unpause() {
                    tally.unsafe_unpauses.push((n, decided));
                } else if decided.clean_refused() {
                    tally.unexplained += u32::from(decided.unexplained());
                    tally.refused.push((n, decided));
                }
            }
        }
        tally
    }

    /// A share of the clean ones.
    pub fn of_clean(&self, n: usize) -> f64 {
        n as f64 / f64::from(self.clean.max(1))
    }
}

/// The facts that the extension would have gathered out of a database with these rows.
pub fn facts(
    data: &Dataset,
    idx: CampaignIdx,
    history: History,
    policy: &Policy,
    verdict: Known<Judged>,
) -> Facts {
    let now = moment(data.end);
    let rule = policy.guard();
    let guard_results = Outcomes::named(policy.guard_results());
    let campaign = campaign(data, idx);
    let all = tries(data, data.campaign(idx).code, now);
    let between = |from: Micros, until: Micros| -> Vec<Try> {
        all.iter().copied().filter(|t| from < t.at && t.at <= until).collect()
    };

    let on_code: Vec<_> =
        data.attempts.iter().filter(|a| a.code == data.campaign(idx).code && a.at <= data.end).collect();
    let pause = pause(data, idx, &on_code, history, policy);
    let paused_at = pause.as_ref().and_then(|pause| pause.at).unwrap_or(now).min(now);

    let same_scope =
        data.campaigns.iter().filter(|c| c.target_scope == data.campaign(idx).target_scope).count() as i64
            - 1;
    let mut facts = Facts {
        now,
        terms: Terms {
            rule,
            guard_results,
            require_history: policy.require_history(),
            lookback: policy.triage_lookback(),
        },
        rotated_into: Ok(None),
        open_reservations: Ok(open_reservations(data, idx)),
        uses: Ok(
            data.redemptions.iter().filter(|r| r.campaign == idx && r.applied_at.is_some()).count() as i64
        ),
        has_counter: true,
        scopes: Ok(Scopes::InUse { same: same_scope, others: data.campaigns.len() as i64 - 1, sold: false }),
        before: Ok(between(paused_at - policy.triage_lookback().micros(), paused_at)),
        recent: Ok(between(now - rule.lookback.micros(), now)),
        taken: Ok(taken(data, idx, paused_at, now)),
        fixed: Vec::new(),
        settlement: Ok(Settlement { ran: 18, ..Settlement::default() }),
        traffic: Ok(traffic(data, now)),
        verdict,
        demand: None,
        pause: pause.ok_or_else(|| "it is not paused.".to_owned()),
        campaign,
    };
    if wants_demand(&facts) {
        let mut demand = Demand { days: 3.0, ..Demand::default() };
        for t in between(paused_at - Span::from_days(3).micros(), paused_at) {
            demand.by_hour[usize::from(promo_guard_core::moment::hour_of_day(t.at))] += 1;
        }
        facts.demand = Some(demand);
    }
    facts
}

fn campaign(data: &Dataset, idx: CampaignIdx) -> Campaign {
    let row = data.campaign(idx);
    Campaign {
        id: row.id.0,
        name: Some(row.campaign_name.clone()),
        prefix: Some(row.code_prefix.clone()),
        promo_type: Some(row.promo_type.as_str().to_owned()),
        discount_type: row.discount_type.map(|t| t.as_str().to_owned()),
        discount_value: row.discount_value.map(i64::from),
        discount_percent: row.discount_percent.map(i64::from),
        target_scope: Some(row.target_scope.clone()),
        status: Some(row.status.as_str().to_owned()),
        valid_from: Some(moment(row.valid_from)),
        valid_until: Some(moment(row.valid_until)),
        max_total_uses: row.max_total_uses.map(i64::from),
        used_total: Some(i64::from(row.used_total)),
        max_uses_per_user: Some(i64::from(row.max_uses_per_user)),
        new_users_only: Some(row.new_users_only),
        first_purchase_only: Some(row.first_purchase_only),
        created_at: Some(moment(row.created_at)),
        updated_at: Some(moment(row.updated_at)),
    }
}

/// All attempts on a code up to now.
fn tries(data: &Dataset, hash: HashIdx, now: Micros) -> Vec<Try> {
    data.attempts
        .iter()
        .filter(|a| a.code == hash && moment(a.at) <= now)
        .map(|a| Try {
            at: moment(a.at),
            user: a.user.map(|u| u.get()),
            raw_user: a.user.map(|u| u.get()),
            outcome: Outcome::read(a.result.as_str().as_bytes()),
            reason: Reason::read(Some(a.reason.as_str())),
        })
        .collect()
}

fn open_reservations(data: &Dataset, idx: CampaignIdx) -> i64 {
    let open = data.redemptions.iter().filter(|r| {
        r.campaign == idx
            && r.status == RedemptionStatus::Reserved
            && r.reserved_until.is_none_or(|until| until > data.end)
    });
    open.count() as i64
}

fn taken(data: &Dataset, idx: CampaignIdx, until: Micros, now: Micros) -> Vec<Taken> {
    let mut taken: Vec<Taken> = data
        .redemptions
        .iter()
        .filter(|r| r.campaign == idx && moment(r.created_at) <= until)
        .map(|r| Taken {
            at: moment(r.created_at),
            applied_at: r.applied_at.map(moment),
            over: matches!(
                r.status,
                RedemptionStatus::Expired | RedemptionStatus::Rejected | RedemptionStatus::Revoked
            ) || (r.status == RedemptionStatus::Reserved
                && r.reserved_until.is_some_and(|u| moment(u) <= now)),
        })
        .collect();
    taken.sort_by_key(|t| t.at);
    taken.split_off(taken.len().saturating_sub(200))
}

fn traffic(data: &Dataset, now: Micros) -> Traffic {
    let until_now = || data.attempts.iter().map(|a| moment(a.at)).filter(|at| *at <= now);
    let Some(last) = until_now().max() else { return Traffic { last: None, expected: 0.0 } };
    if Traffic::fresh(Some(last), now) {
        return Traffic { last: Some(last), expected: 0.0 };
    }
    let week = || until_now().filter(|at| *at <= last && *at >= last - Span::from_days(7).micros());
    let day = Span::from_days(1).micros();
    let mut days: BTreeMap<i64, i64> = BTreeMap::new();
    week()
        .filter(|at| (now - at) % day < now - last)
        .for_each(|at| *days.entry((last - at) / day).or_default() += 1);
    let first = week().min().unwrap_or(last);
    Traffic::expect(last, now, week().count() as i64, days.into_values().collect(), first)
}
