//! From the attempts of a window and the facts to clusters: every failed pair in exactly one.

use super::PULSE;
use super::closer::Draft;
use super::cluster::{Cluster, Clusters};
use super::explain::{self, About};
use super::facts::{Facts, Known};
use super::guess;
use super::kind::Kind;
use super::known::{Finding, Judge};
use super::measure::{Counter, Measure};
use super::picture::Picture;
use super::settings::Settings;
use super::unknown::{Part, Unknown};
use rustc_hash::FxHashMap;

/// Divides the failures of a window by their causes. The same answer for the same attempts, in whatever order and parts
/// they came, up to the ids of users and codes.
pub fn group(picture: &Picture, facts: &Facts, settings: &Settings) -> Clusters {
    let pulse = &mut || ();
    Draft::of(picture, &facts.known, settings, pulse).group(picture, facts, settings, usize::MAX, pulse)
}

impl Draft {
    /// [`group`] of the same picture, with the same known codes; only the worst `explained` clusters have an explanation, since
    /// there may be thousands. `pulse` is called now and then: the place for a caller to give up.
    pub fn group(
        self,
        picture: &Picture,
        facts: &Facts,
        settings: &Settings,
        explained: usize,
        pulse: &mut dyn FnMut(),
    ) -> Clusters {
        let Draft { campaign_of, mut unknown } = self;
        let old = facts.seen.as_ref().map_or(&[][..], |seen| &seen.codes);
        let waves = guess::waves(picture, settings, &facts.slots, old, &unknown);
        guess::many_users(waves, &mut unknown);
        let mut division = Division::new(picture, settings);
        let mut judge = Judge::new(picture, facts, settings, &unknown.led_to);
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
        division.unknown(&unknown, &campaign_of);
        pulse();
        division.finish(facts, unknown, explained, pulse)
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
enum Subject {
    Background,
    Campaign { place: u32, kind: Kind },
    Misprint(u32),
    Guess(u32),
}

impl Subject {
    /// Whether all of it is about one code, so that each of its pairs is another user's.
    const fn one_code(self) -> bool {
        matches!(self, Self::Campaign { .. } | Self::Misprint(_))
    }
}

struct Division<'a> {
    picture: &'a Picture,
    settings: &'a Settings,
    subjects: Vec<Subject>,
    of_pair: Vec<u32>,
    /// Findings of the codes that have clusters, by the place of the campaign.
    findings: Vec<(u32, Finding)>,
}

impl<'a> Division<'a> {
    fn new(picture: &'a Picture, settings: &'a Settings) -> Self {
        Self {
            picture,
            settings,
            subjects: vec![Subject::Background],
            of_pair: vec![Clusters::NONE; picture.pairs.len()],
            findings: Vec::new(),
        }
    }

    fn add(&mut self, subject: Subject) -> u32 {
        self.subjects.push(subject);
        self.subjects.len() as u32 - 1
    }

    fn code(&mut self, start: usize, place: u32, mut finding: Finding) {
        let mut clusters = [Clusters::NONE; Kind::ALL.len()];
        for (i, kind) in finding.kinds.drain(..).enumerate() {
            let Some(kind) = kind else { continue };
            let cluster = if kind == Kind::Background { 0 } else { clusters[kind as usize] };
            let cluster =
                if cluster == Clusters::NONE { self.add(Subject::Campaign { place, kind }) } else { cluster };
            clusters[kind as usize] = cluster;
            self.of_pair[start + i] = cluster;
        }
        if clusters.iter().any(|c| *c != Clusters::NONE) {
            self.findings.push((place, finding));
        }
    }

    fn unknown(&mut self, unknown: &Unknown, campaign_of: &[u32]) {
        let misprints = self.subjects.len() as u32;
        (0..unknown.misprints.len() as u32).for_each(|i| _ = self.add(Subject::Misprint(i)));
        let guesses = self.subjects.len() as u32;
        (0..unknown.groups.len() as u32).for_each(|i| _ = self.add(Subject::Guess(i)));
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
    }

