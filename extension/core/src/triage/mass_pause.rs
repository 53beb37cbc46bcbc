//! Campaigns that one actor paused at once and of which nothing else is known: one event, and one line of the page.

use super::assessment::CampaignAssessment;
use super::pause::Source;
use crate::Micros;
use crate::classify::unpause_together;
use std::collections::HashMap;

/// Pauses of one actor this close together are one event.
const TOGETHER: Micros = 60_000_000;

/// Such an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MassPause {
    /// One of the campaigns, the first on the page.
    pub campaign: i64,
    /// When it was paused.
    pub at: Micros,
    /// By whom.
    pub by: String,
    /// The campaigns, in the order of the page.
    pub ids: Vec<i64>,
}

impl MassPause {
    /// The promoctl command that unpauses those that pass their checks.
    pub fn next_command(&self) -> String {
        unpause_together(self.campaign)
    }
}

/// The events among these campaigns, which are in the order of the page. Codes that share a name have a line of their own already. Only the
/// status history tells who paused what and when.
pub fn mass_pauses(campaigns: &[CampaignAssessment]) -> Vec<MassPause> {
    let mut names: HashMap<&str, u32> = HashMap::new();
    for name in campaigns.iter().filter_map(|campaign| campaign.name.as_deref()) {
        *names.entry(name).or_default() += 1;
    }
    let mut found: Vec<MassPause> = Vec::new();
    for campaign in campaigns.iter().filter(|campaign| campaign.judgement.mass_pause && !campaign.rotated) {
        let alone = campaign.name.as_deref().is_none_or(|name| name.is_empty() || names[name] < 2);
        let Some(pause) = campaign.pause.as_ref().filter(|pause| alone && pause.source == Source::History)
        else {
            continue;
        };
        let (Some(at), Some(by)) = (pause.at, pause.by()) else { continue };
        match found
            .iter_mut()
            .find(|event| event.by == by && at.abs_diff(event.at) <= TOGETHER.unsigned_abs())
        {
            Some(event) => event.ids.push(campaign.id),
            None => {
                found.push(MassPause { campaign: campaign.id, at, by: by.to_owned(), ids: vec![campaign.id] })
            }
        }
    }
    found.retain(|event| event.ids.len() > 1);
    found
}
