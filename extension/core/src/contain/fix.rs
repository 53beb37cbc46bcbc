//! A fix of a campaign's terms: read from JSON, laid over the campaign, and the outcome judged before anything is written.

use crate::campaign::Campaign;
use crate::moment::utc;
use crate::{Micros, Refusal, SqlState};
use chrono::DateTime;

/// A field that can be fixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// Valid from this moment on.
    ValidFrom,
    /// Valid until just before this moment.
    ValidUntil,
    /// What the code applies to.
    TargetScope,
    /// Limit of uses; null = none.
    MaxTotalUses,
    /// Limit of uses a user; null = none.
    MaxUsesPerUser,
    /// For new users only.
    NewUsersOnly,
    /// For first purchases only.
    FirstPurchaseOnly,
}

impl Field {
    /// Every one.
    pub const ALL: [Self; 7] = [
        Self::ValidFrom,
        Self::ValidUntil,
        Self::TargetScope,
        Self::MaxTotalUses,
        Self::MaxUsesPerUser,
        Self::NewUsersOnly,
        Self::FirstPurchaseOnly,
    ];

    /// Its name, which is also the adapter view's column.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ValidFrom => "valid_from",
            Self::ValidUntil => "valid_until",
            Self::TargetScope => "target_scope",
            Self::MaxTotalUses => "max_total_uses",
            Self::MaxUsesPerUser => "max_uses_per_user",
            Self::NewUsersOnly => "new_users_only",
            Self::FirstPurchaseOnly => "first_purchase_only",
        }
    }

    const fn takes(self) -> &'static str {
        match self {
            Self::ValidFrom | Self::ValidUntil => "a time as a string, such as \"2026-12-31 23:59:00Z\"",
            Self::TargetScope => "a string",
            Self::MaxTotalUses | Self::MaxUsesPerUser => "a whole number, or null for no limit",
            Self::NewUsersOnly | Self::FirstPurchaseOnly => "true or false",
        }
    }

    /// Its value in a campaign.
    pub fn of(self, campaign: &Campaign) -> Value {
        let time = |at: Option<Micros>| at.map_or(Value::Null, Value::Time);
        let count = |n: Option<i64>| n.map_or(Value::Null, Value::Count);
        let flag = |on: Option<bool>| on.map_or(Value::Null, Value::Flag);
        match self {
            Self::ValidFrom => time(campaign.valid_from),
            Self::ValidUntil => time(campaign.valid_until),
            Self::TargetScope => campaign.target_scope.clone().map_or(Value::Null, Value::Word),
            Self::MaxTotalUses => count(campaign.max_total_uses),
            Self::MaxUsesPerUser => count(campaign.max_uses_per_user),
            Self::NewUsersOnly => flag(campaign.new_users_only),
            Self::FirstPurchaseOnly => flag(campaign.first_purchase_only),
        }
    }
}

/// What JSON gave for a field, its numbers still as they were written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Given {
    /// `null`
    Null,
    /// A string.
    Text(String),
    /// A number.
    Number(String),
    /// `true` or `false`.
    Flag(bool),
    /// An object or an array.
    Nested,
}

/// A value of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// None.
    Null,
    /// A moment.
    Time(Micros),
    /// A number.
    Count(i64),
    /// A word.
    Word(String),
    /// True or false.
    Flag(bool),
}

impl Value {
    /// As people and PostgreSQL read it; times in UTC, to the microsecond where they have any.
    pub fn text(&self) -> Option<String> {
        match self {
            Self::Null => None,
            Self::Time(at) => Some(exactly(*at)),
            Self::Count(n) => Some(n.to_string()),
            Self::Word(word) => Some(word.clone()),
            Self::Flag(on) => Some(on.to_string()),
        }
    }
}

/// `2026-12-31 23:59:00.000001+00`: the zone is dropped by a timestamp without one, which is read as UTC.
fn exactly(at: Micros) -> String {
    const EPOCH: Micros = 946_684_800_000_000;
    match at.checked_add(EPOCH).and_then(DateTime::from_timestamp_micros) {
        Some(time) if at != Micros::MAX && at != Micros::MIN => {
            let fraction = if at.rem_euclid(1_000_000) == 0 { "" } else { "%.6f" };
            time.format(&format!("%Y-%m-%d %H:%M:%S{fraction}+00")).to_string()
        }
        _ => utc(at),
    }
}

fn bad(message: String) -> Refusal {
    Refusal::new(SqlState::InvalidParameterValue, message)
}

const EXAMPLE: &str =
    r#"For example: changes => '{"valid_until": "2026-12-31 23:59:00Z", "max_total_uses": 500}'"#;

