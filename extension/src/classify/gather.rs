//! From the tables to facts: for one campaign or for thousands, with the same few statements.

use super::campaigns::Subject;
use super::lookups;
use crate::app::App;
use crate::failure::Answer;
use crate::settle::scan::lacking;
use crate::triage::pause;
use crate::window::{Window, micros};
use promo_guard_core::classify::plan;
use promo_guard_core::classify::{Facts, Ingestion, Share, Sight, Strangers, Weights};
use promo_guard_core::clusters::{Pair, Picture};
use promo_guard_core::policy::Policy;
use promo_guard_core::triage::Pause;
use promo_guard_core::{Micros, Span};
use std::collections::HashMap;

/// What is the same for every campaign of a call.
struct Common {
    ingestion: Ingestion,
    missing: Vec<String>,
    accepted_lately: Vec<(i64, i64)>,
}

/// The pairs of the code of each subject, in their order.
pub fn pairs_of<'a>(picture: &'a Picture, subjects: &[Subject]) -> Vec<&'a [Pair]> {
    let of_code = |code: u32| &picture.pairs[picture.pairs_of(code)];
    let found = |subject: &Subject| picture.find(subject.code.as_ref()?);
    let place = |subject: &Subject| subject.place.or_else(|| found(subject));
    subjects.iter().map(|subject| place(subject).map_or(&[][..], of_code)).collect()
}

/// The facts of each subject, in their order. `picture` is the lookback, `pairs` those of the subjects' codes in it. `dated`: since
/// when those are paused of which that is known already.
pub fn facts(
    app: &App,
    policy: &Policy,
    window: &Window,
    subjects: &[Subject],
    (picture, pairs): (&Picture, &[&[Pair]]),
    dated: HashMap<i64, Pause>,
) -> Answer<Vec<Facts>> {
    let weights = policy.weights();
    let (from, until) = (micros(window.from), micros(window.until));
    let lookback = Span::from_micros(until.saturating_sub(from));
    let common = common(app, window, &weights)?;
    let pauses = pauses(app, policy, window, subjects, dated)?;
    let mut fixed = lookups::fixed(pauses.keys().copied().collect(), window.until)?;
    let spans: Vec<_> = subjects
        .iter()
        .filter_map(|s| Some((s.campaign.id, plan::evidence_span(pauses.get(&s.campaign.id)?, lookback)?)))
        .collect();
    let mut before = lookups::attempts(app, &spans)?;
    let spans: HashMap<i64, _> = spans.into_iter().collect();

    // In the order in which they lie in memory: thousands of them, here and there, would be waited for.
    let mut order: Vec<usize> = (0..subjects.len()).collect();
    order.sort_unstable_by_key(|place| pairs[*place].as_ptr());
    let mut now = vec![None; subjects.len()];
    for place in order {
        let campaign = &subjects[place].campaign;
        // Its users are looked for below, where they are asked about.
        now[place] = Some(Sight::of_pairs(picture, pairs[place], (from, until), campaign, 0));
    }
    let mut found: Vec<Facts> = subjects
        .iter()
        .zip(now)
        .map(|(subject, now)| {
            let id = subject.campaign.id;
            let pause = pauses.get(&id).cloned();
            let fixed = fixed.remove(&id).unwrap_or_default();
            Facts {
                as_of: until,
                now: now.unwrap_or_default(),
                before: spans.get(&id).map(|span| {
                    let own = Picture::of(span.0, span.1, before.remove(&id).unwrap_or_default());
                    Sight::of(&own, Some(0), *span, &subject.campaign, weights.sample)
                }),
                campaign: subject.campaign.clone(),
                pause,
                earlier: Default::default(),
                strangers: Strangers::default(),
                conversion: Default::default(),
                refusals: Default::default(),
                accepted_after_end: 0,
                accepted_before_begin: 0,
                fixed,
                ingestion: common.ingestion,
                missing: common.missing.clone(),
            }
        })
        .collect();
    let seen: Vec<_> = found.iter().map(|f| (&f.campaign, f.pause.is_some(), f.evidence())).collect();
    let chosen = plan::chosen(&seen, &weights);
    let mut looked_at: Vec<&mut Facts> = Vec::new();
    for ((facts, pairs), chosen) in found.iter_mut().zip(pairs).zip(chosen) {
        if !chosen {
            continue;
        }
        if facts.before.is_none() {
            facts.now = Sight::of_pairs(picture, pairs, (from, until), &facts.campaign, weights.sample);
        }
        looked_at.push(facts);
    }
    look_up(app, window, &weights, picture.uncounted == 0, &mut looked_at)?;
    strangers(app, from, &weights, &common, &mut looked_at)?;
    Ok(found)
}

fn common(app: &App, window: &Window, weights: &Weights) -> Answer<Common> {
    let until = micros(window.until);
    let a_day_ago = until.saturating_sub(Span::from_days(1).micros());
    let lately = until.saturating_sub(weights.known_since.micros());
    let (latest, accepted_lately) = lookups::latest(app, window.until, a_day_ago, lately)?;
    let lacking = lacking()?;
    Ok(Common {
        ingestion: plan::ingestion(until, &latest),
        missing: plan::COLUMNS.iter().filter(|c| lacking.lacks(c)).map(|c| (*c).to_owned()).collect(),
        accepted_lately,
    })
}

