//! Every campaign of a window that is paused, fails or has a finding, with all that is known of it, from one reading.

use super::failure_clusters::divide;
use super::pause;
use super::standing::{self, Standing};
use crate::classify::{self, JudgedBatch, Subject};
use crate::clusters::Reading;
use crate::db;
use crate::failure::Answer;
use crate::window::micros;
use promo_guard_core::attempt::Outcomes;
use promo_guard_core::classify::Judgement;
use promo_guard_core::clusters::{Division, Settings};
use promo_guard_core::triage::{CampaignAssessment, Pause, Stats};
use std::collections::{HashMap, HashSet};

/// The campaigns, the most urgent first, the batches judged as one, and what `take` made of the failures, divided.
///
/// `standing`: the paused ones among others.
///
/// # Errors
/// As [`App::read`](crate::app::App::read).
pub fn of<T>(
    reading: &Reading,
    standing: &[Standing],
    take: impl FnOnce(Division<'_>) -> T,
) -> Answer<(Vec<CampaignAssessment>, Vec<JudgedBatch>, T)> {
    let edits = standing::paused(standing);
    let subjects = classify::paused_or_tried(reading, Some(edits.iter().map(|(id, _)| *id).collect()))?;
    let pauses = pause::of(&reading.app, &reading.policy, &edits, reading.window.until)?;
    let (judged, batches) = classify::of_reading(reading, subjects, &pauses)?;
    let rulings = |doubtful: Vec<i64>| {
        let asked = judged.iter().filter(|(subject, _)| doubtful.contains(&subject.campaign.id));
        Ok(asked.map(|(subject, judgement)| (subject.campaign.id, judgement.ruling())).collect())
    };
    let clusters = divide(reading, &Settings::from(&reading.policy), &pauses, rulings, take)?;
    let mut campaigns = assessed(reading, judged, pauses)?;
    campaigns.sort_by_key(CampaignAssessment::urgency);
    Ok((campaigns, batches, clusters))
}

fn assessed(
    reading: &Reading,
    judged: Vec<(Subject, Judgement)>,
    mut pauses: HashMap<i64, Pause>,
) -> Answer<Vec<CampaignAssessment>> {
    let failures = Outcomes::named(reading.policy.failure_results());
    let ids: Vec<i64> = judged.iter().map(|(subject, _)| subject.campaign.id).collect();
    let rotated: HashSet<i64> =
        db::read(include_str!("../../../sql/query/triage/rotated.sql"), &[ids.into()], |row| {
            db::number(row, 1)
        })?
        .into_iter()
        .collect();
    Ok(judged
        .into_iter()
        .map(|(subject, judgement)| {
            let id = subject.campaign.id;
            let code = subject.place.or_else(|| reading.picture.find(subject.code.as_ref()?));
            CampaignAssessment {
                id,
                name: subject.name,
                prefix: subject.prefix,
                status: subject.status,
                updated_at: subject.updated_at.map(micros),
                code,
                pause: pauses.remove(&id),
                stats: Stats::of_codes(&reading.picture, code.as_slice(), failures),
                judgement,
                rotated: rotated.contains(&id),
            }
        })
        .collect())
}
