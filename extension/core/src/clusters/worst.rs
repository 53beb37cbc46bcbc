//! From a division to clusters with their figures, the worst first.
//!
//! There may be thousands of clusters, nearly all of them one campaign's, of which a page shows the worst. How bad those are their
//! judge has counted on the way; only what is shown is measured.

use super::cluster::{Cluster, Clusters};
use super::explain::{self, About};
use super::group::{Division, OfCampaign};
use super::kind::Kind;
use super::measure::{Counter, Measure, score};
use super::picture::{Event, Pair};
use super::pulse::PULSE;
use super::unknown::{BACKGROUND, Style, Unknown};
use rustc_hash::FxHashMap;
use std::ops::Range;

/// What a cluster is about, before it has a name.
#[derive(Debug, Clone, Copy)]
enum Subject {
    /// A place in [`Judged::of_campaigns`](super::group::Judged).
    Campaign(u32),
    /// Unknown codes, and unrelated failures: a number of [`Unknown::parts`].
    Unknown(u32),
}

impl Division<'_> {
    /// The worst clusters, at most so many. `pulse` is called now and then.
    pub fn worst(&self, most: usize, pulse: &mut dyn FnMut()) -> Vec<Cluster> {
        self.ranked(most, pulse).into_iter().map(|(_, cluster)| cluster).collect()
    }

    /// Every cluster, and which one each pair is in. `pulse` is called now and then.
    pub fn all(self, pulse: &mut dyn FnMut()) -> Clusters {
        let ranked = self.ranked(usize::MAX, pulse);
        let mut of_pair = vec![Clusters::NONE; self.picture.pairs.len()];
        let mut of_part = vec![Clusters::NONE; self.parts()];
        for (cluster, (subject, _)) in (0..).zip(&ranked) {
            match subject {
                Subject::Unknown(part) => of_part[*part as usize] = cluster,
                Subject::Campaign(i) => {
                    let about = self.judged.of_campaigns[*i as usize];
                    self.pairs_of(about, pulse, |pair, _| of_pair[pair] = cluster);
                }
            }
        }
        let background = of_part[BACKGROUND as usize];
        self.of_kind(&self.judged.unrelated, Kind::Background, pulse, |pair, _| of_pair[pair] = background);
        for (slips, parts) in self.unknown.slips.chunks(PULSE).zip(self.unknown.parts.chunks(PULSE)) {
            pulse();
            let each = slips.iter().zip(parts);
            each.for_each(|(slip, part)| of_pair[slip.pair as usize] = of_part[*part as usize]);
        }
        Clusters {
            clusters: ranked.into_iter().map(|(_, cluster)| cluster).collect(),
            of_pair,
            uncounted: self.picture.uncounted,
        }
    }

    /// The worst, each with what it is about.
    fn ranked(&self, most: usize, pulse: &mut dyn FnMut()) -> Vec<(Subject, Cluster)> {
        let mut clusters = self.of_no_campaign(pulse);
        let score_of = |about: &OfCampaign| score(self.picture, self.settings, about.kind, about.size);
        let others = clusters.iter().map(|(_, cluster)| cluster.score);
        let least = nth(self.judged.of_campaigns.iter().map(score_of).chain(others).collect(), most);
        clusters.retain(|(_, cluster)| cluster.score >= least);
        let counter = Counter::new(self.picture, self.settings);
        for (i, about) in (0..).zip(&self.judged.of_campaigns).filter(|(_, about)| score_of(about) >= least) {
            let mut measure = counter.measure(true);
            self.pairs_of(*about, pulse, |_, pair| counter.count(&mut measure, pair));
            clusters.push((Subject::Campaign(i), self.done(Subject::Campaign(i), measure)));
        }
        pulse();
        clusters.sort_by(|(_, a), (_, b)| b.score.total_cmp(&a.score).then_with(|| a.id.cmp(&b.id)));
        distinguish(&mut clusters);
        clusters.truncate(most);
        for (subject, cluster) in &mut clusters {
            let (_, _, about) = self.about(*subject);
            cluster.needs_action = explain::needs_action(cluster.kind, &about);
            cluster.explanation = explain::explain(self.picture, cluster, &about);
        }
        clusters
    }

    /// The clusters that are not one campaign's: they are few, and their size is unknown before they are measured.
    fn of_no_campaign(&self, pulse: &mut dyn FnMut()) -> Vec<(Subject, Cluster)> {
        let counter = Counter::new(self.picture, self.settings);
        let misprints = Unknown::misprint(0)..self.unknown.group(0);
        let mut measures: Vec<Measure> =
            (0..self.parts() as u32).map(|part| counter.measure(misprints.contains(&part))).collect();
        let mut since_pulse = 0;
        // Unrelated ones come in between, in order of code.
        let mut unrelated = self.judged.unrelated.as_slice();
        for (code, range) in self.unknown.by_code() {
            let end = self.picture.pairs_of(code).end;
            let (before, after) = unrelated.split_at(unrelated.partition_point(|range| range.start < end));
            let background = &mut measures[BACKGROUND as usize];
            self.of_kind(before, Kind::Background, pulse, |_, pair| counter.count(background, pair));
            unrelated = after;
            let parts = self.unknown.parts[range.clone()].chunks(PULSE);
            for (slips, parts) in self.unknown.slips[range].chunks(PULSE).zip(parts) {
                since_pulse += slips.len();
                if since_pulse >= PULSE {
                    since_pulse = 0;
                    pulse();
                }
                for (slip, part) in slips.iter().zip(parts) {
                    let measure = &mut measures[*part as usize];
                    match slip.alone {
                        Some(outcome) => {
                            let event = Event { at: slip.first, outcome };
                            counter.once(measure, code, Some(slip.user), event);
                        }
                        None => counter.count(measure, &self.picture.pairs[slip.pair as usize]),
                    }
                }
            }
        }
        let background = &mut measures[BACKGROUND as usize];
        self.of_kind(unrelated, Kind::Background, pulse, |_, pair| counter.count(background, pair));
        for slip in self.unknown.recovered.iter() {
            let user = self.unknown.slips[slip].user;
            measures[self.unknown.parts[slip] as usize].recovered(user, self.picture.users.len());
        }
        let found = (0..).zip(measures).filter(|(_, measure)| !measure.is_empty());
        found
            .map(|(part, measure)| (Subject::Unknown(part), self.done(Subject::Unknown(part), measure)))
            .collect()
    }

    /// How many parts there are.
    fn parts(&self) -> usize {
        self.unknown.group(self.unknown.groups.len()) as usize
    }

    /// Goes over the pairs of a campaign's cluster, with their places.
    fn pairs_of(&self, about: OfCampaign, pulse: &mut dyn FnMut(), each: impl FnMut(usize, &Pair)) {
        let range = self.picture.pairs_of(self.facts.known[about.place as usize].code);
        self.of_kind(&[range], about.kind, pulse, each);
    }

    /// Goes over the pairs of these ranges that failed and are of a kind, but for those that [`Unknown`] knows.
    fn of_kind(
        &self,
        ranges: &[Range<usize>],
        kind: Kind,
        pulse: &mut dyn FnMut(),
        mut each: impl FnMut(usize, &Pair),
    ) {
        for (pair, n) in ranges.iter().cloned().flatten().zip(1usize..) {
            if n.is_multiple_of(PULSE) {
                pulse();
            }
            if self.kinds[pair] == Some(kind) {
                each(pair, &self.picture.pairs[pair]);
            }
        }
    }

    fn done(&self, subject: Subject, measure: Measure) -> Cluster {
        let (kind, campaign, about) = self.about(subject);
        let mut cluster = measure.done(self.picture, self.settings, kind, campaign);
        if let About::Campaign { finding, .. } = about
            && (kind == Kind::LeakedCode || kind == Kind::Surge && finding.taken > 0)
        {
            cluster.accepted = finding.taken;
        }
        cluster
    }

    /// What a subject is, whose, and what can be said of it.
    fn about(&self, subject: Subject) -> (Kind, Option<i64>, About<'_>) {
        match subject {
            Subject::Campaign(i) => {
                let OfCampaign { place, kind, finding, .. } = self.judged.of_campaigns[i as usize];
                let known = &self.facts.known[place as usize];
                let finding = &self.judged.findings[finding as usize];
                (kind, Some(known.campaign), About::Campaign { known, finding })
            }
            Subject::Unknown(BACKGROUND) => (Kind::Background, None, About::Nothing),
            Subject::Unknown(part) if part < self.unknown.group(0) => {
                let misprint = &self.unknown.misprints[(part - Unknown::misprint(0)) as usize];
                let known = self.facts.known.get(misprint.meant as usize);
                (Kind::MistypedCode, known.map(|k| k.campaign), About::Misprint(misprint))
            }
            Subject::Unknown(part) => {
                let style = self.unknown.groups[(part - self.unknown.group(0)) as usize];
                let kind = if style == Style::OneCode { Kind::UnknownCode } else { Kind::Enumeration };
                (kind, None, About::Guess(style))
            }
        }
    }
}

/// The `n`th highest score; where there are not so many, one that all have.
fn nth(mut scores: Vec<f64>, n: usize) -> f64 {
    if n >= scores.len() {
        return f64::NEG_INFINITY;
    }
    *scores.select_nth_unstable_by(n.saturating_sub(1), |a, b| b.total_cmp(a)).1
}

/// Two groups of guessers may have the same earliest code: the lesser one's id gets a number.
fn distinguish(clusters: &mut [(Subject, Cluster)]) {
    let mut seen: FxHashMap<String, u32> = FxHashMap::default();
    for (_, cluster) in clusters {
        let n = seen.entry(cluster.id.clone()).or_insert(0);
        *n += 1;
        if *n > 1 {
            cluster.id = format!("{}.{n}", cluster.id);
        }
    }
}
