//! What the rows show of an incident. The truth is written from this, not from what only the simulator knows.

use crate::manners::{Ids, Manners};
use crate::town::{Case, Town};
use promo_guard_habits::rng::{HOUR, MINUTE, SECOND};
use promo_guard_habits::rows::{Answer, Deed, Held, Source, Status};
use std::collections::{BTreeMap, BTreeSet};

/// What a reader of the tables sees of one campaign.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// It is paused.
    pub paused: bool,
    /// It is neither paused nor active.
    pub closed: bool,
    /// The window is over, or the limit is reached.
    pub over: bool,
    /// The share of the limit that is used.
    pub filled: f64,
    /// Users who tried it since the beginning of the incident.
    pub crowd: usize,
    /// The share of them without any row before.
    pub unseen: f64,
    /// Users accepted since.
    pub takers: usize,
    /// Accepted attempts before.
    pub before: usize,
    /// Users accepted more than once before.
    pub repeaters: usize,
    /// Purchases with it before.
    pub sold: usize,
    /// Failures since, which the guard counts.
    pub failures: usize,
    /// Purchases that the takers should have made by now.
    pub due: f64,
    /// Purchases that they made.
    pub bought: usize,
    /// Earlier promotions of the shop brought as many new users.
    pub comparable: bool,
    /// Somebody told us.
    pub announced: bool,
    /// The client is noted.
    pub clients: bool,
    /// It was paused through us because of a leak.
    pub leaked: bool,
    /// It has begun.
    pub begun: bool,
    /// The reasons of failures are noted.
    pub reasons: bool,
    /// Purchases that the shop should have made while payment was down.
    pub silence: f64,
    /// The signs of abuse that can be seen.
    pub signs: Vec<&'static str>,
}

/// The chance that somebody who is accepted has bought after so long.
fn bought_by(manners: &Manners, after: i64) -> f64 {
    let after = after.min(manners.hold) as f64 / SECOND as f64;
    let (median, sigma) = manners.wait;
    let z = (after.max(0.01) / median).ln() / sigma;
    manners.buy / (1.0 + (-1.702 * z).exp())
}

fn spread(gaps: &[f64]) -> f64 {
    let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
    let square = gaps.iter().map(|gap| (gap - mean).powi(2)).sum::<f64>() / gaps.len() as f64;
    square.sqrt() / mean.max(1e-9)
}

struct Tries {
    moments: Vec<i64>,
    refused: usize,
    others: BTreeSet<u64>,
    clients: BTreeSet<u64>,
    api: bool,
}

impl Facts {
    /// Reads the rows of a case.
    pub fn read(town: &Town, case: &Case, codes: &BTreeSet<u64>) -> Self {
        let app = &town.app;
        let row = &app.campaigns[case.place];
        let over_limit = row.max_total_uses.is_some_and(|limit| row.used_total >= limit);
        let mut facts = Self {
            paused: row.status == Status::Paused,
            closed: matches!(row.status, Status::Expired | Status::Depleted),
            over: app.end >= row.valid_until || (over_limit && !case.batch),
            filled: row.max_total_uses.map_or(0.0, |limit| row.used_total as f64 / limit as f64),
            announced: case.announced,
            clients: app.manners.clients,
            leaked: town.actions.iter().any(|action| {
                action.campaign == case.place
                    && matches!(&action.what, Deed::Pause(reason) if reason.contains("leak"))
            }),
            begun: row.valid_from <= app.end,
            reasons: app.manners.reasons,
            ..Self::default()
        };
        let mut crowd: BTreeMap<i64, Tries> = BTreeMap::new();
        let mut accepted_before: BTreeMap<i64, usize> = BTreeMap::new();
        let mut firsts: Vec<i64> = Vec::new();
        for attempt in app.attempts.iter().filter(|attempt| codes.contains(&attempt.code)) {
            if attempt.at < case.start {
                if attempt.answer == Answer::Accepted {
                    facts.before += 1;
                    *accepted_before.entry(attempt.user).or_default() += 1;
                }
                continue;
            }
            let tries = crowd.entry(attempt.user).or_insert_with(|| {
                firsts.push(attempt.at);
                Tries {
                    moments: Vec::new(),
                    refused: 0,
                    others: BTreeSet::new(),
                    clients: BTreeSet::new(),
                    api: attempt.source == Source::Api,
                }
            });
            tries.moments.push(attempt.at);
            tries.clients.extend(attempt.client);
            let counted = matches!(attempt.answer, Answer::Invalid | Answer::Expired | Answer::NotApplicable);
            facts.failures += usize::from(counted);
            tries.refused += usize::from(attempt.answer != Answer::Accepted);
        }
        facts.repeaters = accepted_before.values().filter(|uses| **uses > 1).count();
        let mut seen: BTreeSet<i64> = BTreeSet::new();
        for attempt in &app.attempts {
            if attempt.at < case.start - HOUR {
                seen.insert(attempt.user);
            } else if let Some(tries) = crowd.get_mut(&attempt.user)
                && !codes.contains(&attempt.code)
                && (attempt.at - tries.moments[0]).abs() < 20 * MINUTE
            {
                tries.others.insert(attempt.code);
            }
        }
        seen.extend(
            app.purchases
                .iter()
                .filter(|purchase| purchase.created_at < case.start)
                .map(|purchase| purchase.user),
        );
        facts.crowd = crowd.len();
        let unseen = crowd.keys().filter(|user| !seen.contains(user)).count();
        facts.unseen = unseen as f64 / facts.crowd.max(1) as f64;
        let alike = town.earlier.iter().filter(|share| **share + 0.12 >= facts.unseen).count();
        facts.comparable = alike >= 2;
        facts.purchases(town, case, codes);
        facts.look(town, &crowd, &firsts);
        facts
    }

