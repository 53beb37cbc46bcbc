//! The scores themselves.

use super::baselines;
use super::facts::{self, History};
use super::index::adjusted_rand;
use super::scenario::Scenario;
use promo_guard_core::clusters::{Clusters, Kind, Settings, group};
use promo_guard_generator::{Dataset, Micros, generate};
use std::collections::HashMap;

const MINUTE: i64 = 60_000_000;

/// How one window went.
#[derive(Debug, Clone)]
pub struct Score {
    /// Failed pairs in it.
    pub pairs: usize,
    /// Adjusted Rand index of our clusters.
    pub ours: f64,
    /// Of the connected components.
    pub components: f64,
    /// Of the grouping by hash.
    pub by_hash: f64,
    /// Pairs by true kind and by ours.
    pub kinds: HashMap<(&'static str, &'static str), usize>,
    /// Our clusters, for whoever wants to know why.
    pub clusters: Clusters,
}

/// Generates a scenario and scores the window of so many minutes at its end; `None` where fewer than two pairs failed.
pub fn score(scenario: &Scenario, minutes: i64, history: History, settings: &Settings) -> Option<Score> {
    let data = generate(&scenario.config);
    score_window(&data, Micros(data.end.0 - minutes * MINUTE), data.end, history, settings)
}

/// Scores a window of a dataset.
pub fn score_window(
    data: &Dataset,
    from: Micros,
    until: Micros,
    history: History,
    settings: &Settings,
) -> Option<Score> {
    let pairs = data.failed_pairs(from, until);
    let picture = facts::picture(data, from, until);
    let facts = facts::facts(data, &picture, history, settings);
    let clusters = group(&picture, &facts, settings);
    let found: HashMap<(u32, Option<i64>), u32> = picture
        .pairs
        .iter()
        .zip(&clusters.of_pair)
        .filter(|(_, of)| **of != Clusters::NONE)
        .map(|(pair, of)| ((pair.code, picture.user_of(pair)), *of))
        .collect();
    assert_eq!(found.len(), pairs.len(), "every failed pair, and no other");
    let ours: Vec<u32> = pairs
        .iter()
        .map(|pair| {
            let code = picture.find(&facts::code(data, pair.code)).expect("it was tried");
            found[&(code, pair.user.map(|u| u.get()))]
        })
        .collect();
    let truth: Vec<u32> = pairs.iter().map(|pair| pair.cluster.0).collect();
    let mut kinds = HashMap::new();
    for (truth, ours) in truth.iter().zip(&ours) {
        let truth = data.truth.clusters[*truth as usize].kind.as_str();
        let ours = clusters.clusters[*ours as usize].kind.name();
        *kinds.entry((truth, ours)).or_insert(0) += 1;
    }
    Some(Score {
        pairs: pairs.len(),
        ours: adjusted_rand(truth.iter().zip(&ours))?,
        components: adjusted_rand(truth.iter().zip(baselines::components(&pairs)))?,
        by_hash: adjusted_rand(truth.iter().zip(baselines::by_hash(&pairs)))?,
        kinds,
        clusters,
    })
}

/// Precision and recall of a kind over all pairs.
#[derive(Debug, Clone, Copy, Default)]
pub struct Quality {
    /// Pairs truly of it.
    pub truly: usize,
    /// Pairs called so.
    pub called: usize,
    /// Both.
    pub both: usize,
}

impl Quality {
    /// Of those called so, the share that are.
    pub fn precision(&self) -> f64 {
        self.both as f64 / self.called.max(1) as f64
    }

    /// Of those that are, the share called so.
    pub fn recall(&self) -> f64 {
        self.both as f64 / self.truly.max(1) as f64
    }
}

/// Each kind of the contract with its quality.
pub fn qualities<'a>(scores: impl IntoIterator<Item = &'a Score>) -> Vec<(&'static str, Quality)> {
    let mut all: Vec<_> = Kind::ALL.iter().map(|kind| (kind.name(), Quality::default())).collect();
    for score in scores {
        for ((truth, ours), n) in &score.kinds {
            for (name, quality) in &mut all {
                quality.truly += if name == truth { *n } else { 0 };
                quality.called += if name == ours { *n } else { 0 };
                quality.both += if name == truth && name == ours { *n } else { 0 };
            }
        }
    }
    all
}
