//! The functions of section 2.

use super::batches::{self, JudgedBatch};
use super::campaigns::{self, Edit, Subject};
use super::gather;
use crate::app::App;
use crate::clusters::{self, Reading};
use crate::failure::{Answer, report};
use crate::keys::Keys;
use crate::records;
use crate::window::{Window, micros, moment};
use pgrx::JsonB;
use pgrx::datum::TimestampWithTimeZone;
use pgrx::prelude::*;
use promo_guard_core::attempt::Outcomes;
use promo_guard_core::binding::Entity;
use promo_guard_core::classify::{self, Facts, Judgement, Shop, Verdict};
use promo_guard_core::clusters::{Pair, Picture, Ruling};
use promo_guard_core::policy::Policy;
use promo_guard_core::triage::{Pause, Stats};
use promo_guard_core::{Refusal, SqlState};
use std::collections::HashMap;

/// The views that a verdict looks at.
pub const VIEWS: [Entity; 4] = [Entity::Campaigns, Entity::Attempts, Entity::Redemptions, Entity::Purchases];

/// The verdict on one campaign, by policy's lookback. `app` must have been opened with [`VIEWS`].
///
/// # Errors
/// 02000 where there is no such campaign.
pub fn judge(
    app: &App,
    policy: &Policy,
    campaign_id: i64,
    as_of: TimestampWithTimeZone,
) -> Answer<Judgement> {
    let from = micros(as_of).saturating_sub(policy.triage_lookback().micros());
    let window = Window { from: moment(from), until: as_of };
    let judged = of(app, policy, &window, vec![campaign_id], HashMap::new())?.into_iter().next();
    judged
        .map(|(_, judgement, _)| judgement)
        .ok_or_else(|| report(Refusal::new(SqlState::NoData, format!("no campaign with id {campaign_id}"))))
}

/// The verdicts on these campaigns, with the attempts on their codes, in the order of their ids; one that does not exist has none. `dated`: since when those are
/// paused of which that is known already.
pub fn of(
    app: &App,
    policy: &Policy,
    window: &Window,
    ids: Vec<i64>,
    dated: HashMap<i64, Pause>,
) -> Answer<Vec<(Subject, Judgement, Stats)>> {
    let subjects = campaigns::of(app, ids.clone())?;
    let picture = clusters::picture(app, policy, *window, clusters::Which::OfCampaigns(ids))?;
    let (judged, _) = judge_all(app, policy, window, (subjects, None), &picture, dated)?;
    let failures = Outcomes::named(policy.failure_results());
    Ok(judged
        .into_iter()
        .map(|j| {
            let stats = Stats::of(&picture, j.pairs, failures);
            (j.subject, j.judgement, stats)
        })
        .collect())
}

/// A campaign with its verdict and what that rests on.
struct Judged<'a> {
    subject: Subject,
    judgement: Judgement,
    /// Whether that on the code itself, its batch aside, found anything.
    found: bool,
    facts: (Facts, Shop),
    pairs: &'a [Pair],
}

/// The verdicts on campaigns, in their order, and on the batches that they are codes of. `edits`: the last edits
/// of all that are paused, where they are known.
fn judge_all<'a>(
    app: &App,
    policy: &Policy,
    window: &Window,
    (mut subjects, edits): (Vec<Subject>, Option<&[Edit]>),
    picture: &'a Picture,
    dated: HashMap<i64, Pause>,
) -> Answer<(Vec<Judged<'a>>, Vec<JudgedBatch>)> {
    let asked = subjects.len();
    let mut sizes = HashMap::new();
    subjects.extend(batches::representatives(app, window, &subjects, &mut sizes)?);
    let pairs = gather::pairs_of(picture, &subjects);
    let mut facts = gather::facts(app, policy, window, (&subjects, edits), (picture, &pairs), dated)?;
    let of_batches = facts.split_off(asked);
    let stand_for = subjects.split_off(asked);
    let batches: Vec<JudgedBatch> = stand_for
        .iter()
        .zip(&of_batches)
        .map(|(subject, facts)| batches::judged(subject, &sizes, facts))
        .collect();
    let own = judged(app, &subjects, &facts, sizes)?;
    let judged = subjects.into_iter().zip(own).zip(facts.into_iter().zip(pairs));
    let judged = judged.map(|((subject, own), (facts, pairs))| {
        let found = own.verdict != Verdict::Healthy;
        let judgement = batches::with(&batches, &subject, own);
        Judged { subject, judgement, found, facts, pairs }
    });
    Ok((judged.collect(), batches))
}

