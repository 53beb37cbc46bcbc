//! From the attempts of a window and the facts to clusters: every failed pair in exactly one.

use super::PULSE;
use super::closer::Draft;
use super::cluster::Clusters;
use super::facts::{Facts, Known};
use super::guess;
use super::kind::Kind;
use super::known::{Finding, Judge, Judged, Size};
use super::picture::Picture;
use super::settings::Settings;
use super::unknown::{Part, Unknown};

/// Divides the failures of a window by their causes. The same answer for the same attempts, in whatever order and parts
/// they came, up to the ids of users and codes.
pub fn group(picture: &Picture, facts: &Facts, settings: &Settings) -> Clusters {
    let pulse = &mut || ();
    Draft::of(picture, &facts.known, settings, pulse).divide(picture, facts, settings, pulse).all(pulse)
}

impl Draft {
    /// Divides the failures of the same picture, with the same known codes. `pulse` is called now and then: the place for a caller
    /// to give up.
    pub fn divide<'a>(
        self,
        picture: &'a Picture,
        facts: &'a Facts,
        settings: &'a Settings,
        pulse: &mut dyn FnMut(),
    ) -> Division<'a> {
        let Draft { campaign_of, mut unknown } = self;
        let old = facts.seen.as_ref().map_or(&[][..], |seen| &seen.codes);
        let waves = guess::waves(picture, settings, &facts.slots, old, &unknown);
        guess::many_users(waves, &mut unknown);
        let mut division = Division {
            picture,
            facts,
            settings,
            subjects: vec![Subject::Background],
            of_pair: vec![Clusters::NONE; picture.pairs.len()],
            findings: Vec::new(),
            unknown: Unknown::default(),
        };
        let mut judge = Judge::new(picture, facts, settings, &unknown.by_slip);
        let mut since_pulse = 0;
        for range in picture.by_code() {
            since_pulse += range.len();
            if since_pulse >= PULSE {
                since_pulse = 0;
                pulse();
            }
            let place = campaign_of[picture.pairs[range.start].code as usize];
            if place != u32::MAX {
                division.code(range.start, place, judge.code(range.clone(), &facts.known[place as usize]));
            }
        }
        division.unknown(unknown, &campaign_of);
        pulse();
        division
    }
}

/// For each code the place of its campaign among the known ones, else `u32::MAX`.
pub(super) fn campaigns(picture: &Picture, known: &[Known]) -> Vec<u32> {
    let mut campaign_of = vec![u32::MAX; picture.codes.len()];
    for (i, known) in known.iter().enumerate() {
        if let Some(place) = campaign_of.get_mut(known.code as usize) {
            *place = i as u32;
        }
    }
    campaign_of
}

/// What a cluster is about, before it has a name.
#[derive(Debug, Clone, Copy)]
pub(super) enum Subject {
    Background,
    Campaign {
        /// Its place in [`Facts::known`].
        place: u32,
        kind: Kind,
        size: Size,
        /// A place in [`Division::findings`].
        finding: u32,
    },
    Misprint(u32),
    Guess(u32),
}

impl Subject {
    /// Whether all of it is about one code, so that each of its pairs is another user's.
    pub const fn one_code(self) -> bool {
        matches!(self, Self::Campaign { .. } | Self::Misprint(_))
    }
}

/// The failures of a window, divided and not measured yet: [`worst`](Self::worst) and [`all`](Self::all) do.
#[derive(Debug)]
pub struct Division<'a> {
    pub(super) picture: &'a Picture,
    pub(super) facts: &'a Facts,
    pub(super) settings: &'a Settings,
    pub(super) subjects: Vec<Subject>,
    /// For each pair its place in `subjects`, or [`Clusters::NONE`].
    pub(super) of_pair: Vec<u32>,
    /// What was found out about the campaigns that have clusters.
    pub(super) findings: Vec<Finding>,
    pub(super) unknown: Unknown,
}

impl Division<'_> {
    fn code(&mut self, start: usize, place: u32, judged: Judged) {
        let Judged { kinds, sizes, finding } = judged;
        // The last is what a pair without a failure gets.
        let mut clusters = [Clusters::NONE; Kind::ALL.len() + 1];
        clusters[Kind::Background as usize] = 0;
        let (before, number) = (self.subjects.len(), self.findings.len() as u32);
        for (kind, size) in Kind::ALL.into_iter().zip(sizes) {
            if kind != Kind::Background && size.attempts > 0 {
                clusters[kind as usize] = self.subjects.len() as u32;
                self.subjects.push(Subject::Campaign { place, kind, size, finding: number });
            }
        }
        for (pair, kind) in self.of_pair[start..].iter_mut().zip(kinds) {
            *pair = clusters[kind.map_or(Kind::ALL.len(), |kind| kind as usize)];
        }
        if self.subjects.len() > before {
            self.findings.push(finding);
        }
    }

    fn unknown(&mut self, unknown: Unknown, campaign_of: &[u32]) {
        let misprints = self.subjects.len() as u32;
        self.subjects.extend((0..unknown.misprints.len() as u32).map(Subject::Misprint));
        let guesses = self.subjects.len() as u32;
        self.subjects.extend((0..unknown.groups.len() as u32).map(Subject::Guess));
        for slip in &unknown.slips {
            self.of_pair[slip.pair as usize] = match slip.part {
                Part::Background => 0,
                Part::Misprint(i) => misprints + i,
                Part::Guess(i) => guesses + i,
            };
        }
        // Attempts of nobody are nobody's group (trap 14).
        for range in self.picture.by_code() {
            let pair = &self.picture.pairs[range.start];
            let events = self.picture.events_of(pair);
            if pair.user.is_none()
                && campaign_of[pair.code as usize] == u32::MAX
                && events.iter().any(|e| self.settings.failures.contains(e.outcome))
            {
                self.of_pair[range.start] = 0;
            }
        }
        self.unknown = unknown;
    }
}