    fn finish(
        mut self,
        facts: &Facts,
        unknown: Unknown,
        explained: usize,
        pulse: &mut dyn FnMut(),
    ) -> Clusters {
        let counter = Counter::new(self.picture, self.settings);
        let mut measures: Vec<Measure> =
            self.subjects.iter().map(|subject| counter.measure(subject.one_code())).collect();
        for (pairs, clusters) in self.picture.pairs.chunks(PULSE).zip(self.of_pair.chunks(PULSE)) {
            pulse();
            for (pair, cluster) in pairs.iter().zip(clusters) {
                if let Some(measure) = measures.get_mut(*cluster as usize) {
                    counter.count(measure, pair);
                }
            }
        }
        for slip in unknown.slips.iter().filter(|s| s.recovered) {
            measures[self.of_pair[slip.pair as usize] as usize]
                .recovered(slip.user, self.picture.users.len());
        }
        let mut finding_of = vec![u32::MAX; facts.known.len()];
        for (i, (place, _)) in self.findings.iter().enumerate() {
            finding_of[*place as usize] = i as u32;
        }
        let about = |subject: Subject| match subject {
            Subject::Background => (Kind::Background, None, About::Nothing),
            Subject::Campaign { place, kind } => {
                let known = &facts.known[place as usize];
                let finding = self.findings.get(finding_of[place as usize] as usize).map(|(_, f)| f);
                (kind, Some(known.campaign), About::Campaign { known, finding })
            }
            Subject::Misprint(i) => {
                let misprint = &unknown.misprints[i as usize];
                let known = facts.known.get(misprint.meant as usize);
                (Kind::MistypedCode, known.map(|k| k.campaign), About::Misprint(misprint))
            }
            Subject::Guess(i) => (Kind::Enumeration, None, About::Guess(unknown.groups[i as usize])),
        };
        let mut clusters: Vec<(u32, Cluster)> = Vec::new();
        for (i, (subject, measure)) in self.subjects.iter().zip(measures).enumerate() {
            if measure.is_empty() {
                continue;
            }
            let (kind, campaign, about) = about(*subject);
            let mut cluster = measure.done(self.picture, self.settings, kind, campaign);
            if let About::Campaign { finding: Some(finding), .. } = &about
                && kind == Kind::LeakedCode
            {
                cluster.accepted = finding.taken;
            }
            clusters.push((i as u32, cluster));
        }
        clusters.sort_by(|(_, a), (_, b)| b.score.total_cmp(&a.score).then_with(|| a.id.cmp(&b.id)));
        distinguish(&mut clusters);
        for (subject, cluster) in clusters.iter_mut().take(explained) {
            let (_, _, about) = about(self.subjects[*subject as usize]);
            cluster.explanation = explain::explain(self.picture, cluster, &about);
        }
        let mut place = vec![Clusters::NONE; self.subjects.len()];
        for (new, (old, _)) in clusters.iter().enumerate() {
            place[*old as usize] = new as u32;
        }
        for cluster in &mut self.of_pair {
            *cluster = place.get(*cluster as usize).copied().unwrap_or(Clusters::NONE);
        }
        Clusters {
            clusters: clusters.into_iter().map(|(_, cluster)| cluster).collect(),
            of_pair: self.of_pair,
            uncounted: self.picture.uncounted,
        }
    }
}

/// Two groups of guessers may have the same earliest code: the lesser one's id gets a number.
fn distinguish(clusters: &mut [(u32, Cluster)]) {
    let mut seen: FxHashMap<String, u32> = FxHashMap::default();
    for (_, cluster) in clusters {
        let n = seen.entry(cluster.id.clone()).or_insert(0);
        *n += 1;
        if *n > 1 {
            cluster.id = format!("{}.{n}", cluster.id);
        }
    }
}
