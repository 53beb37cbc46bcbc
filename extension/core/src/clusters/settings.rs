//! The numbers of the grouping, out of policy.

use super::tally::Limit;
use crate::attempt::Outcomes;
use crate::policy::Policy;

/// What the grouping goes by; each is a setting of policy with its description.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Outcomes that are failures.
    pub failures: Outcomes,
    /// A user who fails and then succeeds within this time has recovered, in microseconds.
    pub recovery_within: i64,
    /// Tries of one user on one code that are closer together are one visit, in microseconds.
    pub visit_gap: i64,
    /// This many tries of one user on one code within a minute or so are a loop, and no person.
    pub storm_tries: u32,
    /// From this many attempts on a user who is rejected each time is no customer.
    pub abuse_visits: u32,
    /// Within this time, in microseconds.
    pub abuse_within: i64,
    /// So many such users make it repeated attempts on a code.
    pub abuse_users: u32,
    /// Where they are at least this share of those who come back half as often.
    pub abuse_share: f64,
    /// Of rejected customers the share that tries once more.
    pub returns: f64,
    /// A limit used up within this time of the campaign's beginning was too small, in microseconds.
    pub limit_lasts: i64,
    /// A code taken by this many times the users it used to have is in other hands.
    pub surge_ratio: f64,
    /// And by at least so many.
    pub surge_users: u32,
    /// Where it is known: of those of a surge, and of those who come back again and again, at least this share never had a
    /// code accepted before.
    pub strangers: f64,
    /// So many rejected users make a configuration suspicious.
    pub config_users: u32,
    /// So many users of one unknown code make it a misprint...
    pub mistyped_users: u32,
    /// ...within this time, in microseconds...
    pub mistyped_within: i64,
    /// ...where at least this share of them goes on to a campaign's code.
    pub mistyped_turned: f64,
    /// A user who gives up on this many unknown codes...
    pub guessed_codes: u32,
    /// ...within this time, in microseconds, is guessing.
    pub guessed_within: i64,
    /// So many users who try an unknown code and give up, beyond the normal number, are guessing together.
    pub guessing_users: u32,
    /// Where they are this many times what is normal.
    pub guessing_ratio: f64,
    /// The share of honest people who mistype a code and give up.
    pub typo_gives_up: f64,
    /// A cluster with a failure within this time before the window's end goes on, in microseconds.
    pub active_within: i64,
}

impl From<&Policy> for Settings {
    fn from(policy: &Policy) -> Self {
        let count = |n: i64| u32::try_from(n).unwrap_or(u32::MAX);
        Self {
            failures: Outcomes::named(policy.failure_results()),
            recovery_within: policy.recovery_within().micros(),
            visit_gap: policy.cluster_visit_gap().micros(),
            storm_tries: count(policy.cluster_storm_tries()),
            abuse_visits: count(policy.cluster_abuse_visits()),
            abuse_within: policy.cluster_abuse_within().micros(),
            abuse_users: count(policy.cluster_abuse_users()),
            abuse_share: policy.cluster_abuse_share(),
            returns: policy.cluster_returns(),
            limit_lasts: policy.cluster_limit_lasts().micros(),
            surge_ratio: policy.cluster_surge_ratio() as f64,
            surge_users: count(policy.cluster_surge_users()),
            strangers: policy.cluster_strangers(),
            config_users: count(policy.cluster_config_users()),
            mistyped_users: count(policy.cluster_mistyped_users()),
            mistyped_within: policy.cluster_mistyped_within().micros(),
            mistyped_turned: policy.cluster_mistyped_share(),
            guessed_codes: count(policy.cluster_guessed_codes()),
            guessed_within: policy.cluster_guessed_within().micros(),
            guessing_users: count(policy.cluster_guessing_users()),
            guessing_ratio: policy.cluster_guessing_ratio() as f64,
            typo_gives_up: policy.cluster_typo_gives_up(),
            active_within: policy.cluster_active_within().micros(),
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self::from(&Policy::default())
    }
}

impl Policy {
    /// Policy `cluster_max_attempts` as a tally takes it.
    pub fn cluster_limit(&self) -> Limit {
        Limit::attempts(self.cluster_max_attempts())
    }
}
