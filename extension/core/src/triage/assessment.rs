//! What is known of every campaign at one moment: the value that the first page is made from.

use super::pause::Pause;
use super::reach::Stats;
use crate::Micros;
use crate::attempt::Outcomes;
use crate::classify::{Judgement, Verdict};
use crate::clusters::{Cluster, Kind, Picture};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// One campaign at that moment.
#[derive(Debug, Clone)]
pub struct CampaignAssessment {
    /// Its id.
    pub id: i64,
    /// Its name; the codes that share one are a batch.
    pub name: Option<String>,
    /// First characters of its code.
    pub prefix: Option<String>,
    /// Its status as the application spells it.
    pub status: String,
    /// Its last edit.
    pub updated_at: Option<Micros>,
    /// Its code, as a place in the picture, where it was tried.
    pub code: Option<u32>,
    /// Its pause, where it is PAUSED.
    pub pause: Option<Pause>,
    /// The attempts on its code.
    pub stats: Stats,
    /// The verdict.
    pub judgement: Judgement,
    /// Whether rotate() has replaced its code.
    pub rotated: bool,
}

impl CampaignAssessment {
    /// Whether its code can be redeemed while something is wrong.
    fn goes_on(&self) -> bool {
        self.pause.is_none()
            && matches!(self.judgement.verdict, Verdict::AbuseLikely | Verdict::ConfigRegression)
    }

    /// Whether it needs action.
    pub fn needs_action(&self) -> bool {
        match self.judgement.verdict {
            Verdict::Healthy => false,
            Verdict::AbuseLikely => !(self.pause.is_some() && self.rotated),
            Verdict::ConfigRegression => true,
            Verdict::FalsePositive => self.pause.is_some() && !self.rotated,
            Verdict::Inconclusive => !self.rotated,
        }
    }

    /// The promoctl command that does it, or shows what to do.
    pub fn next_command(&self) -> Option<String> {
        if !self.needs_action() {
            return None;
        }
        let id = self.id;
        let check = || format!("promoctl check {id}");
        Some(match (self.judgement.verdict, self.pause.is_some()) {
            (Verdict::AbuseLikely, false) => {
                format!("promoctl pause {id} --reason abuse")
            }
            (Verdict::ConfigRegression, false) => {
                format!("promoctl pause {id} --reason misconfigured")
            }
            // A batch is rotated by its name.
            (Verdict::AbuseLikely, true) if self.name.as_ref().is_some_and(|name| !name.is_empty()) => {
                format!("promoctl rotate {id} --out codes-{id}.txt --reason abuse")
            }
            // There is a question to answer first.
            (Verdict::Inconclusive, _) => format!("promoctl show {id}"),
            _ => check(),
        })
    }

    /// What to do, in a few words.
    pub fn short_action(&self) -> String {
        let fix = match self.judgement.to_fix.as_str() {
            "" => "fix".to_owned(),
            columns => format!("fix {columns}"),
        };
        match (self.judgement.verdict, self.pause.is_some()) {
            (_, true) if self.rotated => "keep paused, already rotated".to_owned(),
            (Verdict::AbuseLikely, false) => "pause now, rotate afterwards".to_owned(),
            (Verdict::AbuseLikely, true) => "keep paused, rotate".to_owned(),
            (Verdict::ConfigRegression, false) => format!("pause now, {fix} afterwards"),
            (Verdict::ConfigRegression, true) => format!("{fix} as this check says"),
            (Verdict::Inconclusive, paused) if self.judgement.may_be_planned => {
                let what = if paused { "keep paused" } else { "change nothing" };
                format!("{what} until you know whether it was planned")
            }
            (Verdict::Inconclusive, true) => "keep paused until you know who paused it".to_owned(),
            (Verdict::FalsePositive | Verdict::Healthy, true) => "unpause if every check passes".to_owned(),
            (Verdict::FalsePositive | Verdict::Inconclusive | Verdict::Healthy, false) => {
                "nothing".to_owned()
            }
        }
    }

