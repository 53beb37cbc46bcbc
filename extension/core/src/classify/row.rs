//! Contradictions between the campaign's row and what was accepted under it before: they decide by themselves.

use super::answers::Answers;
use super::facts::{AUDIENCE, Reason, Tried};
use super::plan::DORMANT;
use super::{Facts, Shop};
use crate::attempt::Outcome;
use std::collections::{HashMap, HashSet};

/// A named contradiction with its numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contradiction {
    /// `valid_until` is not after `valid_from`.
    EndBeforeBegin,
    /// So many were accepted after `valid_until` as it stands: it was moved back.
    AcceptedAfterEnd(u64),
    /// So many were accepted before `valid_from` as it stands: it was moved on.
    AcceptedBeforeBegin(u64),
    /// Used more often than its limit: used, limit.
    UsedBeyondLimit(i64, i64),
    /// So many users used it more often than a user may now.
    UsersBeyondLimit(u64),
    /// So many were accepted whom an audience flag rejects now.
    AudienceAgainstAccepted(u64),
    /// So many users are rejected by an audience flag that rejected almost no user the day before.
    AudienceSince(u64),
    /// So many of its purchases are of products that its scope does not cover.
    SoldOutsideScope(u64, u64),
    /// So many purchases of users the shop knows well are due by now, and there is none: with this scope nothing can be bought.
    NobodyBuys(u64),
}

impl Contradiction {
    /// The columns to fix.
    pub const fn columns(self) -> &'static [&'static str] {
        match self {
            Self::EndBeforeBegin => &["valid_from", "valid_until"],
            Self::AcceptedAfterEnd(_) => &["valid_until"],
            Self::AcceptedBeforeBegin(_) => &["valid_from"],
            Self::UsedBeyondLimit(..) => &["max_total_uses"],
            Self::UsersBeyondLimit(_) => &["max_uses_per_user"],
            Self::AudienceAgainstAccepted(_) | Self::AudienceSince(_) => &AUDIENCE,
            Self::SoldOutsideScope(..) | Self::NobodyBuys(_) => &["target_scope"],
        }
    }
}

/// One stray row, such as a clock a second off, proves nothing; two do.
const STRAY: u64 = 2;

/// Every contradiction of the row.
pub fn contradictions(facts: &Facts, shop: &Shop) -> Vec<Contradiction> {
    let (row, before) = (&facts.row, &facts.before);
    let mut found = Vec::new();
    let upside_down = matches!((row.valid_from, row.valid_until), (Some(from), Some(until)) if until <= from);
    if upside_down {
        found.push(Contradiction::EndBeforeBegin);
    }
    let over = row.valid_until.is_some_and(|until| until <= facts.as_of);
    if over && before.after_end >= STRAY {
        found.push(Contradiction::AcceptedAfterEnd(before.after_end));
    }
    let not_begun = row.valid_from.is_some_and(|from| from > facts.as_of);
    if not_begun && before.before_begin >= STRAY {
        found.push(Contradiction::AcceptedBeforeBegin(before.before_begin));
    }
    if let (Some(limit), Some(used)) = (row.max_total_uses, row.used_total)
        && used > limit
    {
        found.push(Contradiction::UsedBeyondLimit(used, limit));
    }
    // One user accepted twice in a race is no contradiction; several are.
    if before.users_over_limit >= 5 && !facts.records.has_fixed(&["max_uses_per_user"]) {
        found.push(Contradiction::UsersBeyondLimit(before.users_over_limit));
    }
    // An audience flag that had stood would have rejected these.
    // New users may have bought once before they send the code; regulars are many.
    let many = before.accepted_buyers >= 5 && 8 * before.accepted_buyers >= before.accepted;
    if row.restricted() && many {
        found.push(Contradiction::AudienceAgainstAccepted(before.accepted_buyers));
    } else if let Some(users) = turned_away_since(facts) {
        found.push(Contradiction::AudienceSince(users));
    }
    let outside = before.sold_outside_scope >= 3 && 10 * before.sold_outside_scope >= 8 * before.sold;
    if outside && (before.scope_names_product || purchases_stopped(facts, shop)) {
        found.push(Contradiction::SoldOutsideScope(before.sold_outside_scope, before.sold));
    } else if !facts.records.has_fixed(&["target_scope"])
        && let Some(due) = nobody_buys(facts, shop)
    {
        found.push(Contradiction::NobodyBuys(due));
    }
    found
}

