//! The labels: what really happened, for scoring what was concluded.

use rustc_hash::FxHashMap;

use crate::config::{IncidentKind, Intensity};
use crate::model::{CampaignIdx, Dataset, HashIdx, Micros, UserId};
use crate::settlement::Planted;
use crate::spelling::spelled;

spelled! {
    /// The answer `classify` should give about a campaign.
    Verdict {
        /// Hammered or leaked.
        AbuseLikely = "ABUSE_LIKELY",
        /// Misconfigured.
        ConfigRegression = "CONFIG_REGRESSION",
        /// Paused, and the data cannot say why: fail closed.
        Inconclusive = "INCONCLUSIVE",
        /// Paused though clean.
        FalsePositive = "FALSE_POSITIVE",
        /// Nothing wrong with it (also: ended in the ordinary course).
        Healthy = "HEALTHY",
    }
}

spelled! {
    /// What a group of attempts is, as in `failure_clusters`.
    ClusterKind {
        /// The unrelated rest.
        Background = "BACKGROUND",
        /// A known code hammered.
        AbusedCode = "ABUSED_CODE",
        /// A known code used by a surge of strangers.
        LeakedCode = "LEAKED_CODE",
        /// Guessing.
        Enumeration = "ENUMERATION",
        /// One wrong spelling of a campaign's code, tried by many.
        MistypedCode = "MISTYPED_CODE",
        /// Customers failing because of the configuration.
        ConfigFailure = "CONFIG_FAILURE",
        /// A campaign's own customers failing because it is paused.
        PauseEcho = "PAUSE_ECHO",
        /// Few clients retrying in a loop.
        RetryStorm = "RETRY_STORM",
    }
}

/// A place in [`Truth::clusters`]; 0 is the background.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClusterId(pub u32);

impl ClusterId {
    /// Healthy and unrelated traffic.
    pub const BACKGROUND: Self = Self(0);
}

/// A group of attempts with one cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cluster {
    /// What it is.
    pub kind: ClusterKind,
    /// The campaign it is about; for a mistyped code the one meant.
    pub campaign: Option<CampaignIdx>,
    /// The incident it comes from, as a place in [`Truth::incidents`]; `None` for the background and for echoes.
    pub incident: Option<usize>,
}

/// One incident as it came about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncidentTruth {
    /// What it is.
    pub kind: IncidentKind,
    /// How strong.
    pub intensity: Intensity,
    /// The campaigns it is about; none for pure guessing.
    pub campaigns: Vec<CampaignIdx>,
    /// Its first moment.
    pub start: Micros,
    /// Its last moment, at most the end of the data.
    pub end: Micros,
}

/// What should be concluded about a campaign that an incident concerns or the guard paused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CampaignTruth {
    /// The campaign.
    pub campaign: CampaignIdx,
    /// The verdict; where incidents mix, the gravest of theirs.
    pub verdict: Verdict,
    /// Whether lifting a pause would harm nobody: no abuse, a sound configuration, nobody's unexplained decision,
    /// attempts still coming in. Whether the guard would pause it again at once is another question.
    pub unpause_safe: bool,
    /// Since when it is PAUSED, where it is at the end.
    pub paused_at: Option<Micros>,
}

/// Everything known about a dataset that its tables do not say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Truth {
    /// The incidents, in the order of the configuration.
    pub incidents: Vec<IncidentTruth>,
    /// The campaigns concerned or paused, by place; every other one is healthy.
    pub campaigns: Vec<CampaignTruth>,
    /// The clusters; the first is the background.
    pub clusters: Vec<Cluster>,
    /// One label an attempt, parallel to [`Dataset::attempts`].
    pub labels: Vec<ClusterId>,
    /// The settlement defects that the configuration asked for.
    pub planted: Vec<Planted>,
}

impl Truth {
    /// What should be concluded about a campaign; `None` for one that nothing happened to.
    #[must_use]
    pub fn about(&self, campaign: CampaignIdx) -> Option<&CampaignTruth> {
        self.campaigns.iter().find(|truth| truth.campaign == campaign)
    }

    /// The verdict on a campaign; healthy where nothing happened to it.
    #[must_use]
    pub fn verdict(&self, campaign: CampaignIdx) -> Verdict {
        self.about(campaign).map_or(Verdict::Healthy, |truth| truth.verdict)
    }
}

/// A failed (user, code) pair of a window and its true cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LabelledPair {
    /// Who; `None` for attempts without a user.
    pub user: Option<UserId>,
    /// Which code.
    pub code: HashIdx,
    /// Failed attempts of the pair within the window.
    pub attempts: u32,
    /// The cluster of most of them, the lower number on a tie.
    pub cluster: ClusterId,
}

impl Dataset {
    /// Every failed (user, code) pair of `from <= t <= until`, sorted by code and user, with its true cluster:
    /// the units that the adjusted Rand index is taken over.
    #[must_use]
    pub fn failed_pairs(&self, from: Micros, until: Micros) -> Vec<LabelledPair> {
        type Tally = Vec<(ClusterId, u32)>;
        let mut votes: FxHashMap<(HashIdx, Option<UserId>), Tally> = FxHashMap::default();
        for (attempt, &label) in self.attempts.iter().zip(&self.truth.labels) {
            if attempt.at < from || attempt.at > until || !attempt.result.is_failure() {
                continue;
            }
            let tally = votes.entry((attempt.code, attempt.user)).or_default();
            match tally.iter_mut().find(|(cluster, _)| *cluster == label) {
                Some((_, count)) => *count += 1,
                None => tally.push((label, 1)),
            }
        }
        let mut pairs: Vec<LabelledPair> = votes
            .into_iter()
            .map(|((code, user), mut tally)| {
                tally.sort_by_key(|&(cluster, count)| (std::cmp::Reverse(count), cluster));
                let attempts = tally.iter().map(|&(_, count)| count).sum();
                LabelledPair { user, code, attempts, cluster: tally[0].0 }
            })
            .collect();
        pairs.sort_by_key(|pair| (pair.code, pair.user));
        pairs
    }
}
