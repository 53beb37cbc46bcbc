//! Would the application's auto-pause job pause it again at once? The job has no memory of an unpause, and counts the
//! failures that the pause itself caused. For a popular code waiting never helps (trap 1).

use super::super::{Check, Demand, Facts, Finding, Try};
use crate::attempt::Outcome;
use crate::moment::{hour_of_day, length, utc};
use crate::words::{self, grouped};
use crate::{Micros, Span};
use serde_json::json;
use std::collections::HashSet;

/// What the application's job may add to its query, so that it ignores attempts before the last unpause.
pub const JOB_CONDITION: &str = "AND attempted_at > coalesce((SELECT max(h.at) FROM promo_guard.status_history AS h WHERE h.campaign_id = promo_codes.id AND h.from_status = 'PAUSED' AND h.to_status = 'ACTIVE'), '-infinity')";

/// Failures that the job counts, in the rule's lookback until now.
fn counted<'a>(facts: &Facts, recent: &'a [Try]) -> Vec<&'a Try> {
    recent
        .iter()
        .filter(|t| facts.terms.guard_results.contains(t.outcome))
        .filter(|t| t.at > facts.now.saturating_sub(facts.terms.rule.lookback.micros()) && t.at <= facts.now)
        .collect()
}

fn holds(facts: &Facts, counted: &[&Try]) -> (bool, usize) {
    let users: HashSet<i64> = counted.iter().filter_map(|t| t.raw_user).collect();
    let rule = facts.terms.rule;
    (counted.len() as i64 > rule.min_failures && users.len() as i64 >= rule.min_users, users.len())
}

/// Whether the finding will speak of quiet hours: only then is it worth to count a week of attempts.
pub fn wants_demand(facts: &Facts) -> bool {
    facts.recent.as_ref().is_ok_and(|recent| holds(facts, &counted(facts, recent)).0)
}

pub(super) fn guard_would_not_repause(facts: &Facts) -> Finding {
    const CHECK: Check = Check::GuardWouldNotRepause;
    let recent = match &facts.recent {
        Err(lacking) => return Finding::unknown(CHECK, lacking),
        Ok(recent) => recent,
    };
    let rule = facts.terms.rule;
    let failures = counted(facts, recent);
    let (would, users) = holds(facts, &failures);
    let paused_at = facts.pause.as_ref().map_or(Micros::MAX, |_| facts.paused_at());
    let is_echo = |t: &&&Try| t.outcome == Outcome::Expired && t.at >= paused_at;
    let echo = failures.iter().filter(is_echo).count() as i64;
    let since_pause = facts.now.saturating_sub(paused_at).clamp(0, rule.lookback.micros());
    // The failures that the pause causes in a whole lookback; a pause of less than a minute gives no rate yet.
    let echo_rate = if since_pause >= Span::from_minutes(1).micros() {
        (echo as f64 * rule.lookback.micros() as f64 / since_pause as f64).round() as i64
    } else {
        echo
    };
    let says = format!(
        "{} from {} in the last {} (rule: {rule})",
        words::counted(failures.len() as i64, "failure"),
        words::counted(users as i64, "user"),
        rule.lookback,
    );
    let evidence = json!({ "failures": failures.len(), "users": users, "pause_echo": echo, "pause_echo_per_lookback": echo_rate,
        "min_failures": rule.min_failures, "min_users": rule.min_users, "lookback": rule.lookback.to_string() });
    if !would {
        return Finding::passed(CHECK, format!("The auto-pause rule does not hold: {says}."), evidence);
    }
    let would_pause = format!("The auto-pause job would pause it again within a minute: {says}");
    if echo_rate > rule.min_failures {
        let mut evidence = evidence;
        evidence["job_condition"] = JOB_CONDITION.into();
        let ways = ways_out(facts.demand.as_ref(), echo_rate, rule.min_failures, rule.lookback, facts.now);
        return Finding::failed(
            CHECK,
            format!(
                "{would_pause}. {} caused by the pause, {} in {} at this rate. Waiting does not help while so many users try the code. {ways}",
                words::number(echo, "of them is", "of them are"),
                grouped(echo_rate),
                rule.lookback
            ),
            evidence,
        );
    }
    // The other failures leave the lookback one by one; those that the pause causes continue.
    let others: Vec<Micros> = failures.iter().filter(|t| !is_echo(t)).map(|t| t.at).collect();
    let room = usize::try_from(rule.min_failures - echo_rate).unwrap_or_default();
    let drained = match others.len().checked_sub(room + 1) {
        Some(last_to_leave) => others[last_to_leave].saturating_add(rule.lookback.micros()),
        // The failures caused by the pause made it hold for a moment: they are back within their rate soon.
        None => facts.now.saturating_add(Span::from_minutes(1).micros()),
    }
    .max(facts.now.saturating_add(1_000_000));
    Finding::failed(
        CHECK,
        format!(
            "{would_pause}. They leave the rule's window at {}, in {}. Try again then.",
            utc(drained),
            length(drained.saturating_sub(facts.now))
        ),
        evidence,
    )
    .until(Some(drained))
}

/// What to do where waiting does not help.
fn ways_out(demand: Option<&Demand>, echo_rate: i64, most: i64, lookback: Span, now: Micros) -> String {
    let quiet = demand.and_then(|d| quiet_hour(d, echo_rate, most, now)).map_or_else(
        || "No hour of the day is quiet enough. Rotate the code.".to_owned(),
        |(at, expected)| {
            format!(
                "Try in a quiet hour, from {} (about {} in {lookback} expected), or rotate the code.",
                utc(at),
                words::counted(expected, "failure")
            )
        },
    );
    format!(
        "{quiet} Or have the owner of the auto-pause job stop it, or add job_condition (in the evidence of this check) to its query, so that it ignores attempts before the last unpause. Then override this check."
    )
}

/// The next hour in which the failures caused by the pause should not keep the rule true, and their number: as now, by how much
/// the code was asked for in that hour and in this one before its pause.
fn quiet_hour(demand: &Demand, echo_rate: i64, most: i64, now: Micros) -> Option<(Micros, i64)> {
    let hour = Span::from_minutes(60).micros();
    let asked = |at: Micros| demand.by_hour[usize::from(hour_of_day(at))] as f64;
    if demand.days < 0.9 || asked(now) < 1.0 {
        return None;
    }
    let start = now.saturating_sub(now.rem_euclid(hour));
    // A fifth to spare, for days differ.
    (1..24)
        .map(|i| start.saturating_add(i * hour))
        .map(|at| (at, echo_rate as f64 * asked(at) / asked(now)))
        .find(|(_, expected)| *expected < most as f64 * 0.8)
        .map(|(at, expected)| (at, expected.round() as i64))
}
