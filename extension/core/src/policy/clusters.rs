//! The settings of the failure clusters; what each is for stands with its default.

use super::Policy;
use crate::Span;

impl Policy {
    /// Within this time after a failure a success is a recovery.
    pub fn recovery_within(&self) -> Span {
        self.span("recovery_within")
    }

    /// Tries closer together than this are one visit.
    pub fn cluster_visit_gap(&self) -> Span {
        self.span("cluster_visit_gap")
    }

    /// A cluster with a failure within this time before the end goes on.
    pub fn cluster_active_within(&self) -> Span {
        self.span("cluster_active_within")
    }

    /// A limit used up within this time of the campaign's beginning was too small.
    pub fn cluster_limit_lasts(&self) -> Span {
        self.span("cluster_limit_lasts")
    }

    /// The time within which the users of a misprint come.
    pub fn cluster_mistyped_within(&self) -> Span {
        self.span("cluster_mistyped_within")
    }

    /// The time within which one user's guesses come.
    pub fn cluster_guessed_within(&self) -> Span {
        self.span("cluster_guessed_within")
    }

    /// The time within which visits are counted.
    pub fn cluster_abuse_within(&self) -> Span {
        self.span("cluster_abuse_within")
    }

    /// The share of users never accepted before that makes them strangers.
    pub fn cluster_strangers(&self) -> f64 {
        self.share("cluster_strangers")
    }

    /// The share of those who come back again and again that makes a code one that is hammered.
    pub fn cluster_abuse_share(&self) -> f64 {
        self.share("cluster_abuse_share")
    }

    /// Of customers turned away, the share that comes back once more.
    pub fn cluster_returns(&self) -> f64 {
        self.share("cluster_returns")
    }

    /// The share of users of a misprint who go on to the right code.
    pub fn cluster_mistyped_share(&self) -> f64 {
        self.share("cluster_mistyped_share")
    }

    /// The share of honest people who mistype and give up.
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
    cluster_storm_tries: "Tries of one user within a minute that are a loop.",
    cluster_abuse_visits: "Visits from which a user who is turned away is no customer.",
    cluster_abuse_users: "Such users that make a code one that is hammered.",
    cluster_surge_ratio: "Times the earlier users that are a surge.",
    cluster_surge_users: "Users that are a surge at least.",
    cluster_config_users: "Users turned away that make a configuration suspicious.",
    cluster_mistyped_users: "Users of one code of nobody that may be a misprint.",
    cluster_guessed_codes: "Codes of nobody from which one user is guessing.",
    cluster_guessing_users: "Users of one try each who are guessing together.",
    cluster_guessing_ratio: "Times the usual number of them.",
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
