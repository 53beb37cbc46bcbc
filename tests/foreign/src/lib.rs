//! Small shops for a test of verdicts, written apart from everything that makes verdicts or was used to fit them.
//!
//! [`shop`] makes the shop of a seed. The application ([`app`]) answers attempts as a state machine; people and scripts
//! ([`people`]) have intentions and react to what they are answered; an incident ([`incidents`]) only sends them, or
//! edits a row. The truth ([`ruling`]) is written from what the rows show ([`facts`]).

pub mod app;
mod days;
pub mod facts;
pub mod incidents;
mod jobs;
pub mod kind;
pub mod manners;
pub mod people;
pub mod ruling;
pub mod town;

use facts::Facts;
use kind::{Group, Kind};
use promo_guard_habits::rng::{HOUR, Rng};
use promo_guard_habits::rows::{Actor, Answer, Shop, Status};
use promo_guard_habits::truth::Verdict;
use std::collections::BTreeSet;
use town::{Case, Town};

/// What is true of one campaign.
#[derive(Debug, Clone, PartialEq)]
pub struct Truth {
    /// The campaign's place; of a batch its first code's.
    pub campaign: usize,
    /// What happened.
    pub kind: Kind,
    /// Its name.
    pub label: &'static str,
    /// What a careful reader of the tables alone can know.
    pub verdict: Verdict,
    /// Another verdict that is acceptable.
    pub also: Option<Verdict>,
    /// The code is abused.
    pub abused: bool,
    /// People who mean no harm, and a sound campaign.
    pub harmless: bool,
    /// An unpause would do harm, or the pause is a decision, or unexplained.
    pub harmful: bool,
    /// It is paused.
    pub paused: bool,
    /// The guard paused it.
    pub by_guard: bool,
    /// When it began.
    pub start: i64,
    /// The signs of abuse that the rows show.
    pub signs: Vec<&'static str>,
}

/// The shop of a seed, and what is true of it.
pub fn shop(seed: u64) -> (Shop, Vec<Truth>) {
    let mut rng = Rng::new(seed.wrapping_mul(0x2545_F491_4F6C_DD1D));
    let count = 1 + rng.below(4);
    let mut kinds: Vec<Kind> = Vec::new();
    while kinds.len() < count {
        // Pauses by hand are many kinds of one thing: fewer of them.
        let kind = *rng.pick(Kind::ALL);
        if !kinds.contains(&kind) && (kind.group() != Group::Pause || rng.chance(0.6)) {
            kinds.push(kind);
        }
    }
    staged(seed, &kinds)
}

/// The shop of a seed with these incidents.
pub fn staged(seed: u64, kinds: &[Kind]) -> (Shop, Vec<Truth>) {
    let mut town = Town::new(seed);
    for &kind in kinds {
        incidents::stage(&mut town, kind);
    }
    town.app.run();
    other_cases(&mut town);
    let truths = town.cases.iter().map(|case| truth(&town, case)).collect();
    (rows(seed, town), truths)
}

/// Campaigns that are paused or fail often without an incident of their own.
fn other_cases(town: &mut Town) {
    let mut recent = vec![0_usize; town.app.campaigns.len()];
    let since = town.app.end - 3 * HOUR;
    for attempt in town.app.attempts.iter().filter(|attempt| attempt.at >= since) {
        let failed = matches!(attempt.answer, Answer::Expired | Answer::NotApplicable);
        if let Some(place) = town.app.campaigns.iter().position(|row| failed && row.code == attempt.code) {
            recent[place] += 1;
        }
    }
    for (place, failures) in recent.into_iter().enumerate() {
        let paused = town.app.campaigns[place].status == Status::Paused;
        if town.taken.contains(&place) || (!paused && failures < 100) {
            continue;
        }
        let pause =
            town.app.changes.iter().rfind(|change| change.campaign == place && change.to == Status::Paused);
        let at = pause.map_or(town.app.end, |change| change.at);
        let code = town.app.campaigns[place].code;
        let kind = match paused {
            true if Facts::steered_trigger(town, code, at) => Kind::SideTarget,
            true => Kind::LeftPaused,
            false => Kind::Ordinary,
        };
        let start = (at - 2 * HOUR).max(town.app.begin);
        town.cases.push(Case { place, kind, start, announced: false, batch: false });
    }
}

fn truth(town: &Town, case: &Case) -> Truth {
    let rows = &town.app.campaigns;
    let name = &rows[case.place].name;
    let codes: BTreeSet<u64> = match case.batch {
        true => rows.iter().filter(|row| row.name == *name).map(|row| row.code).collect(),
        false => BTreeSet::from([rows[case.place].code]),
    };
    let facts = Facts::read(town, case, &codes);
    let (verdict, also) = ruling::rule(case.kind, &facts);
    let pause =
        town.app.changes.iter().rfind(|change| change.campaign == case.place && change.to == Status::Paused);
    Truth {
        campaign: case.place,
        kind: case.kind,
        label: case.kind.label(),
        verdict,
        also,
        abused: matches!(case.kind.group(), Group::Abuse | Group::Mixed),
        harmless: case.kind.group() == Group::Harmless
            || matches!(case.kind, Kind::EchoRepause | Kind::LeftPaused | Kind::Ordinary),
        harmful: ruling::harmful(case.kind, &facts),
        paused: facts.paused,
        by_guard: facts.paused && pause.is_some_and(|change| change.by == Actor::Guard),
        start: case.start,
        signs: facts.signs,
    }
}

fn rows(seed: u64, town: Town) -> Shop {
    let mut actions = town.actions;
    actions.sort_by_key(|action| action.at);
    let app = town.app;
    Shop {
        seed,
        end: app.end,
        begin: app.begin,
        campaigns: app.campaigns,
        attempts: app.attempts,
        redemptions: app.redemptions,
        purchases: app.purchases,
        history: app.manners.history || town.attach,
        changes: app.changes,
        actions,
        truth: Vec::new(),
    }
}