/// The verdicts. The action of some of them names how many codes share the campaign's name; only those are counted that are not
/// among `sizes` already.
fn judged(
    app: &App,
    subjects: &[Subject],
    facts: &[(Facts, Shop)],
    mut sizes: HashMap<String, i64>,
) -> Answer<Vec<Judgement>> {
    let mut judged: Vec<Judgement> =
        facts.iter().map(|(facts, shop)| Judgement::of(facts, shop, 1)).collect();
    let in_batch = |judgement: &Judgement| judgement.verdict.speaks_of_the_batch();
    let mut names: Vec<String> = subjects
        .iter()
        .zip(&judged)
        .filter_map(|(subject, judgement)| subject.name.clone().filter(|_| in_batch(judgement)))
        .collect();
    names.retain(|name| !sizes.contains_key(name));
    names.sort_unstable();
    names.dedup();
    sizes.extend(campaigns::batches(app, names)?);
    for ((subject, judgement), (facts, shop)) in subjects.iter().zip(&mut judged).zip(facts) {
        let batch = subject.name.as_ref().filter(|_| in_batch(judgement)).and_then(|name| sizes.get(name));
        if let Some(batch) = batch.filter(|batch| **batch > 1) {
            *judgement = Judgement::of(facts, shop, *batch);
        }
    }
    Ok(judged)
}

/// Of these campaigns those that are paused or have failures in the window, with their verdicts, and the batches that were judged as
/// one. `edits` are those of all that are paused; `pauses` those known already.
///
/// # Errors
/// As [`App::read`].
pub fn of_reading(
    reading: &Reading,
    subjects: Vec<Subject>,
    edits: &[Edit],
    pauses: &HashMap<i64, Pause>,
) -> Answer<(Vec<(Subject, Judgement)>, Vec<JudgedBatch>)> {
    let (shown, batches) = shown(reading, (subjects, Some(edits)), pauses)?;
    Ok((shown.into_iter().map(|judged| (judged.subject, judged.judgement)).collect(), batches))
}

/// The same with what the verdicts rest on.
fn shown<'a>(
    reading: &'a Reading,
    subjects: (Vec<Subject>, Option<&[Edit]>),
    pauses: &HashMap<i64, Pause>,
) -> Answer<(Vec<Judged<'a>>, Vec<JudgedBatch>)> {
    let Reading { app, policy, window, picture, .. } = reading;
    let (mut judged, batches) = judge_all(app, policy, window, subjects, picture, pauses.clone())?;
    let failures = Outcomes::named(policy.failure_results());
    let failed = |pair: &Pair| picture.events_of(pair).iter().any(|event| failures.contains(event.outcome));
    judged.retain(|j| {
        // A campaign that fails without a failed attempt (trap 7) is shown as well, and one code of a batch that does.
        let stands_for = batches.iter().any(|batch| batch.id == j.subject.campaign.id);
        let of_batch = stands_for && j.judgement.verdict != Verdict::Healthy;
        j.facts.0.pause.is_some() || j.found || of_batch || j.pairs.iter().any(failed)
    });
    // Gravest first, surest first.
    judged.sort_by(|a, b| {
        let (x, y) = (&a.judgement, &b.judgement);
        x.verdict
            .cmp(&y.verdict)
            .then(y.confidence.total_cmp(&x.confidence))
            .then(a.subject.campaign.id.cmp(&b.subject.campaign.id))
    });
    Ok((judged, batches))
}

/// What the verdicts on these campaigns of a window let clusters say. `pauses` are those known already.
///
/// # Errors
/// As [`App::read`].
pub fn rulings(
    reading: &Reading,
    ids: Vec<i64>,
    pauses: &HashMap<i64, Pause>,
) -> Answer<HashMap<i64, Ruling>> {
    let pauses =
        pauses.iter().filter(|(id, _)| ids.contains(id)).map(|(id, pause)| (*id, pause.clone())).collect();
    let (judged, _) = shown(reading, (campaigns::tried(reading, &ids), None), &pauses)?;
    Ok(judged.into_iter().map(|j| (j.subject.campaign.id, j.judgement.ruling())).collect())
}

#[pg_extern(sql = false)]
fn classify(
    lookback: Option<Interval>,
    as_of: Option<TimestampWithTimeZone>,
) -> crate::failure::returned::Result<
    TableIterator<
        'static,
        (
            name!(campaign_id, i64),
            name!(campaign_name, Option<String>),
            name!(status, String),
            name!(verdict, &'static str),
            name!(confidence, f64),
            name!(action, String),
            name!(reasons, Vec<String>),
            name!(evidence, JsonB),
            name!(campaign_key, String),
        ),
    >,
> {
    let policy = records::policy()?;
    let window = Window::new(lookback, policy.triage_lookback(), as_of)?;
    let app = App::open(&VIEWS)?;
    let reading = Reading::new(app, policy, window)?;
    let subjects = campaigns::paused_or_tried(&reading, None)?;
    let edits: Vec<Edit> = subjects.iter().filter(|s| s.is_paused()).filter_map(Subject::edit).collect();
    let (judged, _) = shown(&reading, (subjects, Some(&edits)), &HashMap::new())?;
    let keys = Keys::of(&reading.app, judged.iter().map(|j| j.subject.campaign.id))?;
    let rows = judged.into_iter().map(|Judged { subject, judgement, facts: (facts, shop), .. }| {
        (
            subject.campaign.id,
            subject.name,
            subject.status,
            judgement.verdict.name(),
            judgement.rounded(),
            judgement.action,
            judgement.reasons,
            JsonB(classify::evidence(&facts, &shop, reading.policy.verdict_reach())),
            keys.key(subject.campaign.id),
        )
    });
    Ok(TableIterator::new(rows.collect::<Vec<_>>()))
}
