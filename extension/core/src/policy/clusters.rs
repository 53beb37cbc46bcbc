//! The settings of the failure clusters; what each is for stands with its default.

use super::Policy;
use crate::Span;

impl Policy {
    /// Within this time after a failure a success is a recovery.
    pub fn recovery_within(&self) -> Span {
        self.span("recovery_within")
    }

    /// Attempts closer together than this are one visit.
    pub fn cluster_visit_gap(&self) -> Span {
        self.span("cluster_visit_gap")
    }

    /// A cluster with a failure within this time before the end is active.
    pub fn cluster_active_within(&self) -> Span {
        self.span("cluster_active_within")
    }

    /// A limit used up within this time after the campaign's start was too small.
    pub fn cluster_limit_lasts(&self) -> Span {
        self.span("cluster_limit_lasts")
    }

    /// Time within which the users of a misprint try it.
    pub fn cluster_mistyped_within(&self) -> Span {
        self.span("cluster_mistyped_within")
    }

    /// Time within which one user's guesses are counted.
    pub fn cluster_guessed_within(&self) -> Span {
        self.span("cluster_guessed_within")
    }

    /// Time within which visits are counted.
    pub fn cluster_abuse_within(&self) -> Span {
        self.span("cluster_abuse_within")
    }

    /// Share of users never accepted before from which a surge counts as new users.
    pub fn cluster_strangers(&self) -> f64 {
        self.share("cluster_strangers")
    }

    /// Share of the users with half of `cluster_abuse_visits` who must reach it.
    pub fn cluster_abuse_share(&self) -> f64 {
        self.share("cluster_abuse_share")
    }

    /// Share of rejected customers who try again once.
    pub fn cluster_returns(&self) -> f64 {
        self.share("cluster_returns")
    }

    /// Share of the users of a misprint who then try the right code.
    pub fn cluster_mistyped_share(&self) -> f64 {
        self.share("cluster_mistyped_share")
    }

    /// Share of users who mistype a code and give up.
    pub fn cluster_typo_gives_up(&self) -> f64 {
        self.share("cluster_typo_gives_up")
    }
}

/// Accessors of whole numbers, each under the name of its setting.
macro_rules! counts {
    ($($name:ident: $what:literal),* $(,)?) => {
        impl Policy {
            $(#[doc = $what]
            pub fn $name(&self) -> i64 {
                self.count(stringify!($name))
            })*
        }
    };
}

counts! {
    cluster_storm_tries: "Attempts of one user within a minute from which they are a loop.",
    cluster_abuse_visits: "Visits from which a rejected user counts as an attacker.",
    cluster_abuse_users: "Users with `cluster_abuse_visits` from which a code is abused.",
    cluster_surge_ratio: "Factor of the earlier users from which there is a surge.",
    cluster_surge_users: "Least users of a surge.",
    cluster_config_users: "Rejected users from which a configuration is suspicious.",
    cluster_mistyped_users: "Users of one unknown code from which it may be a misprint.",
    cluster_guessed_codes: "Unknown codes from which one user is guessing.",
    cluster_guessing_users: "Users with one unknown code each from which they guess together.",
    cluster_guessing_ratio: "Factor of their normal number.",
}

#[cfg(test)]
mod tests {
    use crate::clusters::Settings;

    #[test]
    fn every_accessor_has_its_setting() {
        let settings = Settings::default();
        assert_eq!((settings.abuse_visits, settings.visit_gap), (5, 60_000_000));
        assert!(settings.mistyped_turned > 0.0 && settings.typo_gives_up > 0.0);
    }
}
