//! Every campaign of a window that is paused, fails or has a finding, with all that is known of it, from one reading.

use super::failure_clusters::divide;
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
/// `paused`: the paused campaigns to judge; `standing`: all of these among others; `pauses`: since when they are.
///
/// # Errors
/// As [`App::read`](crate::app::App::read).
pub fn of<T>(
    reading: &Reading,
    paused: &[i64],
    (standing, pauses): (&[Standing], &HashMap<i64, Pause>),
    take: impl FnOnce(Division<'_>) -> T,
) -> Answer<(Vec<CampaignAssessment>, Vec<JudgedBatch>, T)> {
    let subjects = classify::paused_or_tried(reading, Some(paused.to_vec()))?;
    let (judged, batches) = classify::of_reading(reading, subjects, &standing::edits(standing), pauses)?;
    let rulings = |doubtful: Vec<i64>| {
        let asked = judged.iter().filter(|(subject, _)| doubtful.contains(&subject.campaign.id));
        Ok(asked.map(|(subject, judgement)| (subject.campaign.id, judgement.ruling())).collect())
    };
    let clusters = divide(reading, &Settings::from(&reading.policy), pauses, rulings, take)?;
    let mut campaigns = assessed(reading, judged, pauses)?;
    campaigns.sort_by_key(CampaignAssessment::urgency);
    Ok((campaigns, batches, clusters))
}

fn assessed(
    reading: &Reading,
    judged: Vec<(Subject, Judgement)>,
    pauses: &HashMap<i64, Pause>,
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
                pause: pauses.get(&id).cloned(),
                stats: Stats::of_codes(&reading.picture, code.as_slice(), failures),
                judgement,
                rotated: rotated.contains(&id),
            }
        })
        .collect())
}
