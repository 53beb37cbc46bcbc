//! What the grouping answers.

use super::kind::Kind;
use super::picture::{Pair, Picture};
use crate::Micros;

/// A group of failures with one cause.
#[derive(Debug, Clone, PartialEq)]
pub struct Cluster {
    /// `c<campaign>:<KIND>` for a known code, else `<KIND>:` and the beginning of its earliest hash, or the kind alone.
    pub id: String,
    /// What it is.
    pub kind: Kind,
    /// The campaign it is about; for a mistyped code the one meant.
    pub campaign: Option<i64>,
    /// Failed attempts.
    pub attempts: u64,
    /// Distinct users among them; attempts without a user count for none.
    pub users: u64,
    /// Distinct codes.
    pub codes: u64,
    /// The failed attempts by [`Outcome`](crate::attempt::Outcome), in the order of its numbers; they add up to `attempts`.
    pub results: [u64; 6],
    /// Attempts of the same pairs that were accepted; of a leaked code all of the surge.
    pub accepted: u64,
    /// The first failed attempt.
    pub first_seen: Micros,
    /// The last one.
    pub last_seen: Micros,
    /// Most failed attempts within one minute.
    pub peak_per_minute: u64,
    /// Whether it goes on at the end of the window.
    pub active: bool,
    /// Users who were accepted on a campaign soon after a failure of theirs in here.
    pub recovered_users: u64,
    /// Whether a person has to do something about it.
    pub needs_action: bool,
    /// How bad: clusters come in the order of this, worst first.
    pub score: f64,
    /// One sentence with its numbers.
    pub explanation: String,
    /// Failed attempts in each of [`Clusters::BUCKETS`] equal parts of the window.
    pub series: Vec<u32>,
}

/// The failures of a window, divided.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Clusters {
    /// The groups, worst first.
    pub clusters: Vec<Cluster>,
    /// For each of [`Picture::pairs`] its place in `clusters`; [`Clusters::NONE`] for a pair without a failure.
    pub of_pair: Vec<u32>,
    /// Attempts that the picture could only count: they are in no cluster.
    pub uncounted: u64,
}

impl Clusters {
    /// The place of a pair that never failed.
    pub const NONE: u32 = u32::MAX;
    /// Parts that a cluster's series divides the window into.
    pub const BUCKETS: usize = 30;

    /// Every failed pair with its cluster, in the picture's order of code and user.
    pub fn members<'a>(&'a self, picture: &'a Picture) -> impl Iterator<Item = (&'a Cluster, &'a Pair)> {
        self.of_pair
            .iter()
            .zip(&picture.pairs)
            .filter_map(|(place, pair)| self.clusters.get(*place as usize).map(|cluster| (cluster, pair)))
    }
}