fn pauses(
    app: &App,
    policy: &Policy,
    window: &Window,
    subjects: &[Subject],
    dated: HashMap<i64, Pause>,
) -> Answer<HashMap<i64, Pause>> {
    let unknown = subjects.iter().filter(|s| s.is_paused() && !dated.contains_key(&s.campaign.id));
    let paused: Vec<_> =
        unknown.map(|subject| (subject.campaign.id, subject.updated_at.map(micros))).collect();
    let mut pauses = pause::of(app, policy, &paused, window.until)?;
    pauses.extend(dated);
    Ok(pauses)
}

/// A campaign's own past, what became of its redemptions, and the reasons noted, where any of it can matter.
///
/// `whole`: every attempt of the lookback is in the picture that they were seen in.
fn look_up(
    app: &App,
    window: &Window,
    weights: &Weights,
    whole: bool,
    found: &mut [&mut Facts],
) -> Answer<()> {
    let asked: Vec<(i64, (Micros, Micros))> =
        found.iter().map(|f| (f.campaign.id, (f.evidence().from, f.evidence().until))).collect();
    if asked.is_empty() {
        return Ok(());
    }
    let before: Vec<_> = asked
        .iter()
        .map(|(id, (from, _))| (*id, (from.saturating_sub(weights.earlier.micros()), *from)))
        .collect();
    let earliest: Vec<Micros> = before.iter().map(|(_, (from, _))| *from).collect();
    let old_enough = micros(window.until).saturating_sub(weights.converts_within.micros());
    let earlier = lookups::earlier(app, &before)?;
    let conversion = lookups::conversion(app, &asked, &earliest, window.until, old_enough)?;
    // Of a code whose evidence has no NOT_APPLICABLE there are no reasons for one.
    let refused: Vec<_> = found
        .iter()
        .zip(&asked)
        .filter(|(f, _)| !whole || f.evidence().turned_away + f.evidence().repeats > 0)
        .map(|(_, asked)| *asked)
        .collect();
    let refusals = lookups::refusals(app, &refused)?;
    let over: Vec<i64> = found
        .iter()
        .filter(|f| {
            f.campaign.valid_until.is_some_and(|at| at <= f.as_of)
                || f.campaign.valid_from.is_some_and(|at| at > f.as_of)
        })
        .map(|f| f.campaign.id)
        .collect();
    let outside = lookups::outside(app, over, window.until)?;
    let before: HashMap<i64, _> = before.into_iter().collect();
    for facts in found {
        let id = facts.campaign.id;
        if let (Some(span), Some((counted, first))) = (before.get(&id), earlier.get(&id)) {
            facts.earlier = plan::earlier(&facts.campaign, *span, *counted, *first);
        }
        facts.conversion = conversion.get(&id).copied().unwrap_or_default();
        facts.refusals = refusals.get(&id).copied().unwrap_or_default();
        (facts.accepted_after_end, facts.accepted_before_begin) =
            outside.get(&id).copied().unwrap_or_default();
    }
    Ok(())
}

/// Who of the users in the evidence had done nothing here before.
fn strangers(
    app: &App,
    from: Micros,
    weights: &Weights,
    common: &Common,
    found: &mut [&mut Facts],
) -> Answer<()> {
    if found.is_empty() {
        return Ok(());
    }
    let mut asked: Vec<(i64, i64, Micros)> = Vec::new();
    for facts in found.iter() {
        let sight = facts.evidence();
        let users = sight.sample_accepted.iter().chain(&sight.sample_turned_away);
        asked.extend(users.map(|user| (facts.campaign.id, *user, sight.from)));
    }
    let samples = plan::usual_samples(&common.accepted_lately);
    asked.extend(samples.iter().map(|(campaign, user)| (*campaign, *user, from)));
    asked.sort_unstable();
    asked.dedup();
    let known = lookups::known(app, asked, weights.known_since.micros())?;
    let samples: Vec<(i64, bool)> = samples
        .into_iter()
        .map(|(campaign, user)| (campaign, !known.contains(&(campaign, user, from))))
        .collect();
    for facts in found {
        let id = facts.campaign.id;
        let sight = facts.before.as_ref().unwrap_or(&facts.now);
        let share = |users: &[i64]| {
            let unknown = users.iter().filter(|user| !known.contains(&(id, **user, sight.from))).count();
            Share::new(unknown as u64, users.len() as u64)
        };
        let (unknown, usual) = plan::of_others(&samples, |(campaign, _)| *campaign, id)
            .fold((0, 0), |(unknown, all), (_, stranger)| (unknown + u64::from(*stranger), all + 1));
        facts.strangers = Strangers {
            accepted: share(&sight.sample_accepted),
            turned_away: share(&sight.sample_turned_away),
            usual: Share::new(unknown, usual),
        };
    }
    Ok(())
}