/// Reads the changes, in the order of [`Field::ALL`]. `time` reads a moment as PostgreSQL does.
///
/// # Errors
/// 22023 for none at all, a name that is no field, or a value that the field does not take.
pub fn read(
    given: &[(String, Given)],
    mut time: impl FnMut(&str) -> Option<Micros>,
) -> Result<Vec<(Field, Value)>, Refusal> {
    if given.is_empty() {
        return Err(bad("changes is empty".into()).detail("There is nothing to fix.").hint(EXAMPLE));
    }
    let mut changes = Vec::new();
    for (name, value) in given {
        let field = Field::ALL.into_iter().find(|f| f.name() == name).ok_or_else(|| {
            bad(format!("\"{name}\" is not a field that can be fixed"))
                .detail(format!("The fields are {}.", Field::ALL.map(Field::name).join(", ")))
                .hint(EXAMPLE)
        })?;
        let wrong = |what: String| {
            bad(format!("{name} is {what}")).detail(format!("It takes {}.", field.takes())).hint(EXAMPLE)
        };
        use Field as F;
        let value = match (field, value) {
            (F::ValidFrom | F::ValidUntil, Given::Text(text)) => {
                let at = time(text).ok_or_else(|| wrong(format!("\"{text}\", which is not a time")))?;
                // A year with more than four digits is a typo, except "infinity".
                const FIRST: Micros = -63_082_281_600_000_000;
                const LAST: Micros = 252_455_616_000_000_000;
                if at != Micros::MAX && at != Micros::MIN && !(FIRST..LAST).contains(&at) {
                    return Err(wrong(format!("\"{text}\", out of the years 1 to 9999")));
                }
                Value::Time(at)
            }
            (F::TargetScope, Given::Text(text)) if !text.trim().is_empty() => Value::Word(text.clone()),
            (F::TargetScope, Given::Text(_)) => return Err(wrong("empty".into())),
            (F::MaxTotalUses | F::MaxUsesPerUser, Given::Null) => Value::Null,
            (F::MaxTotalUses | F::MaxUsesPerUser, Given::Number(number)) => {
                Value::Count(number.parse().map_err(|_| {
                    let shown: String = number.chars().take(40).collect();
                    wrong(format!("{shown}, which is not a whole number of at most 63 bits"))
                })?)
            }
            (F::NewUsersOnly | F::FirstPurchaseOnly, Given::Flag(on)) => Value::Flag(*on),
            (_, Given::Null) => return Err(wrong("null".into())),
            (_, Given::Text(_)) => return Err(wrong("a string".into())),
            (_, Given::Number(_)) => return Err(wrong("a number".into())),
            (_, Given::Flag(_)) => return Err(wrong("a boolean".into())),
            (_, Given::Nested) => return Err(wrong("an object or an array".into())),
        };
        changes.push((field, value));
    }
    changes.sort_by_key(|(field, _)| *field);
    Ok(changes)
}

/// The campaign as it would be.
pub fn apply(campaign: &Campaign, changes: &[(Field, Value)]) -> Campaign {
    let mut after = campaign.clone();
    for (field, value) in changes {
        let time = || if let Value::Time(at) = value { Some(*at) } else { None };
        let count = || if let Value::Count(n) = value { Some(*n) } else { None };
        let flag = || if let Value::Flag(on) = value { Some(*on) } else { None };
        match field {
            Field::ValidFrom => after.valid_from = time(),
            Field::ValidUntil => after.valid_until = time(),
            Field::TargetScope => {
                after.target_scope = if let Value::Word(word) = value { Some(word.clone()) } else { None }
            }
            Field::MaxTotalUses => after.max_total_uses = count(),
            Field::MaxUsesPerUser => after.max_uses_per_user = count(),
            Field::NewUsersOnly => after.new_users_only = flag(),
            Field::FirstPurchaseOnly => after.first_purchase_only = flag(),
        }
    }
    after
}

/// What the outcome is held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InUse {
    /// Now.
    pub now: Micros,
    /// Reservations that may still become uses.
    pub reserved: i64,
    /// Whether its scope is one that exists; `None` where it is unknown, as with a single campaign.
    pub scope_known: Option<bool>,
}

