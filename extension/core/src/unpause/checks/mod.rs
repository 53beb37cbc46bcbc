//! The checks, a file each matter.

mod abuse;
mod burst;
mod cause;
mod converts;
mod integrity;
mod repause;
mod scope;
mod settlement;
mod traffic;

use super::{Check, Facts, Finding};

pub use repause::{JOB_CONDITION, wants_demand};

/// The finding of one check.
pub fn check(which: Check, facts: &Facts) -> Finding {
    match which {
        Check::IsPaused => integrity::is_paused(facts),
        Check::NotRotated => integrity::not_rotated(facts),
        Check::ValidityWindow => integrity::validity_window(facts),
        Check::UsesLeft => integrity::uses_left(facts),
        Check::ScopeKnown => scope::scope_known(facts),
        Check::HistoryExplainsPause => cause::history_explains_pause(facts),
        Check::NotAbuse => abuse::not_abuse(facts),
        Check::BurstOver => burst::burst_over(facts),
        Check::GuardWouldNotRepause => repause::guard_would_not_repause(facts),
        Check::ConfigConverts => converts::config_converts(facts),
        Check::SettlementClean => settlement::settlement_clean(facts),
        Check::TrafficObserved => traffic::traffic_observed(facts),
    }
}
