//! The checks by name.

use crate::{Refusal, SqlState};

/// A question that must be answered before a campaign is unpaused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Check {
    /// It is PAUSED.
    IsPaused,
    /// Its code was not replaced by another.
    NotRotated,
    /// It is within its validity.
    ValidityWindow,
    /// Its limit leaves something to redeem.
    UsesLeft,
    /// Its scope exists.
    ScopeKnown,
    /// History or evidence tells why it was paused (trap 9).
    HistoryExplainsPause,
    /// The evidence around the pause does not speak of abuse.
    NotAbuse,
    /// The burst that led to the pause is over.
    BurstOver,
    /// The application's auto-pause rule would not pause it again at once (trap 1).
    GuardWouldNotRepause,
    /// Those for whom it is meant can use it (trap 7).
    ConfigConverts,
    /// Its discounts are accounted for.
    SettlementClean,
    /// Attempts are recorded at all (trap 16).
    TrafficObserved,
}

impl Check {
    /// Every one, in the order of the contract.
    pub const ALL: [Self; 12] = [
        Self::IsPaused,
        Self::NotRotated,
        Self::ValidityWindow,
        Self::UsesLeft,
        Self::ScopeKnown,
        Self::HistoryExplainsPause,
        Self::NotAbuse,
        Self::BurstOver,
        Self::GuardWouldNotRepause,
        Self::ConfigConverts,
        Self::SettlementClean,
        Self::TrafficObserved,
    ];

    /// Its name in the contract.
    pub const fn name(self) -> &'static str {
        match self {
            Self::IsPaused => "is_paused",
            Self::NotRotated => "not_rotated",
            Self::ValidityWindow => "validity_window",
            Self::UsesLeft => "uses_left",
            Self::ScopeKnown => "scope_known",
            Self::HistoryExplainsPause => "history_explains_pause",
            Self::NotAbuse => "not_abuse",
            Self::BurstOver => "burst_over",
            Self::GuardWouldNotRepause => "guard_would_not_repause",
            Self::ConfigConverts => "config_converts",
            Self::SettlementClean => "settlement_clean",
            Self::TrafficObserved => "traffic_observed",
        }
    }

    /// Its place, from 1.
    pub const fn position(self) -> i32 {
        self as i32 + 1
    }

    /// Whether unpause() may override it. The first four cannot be overridden: the unpause would be wrong or do
    /// nothing.
    pub const fn overridable(self) -> bool {
        !matches!(self, Self::IsPaused | Self::NotRotated | Self::ValidityWindow | Self::UsesLeft)
    }

    /// Reads an override.
    ///
    /// # Errors
    /// 22023 for a name that no check has, or that of one which cannot be overridden.
    pub fn to_override(name: &str) -> Result<Self, Refusal> {
        let may = || {
            let names: Vec<_> = Self::ALL.iter().filter(|c| c.overridable()).map(|c| c.name()).collect();
            format!("Those that can be overridden: {}.", names.join(", "))
        };
        let see = "SELECT name, passed, overridable, detail FROM promo_guard.check_unpause(...);";
        match Self::ALL.into_iter().find(|c| c.name() == name) {
            None => {
                Err(Refusal::new(SqlState::InvalidParameterValue, format!("there is no check \"{name}\""))
                    .detail(may())
                    .hint(see))
            }
            Some(check) if !check.overridable() => Err(Refusal::new(
                SqlState::InvalidParameterValue,
                format!("the check {name} cannot be overridden"),
            )
            .detail(format!("Unpausing would be wrong or have no effect. {}", may()))
            .hint(see)),
            Some(check) => Ok(check),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_four_cannot_be_overridden_and_positions_are_those_of_the_contract() {
        for (i, check) in Check::ALL.into_iter().enumerate() {
            assert_eq!(check.position(), i as i32 + 1);
            assert_eq!(Check::to_override(check.name()).is_ok(), i >= 4, "{}", check.name());
        }
        let unknown = Check::to_override("burst").unwrap_err();
        assert!(
            unknown.code == SqlState::InvalidParameterValue && unknown.detail.unwrap().contains("burst_over")
        );
    }
}
