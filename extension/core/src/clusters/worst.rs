//! From a division to clusters with their figures, the worst first.
//!
//! There may be thousands of clusters, nearly all of them one campaign's, of which a page shows the worst. How bad those are their
//! judge has counted on the way; only what is shown is measured.

use super::PULSE;
use super::cluster::{Cluster, Clusters};
use super::explain::{self, About};
use super::group::{Division, Subject};
use super::kind::Kind;
use super::measure::{Counter, Measure, score};
use rustc_hash::FxHashMap;

impl Division<'_> {
    /// The worst clusters, at most so many. `pulse` is called now and then.
    pub fn worst(&self, most: usize, pulse: &mut dyn FnMut()) -> Vec<Cluster> {
        self.ranked(most, pulse).into_iter().map(|(_, cluster)| cluster).collect()
    }

    /// Every cluster, and which one each pair is in. `pulse` is called now and then.
    pub fn all(mut self, pulse: &mut dyn FnMut()) -> Clusters {
        let ranked = self.ranked(usize::MAX, pulse);
        let mut place = vec![Clusters::NONE; self.subjects.len()];
        for (new, (old, _)) in ranked.iter().enumerate() {
            place[*old as usize] = new as u32;
        }
        for cluster in &mut self.of_pair {
            *cluster = place.get(*cluster as usize).copied().unwrap_or(Clusters::NONE);
        }
        Clusters {
            clusters: ranked.into_iter().map(|(_, cluster)| cluster).collect(),
            of_pair: self.of_pair,
            uncounted: self.picture.uncounted,
        }
    }

    /// The worst, each with its place among the subjects.
    fn ranked(&self, most: usize, pulse: &mut dyn FnMut()) -> Vec<(u32, Cluster)> {
        let mut clusters = self.of_no_campaign(pulse);
        let least = self.least_score(&clusters, most);
        clusters.retain(|(_, cluster)| cluster.score >= least);
        let counter = Counter::new(self.picture, self.settings);
        for (subject, about) in (0..).zip(&self.subjects) {
            let Subject::Campaign { place, kind, size, .. } = *about else { continue };
            if score(self.picture, self.settings, kind, size) < least {
                continue;
            }
            let mut measure = counter.measure(about.one_code());
            let range = self.picture.pairs_of(self.facts.known[place as usize].code);
            for (pair, cluster) in self.picture.pairs[range.clone()].iter().zip(&self.of_pair[range]) {
                if *cluster == subject {
                    counter.count(&mut measure, pair);
                }
            }
            clusters.push((subject, self.done(subject, measure)));
        }
        pulse();
        clusters.sort_by(|(_, a), (_, b)| b.score.total_cmp(&a.score).then_with(|| a.id.cmp(&b.id)));
        distinguish(&mut clusters);
        clusters.truncate(most);
        for (subject, cluster) in &mut clusters {
            let (_, _, about) = self.about(*subject);
            cluster.explanation = explain::explain(self.picture, cluster, &about);
        }
        clusters
    }

    /// The clusters that are not one campaign's: they are few, and how large they are nobody knows before they are measured.
    fn of_no_campaign(&self, pulse: &mut dyn FnMut()) -> Vec<(u32, Cluster)> {
        let counter = Counter::new(self.picture, self.settings);
        let mut measures: Vec<Option<Box<Measure>>> = self
            .subjects
            .iter()
            .map(|subject| match subject {
                Subject::Campaign { .. } => None,
                _ => Some(Box::new(counter.measure(subject.one_code()))),
            })
            .collect();
        for (pairs, clusters) in self.picture.pairs.chunks(PULSE).zip(self.of_pair.chunks(PULSE)) {
            pulse();
            for (pair, cluster) in pairs.iter().zip(clusters) {
                if let Some(Some(measure)) = measures.get_mut(*cluster as usize) {
                    counter.count(measure, pair);
                }
            }
        }
        for slip in self.unknown.recovered.iter().map(|slip| &self.unknown.slips[slip]) {
            if let Some(Some(measure)) = measures.get_mut(self.of_pair[slip.pair as usize] as usize) {
                measure.recovered(slip.user, self.picture.users.len());
            }
        }
        let found = (0..).zip(measures).filter_map(|(subject, measure)| Some((subject, measure?)));
        found
            .filter(|(_, measure)| !measure.is_empty())
            .map(|(subject, measure)| (subject, self.done(subject, *measure)))
            .collect()
    }

    /// The score of the last of the worst, beside these all campaigns' clusters.
    fn least_score(&self, others: &[(u32, Cluster)], most: usize) -> f64 {
        let of_campaigns = self.subjects.iter().filter_map(|subject| match *subject {
            Subject::Campaign { kind, size, .. } => Some(score(self.picture, self.settings, kind, size)),
            _ => None,
        });
        let mut scores: Vec<f64> =
            of_campaigns.chain(others.iter().map(|(_, cluster)| cluster.score)).collect();
        if most >= scores.len() {
            return f64::NEG_INFINITY;
        }
        *scores.select_nth_unstable_by(most.saturating_sub(1), |a, b| b.total_cmp(a)).1
    }

    fn done(&self, subject: u32, measure: Measure) -> Cluster {
        let (kind, campaign, about) = self.about(subject);
        let mut cluster = measure.done(self.picture, self.settings, kind, campaign);
        if let About::Campaign { finding, .. } = about
            && kind == Kind::LeakedCode
        {
            cluster.accepted = finding.taken;
        }
        cluster
    }

    /// What a subject is, whose, and what can be said of it.
    fn about(&self, subject: u32) -> (Kind, Option<i64>, About<'_>) {
        match self.subjects[subject as usize] {
            Subject::Background => (Kind::Background, None, About::Nothing),
            Subject::Campaign { place, kind, finding, .. } => {
                let known = &self.facts.known[place as usize];
                let finding = &self.findings[finding as usize];
                (kind, Some(known.campaign), About::Campaign { known, finding })
            }
            Subject::Misprint(i) => {
                let misprint = &self.unknown.misprints[i as usize];
                let known = self.facts.known.get(misprint.meant as usize);
                (Kind::MistypedCode, known.map(|k| k.campaign), About::Misprint(misprint))
            }
            Subject::Guess(i) => (Kind::Enumeration, None, About::Guess(self.unknown.groups[i as usize])),
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
