//! Batches of single-use codes: a leak of many codes that each succeed once is seen only where they are judged as one campaign.

use super::campaigns::{self, Subject};
use crate::app::App;
use crate::db;
use crate::failure::Answer;
use crate::window::Window;
use promo_guard_core::classify::{Facts, Judgement, Shop};
use std::collections::{BTreeMap, HashMap, HashSet};

/// So many codes of a batch must be used in the lookback before it is looked at: fewer are no crowd.
const CROWD: usize = 15;
/// Batches that are looked at in one call: the most used ones.
const MOST: usize = 50;

/// The codes of one name that are PAUSED, or those that are not, judged as one campaign.
pub struct JudgedBatch {
    /// The name.
    pub name: String,
    /// A code of it, which stands for it.
    pub id: i64,
    /// Whether that is PAUSED.
    pub paused: bool,
    /// The verdict.
    pub judgement: Judgement,
}

/// The name of the batch that a campaign may be a code of: each of its codes can be used once.
fn batch(subject: &Subject) -> Option<&str> {
    let name = subject.name.as_deref().filter(|name| !name.is_empty());
    name.filter(|_| subject.campaign.max_total_uses == Some(1))
}

/// A code for each batch that these campaigns are codes of, which stands for it. `sizes` gets how many codes each has.
pub(super) fn representatives(
    app: &App,
    window: &Window,
    subjects: &[Subject],
    sizes: &mut HashMap<String, i64>,
) -> Answer<Vec<Subject>> {
    let codes: Vec<i64> = subjects.iter().filter(|s| batch(s).is_some()).map(|s| s.campaign.id).collect();
    if codes.is_empty() {
        return Ok(Vec::new());
    }
    // A rotated code is judged by that, and so is its successor.
    let rotated = db::read(
        include_str!("../../../sql/query/classify/rotations.sql"),
        &[codes.into(), window.until.into()],
        |row| Ok([db::number(row, 1)?, db::number(row, 2)?]),
    )?;
    let rotated: HashSet<i64> = rotated.into_iter().flatten().collect();
    let mut groups: BTreeMap<(&str, bool), Vec<&Subject>> = BTreeMap::new();
    for subject in subjects.iter().filter(|subject| !rotated.contains(&subject.campaign.id)) {
        if let Some(name) = batch(subject) {
            groups.entry((name, subject.is_paused())).or_default().push(subject);
        }
    }
    groups.retain(|(_, paused), codes| *paused || codes.len() >= CROWD);
    if groups.is_empty() {
        return Ok(Vec::new());
    }
    let names: Vec<String> = groups.keys().map(|(name, _)| (*name).to_owned()).collect();
    *sizes = campaigns::batches(app, names)?;
    let mut groups: Vec<((&str, bool), Vec<&Subject>)> = groups.into_iter().collect();
    groups.retain(|((name, _), _)| sizes.get(*name).is_some_and(|codes| *codes > 1));
    groups.sort_by_key(|(_, codes)| std::cmp::Reverse(codes.len()));
    groups.truncate(MOST);
    let stands_for = groups.iter().filter_map(|((name, _), codes)| {
        // The code that was edited last: of a batch that was paused bit by bit the end of that.
        let subject = codes.iter().max_by_key(|code| (code.updated_at, code.campaign.id))?;
        let mut subject = (*subject).clone();
        subject.campaign.max_total_uses = None;
        subject.batch = Some((*name).to_owned());
        Some(subject)
    });
    Ok(stands_for.collect())
}

/// The verdict on the batch that a subject stands for.
pub(super) fn judged(
    stands_for: &Subject,
    sizes: &HashMap<String, i64>,
    (facts, shop): &(Facts, Shop),
) -> JudgedBatch {
    let name = stands_for.batch.clone().unwrap_or_default();
    let codes = sizes.get(&name).copied().unwrap_or(1);
    let judgement = Judgement::of_batch(facts, shop, &name, codes);
    JudgedBatch { name, id: facts.row.id, paused: facts.pause.is_some(), judgement }
}

/// The verdict on a campaign, or that on its batch where that is graver.
pub(super) fn with(batches: &[JudgedBatch], subject: &Subject, own: Judgement) -> Judgement {
    let of = |batch: &&JudgedBatch| {
        self::batch(subject) == Some(&batch.name) && batch.paused == subject.is_paused()
    };
    match batches.iter().find(of) {
        Some(batch) => own.or_of_batch(&batch.judgement),
        None => own,
    }
}
