//! What the application would answer to a code now (a simulation: DOMAIN's state machines, in the order in which an
//! application looks). Rate limits are not simulated, nor what a scope covers: neither is in the tables.

use crate::Micros;

/// A campaign as a redemption meets it.
#[derive(Debug, Clone, Default)]
pub struct Code {
    /// ACTIVE, PAUSED, EXPIRED or DEPLETED; anything else is taken for switched off.
    pub status: String,
    /// Valid from this moment on; null = always was.
    pub valid_from: Option<Micros>,
    /// Valid until just before this moment; null = for ever.
    pub valid_until: Option<Micros>,
    /// Limit of uses; null = none.
    pub max_total_uses: Option<i64>,
    /// Uses counted by the application.
    pub used_total: i64,
    /// Reservations that hold a use.
    pub open_reservations: i64,
    /// Limit of uses a user; null = none.
    pub max_uses_per_user: Option<i64>,
    /// For new users only.
    pub new_users_only: bool,
    /// For first purchases only.
    pub first_purchase_only: bool,
    /// Whether the product that was asked about is covered; `None` where none was asked about.
    pub product_covered: Option<bool>,
}

/// What the tables know of a user.
#[derive(Debug, Clone, Copy, Default)]
pub struct User {
    /// Redemptions of this code by them that are applied or hold a reservation.
    pub uses: i64,
    /// Whether they were there before: any purchase credited, or any redemption applied.
    pub known: bool,
    /// Whether they ever had a purchase credited.
    pub has_bought: bool,
}

/// The application's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reply {
    /// The code would be taken.
    Accepted,
    /// No campaign has it.
    Invalid,
    /// The campaign is paused, over, or has not begun.
    Expired,
    /// Live, but not for this user or product now.
    NotApplicable,
}

impl Reply {
    /// As attempts spell it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Accepted => "ACCEPTED",
            Self::Invalid => "INVALID",
            Self::Expired => "EXPIRED",
            Self::NotApplicable => "NOT_APPLICABLE",
        }
    }
}

/// An answer and its reason; accepted ones have none.
pub type Answer = (Reply, Option<&'static str>);

/// The answer at `now`. Without a user, whatever depends on one is passed over.
pub fn answer(code: Option<&Code>, user: Option<User>, now: Micros) -> Answer {
    let Some(code) = code else { return (Reply::Invalid, Some("UNKNOWN_CODE")) };
    let off = match code.status.as_str() {
        "ACTIVE" => None,
        "PAUSED" => Some("PAUSED"),
        "EXPIRED" => Some("ENDED"),
        "DEPLETED" => Some("DEPLETED"),
        _ => Some("NOT_ACTIVE"),
    };
    if let Some(reason) = off {
        return (Reply::Expired, Some(reason));
    }
    if code.valid_from.is_some_and(|from| now < from) {
        return (Reply::Expired, Some("NOT_STARTED"));
    }
    if code.valid_until.is_some_and(|until| now >= until) {
        return (Reply::Expired, Some("ENDED"));
    }
    let user = user.unwrap_or_default();
    let refused = if code.max_uses_per_user.is_some_and(|limit| user.uses >= limit && user.uses > 0) {
        "ALREADY_USED"
    } else if code
        .max_total_uses
        .is_some_and(|limit| code.used_total.saturating_add(code.open_reservations) >= limit)
    {
        "DEPLETED"
    } else if code.new_users_only && user.known {
        "NEW_USERS_ONLY"
    } else if code.first_purchase_only && user.has_bought {
        "FIRST_PURCHASE_ONLY"
    } else if code.product_covered == Some(false) {
        "PRODUCT_NOT_COVERED"
    } else {
        return (Reply::Accepted, None);
    };
    (Reply::NotApplicable, Some(refused))
}

/// How a code's hash, given as text in `$1`, is compared with a column whose type beneath all domains is `base`: the argument
/// becomes what the column is and never the other way round, which would lose the index (trap 12). Bytes are given in hex;
/// whatever is none equals nothing.
pub fn same_hash(base: &str) -> &'static str {
    match base {
        "text" | "varchar" => "c.code_hash = $1::text",
        "bpchar" => "c.code_hash = $1::bpchar",
        "bytea" => {
            "c.code_hash = CASE WHEN $1::text ~ '^([0-9A-Fa-f]{2})+$' THEN decode($1::text, 'hex') END"
        }
        _ => "c.code_hash::text = $1::text",
    }
}

