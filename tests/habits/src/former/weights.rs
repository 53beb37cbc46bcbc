//! How much each piece of evidence weighed.

use promo_guard_core::Span;

/// Weights are log-odds: 3 turns one in two into 19 in 20.
#[derive(Debug, Clone, PartialEq)]
pub struct Weights {
    /// Before anything is seen: how far from abuse or a fault a campaign is.
    pub prior: f64,
    /// Strangers among those accepted or turned away, at most.
    pub strangers: f64,
    /// Users turned away again and again, at most.
    pub insistence: f64,
    /// Known users who only sent again what they had, and programs that retry: against abuse, at most.
    pub own_retries: f64,
    /// A validity that cannot be meant.
    pub validity: f64,
    /// A limit used up as soon as the campaign began.
    pub limit: f64,
    /// Customers turned away for an audience flag, at most.
    pub audience: f64,
    /// Accepted and never bought, at most.
    pub conversion: f64,
    /// A scope that nothing else has.
    pub scope: f64,
    /// Within this distance of the threshold there is no verdict on a paused campaign.
    pub abstain: f64,
    /// Fewer users than this prove nothing.
    pub min_users: f64,
    /// Share of strangers that is usual, where the traffic does not tell.
    pub usual_strangers: f64,
    /// A limit used up within this time of the campaign's begin is too small.
    pub limit_early: Span,
    /// Users looked up a campaign.
    pub sample: usize,
    /// Users known for less long, with this code alone, count as strangers.
    pub known_since: Span,
    /// How far before the evidence a campaign's own earlier rate is taken from.
    pub earlier: Span,
    /// A redemption older than this that was not applied will not be.
    pub converts_within: Span,
    /// What the application's auto-pause job needs.
    pub guard_min_failures: f64,
}

impl Weights {
    /// The defaults of 0.2.0, where policy could change them.
    pub const fn of_0_2_0(guard_min_failures: f64) -> Self {
        Self {
            prior: -4.0,
            strangers: 9.0,
            insistence: 3.0,
            own_retries: 2.0,
            validity: 10.0,
            limit: 8.0,
            audience: 9.0,
            conversion: 9.0,
            scope: 6.0,
            abstain: 1.0,
            min_users: 8.0,
            usual_strangers: 0.25,
            limit_early: Span::from_minutes(360),
            sample: 120,
            known_since: Span::from_minutes(360),
            earlier: Span::from_days(1),
            converts_within: Span::from_minutes(10),
            guard_min_failures,
        }
    }
}