/// Users rejected by an audience flag that rejected almost no user the day before: what a shop calls a new user
/// is its own affair, but a flag does not begin to work by itself. Accounts that go on and on may be attackers, and are another
/// question.
fn turned_away_since(facts: &Facts) -> Option<u64> {
    let by_flag =
        |t: &&Tried| t.outcome == Outcome::NotApplicable && matches!(t.reason, Some(Reason::Audience) | None);
    let (before, row) = (&facts.before, &facts.row);
    if !row.restricted() || before.accepted_lately < 15 {
        return None;
    }
    let first = facts.attempts.iter().find(by_flag)?.at;
    let accepted: HashSet<i64> =
        facts.attempts.iter().filter(|t| t.outcome == Outcome::Accepted).filter_map(|t| t.user).collect();
    let since = facts.attempts.iter().filter(|t| t.at >= first);
    let taken: HashSet<i64> =
        since.clone().filter(|t| t.outcome == Outcome::Accepted).filter_map(|t| t.user).collect();
    let away: HashSet<i64> =
        since.filter(by_flag).filter_map(|t| t.user).filter(|user| !accepted.contains(user)).collect();
    let mut answers: HashMap<i64, Answers> = HashMap::new();
    for tried in facts.attempts.iter().filter(|t| t.is_clear()) {
        tried.user.into_iter().for_each(|user| answers.entry(user).or_default().told(tried.at));
    }
    let (went_on, rest): (Vec<i64>, Vec<i64>) =
        away.iter().copied().partition(|user| answers.get(user).is_some_and(Answers::went_on));
    // Beside an attack the customers that a fault rejects are those whom the shop knows.
    let known =
        rest.iter().filter(|user| facts.users.get(user).is_some_and(|u| u.first_seen.is_some())).count();
    let share = |part: usize, rest: usize| part as f64 / (part + rest).max(1) as f64;
    let now = share(away.len(), taken.len());
    let earlier = share(before.turned_away_lately as usize, before.accepted_lately as usize);
    let many = away.len() >= 20 && (20 * went_on.len() <= 3 * away.len() || known >= 20);
    (many && now >= 0.4 && 4.0 * earlier <= now).then_some(rest.len() as u64)
}

/// Whether it led to no purchase for so long that several are due: since the last redemption that led to one.
fn purchases_stopped(facts: &Facts, shop: &Shop) -> bool {
    let last = facts.redemptions.iter().filter(|r| r.applied_at.is_some()).map(|r| r.at).max();
    let earlier = facts.before.not_bought.iter().copied().filter(|_| last.is_none());
    let later = facts.redemptions.iter().map(|r| r.at).filter(|at| last.is_none_or(|last| *at > last));
    let due = earlier.chain(later).map(|at| shop.curve.bought_by(facts.as_of.saturating_sub(at)));
    due.sum::<f64>() >= 4.0
}

/// Whether even regulars, who buy as ever elsewhere, buy nothing with it. Never asked where everything can be bought with it:
/// there a crowd that does not buy is another question.
fn nobody_buys(facts: &Facts, shop: &Shop) -> Option<u64> {
    if facts.row.scope.as_deref().is_none_or(|scope| scope == "ANY") {
        return None;
    }
    let (expected, seen) = shop.others_buy;
    let regular = |user: &i64| {
        let last = facts.users.get(user).and_then(|user| user.last_seen);
        last.is_some_and(|last| facts.evidence.0.saturating_sub(last) < DORMANT.micros())
    };
    let (from, until) = facts.evidence;
    let lately = facts.redemptions.iter().filter(|r| (from..=until).contains(&r.at));
    let bought = lately.clone().any(|r| r.applied_at.is_some());
    let due: f64 = lately
        .filter(|r| regular(&r.user))
        .map(|r| shop.curve.bought_by(facts.as_of.saturating_sub(r.at)))
        .sum();
    (!bought && due >= 6.0 && seen >= 0.5 * expected).then_some(due as u64)
}
