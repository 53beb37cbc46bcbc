//! From the attempts of a window and the facts to clusters: every failed pair in exactly one.

use super::closer::Draft;
use super::cluster::Clusters;
use super::facts::Facts;
use super::guess;
use super::kind::Kind;
use super::known::{self, Finding, Judge, Size};
use super::picture::Picture;
use super::pulse::PULSE;
use super::ruling::Ruling;
use super::settings::Settings;
use super::unknown::Unknown;
use std::collections::HashMap;
use std::ops::Range;

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
        let Draft { campaign_of, mut unknown, waves, .. } = self;
        let old = facts.seen.as_ref().map_or(&[][..], |seen| &seen.codes);
        let waves = match waves.filter(|waves| old.is_empty() && waves.slots == facts.slots) {
            Some(waves) => waves.found,
            None => guess::waves(picture, settings, &facts.slots, old, &unknown),
        };
        guess::many_users(waves, &mut unknown);
        let mut kinds = vec![None; picture.pairs.len()];
        let seen = known::seen(picture, facts);
        let judge = Judge::new(picture, facts, settings, Some(&unknown), &seen);
        let judged = judge_all(judge, picture, &campaign_of, &mut kinds, pulse);
        pulse();
        Division { picture, facts, settings, judged, kinds, unknown }
    }
}

/// What came of the known codes.
#[derive(Debug, Default)]
pub(super) struct Judged {
    /// Those of campaigns, but for what is unrelated, in order of their codes.
    pub of_campaigns: Vec<OfCampaign>,
    /// Where there are unrelated ones, in order.
    pub unrelated: Vec<Range<usize>>,
    /// What was found out about the campaigns.
    pub findings: Vec<Finding>,
}

/// Judges every known code. `kinds` are those of all pairs.
fn judge_all(
    mut judge: Judge<'_>,
    picture: &Picture,
    campaign_of: &[u32],
    kinds: &mut [Option<Kind>],
    pulse: &mut dyn FnMut(),
) -> Judged {
    let mut judged = Judged::default();
    let mut since_pulse = 0;
    for (place, range) in campaign_of.iter().zip(picture.by_code()) {
        let kinds = &mut kinds[range.clone()];
        since_pulse += range.len();
        if since_pulse >= PULSE {
            since_pulse = 0;
            pulse();
        }
        if *place == u32::MAX {
            // Attempts without a user belong to no group (trap 14).
            if picture.pairs[range.start].user.is_none() && judge.failed(&picture.pairs[range.start]) {
                judged.unrelated.push(range.start..range.start + 1);
                kinds[0] = Some(Kind::Background);
            }
            continue;
        }
        if let Some(found) = judge.code(range.clone(), *place, None, kinds, pulse) {
            judged.add(range, *place, found);
        }
    }
    judged
}

impl Judged {
    /// Adds what was found about a code.
    fn add(&mut self, range: Range<usize>, place: u32, (found, sizes): (Finding, [Size; Kind::ALL.len()])) {
        let (before, finding) = (self.of_campaigns.len(), self.findings.len() as u32);
        for (kind, size) in Kind::ALL.into_iter().zip(sizes).filter(|(_, size)| size.attempts > 0) {
            if kind == Kind::Background {
                self.unrelated.push(range.clone());
            } else {
                self.of_campaigns.push(OfCampaign { place, kind, size, finding });
            }
        }
        if self.of_campaigns.len() > before {
            self.findings.push(found);
        }
    }
}

/// Failures of one kind on one campaign's code.
#[derive(Debug, Clone, Copy)]
pub(super) struct OfCampaign {
    /// Its place in [`Facts::known`].
    pub place: u32,
    pub kind: Kind,
    pub size: Size,
    /// A place in [`Judged::findings`].
    pub finding: u32,
}

/// The failures of a window, divided and not measured yet: [`worst`](Self::worst) and [`all`](Self::all) do.
#[derive(Debug)]
pub struct Division<'a> {
    pub(super) picture: &'a Picture,
    pub(super) facts: &'a Facts,
    pub(super) settings: &'a Settings,
    pub(super) judged: Judged,
    /// For each pair that failed what it is, but for those that [`unknown`](Self::unknown) knows.
    pub(super) kinds: Vec<Option<Kind>>,
    pub(super) unknown: Unknown,
}

impl Division<'_> {
    /// The campaigns of which a cluster says that the code is abused or leaked, or that the configuration is at fault: their
    /// verdicts decide.
    pub fn doubtful(&self) -> Vec<i64> {
        let claims =
            |of: &&OfCampaign| matches!(of.kind, Kind::AbusedCode | Kind::LeakedCode | Kind::ConfigFailure);
        let mut ids: Vec<i64> = self
            .judged
            .of_campaigns
            .iter()
            .filter(claims)
            .map(|of| self.facts.known[of.place as usize].campaign)
            .collect();
        ids.dedup();
        ids
    }

    /// Divides the failures of these campaigns again, so that no cluster says what the verdict does not.
    pub fn follow(&mut self, rulings: &HashMap<i64, Ruling>, pulse: &mut dyn FnMut()) {
        if rulings.is_empty() {
            return;
        }
        let seen = known::seen(self.picture, self.facts);
        let mut judge = Judge::new(self.picture, self.facts, self.settings, Some(&self.unknown), &seen);
        for (place, known) in (0..).zip(&self.facts.known) {
            let Some(ruling) = rulings.get(&known.campaign) else { continue };
            if known.code as usize >= self.picture.codes.len() {
                continue;
            }
            let range = self.picture.pairs_of(known.code);
            self.judged.of_campaigns.retain(|of| of.place != place);
            self.judged.unrelated.retain(|other| *other != range);
            let kinds = &mut self.kinds[range.clone()];
            if let Some(found) = judge.code(range.clone(), place, Some(*ruling), kinds, pulse) {
                self.judged.add(range, place, found);
            }
        }
        let facts = self.facts;
        self.judged.of_campaigns.sort_by_key(|of| facts.known[of.place as usize].code);
        self.judged.unrelated.sort_by_key(|range| range.start);
    }
}
