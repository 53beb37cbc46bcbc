//! Contradictions between the campaign's row and what was accepted under it before: they decide by themselves.

use super::Facts;

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
    /// So many were accepted whom an audience flag turns away now.
    AudienceAgainstAccepted(u64),
    /// So many of its purchases are of products that its scope does not cover.
    SoldOutsideScope(u64, u64),
}

impl Contradiction {
    /// The columns to fix.
    pub const fn fields(self) -> &'static str {
        match self {
            Self::EndBeforeBegin => "valid_from and valid_until",
            Self::AcceptedAfterEnd(_) => "valid_until",
            Self::AcceptedBeforeBegin(_) => "valid_from",
            Self::UsedBeyondLimit(..) => "max_total_uses",
            Self::UsersBeyondLimit(_) => "max_uses_per_user",
            Self::AudienceAgainstAccepted(_) => "new_users_only and first_purchase_only",
            Self::SoldOutsideScope(..) => "target_scope",
        }
    }
}

/// One stray row, such as a clock a second off, proves nothing; two do.
const STRAY: u64 = 2;

/// Every contradiction of the row.
pub fn contradictions(facts: &Facts) -> Vec<Contradiction> {
    let (row, before) = (&facts.row, &facts.before);
    let fixed = |field: &str| facts.records.fixed.iter().any(|f| f == field);
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
    // A user who slips through twice in a race is no contradiction; several are.
    if before.users_over_limit >= 5 && !fixed("max_uses_per_user") {
        found.push(Contradiction::UsersBeyondLimit(before.users_over_limit));
    }
    // An audience flag that had stood would have turned these away.
    let many = before.accepted_buyers >= 5 && 20 * before.accepted_buyers >= before.accepted;
    if row.restricted() && many {
        found.push(Contradiction::AudienceAgainstAccepted(before.accepted_buyers));
    }
    if before.sold_outside_scope >= 3 && 10 * before.sold_outside_scope >= 8 * before.sold {
        found.push(Contradiction::SoldOutsideScope(before.sold_outside_scope, before.sold));
    }
    found
}