    /// Worst first: what goes on, then by verdict, then by the users who fail.
    pub fn urgency(&self) -> impl Ord + use<> {
        (
            Reverse(self.goes_on()),
            Reverse(self.needs_action()),
            self.judgement.verdict,
            Reverse(self.stats.failing_users),
            Reverse(self.stats.failed),
            self.id,
        )
    }
}

/// The codes of one name, taken together.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Batch {
    /// The name.
    pub name: String,
    /// Codes of it that were tried or are paused.
    pub codes: i64,
    /// Those that are paused.
    pub paused: i64,
    /// Those that need action.
    pub need_action: i64,
    /// The verdict of each, worst first.
    pub verdicts: Vec<Verdict>,
    /// The attempts on all of them.
    pub stats: Stats,
    /// The verdict on all of them as one campaign, where there is one, and the code that stands for them.
    pub judged: Option<(Judgement, i64)>,
}

impl Batch {
    /// The promoctl command for all of them.
    pub fn next_command(&self) -> Option<String> {
        let (judgement, id) = self.judged.as_ref()?;
        match judgement.verdict {
            Verdict::AbuseLikely if self.paused < self.codes => {
                let name = self.name.replace('\'', "'\\''");
                Some(format!("promoctl pause --batch '{name}' --reason abuse"))
            }
            Verdict::AbuseLikely => Some(format!("promoctl rotate {id} --out codes-{id}.txt --reason abuse")),
            Verdict::Inconclusive => Some(format!("promoctl show {id}")),
            _ => None,
        }
    }

    /// Takes a verdict on all of them where it is the gravest: `tried` are those of its codes that were tried.
    pub fn judge(&mut self, picture: &Picture, tried: &[u32], failures: Outcomes, judged: (Judgement, i64)) {
        let graver = self.judged.as_ref().is_none_or(|(known, _)| judged.0.verdict < known.verdict);
        if !graver || judged.0.verdict >= Verdict::FalsePositive {
            return;
        }
        let more = usize::try_from(self.codes).map_or(0, |codes| tried.len().saturating_sub(codes));
        self.verdicts.extend(std::iter::repeat_n(judged.0.verdict, more));
        self.codes += more as i64;
        self.need_action += more as i64;
        if more > 0 {
            self.stats = Stats::of_codes(picture, tried, failures);
        }
        self.judged = Some(judged);
    }
}

/// Names that several of these campaigns share, those with the most failing users first.
pub fn batches(picture: &Picture, campaigns: &[CampaignAssessment], failures: Outcomes) -> Vec<Batch> {
    let mut by_name: BTreeMap<&str, Vec<&CampaignAssessment>> = BTreeMap::new();
    for campaign in campaigns {
        if let Some(name) = campaign.name.as_deref().filter(|name| !name.is_empty()) {
            by_name.entry(name).or_default().push(campaign);
        }
    }
    let mut found: Vec<Batch> = by_name
        .into_iter()
        .filter(|(_, of)| of.len() > 1)
        .map(|(name, of)| {
            let codes: Vec<u32> = of.iter().filter_map(|campaign| campaign.code).collect();
            Batch {
                name: name.to_owned(),
                codes: of.len() as i64,
                paused: of.iter().filter(|campaign| campaign.pause.is_some()).count() as i64,
                need_action: of.iter().filter(|campaign| campaign.needs_action()).count() as i64,
                verdicts: of.iter().map(|campaign| campaign.judgement.verdict).collect(),
                stats: Stats::of_codes(picture, &codes, failures),
                judged: None,
            }
        })
        .collect();
    found.sort_by(|a, b| b.stats.failing_users.cmp(&a.stats.failing_users).then_with(|| a.name.cmp(&b.name)));
    found
}

