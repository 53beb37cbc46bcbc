//! Can those for whom the campaign is meant use it (trap 7)? A wrong scope logs no failed attempt at all: people are accepted,
//! and never buy. Wrong audience flags turn them away as NOT_APPLICABLE.

use super::super::{Check, Facts, Finding, Reason, Taken, Try};
use crate::Micros;
use crate::attempt::Outcome;
use crate::classify::Verdict;
use crate::words::{counted, grouped};
use serde_json::json;
use std::collections::HashSet;

/// Fewer redemptions say nothing about a campaign.
const LEAST_TAKEN: usize = 8;
/// So unlikely must a run of redemptions without a purchase be in a campaign that converts as before.
const UNLIKELY: f64 = 0.001;
/// What is assumed of a campaign's conversion where there are too few redemptions to tell.
const ASSUMED: f64 = 0.4;
/// So many redemptions make a rate.
const ENOUGH: usize = 20;
/// A scope that covers every product: a missing purchase is then no fault of the configuration.
const ANY: &str = "ANY";
/// At least so many users rejected by audience flags, ...
const LEAST_TURNED_AWAY: usize = 10;
/// ... and at least this share of those who came.
const SHARE_TURNED_AWAY: f64 = 0.25;

pub(super) fn config_converts(facts: &Facts) -> Finding {
    const CHECK: Check = Check::ConfigConverts;
    let (before, taken) = match (&facts.before, &facts.taken) {
        (Err(lacking), _) | (_, Err(lacking)) => return Finding::unknown(CHECK, lacking),
        (Ok(before), Ok(taken)) => (before, taken),
    };
    let run = Run::of(taken, facts.now);
    let audience = Audience::of(facts, before);
    let evidence = json!({ "redemptions": run.all, "applied": run.applied, "since_last_applied": run.unbroken,
        "turned_away_users": audience.turned_away, "users": audience.users, "fixed": facts.fixed });
    let mut wrong = Vec::new();
    let scope_fixed = facts.fixed.iter().any(|f| f == "target_scope");
    let any = facts.campaign.target_scope.as_deref() == Some(ANY);
    if run.broken() && !scope_fixed && !any {
        wrong.push(format!(
            "none of the last {} before the pause led to a purchase (earlier: {} of {}). Check target_scope and products",
            counted(run.unbroken as i64, "redemption"),
            grouped(run.applied as i64),
            grouped(run.prior as i64)
        ));
    }
    if audience.wrong() {
        wrong.push(format!(
            "{} of {} were rejected because of {}",
            grouped(audience.turned_away as i64),
            counted(audience.users as i64, "user"),
            audience.flags
        ));
    }
    if let Ok(judged) = &facts.verdict
        && judged.verdict == Verdict::ConfigRegression
        && wrong.is_empty()
    {
        wrong.push(format!(
            "the verdict is CONFIG_REGRESSION. {}",
            judged.reasons.first().map_or("", String::as_str).trim_end_matches('.')
        ));
    }
    if !wrong.is_empty() {
        return Finding::failed(
            CHECK,
            format!("Its users cannot use it: {}. Fix it first.", wrong.join("; ")),
            evidence,
        );
    }
    let detail = if run.all == 0 {
        "No redemption before the pause has had time to lead to a purchase. Watch the first ones.".to_owned()
    } else if run.broken() {
        let but = if scope_fixed {
            "target_scope was fixed since"
        } else {
            "target_scope ANY covers every product"
        };
        format!(
            "None of the last {} led to a purchase, but {but}. Watch the first ones.",
            counted(run.unbroken as i64, "redemption")
        )
    } else {
        format!(
            "{} of the last {} before the pause led to a purchase.",
            grouped(run.applied as i64),
            counted(run.all as i64, "redemption")
        )
    };
    Finding::passed(CHECK, detail, evidence)
}

/// Redemptions that had their time, and how many of the latest led to nothing.
struct Run {
    all: usize,
    applied: usize,
    unbroken: usize,
    prior: usize,
}

impl Run {
    fn of(taken: &[Taken], now: Micros) -> Self {
        let mut took: Vec<Micros> =
            taken.iter().filter_map(|t| Some(t.applied_at?.saturating_sub(t.at))).collect();
        took.sort_unstable();
        // Nine in ten have bought by then. Where too few purchases tell how long people take, only a lapsed reservation had its time.
        let usual = took.get(took.len() * 9 / 10).copied().filter(|_| took.len() >= LEAST_TAKEN);
        let in_time = |t: &Taken| usual.is_some_and(|usual| t.at.saturating_add(usual) <= now);
        let had_their_time: Vec<&Taken> =
            taken.iter().filter(|t| t.applied_at.is_some() || t.over || in_time(t)).collect();
        let unbroken = had_their_time.iter().rev().take_while(|t| t.applied_at.is_none()).count();
        Self {
            all: had_their_time.len(),
            applied: had_their_time.iter().filter(|t| t.applied_at.is_some()).count(),
            unbroken,
            prior: had_their_time.len() - unbroken,
        }
    }

    fn broken(&self) -> bool {
        let rate = if self.prior >= ENOUGH { self.applied as f64 / self.prior as f64 } else { ASSUMED };
        self.unbroken >= LEAST_TAKEN && (1.0 - rate).powf(self.unbroken as f64) < UNLIKELY
    }
}

/// The users rejected because of the current audience flags.
struct Audience {
    turned_away: usize,
    users: usize,
    flags: &'static str,
}

impl Audience {
    fn of(facts: &Facts, before: &[Try]) -> Self {
        let c = &facts.campaign;
        let (new_users, first) = (c.new_users_only != Some(false), c.first_purchase_only != Some(false));
        let accepted: HashSet<Option<i64>> =
            before.iter().filter(|t| t.outcome == Outcome::Accepted).map(|t| t.user).collect();
        let by_flag = |t: &&Try| {
            t.outcome == Outcome::NotApplicable
                && match t.reason {
                    Reason::NewUsersOnly => new_users,
                    Reason::FirstPurchaseOnly => first,
                    // No reason noted: a user who had used it was accepted before.
                    Reason::Unknown => (new_users || first) && !accepted.contains(&t.user),
                    Reason::AlreadyUsed | Reason::Other => false,
                }
        };
        let count = |users: HashSet<i64>| users.len();
        Self {
            turned_away: count(before.iter().filter(by_flag).filter_map(|t| t.user).collect()),
            users: count(
                before
                    .iter()
                    .filter(|t| matches!(t.outcome, Outcome::Accepted | Outcome::NotApplicable))
                    .filter_map(|t| t.user)
                    .collect(),
            ),
            flags: match (c.new_users_only, c.first_purchase_only) {
                (Some(true), Some(true)) => "new_users_only and first_purchase_only",
                (Some(true), _) => "new_users_only",
                (_, Some(true)) => "first_purchase_only",
                _ => "its audience (NOT_APPLICABLE)",
            },
        }
    }

    fn wrong(&self) -> bool {
        self.turned_away >= LEAST_TURNED_AWAY
            && self.turned_away as f64 >= SHARE_TURNED_AWAY * self.users as f64
    }
}
