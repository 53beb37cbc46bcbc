//! How much each piece of evidence weighs, from policy.

use crate::Span;
use crate::policy::Policy;

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
    /// Those of a policy.
    pub fn of(policy: &Policy) -> Self {
        Self {
            prior: policy.number("classify_prior"),
            strangers: policy.number("classify_weight_strangers"),
            insistence: policy.number("classify_weight_insistence"),
            own_retries: policy.number("classify_weight_own_retries"),
            validity: policy.number("classify_weight_validity"),
            limit: policy.number("classify_weight_limit"),
            audience: policy.number("classify_weight_audience"),
            conversion: policy.number("classify_weight_conversion"),
            scope: policy.number("classify_weight_scope"),
            abstain: policy.number("classify_abstain"),
            min_users: policy.count("classify_min_users") as f64,
            usual_strangers: policy.share("classify_usual_strangers"),
            limit_early: policy.span("classify_limit_early"),
            sample: usize::try_from(policy.count("classify_lookup_users")).unwrap_or(usize::MAX),
            known_since: policy.span("classify_known_since"),
            earlier: policy.span("classify_earlier"),
            converts_within: policy.span("classify_converts_within"),
            guard_min_failures: policy.guard().min_failures as f64,
        }
    }
}