/// Whether the column `c.code_hash`, whose type beneath all domains is `base`, is one of the hashes `$1` (a text array). A semi-join:
/// of thousands of array elements the planner would estimate each.
pub fn hash_among(base: &str) -> String {
    let column = if matches!(base, "text" | "varchar" | "bpchar" | "bytea") {
        "c.code_hash"
    } else {
        "c.code_hash::text"
    };
    format!("{column} IN (SELECT {} FROM unnest($1::text[]) AS u (hash))", hash_as(base))
}

/// How the column `c.code_hash` is shown, bytes as their hexadecimal digits.
pub fn hash_shown(base: &str) -> &'static str {
    if base == "bytea" { "encode(c.code_hash, 'hex')" } else { "c.code_hash::text" }
}

/// How a text `u.hash` becomes what a column of hashes is, whose type beneath all domains is `base`.
pub fn hash_as(base: &str) -> &'static str {
    match base {
        "bpchar" => "u.hash::bpchar",
        "bytea" => "CASE WHEN u.hash ~ '^([0-9a-f]{2})+$' THEN decode(u.hash, 'hex') END",
        _ => "u.hash",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn live() -> Code {
        Code { status: "ACTIVE".into(), valid_from: Some(10), valid_until: Some(20), ..Code::default() }
    }

    #[test]
    fn the_first_thing_in_the_way_is_the_reason() {
        let user = User { uses: 1, known: true, has_bought: true };
        let closed = Code {
            max_uses_per_user: Some(1),
            max_total_uses: Some(5),
            used_total: 3,
            open_reservations: 2,
            new_users_only: true,
            first_purchase_only: true,
            product_covered: Some(false),
            ..live()
        };
        let not = |reason| (Reply::NotApplicable, Some(reason));
        assert_eq!(answer(None, Some(user), 15), (Reply::Invalid, Some("UNKNOWN_CODE")));
        let paused = Code { status: "PAUSED".into(), ..closed.clone() };
        assert_eq!(answer(Some(&paused), Some(user), 99), (Reply::Expired, Some("PAUSED")));
        assert_eq!(answer(Some(&closed), Some(user), 15), not("ALREADY_USED"));
        let other = User { uses: 0, ..user };
        assert_eq!(answer(Some(&closed), Some(other), 15), not("DEPLETED"));
        let roomy = Code { max_total_uses: Some(6), ..closed };
        assert_eq!(answer(Some(&roomy), Some(other), 15), not("NEW_USERS_ONLY"));
        let roomy = Code { new_users_only: false, ..roomy };
        assert_eq!(answer(Some(&roomy), Some(other), 15), not("FIRST_PURCHASE_ONLY"));
        assert_eq!(answer(Some(&roomy), None, 15), not("PRODUCT_NOT_COVERED"));
    }

    #[test]
    fn a_campaign_is_valid_from_its_first_moment_until_just_before_its_last() {
        let at = |now| answer(Some(&live()), None, now);
        assert_eq!(at(9), (Reply::Expired, Some("NOT_STARTED")));
        assert_eq!(at(10), (Reply::Accepted, None));
        assert_eq!(at(19), (Reply::Accepted, None));
        assert_eq!(at(20), (Reply::Expired, Some("ENDED")));
    }

    #[test]
    fn a_status_that_nobody_knows_is_no_open_door() {
        let odd = Code { status: "DRAFT".into(), ..live() };
        assert_eq!(answer(Some(&odd), None, 15), (Reply::Expired, Some("NOT_ACTIVE")));
    }
}
