//! What says that the configuration keeps customers out, or does not.

use super::{About, Look, Piece, STILL_SOLD, attempts, bad_part, many, percent, ramp};
use crate::former::facts::Share;
use serde_json::json;

impl Look<'_> {
    pub(super) fn validity(&self) -> Option<Piece> {
        let f = self.facts;
        let upside_down = matches!((f.campaign.valid_from, f.campaign.valid_until), (Some(from), Some(until)) if until <= from);
        let over = f.campaign.valid_until.is_some_and(|until| until <= f.as_of);
        let not_begun = f.campaign.valid_from.is_some_and(|from| from > f.as_of);
        let text = if upside_down {
            "valid_until is not after valid_from: nobody can ever use it".to_owned()
        } else if over && f.accepted_after_end >= 2 {
            format!(
                "{} accepted after its valid_until: that was moved into the past",
                attempts(f.accepted_after_end, "was", "were")
            )
        } else if not_begun && f.accepted_before_begin >= 2 {
            format!(
                "{} accepted before its valid_from: that was moved into the future",
                attempts(f.accepted_before_begin, "was", "were")
            )
        } else {
            return None;
        };
        let numbers = json!({ "upside_down": upside_down, "accepted_after_end": f.accepted_after_end,
            "accepted_before_begin": f.accepted_before_begin });
        Some(Piece { about: About::Config, name: "validity", weight: self.weights.validity, text, numbers })
    }

    /// Users turned away because the limit was reached, where the application noted the reason; else inferred.
    fn depleted(&self) -> u64 {
        let f = self.facts;
        let sight = f.evidence();
        if f.refusals.depleted > 0 {
            return f.refusals.depleted;
        }
        let (Some(limit), used) = (f.campaign.max_total_uses, f.campaign.used_total.unwrap_or(0)) else {
            return 0;
        };
        let nothing_noted = f.refusals.unknown > 0 && f.refusals.audience == 0;
        let full = 5 * (used + f.conversion.reserved as i64) >= 4 * limit;
        if nothing_noted && full && !f.campaign.restricted() { sight.turned_away_users } else { 0 }
    }

    pub(super) fn limit(&self) -> Option<Piece> {
        let (f, w) = (self.facts, self.weights);
        let limit = f.campaign.max_total_uses?;
        let used = f.campaign.used_total.unwrap_or(0);
        if used + (f.conversion.reserved as i64) < limit / 2 {
            return None; // raised since
        }
        let depleted = self.depleted() as f64;
        let began = f.campaign.valid_from?;
        let first = f.evidence().first_turned_away?;
        if depleted < w.min_users {
            return None;
        }
        let age = first - began;
        let early = age <= w.limit_early.micros();
        let weight = if early { w.limit * many(depleted, 5.0) } else { -1.0 };
        let minutes = age / 60_000_000;
        let text = if early {
            format!(
                "its limit of {limit} was used up within {minutes} min of its begin, and {depleted} users came too late"
            )
        } else {
            format!("its limit of {limit} was reached in the ordinary course; {depleted} users came too late")
        };
        let numbers = json!({ "limit": limit, "used": used, "reserved": f.conversion.reserved,
            "users_too_late": depleted, "minutes_after_begin": minutes });
        Some(Piece { about: About::Config, name: "limit", weight, text, numbers })
    }

    pub(super) fn audience(&self) -> Option<Piece> {
        let (f, w) = (self.facts, self.weights);
        let sight = f.evidence();
        let flags = [
            (f.campaign.new_users_only, "new_users_only"),
            (f.campaign.first_purchase_only, "first_purchase_only"),
        ];
        let set: Vec<_> =
            flags.iter().filter(|(flag, _)| *flag == Some(true)).map(|(_, name)| *name).collect();
        let unknown = f.lacks("campaigns.new_users_only") || f.lacks("campaigns.first_purchase_only");
        if set.is_empty() && !unknown {
            return None;
        }
        let noted = f.refusals.audience > 0 || f.refusals.already_used + f.refusals.depleted > 0;
        let users = if noted { f.refusals.audience } else { sight.turned_away_users } as f64;
        let customers = users * (1.0 - bad_part(f.strangers.turned_away, self.own_usual()).0.min(0.95));
        let customers = if f.strangers.turned_away.of == 0 { 0.0 } else { customers };
        if customers < w.min_users {
            return None;
        }
        let now = Share::new(sight.turned_away, sight.turned_away + sight.accepted);
        let earlier = Share::new(f.earlier.not_applicable, f.earlier.not_applicable + f.earlier.accepted);
        // A campaign that began wrong has no better time to be compared with: most must be turned away.
        let fresh = f.earlier.minutes <= 0.0;
        let surge = if fresh {
            ramp(now.bounds().0, 0.2, 0.6)
        } else if f.refusals.audience > 0 {
            self.surge(f.refusals.audience, f.earlier.audience)
        } else {
            self.surge(sight.turned_away, f.earlier.not_applicable)
        };
        let certain = if set.is_empty() { 0.6 } else { 1.0 };
        let weight = if surge > 0.1 {
            w.audience * certain * ramp(surge, 0.1, 0.5) * many(customers, 8.0)
        } else {
            -1.0
        };
        let what =
            if set.is_empty() { "an audience flag that is not bound".to_owned() } else { set.join(" and ") };
        let text = format!(
            "{} of {} attempts were turned away, {} before; about {customers:.0} users known here are kept out by {what}",
            now.hits,
            now.of,
            percent(earlier.value())
        );
        let numbers = json!({ "flags": set, "turned_away": now.hits, "of": now.of, "earlier_share": earlier.value(),
            "customers": customers.round() });
        Some(Piece { about: About::Config, name: "audience", weight, text, numbers })
    }

    /// How much likelier what became of the redemptions is where nothing can be bought; in log-odds.
    fn never_bought(&self) -> f64 {
        const BROKEN: f64 = 0.02;
        let c = self.facts.conversion;
        let usual = if c.earlier.of >= 20 { c.earlier.bounds().0 } else { 0.35 };
        let usual = usual.clamp(0.1, 0.95);
        let miss = ((1.0 - BROKEN) / (1.0 - usual)).ln();
        let hit = (BROKEN / usual).ln();
        let all = c.now.hits as f64 * hit + (c.now.of - c.now.hits) as f64 * miss;
        // That there is a longest row of misses somewhere is certain: it must be longer than that.
        all.max(c.since_last as f64 * miss - 3.0)
    }

    pub(super) fn conversion(&self) -> Option<Piece> {
        let (f, w) = (self.facts, self.weights);
        let c = f.conversion;
        if c.now.of + c.since_last == 0 {
            return None;
        }
        let odds = self.never_bought();
        let weight = if odds > 0.0 { odds.min(w.conversion) } else { (odds / 10.0).max(-2.0) };
        let text = if odds > 0.0 {
            format!(
                "{} redemptions in a row were accepted and never bought; {} of {} were bought before",
                c.since_last.max(c.now.of - c.now.hits),
                c.earlier.hits,
                c.earlier.of
            )
        } else {
            format!("{} of {} redemptions accepted were bought", c.now.hits, c.now.of)
        };
        let numbers = json!({ "applied": c.now.hits, "of": c.now.of, "since_last_applied": c.since_last,
            "earlier_applied": c.earlier.hits, "earlier_of": c.earlier.of });
        Some(Piece { about: About::Config, name: "conversion", weight, text, numbers })
    }

    pub(super) fn scope(&self) -> Option<Piece> {
        let f = self.facts;
        if f.campaign.scope_known != Some(false) {
            return None;
        }
        let lately = f.conversion.last_applied.is_some_and(|at| f.evidence().until - at < STILL_SOLD);
        let sold = f.conversion.now.hits > 0 && (f.conversion.open_since_last < 5 || lately);
        let scope = f.campaign.scope.as_deref().unwrap_or("");
        // Of a campaign that nobody comes for, an odd scope says little.
        let came = f.evidence().accepted_users as f64;
        let (weight, text) = if sold {
            (0.0, format!("no other campaign has its target_scope {scope}, and it is bought with"))
        } else {
            (self.weights.scope * many(came, 8.0), format!("nothing else has its target_scope {scope}"))
        };
        Some(Piece {
            about: About::Config,
            name: "scope",
            weight,
            text,
            numbers: json!({ "scope": scope.to_owned(), "bought_with": sold }),
        })
    }
}
