//! The pieces of evidence: what each says, how much it weighs, and its numbers.
//!
//! Nobody labels traffic, so how much of it is bad is estimated from a share that is known to differ: of good users, some
//! share had done nothing here before; of attackers, nearly all. What is seen is a mixture of the two, and how far it is
//! from the usual share says how large the bad part is (Herley and Schechter, "Distinguishing attacks from legitimate
//! authentication traffic at scale", NDSS 2019, who estimate the share of guessing among logins that way). Bounds stand in
//! for values, so that few users never weigh much.

use super::facts::{Facts, Share};
use super::weights::Weights;
use crate::jsonb::{Json, object};

/// What a piece is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// The code is in the wrong hands.
    Abuse,
    /// The configuration keeps customers out.
    Config,
}

/// A piece of evidence. Its weight is positive where it speaks for what it is about, negative where it speaks against.
#[derive(Debug, Clone, PartialEq)]
pub struct Piece {
    /// What it is about.
    pub about: About,
    /// Its name.
    pub name: &'static str,
    /// In log-odds.
    pub weight: f64,
    /// A sentence with its numbers.
    pub text: String,
    /// The numbers alone.
    pub numbers: Json,
}

/// The part of these users that is bad, at least and at most, where `usual` of the good ones are strangers too.
fn bad_part(seen: Share, usual: f64) -> (f64, f64) {
    let (low, high) = seen.bounds();
    let part = |share: f64| ((share - usual) / (1.0 - usual).max(0.01)).clamp(0.0, 1.0);
    (part(low), part(high))
}

/// 0 at `from`, 1 at `to`.
fn ramp(x: f64, from: f64, to: f64) -> f64 {
    ((x - from) / (to - from)).clamp(0.0, 1.0)
}

/// How much a number of users counts: half of it at `half`.
fn many(users: f64, half: f64) -> f64 {
    users / (users + half)
}

fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

/// Every piece that says something.
pub fn pieces(facts: &Facts, weights: &Weights) -> Vec<Piece> {
    let look = Look { facts, weights };
    [
        look.strangers_accepted(),
        look.strangers_turned_away(),
        look.insistence(),
        look.own_retries(),
        look.few_clients(),
        look.validity(),
        look.limit(),
        look.audience(),
        look.conversion(),
        look.scope(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// A campaign that was bought with this lately is bought with.
const STILL_SOLD: i64 = 4 * 60_000_000;

struct Look<'a> {
    facts: &'a Facts,
    weights: &'a Weights,
}

impl Look<'_> {
    fn usual(&self) -> f64 {
        let usual = self.facts.strangers.usual;
        if usual.of as f64 >= 2.0 * self.weights.min_users {
            usual.value()
        } else {
            self.weights.usual_strangers
        }
    }

    /// How many of `n` within the evidence are more than the campaign's own earlier rate explains, as a share.
    fn surge(&self, n: u64, earlier: u64) -> f64 {
        let sight = self.facts.evidence();
        let minutes = (sight.until - sight.from) as f64 / 60e6;
        let expected = if self.facts.earlier.minutes > 0.0 {
            earlier as f64 / self.facts.earlier.minutes * minutes
        } else {
            0.0
        };
        // Traffic of an evening is twice that of the day, and numbers scatter.
        let most = 2.0 * expected + 2.0 * expected.sqrt();
        if n == 0 { 0.0 } else { (1.0 - most / n as f64).max(0.0) }
    }

    /// How many of those who came are more than the campaign's own earlier rate explains, as a share: accepted and turned
    /// away together. Customers who are turned away by mistake are the same people as before, attackers come on top.
    fn demand_surge(&self) -> f64 {
        let (sight, earlier) = (self.facts.evidence(), self.facts.earlier);
        let minutes = (sight.until - sight.from) as f64 / 60e6;
        let rate = (earlier.accepted + earlier.not_applicable) as f64 / earlier.minutes.max(1.0);
        let most = 1.3 * rate * minutes + 2.0 * (rate * minutes).sqrt();
        let came = (sight.accepted + sight.repeats + sight.turned_away) as f64;
        if came == 0.0 { 0.0 } else { (1.0 - most / came).max(0.0) }
    }

    /// The share of strangers that is usual among the campaign's own users: as of all codes, or, where no more come than
    /// before, as of those whom it accepts.
    fn own_usual(&self) -> f64 {
        let accepted = self.facts.strangers.accepted;
        let enough = accepted.of as f64 >= 2.0 * self.weights.min_users;
        if enough && self.demand_surge() < 0.2 { self.usual().max(accepted.value()) } else { self.usual() }
    }

    fn strangers_accepted(&self) -> Option<Piece> {
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
        let numbers = object!({ "strangers": seen.hits, "looked_up": seen.of, "usual_share": usual, "surge": surge,
            "bad_share_low": low, "bad_share_high": high, "suspected_users": users.round() });
        Some(Piece { about: About::Abuse, name: "strangers_accepted", weight, text, numbers })
    }

    fn strangers_turned_away(&self) -> Option<Piece> {
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
        let numbers = object!({ "strangers": seen.hits, "looked_up": seen.of, "usual_share": usual, "surge": surge,
            "bad_share_low": low, "bad_share_high": high, "suspected_users": users.round() });
        Some(Piece { about: About::Abuse, name: "strangers_turned_away", weight, text, numbers })
    }

    fn insistence(&self) -> Option<Piece> {
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
            numbers: object!({ "users": sight.insistent_users }),
        })
    }

    fn own_retries(&self) -> Option<Piece> {
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
            numbers: object!({ "failures": sight.repeats, "users": sight.repeat_users, "of": live }),
        })
    }

    fn few_clients(&self) -> Option<Piece> {
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
            numbers: object!({ "failures": sight.storm, "users": sight.storm_users, "of": live }),
        })
    }

    fn validity(&self) -> Option<Piece> {
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
        let numbers = object!({ "upside_down": upside_down, "accepted_after_end": f.accepted_after_end,
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

    fn limit(&self) -> Option<Piece> {
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
        let numbers = object!({ "limit": limit, "used": used, "reserved": f.conversion.reserved,
            "users_too_late": depleted, "minutes_after_begin": minutes });
        Some(Piece { about: About::Config, name: "limit", weight, text, numbers })
    }

    fn audience(&self) -> Option<Piece> {
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
        let numbers = object!({ "flags": set, "turned_away": now.hits, "of": now.of, "earlier_share": earlier.value(),
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

    fn conversion(&self) -> Option<Piece> {
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
        let numbers = object!({ "applied": c.now.hits, "of": c.now.of, "since_last_applied": c.since_last,
            "earlier_applied": c.earlier.hits, "earlier_of": c.earlier.of });
        Some(Piece { about: About::Config, name: "conversion", weight, text, numbers })
    }

    fn scope(&self) -> Option<Piece> {
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
            numbers: object!({ "scope": scope.to_owned(), "bought_with": sold }),
        })
    }
}

fn tenth(x: f64) -> String {
    format!("{x:.1}")
}

fn count(n: u64, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") }
}

fn attempts(n: u64, one: &str, more: &str) -> String {
    if n == 1 { format!("1 attempt {one}") } else { format!("{n} attempts {more}") }
}
