//! What says that the code is in the wrong hands, or is not.

use super::{About, Look, Piece, bad_part, count, many, percent, ramp, tenth};
use crate::former::facts::Share;
use serde_json::json;

impl Look<'_> {
    pub(super) fn strangers_accepted(&self) -> Option<Piece> {
        let (f, w) = (self.facts, self.weights);
        let sight = f.evidence();
        let seen = f.strangers.accepted;
        if (seen.of as f64) < w.min_users || f.campaign.restricted() {
            return None;
        }
        let usual = self.usual();
        let (low, high) = bad_part(seen, usual);
        let surge = self.surge(sight.accepted, f.earlier.accepted);
        let users = low * surge * sight.accepted_users as f64;
        let weight = if low * surge > 0.08 {
            w.strangers * ramp(low * surge, 0.08, 0.25) * many(users, 5.0)
        } else {
            -w.own_retries * ramp(0.3 - high, 0.0, 0.3)
        };
        let text = format!(
            "{} of {} users accepted had done nothing here before, where {} is usual; {} of its {} successes are more than its own earlier rate explains",
            seen.hits,
            seen.of,
            percent(usual),
            percent(surge),
            sight.accepted
        );
        let numbers = json!({ "strangers": seen.hits, "looked_up": seen.of, "usual_share": usual, "surge": surge,
            "bad_share_low": low, "bad_share_high": high, "suspected_users": users.round() });
        Some(Piece { about: About::Abuse, name: "strangers_accepted", weight, text, numbers })
    }

    pub(super) fn strangers_turned_away(&self) -> Option<Piece> {
        let (f, w) = (self.facts, self.weights);
        let sight = f.evidence();
        let seen = f.strangers.turned_away;
        if (seen.of as f64) < w.min_users {
            return None;
        }
        let usual = self.own_usual();
        let (low, high) = bad_part(seen, usual);
        // Whom a limit turns away, says nothing of who they are.
        let refused = f.refusals.already_used + f.refusals.depleted + f.refusals.audience + f.refusals.other;
        let too_late = Share::new(f.refusals.depleted, refused).value();
        let surge = self.surge(sight.turned_away, f.earlier.not_applicable) * (1.0 - too_late);
        let users = low * surge * sight.turned_away_users as f64;
        let weight = if low * surge > 0.04 {
            w.strangers * ramp(low * surge, 0.04, 0.14) * many(users, 5.0)
        } else {
            -w.own_retries * ramp(0.3 - high, 0.0, 0.3)
        };
        let text = format!(
            "{} of {} users turned away had done nothing here before, where {} is usual; {} attempts a user",
            seen.hits,
            seen.of,
            percent(usual),
            tenth(sight.turned_away as f64 / sight.turned_away_users.max(1) as f64)
        );
        let numbers = json!({ "strangers": seen.hits, "looked_up": seen.of, "usual_share": usual, "surge": surge,
            "bad_share_low": low, "bad_share_high": high, "suspected_users": users.round() });
        Some(Piece { about: About::Abuse, name: "strangers_turned_away", weight, text, numbers })
    }

    pub(super) fn insistence(&self) -> Option<Piece> {
        let sight = self.facts.evidence();
        let insistent = sight.insistent_users as f64;
        if insistent < self.weights.min_users {
            return None;
        }
        let text = format!(
            "{} users were turned away four times or more, by hand, and went on",
            sight.insistent_users
        );
        Some(Piece {
            about: About::Abuse,
            name: "insistence",
            weight: self.weights.insistence * many(insistent, 10.0),
            text,
            numbers: json!({ "users": sight.insistent_users }),
        })
    }

    pub(super) fn own_retries(&self) -> Option<Piece> {
        let sight = self.facts.evidence();
        let live = sight.live_failures();
        if sight.repeats == 0 || 4 * sight.repeats < live {
            return None;
        }
        let (low, _) = bad_part(self.facts.strangers.accepted, self.usual());
        let share = sight.repeats as f64 / live as f64;
        let text = format!(
            "{} of {live} failures are of users who had just been accepted and sent the code again",
            sight.repeats
        );
        Some(Piece {
            about: About::Abuse,
            name: "own_retries",
            weight: -self.weights.own_retries * share * (1.0 - low),
            text,
            numbers: json!({ "failures": sight.repeats, "users": sight.repeat_users, "of": live }),
        })
    }

    pub(super) fn few_clients(&self) -> Option<Piece> {
        let sight = self.facts.evidence();
        let live = sight.live_failures() + sight.rate_limited;
        if sight.storm == 0 || 3 * sight.storm < live {
            return None;
        }
        let share = (sight.storm as f64 / live.max(1) as f64).min(1.0);
        let text = format!(
            "{} of {live} failures are of {} whose client retried within seconds",
            sight.storm,
            count(sight.storm_users, "user")
        );
        Some(Piece {
            about: About::Abuse,
            name: "few_clients",
            weight: -self.weights.own_retries * share,
            text,
            numbers: json!({ "failures": sight.storm, "users": sight.storm_users, "of": live }),
        })
    }
}
