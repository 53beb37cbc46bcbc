//! The pieces of evidence: what each says, how much it weighs, and its numbers.
//!
//! Nobody labels traffic, so how much of it is bad is estimated from a share that is known to differ: of good users, some
//! share had done nothing here before; of attackers, nearly all. What is seen is a mixture of the two, and how far it is
//! from the usual share says how large the bad part is (Herley and Schechter, "Distinguishing attacks from legitimate
//! authentication traffic at scale", NDSS 2019, who estimate the share of guessing among logins that way). Bounds stand in
//! for values, so that few users never weigh much.

mod abuse;
mod config;

use super::facts::{Facts, Share};
use super::weights::Weights;
use serde_json::Value;

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
    pub numbers: Value,
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
