//! Small scenes: who tried what, when, and how it was answered.

use crate::Micros;
use crate::attempt::{Attempt, CodeHash, Outcome};
use crate::clusters::{
    Cluster, Clusters, Draft, Facts, Kind, Known, Picture, Ruling, Settings, Status, group,
};

pub const SECOND: Micros = 1_000_000;
pub const MINUTE: Micros = 60 * SECOND;

/// The half hour that all scenes are in.
#[derive(Debug, Clone, Default)]
pub struct Scene {
    pub attempts: Vec<Attempt>,
    pub known: Vec<(u8, Known)>,
    pub facts: Facts,
}

/// A code by its number; the known ones are the low ones.
pub fn code(n: u32) -> CodeHash {
    let mut bytes = [0; 32];
    bytes[..4].copy_from_slice(&n.to_be_bytes());
    CodeHash::Digest(bytes)
}

pub fn campaign(id: i64) -> Known {
    Known {
        campaign: id,
        code: 0,
        status: Status::Active,
        pause: None,
        valid_from: None,
        valid_until: None,
        max_total_uses: None,
        used_total: None,
        audience: false,
        scope_known: true,
        pauses: Vec::new(),
        pauses_recorded: false,
        earlier: None,
    }
}

impl Scene {
    /// A campaign with the code of its own number.
    pub fn with(mut self, known: Known) -> Self {
        self.known.push((known.campaign as u8, known));
        self
    }

    pub fn attempt(&mut self, at: Micros, user: i64, n: u32, outcome: Outcome) {
        self.attempts.push(Attempt { code: code(n), user: Some(user), outcome, at });
    }

    pub fn picture(&self) -> Picture {
        Picture::of(0, 30 * MINUTE, self.attempts.iter().cloned())
    }

    pub fn facts(&self, picture: &Picture) -> Facts {
        let mut facts = self.facts.clone();
        for (n, known) in &self.known {
            if let Some(place) = picture.find(&code(u32::from(*n))) {
                facts.known.push(Known { code: place, ..known.clone() });
            }
        }
        facts
    }

    pub fn clusters(&self) -> Clusters {
        let picture = self.picture();
        group(&picture, &self.facts(&picture), &Settings::default())
    }

    /// The same where the verdicts on campaigns say this.
    pub fn clusters_by(&self, rulings: &[(i64, Ruling)]) -> Clusters {
        let (picture, settings, pulse) = (self.picture(), Settings::default(), &mut || ());
        let facts = self.facts(&picture);
        let mut division =
            Draft::of(&picture, &facts.known, &settings, pulse).divide(&picture, &facts, &settings, pulse);
        division.follow(&rulings.iter().copied().collect(), pulse);
        division.all(pulse)
    }

    /// The kind that a user's failures on a code are in.
    pub fn kind_of(&self, user: i64, n: u32) -> Option<Kind> {
        let (picture, clusters) = (self.picture(), self.clusters());
        clusters
            .members(&picture)
            .find(|(_, pair)| {
                picture.user_of(pair) == Some(user) && picture.codes[pair.code as usize] == code(n)
            })
            .map(|(cluster, _)| cluster.kind)
    }
}

/// The only cluster of a kind.
pub fn only(clusters: &Clusters, kind: Kind) -> &Cluster {
    let mut found = clusters.clusters.iter().filter(|c| c.kind == kind);
    let first = found.next().unwrap_or_else(|| panic!("no {}: {:#?}", kind.name(), clusters.clusters));
    assert!(found.next().is_none(), "more than one {}: {:#?}", kind.name(), clusters.clusters);
    first
}

pub fn none(clusters: &Clusters, kind: Kind) {
    assert!(clusters.clusters.iter().all(|c| c.kind != kind), "{:#?}", clusters.clusters);
}