    fn purchases(&mut self, town: &Town, case: &Case, codes: &BTreeSet<u64>) {
        let app = &town.app;
        let mut takers = BTreeSet::new();
        let (mut repaid, mut bought) = (0, 0);
        for redemption in &app.redemptions {
            if !codes.contains(&app.campaigns[redemption.campaign].code) {
                continue;
            }
            let applied = redemption.applied_at.is_some();
            if redemption.created_at < case.start {
                self.sold += usize::from(applied);
                continue;
            }
            takers.insert(redemption.user);
            self.due += bought_by(&app.manners, app.end - redemption.created_at);
            bought += usize::from(applied);
            repaid += usize::from(redemption.status == Held::Revoked);
        }
        (self.takers, self.bought) = (takers.len(), bought);
        let sales = app.purchases.iter().filter(|purchase| !takers.contains(&purchase.user));
        let others = sales.clone().filter(|purchase| purchase.created_at >= case.start).count();
        let earlier = sales.filter(|purchase| purchase.created_at < case.start).count() as f64;
        let down: i64 = app.outages.iter().map(|(from, until)| until.min(&app.end) - from).sum();
        self.silence = earlier / (case.start - app.begin).max(1) as f64 * down as f64;
        if self.due >= 12.0 && (bought as f64) < 0.12 * self.due {
            self.signs.push("they never buy");
            if others >= 4 {
                self.signs.push("others do");
            }
        }
        if bought >= 8 && repaid * 4 >= bought {
            self.signs.push("they pay back");
        }
    }

    fn look(&mut self, town: &Town, crowd: &BTreeMap<i64, Tries>, firsts: &[i64]) {
        let count = crowd.len().max(1) as f64;
        let many =
            |number: usize, least: usize, share: f64| number >= least && number as f64 >= share * count;
        let probing = |least: usize| crowd.values().filter(|tries| tries.others.len() >= least).count();
        if many(probing(2), 5, 0.15) || many(probing(1), 10, 0.4) {
            self.signs.push("they try other codes");
        }
        if probing(10) >= 2 {
            self.signs.push("guessers are among them");
            self.signs.push("they tried ten codes and more");
        }
        if many(crowd.values().filter(|tries| tries.refused >= 6).count(), 3, 0.2) {
            self.signs.push("they insist");
        }
        let even = crowd.values().filter(|tries| {
            let gaps: Vec<f64> = tries.moments.windows(2).map(|pair| (pair[1] - pair[0]) as f64).collect();
            gaps.len() >= 4 && spread(&gaps) < 0.25
        });
        let gaps: Vec<f64> = firsts.windows(2).map(|pair| (pair[1] - pair[0]) as f64).collect();
        if many(even.count(), 3, 0.15) || (gaps.len() >= 30 && spread(&gaps[..gaps.len() * 3 / 4]) < 0.4) {
            self.signs.push("they keep a machine's pace");
        }
        let ids: Vec<i64> = crowd.keys().copied().collect();
        let near = ids.windows(2).filter(|pair| pair[1] - pair[0] <= 4).count();
        if town.app.manners.ids == Ids::Random && many(near, 15, 0.12) {
            self.signs.push("their ids are adjacent");
        }
        let clients: BTreeSet<u64> = crowd.values().flat_map(|tries| tries.clients.iter().copied()).collect();
        if self.clients && crowd.len() >= 10 && clients.len() * 3 <= crowd.len() {
            self.signs.push("many accounts on one client");
        }
        let api = crowd.values().filter(|tries| tries.api).count();
        if town.app.manners.sources[2] < 0.1 && many(api, 20, 0.7) {
            self.signs.push("a program sends them");
        }
        let parallel = crowd
            .values()
            .filter(|tries| tries.moments.windows(6).any(|moments| moments[5] - moments[0] < SECOND));
        if many(parallel.count(), 2, 0.2) {
            self.signs.push("they send in parallel");
        }
    }

    /// Whether the trigger of a guard pause at `at` came from steered accounts.
    pub fn steered_trigger(town: &Town, code: u64, at: i64) -> bool {
        let trigger = town.app.attempts.iter().filter(|attempt| {
            attempt.code == code
                && attempt.at >= at - 10 * MINUTE
                && attempt.at < at
                && matches!(attempt.answer, Answer::Expired | Answer::NotApplicable)
        });
        let (mut steered, mut all) = (0, 0);
        for attempt in trigger {
            steered += usize::from(town.steered.contains(&attempt.user));
            all += 1;
        }
        steered * 10 > all * 3
    }
}
