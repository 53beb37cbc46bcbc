//! Is the burst that led to the pause over?
//!
//! A paused code answers every user with EXPIRED, so the answers do not separate attackers from customers (trap 1).
//! A user who was rejected before the pause and tries again belongs to the burst. A user whose first attempt meets a paused code
//! fails because of the pause.

use super::super::{Check, Facts, Finding, Try};
use crate::attempt::Outcome;
use crate::moment::utc;
use crate::words::{counted, grouped, number};
use serde_json::json;
use std::collections::HashSet;

/// A burst is over when less of it is left than a tenth of what sets off the auto-pause rule ...
const A_TENTH: i64 = 10;
/// ... and with rules of few failures when less than this.
const LEAST: i64 = 5;

pub(super) fn burst_over(facts: &Facts) -> Finding {
    const CHECK: Check = Check::BurstOver;
    let (before, recent) = match (&facts.before, &facts.recent) {
        (Err(lacking), _) | (_, Err(lacking)) => return Finding::unknown(CHECK, lacking),
        (Ok(before), Ok(recent)) => (before, recent),
    };
    let turned_away = |t: &&Try| matches!(t.outcome, Outcome::NotApplicable | Outcome::Invalid);
    let burst: HashSet<i64> = before.iter().filter(turned_away).filter_map(|t| t.user).collect();
    let of_burst = |t: &&Try| match t.outcome {
        Outcome::NotApplicable | Outcome::Invalid => true,
        Outcome::Expired | Outcome::RateLimited => t.user.is_some_and(|user| burst.contains(&user)),
        Outcome::Accepted | Outcome::Other => false,
    };
    let left: Vec<&Try> = recent.iter().filter(of_burst).collect();
    let users: HashSet<i64> = left.iter().filter_map(|t| t.user).collect();
    let echo = recent.iter().filter(|t| t.outcome == Outcome::Expired).count()
        - left.iter().filter(|t| t.outcome == Outcome::Expired).count();
    let (rule, lookback) = (facts.terms.rule, facts.terms.rule.lookback);
    let most = (rule.min_failures / A_TENTH).max(LEAST);
    let evidence = json!({ "burst_users": burst.len(), "burst_failures": before.iter().filter(turned_away).count(),
        "still_failing": left.len(), "still_users": users.len(), "pause_echo": echo, "most": most, "since": utc(facts.now.saturating_sub(lookback.micros())) });
    let over = left.len() as i64 <= most || (users.len() as i64) < rule.min_users;
    let echo_said = if echo > 0 {
        format!(" {} caused by the pause.", number(echo as i64, "other failure is", "other failures are"))
    } else {
        String::new()
    };
    if over {
        return Finding::passed(
            CHECK,
            format!(
                "{} of the {} rejected before the pause tried again in the last {lookback}, with {}.{echo_said}",
                grouped(users.len() as i64),
                counted(burst.len() as i64, "user"),
                counted(left.len() as i64, "attempt")
            ),
            evidence,
        );
    }
    // Without another, it is over once all but `most` have left the lookback.
    let calm = left[left.len() - 1 - most as usize].at.saturating_add(lookback.micros());
    Finding::failed(
        CHECK,
        format!(
            "The burst continues: {} by {} in the last {lookback}, the last at {}. It is over when {most} or fewer are left, at {} if no more follow.{echo_said}",
            counted(left.len() as i64, "attempt"),
            counted(users.len() as i64, "user"),
            utc(left[left.len() - 1].at),
            utc(calm)
        ),
        evidence,
    )
    .until(Some(calm))
}
