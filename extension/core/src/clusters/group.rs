//! From the attempts of a window and the facts to clusters: every failed pair in exactly one.

use super::closer::Draft;
use super::cluster::Clusters;
use super::facts::Facts;
use super::guess;
use super::kind::Kind;
use super::known::{self, Finding, Judge, Size};
use super::picture::Picture;
use super::pulse::PULSE;
use super::settings::Settings;
use super::unknown::Unknown;
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
        let Judged { of_campaigns, unrelated, findings } =
            judge_all(judge, picture, &campaign_of, &mut kinds, pulse);
        pulse();
        Division { picture, facts, settings, of_campaigns, kinds, unrelated, findings, unknown }
    }
}

/// What came of the known codes.
#[derive(Debug, Default)]
struct Judged {
    of_campaigns: Vec<OfCampaign>,
    unrelated: Vec<Range<usize>>,
    findings: Vec<Finding>,
}

/// Judges every known code. `kinds` are those of all pairs.
fn judge_all(
    mut judge: Judge<'_>,
    picture: &Picture,
    campaign_of: &[u32],
    kinds: &mut [Option<Kind>],
    pulse: &mut dyn FnMut(),
) -> Judged {
    let Judged { mut of_campaigns, mut unrelated, mut findings } = Judged::default();
    let mut since_pulse = 0;
    for (place, range) in campaign_of.iter().zip(picture.by_code()) {
        let kinds = &mut kinds[range.clone()];
        since_pulse += range.len();
        if since_pulse >= PULSE {
            since_pulse = 0;
            pulse();
        }
        if *place == u32::MAX {
            // Attempts of nobody are nobody's group (trap 14).
            if picture.pairs[range.start].user.is_none() && judge.failed(&picture.pairs[range.start]) {
                unrelated.push(range.start..range.start + 1);
                kinds[0] = Some(Kind::Background);
            }
            continue;
        }
        let Some((found, sizes)) = judge.code(range.clone(), *place, kinds, pulse) else { continue };
        let (before, finding) = (of_campaigns.len(), findings.len() as u32);
        for (kind, size) in Kind::ALL.into_iter().zip(sizes).filter(|(_, size)| size.attempts > 0) {
            if kind == Kind::Background {
                unrelated.push(range.clone());
            } else {
                of_campaigns.push(OfCampaign { place: *place, kind, size, finding });
            }
        }
        if of_campaigns.len() > before {
            findings.push(found);
        }
    }
    Judged { of_campaigns, unrelated, findings }
}

/// Failures of one kind on one campaign's code.
#[derive(Debug, Clone, Copy)]
pub(super) struct OfCampaign {
    /// Its place in [`Facts::known`].
    pub place: u32,
    pub kind: Kind,
    pub size: Size,
    /// A place in [`Division::findings`].
    pub finding: u32,
}

/// The failures of a window, divided and not measured yet: [`worst`](Self::worst) and [`all`](Self::all) do.
#[derive(Debug)]
pub struct Division<'a> {
    pub(super) picture: &'a Picture,
    pub(super) facts: &'a Facts,
    pub(super) settings: &'a Settings,
    /// Those of campaigns, but for what is unrelated.
    pub(super) of_campaigns: Vec<OfCampaign>,
    /// For each pair that failed what it is, but for those that [`unknown`](Self::unknown) knows.
    pub(super) kinds: Vec<Option<Kind>>,
    /// Where there are such ones that are unrelated, in order.
    pub(super) unrelated: Vec<Range<usize>>,
    /// What was found out about the campaigns.
    pub(super) findings: Vec<Finding>,
    pub(super) unknown: Unknown,
}