/// Judges the outcome, not only what was changed: a campaign that is fixed by half is not fixed.
///
/// # Errors
/// 22023 with everything that is wrong with it.
pub fn check(after: &Campaign, use_: InUse) -> Result<(), Refusal> {
    let mut wrong = Vec::new();
    match (after.valid_from, after.valid_until) {
        (Some(from), Some(until)) if from >= until => {
            wrong.push(format!("valid_from {} is not before valid_until {}", utc(from), utc(until)));
        }
        _ => {}
    }
    if let Some(until) = after.valid_until.filter(|until| *until <= use_.now) {
        wrong.push(format!("valid_until {} is past", utc(until)));
    }
    let used = after.used_total.unwrap_or(0);
    if let Some(limit) = after.max_total_uses {
        let taken = used.saturating_add(use_.reserved);
        if limit <= taken {
            wrong.push(format!(
                "max_total_uses {limit} is not above what is used and reserved: {used} and {}",
                use_.reserved
            ));
        }
    }
    if let Some(per_user) = after.max_uses_per_user {
        if per_user < 1 {
            wrong.push(format!("max_uses_per_user {per_user} allows no use"));
        } else if let Some(limit) = after.max_total_uses.filter(|limit| per_user > *limit) {
            wrong.push(format!("max_uses_per_user {per_user} is more than max_total_uses {limit}"));
        }
    }
    if use_.scope_known == Some(false) {
        let scope = after.target_scope.as_deref().unwrap_or("null");
        wrong.push(format!(
            "target_scope {scope} is unknown: no other campaign has it, and it is not in policy known_scopes"
        ));
    }
    if wrong.is_empty() {
        return Ok(());
    }
    Err(bad(format!("campaign {} would not be valid", after.id))
        .detail(format!("{}.", wrong.join("; ")))
        .hint("Fix these fields in the same call; dry_run => true shows the outcome and changes nothing."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DAY: Micros = 86_400_000_000;

    fn sound() -> Campaign {
        Campaign {
            id: 7,
            target_scope: Some("PREMIUM".into()),
            valid_from: Some(-DAY),
            valid_until: Some(DAY),
            max_total_uses: Some(100),
            used_total: Some(40),
            max_uses_per_user: Some(1),
            ..Campaign::default()
        }
    }

    const NOW: InUse = InUse { now: 0, reserved: 9, scope_known: Some(true) };

    #[test]
    fn a_sound_campaign_is_sound_and_each_fault_is_named() {
        assert_eq!(check(&sound(), NOW), Ok(()));
        for (field, value, said) in [
            (Field::ValidFrom, Value::Time(DAY), "is not before"),
            (Field::ValidUntil, Value::Time(0), "is past"),
            (Field::MaxTotalUses, Value::Count(49), "used and reserved: 40 and 9"),
            (Field::MaxUsesPerUser, Value::Count(0), "allows no use"),
            (Field::MaxUsesPerUser, Value::Count(101), "more than max_total_uses"),
        ] {
            let refusal = check(&apply(&sound(), &[(field, value)]), NOW).unwrap_err();
            assert!(refusal.detail.as_ref().unwrap().contains(said), "{refusal:?}");
        }
        assert_eq!(check(&apply(&sound(), &[(Field::MaxTotalUses, Value::Count(50))]), NOW), Ok(()));
        assert_eq!(check(&apply(&sound(), &[(Field::MaxTotalUses, Value::Null)]), NOW), Ok(()));
        assert!(check(&sound(), InUse { scope_known: Some(false), ..NOW }).is_err());
        assert!(check(&sound(), InUse { scope_known: None, ..NOW }).is_ok());
    }

    #[test]
    fn what_a_field_does_not_take_is_refused_with_what_it_does() {
        let text = |t: &str| Given::Text(t.into());
        for (name, given) in [
            ("status", text("ACTIVE")),
            ("valid_until", Given::Number("1".into())),
            ("valid_until", Given::Null),
            ("valid_until", text("never")),
            ("max_total_uses", text("5")),
            ("max_total_uses", Given::Number("1e400".into())),
            ("max_total_uses", Given::Number("1.5".into())),
            ("max_uses_per_user", Given::Number("9223372036854775808".into())),
            ("new_users_only", text("true")),
            ("target_scope", text("  ")),
            ("target_scope", Given::Nested),
        ] {
            let refusal = read(&[(name.to_owned(), given.clone())], |_| None).unwrap_err();
            assert_eq!(refusal.code, SqlState::InvalidParameterValue, "{name} {given:?}");
            assert!(refusal.detail.is_some() && refusal.hint.is_some());
        }
        assert!(read(&[], |_| None).is_err());
    }

    #[test]
    fn times_keep_their_microseconds() {
        assert_eq!(Value::Time(1).text().unwrap(), "2000-01-01 00:00:00.000001+00");
        assert_eq!(Value::Time(0).text().unwrap(), "2000-01-01 00:00:00+00");
        assert_eq!(Value::Time(Micros::MAX).text().unwrap(), "infinity");
    }

    proptest! {
        #[test]
        fn what_is_not_changed_stays(limit in prop::option::of(any::<i64>()), until in any::<i64>()) {
            let changes = [(Field::MaxTotalUses, limit.map_or(Value::Null, Value::Count)), (Field::ValidUntil, Value::Time(until))];
            let after = apply(&sound(), &changes);
            for (field, value) in &changes {
                prop_assert_eq!(&field.of(&after), value);
            }
            prop_assert_eq!(Campaign { max_total_uses: Some(100), valid_until: Some(DAY), ..after.clone() }, sound());
            let _ = check(&after, NOW);
        }
    }
}