/// The failures on codes that no campaign has.
pub fn unknown_codes(clusters: &[Cluster]) -> impl Iterator<Item = &Cluster> {
    clusters.iter().filter(|c| matches!(c.kind, Kind::Enumeration | Kind::UnknownCode | Kind::MistypedCode))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn campaign(id: i64, verdict: Verdict, paused: bool, failing_users: i64) -> CampaignAssessment {
        let trail = super::super::Trail { updated_at: Some(0), ..Default::default() };
        CampaignAssessment {
            id,
            name: Some("Ann's 10 %".to_owned()),
            prefix: None,
            updated_at: None,
            status: if paused { "PAUSED" } else { "ACTIVE" }.to_owned(),
            code: None,
            pause: paused.then(|| {
                let policy = crate::policy::Policy::default();
                trail.pause(policy.guard(), &[], 0, policy.verdict_reach())
            }),
            stats: Stats { failing_users, ..Stats::default() },
            judgement: Judgement {
                verdict,
                confidence: 0.9,
                action: String::new(),
                reasons: Vec::new(),
                abuse_ruled_out: false,
                fault: false,
                to_fix: String::new(),
                mass_pause: false,
                rotation: false,
                may_be_planned: false,
            },
            rotated: false,
        }
    }

    #[test]
    fn what_goes_on_comes_first_and_what_is_fine_last() {
        let mut all = [
            campaign(1, Verdict::Healthy, false, 900),
            campaign(2, Verdict::FalsePositive, true, 300),
            campaign(3, Verdict::AbuseLikely, true, 20),
            campaign(4, Verdict::AbuseLikely, true, 30),
            campaign(5, Verdict::ConfigRegression, false, 1),
            campaign(6, Verdict::AbuseLikely, false, 1),
        ];
        all.sort_by_key(CampaignAssessment::urgency);
        assert_eq!(all.map(|c| c.id), [6, 5, 4, 3, 2, 1]);
    }

    #[test]
    fn the_short_action_names_what_to_fix_and_what_to_keep() {
        let short = |verdict, paused, to_fix: &str, planned| {
            let mut of = campaign(7, verdict, paused, 1);
            of.judgement.to_fix = to_fix.to_owned();
            of.judgement.may_be_planned = planned;
            of.short_action()
        };
        for (verdict, paused, to_fix, planned, said) in [
            (Verdict::ConfigRegression, true, "valid_until", false, "fix valid_until as this check says"),
            (
                Verdict::ConfigRegression,
                false,
                "max_total_uses",
                false,
                "pause now, fix max_total_uses afterwards",
            ),
            (Verdict::Inconclusive, true, "", false, "keep paused until you know who paused it"),
            (Verdict::Inconclusive, true, "", true, "keep paused until you know whether it was planned"),
            (Verdict::Inconclusive, false, "", true, "change nothing until you know whether it was planned"),
            (Verdict::AbuseLikely, true, "valid_until", false, "keep paused, rotate"),
        ] {
            assert_eq!(short(verdict, paused, to_fix, planned), said);
        }
    }

    #[test]
    fn each_state_has_its_next_command() {
        let next = |verdict, paused| campaign(7, verdict, paused, 1).next_command();
        assert_eq!(
            next(Verdict::AbuseLikely, true).unwrap(),
            "promoctl rotate 7 --out codes-7.txt --reason abuse"
        );
        assert!(next(Verdict::AbuseLikely, false).unwrap().starts_with("promoctl pause 7 "));
        assert_eq!(next(Verdict::FalsePositive, true).unwrap(), "promoctl check 7");
        assert_eq!(next(Verdict::Inconclusive, true).unwrap(), "promoctl show 7");
        assert_eq!(
            next(Verdict::Inconclusive, false).unwrap(),
            "promoctl show 7",
            "a surge that may be a leak"
        );
        assert_eq!((next(Verdict::Healthy, true), next(Verdict::FalsePositive, false)), (None, None));
        let rotated = CampaignAssessment { rotated: true, ..campaign(7, Verdict::AbuseLikely, true, 1) };
        assert_eq!(rotated.next_command(), None);
        assert_eq!(rotated.short_action(), "keep paused, already rotated");
        let nameless = CampaignAssessment { name: None, ..campaign(7, Verdict::AbuseLikely, true, 1) };
        assert_eq!(nameless.next_command().unwrap(), "promoctl check 7");
    }
}
