//! From the tables to facts: for one campaign or for thousands, with the same few statements.

use super::announced;
use super::asked::Asked;
use super::attempts;
use super::by_time::{self, ByTime};
use super::campaigns::{Edit, Subject};
use super::lookups;
use super::pauses;
use super::people::People;
use super::products;
use crate::app::App;
use crate::failure::Answer;
use crate::settle::scan::lacking;
use crate::setup::{relation, views};
use crate::window::{Window, micros};
use promo_guard_core::Micros;
use promo_guard_core::attempt::Outcome;
use promo_guard_core::binding::Entity;
use promo_guard_core::classify::plan::{self, Most, Use};
use promo_guard_core::classify::{
    Announcement, Before, COLUMNS, Crowd, Curve, Facts, Ingestion, Reason, Records, Shop, Tried,
    contradictions,
};
use promo_guard_core::clusters::{Pair, Picture};
use promo_guard_core::policy::Policy;
use promo_guard_core::settle::Lacking;
use promo_guard_core::{reach, triage};
use std::collections::HashMap;

/// What is the same for every campaign of a call.
struct Common<'a> {
    app: &'a App,
    policy: &'a Policy,
    window: &'a Window,
    picture: &'a Picture,
    ingestion: Ingestion,
    missing: Vec<String>,
    /// Whether the application records which client tried.
    clients: bool,
    by_time: ByTime,
}

/// The pairs of the code of each subject, in their order.
pub fn pairs_of<'a>(picture: &'a Picture, subjects: &[Subject]) -> Vec<&'a [Pair]> {
    let of_code = |code: u32| &picture.pairs[picture.pairs_of(code)];
    let found = |subject: &Subject| picture.find(subject.code.as_ref()?);
    let place = |subject: &Subject| subject.place.or_else(|| found(subject));
    subjects.iter().map(|subject| place(subject).map_or(&[][..], of_code)).collect()
}

/// The facts of each subject and what is usual in its shop, in their order. One that stands for a batch may be a code that is a
/// subject too. `picture` is the lookback, `pairs` those of the subjects' codes in it. `dated`: since when those are paused of which
/// that is known already; `edits`: the last edits of all that are paused, where they are known.
pub fn facts(
    app: &App,
    policy: &Policy,
    window: &Window,
    (subjects, edits): (&[Subject], Option<&[Edit]>),
    (picture, pairs): (&Picture, &[&[Pair]]),
    dated: HashMap<i64, triage::Pause>,
) -> Answer<Vec<(Facts, Shop)>> {
    let until = micros(window.until);
    let lacking = lacking()?;
    let mut common = Common {
        by_time: ByTime::default(),
        app,
        policy,
        window,
        picture,
        ingestion: lookups::ingestion(app, window.until)?,
        clients: has_clients(&lacking)?,
        missing: COLUMNS.iter().filter(|c| lacking.lacks(c)).map(|c| (*c).to_owned()).collect(),
    };
    let pauses = pauses::pauses(app, policy, window, subjects, dated)?;
    let records = pauses::records(app, window, (subjects, edits), &pauses)?;
    let announced = announced::of(window, subjects)?;
    let uses: Vec<Use> = subjects
        .iter()
        .zip(pairs)
        .map(|(subject, pairs)| {
            uses(picture, subject.campaign.id, pauses.contains_key(&subject.campaign.id), pairs)
        })
        .collect();
    let chosen = plan::chosen(&uses, Most::ROWS);
    let people = plan::chosen(&uses, Most::PEOPLE);
    let after = policy.guard().lookback;
    let lookback = (micros(window.from), until);
    let mut asked: Vec<Asked> = subjects
        .iter()
        .zip(pairs)
        .zip(uses.iter().zip(people))
        .map(|((subject, pairs), (uses, people))| {
            let pause = pauses.get(&subject.campaign.id);
            let evidence = plan::evidence(pause, lookback, plan::BEFORE_BURST, after);
            let batch = subject.batch.as_deref();
            let people = people || batch.is_some();
            let (row, uses) = (&subject.campaign, *uses);
            Asked { row, pairs, pause, evidence, uses, people, batch, codes: Vec::new() }
        })
        .collect();
    let spans: Vec<(String, (Micros, Micros))> =
        asked.iter().filter_map(|a| Some((a.batch?.to_owned(), a.evidence))).collect();
    let codes = lookups::batch_codes(app, &spans)?;
    for (asked, mut codes) in asked.iter_mut().filter(|a| a.batch.is_some()).zip(codes) {
        if !codes.contains(&asked.row.id) {
            codes.push(asked.row.id);
        }
        asked.codes = codes;
    }
    let (looked_up, others): (Vec<usize>, Vec<usize>) =
        (0..asked.len()).partition(|place| chosen[*place] || asked[*place].batch.is_some());
    let mut found: Vec<Option<(Facts, Shop)>> = std::iter::repeat_with(|| None).take(asked.len()).collect();
    for place in others {
        found[place] = Some(common.not_looked_up(&asked[place]));
    }
    // With the longer evidence of a fault, for a second look.
    let reach = |place: &usize| (0, plan::evidence(asked[*place].pause, lookback, plan::BEFORE_FAULT, after));
    let reach: Vec<lookups::Span> = looked_up.iter().map(reach).collect();
    if !reach.is_empty() {
        common.by_time = by_time::by_time(app, &redemptions_spans(&reach, until))?;
    }
    // A code may be asked about for itself and for its batch: apart, for what is looked up goes by its id.
    for batches in [false, true] {
        let places: Vec<usize> =
            looked_up.iter().copied().filter(|place| asked[*place].batch.is_some() == batches).collect();
        common.fill(&mut found, &asked, &places, &records, &announced)?;
        // Under a fault an attack may have come first: further back for those few.
        let faulty = |place: &usize| {
            let known = found[*place].as_ref();
            known
                .is_some_and(|(facts, shop)| facts.pause.is_some() && !contradictions(facts, shop).is_empty())
        };
        let faults: Vec<usize> = places.into_iter().filter(faulty).collect();
        for place in &faults {
            asked[*place].evidence = plan::evidence(asked[*place].pause, lookback, plan::BEFORE_FAULT, after);
        }
        common.fill(&mut found, &asked, &faults, &records, &announced)?;
    }
    Ok(found.into_iter().flatten().collect())
}

/// Whether the view of the attempts shows clients. One written by hand may leave them out, as may one from before an upgrade.
fn has_clients(lacking: &Lacking) -> Answer<bool> {
    if lacking.lacks("attempts.client") {
        return Ok(false);
    }
    let Some(view) = views::standing(Entity::Attempts)? else { return Ok(false) };
    Ok(relation::columns(view.oid)?.iter().any(|(name, _)| name == "client"))
}

/// How much a campaign is used in the lookback.
fn uses(picture: &Picture, id: i64, paused: bool, pairs: &[Pair]) -> Use {
    let with = |some: fn(Outcome) -> bool| {
        let users = pairs.iter().filter(|pair| pair.user.is_some());
        users.filter(|pair| picture.events_of(pair).iter().any(|event| some(event.outcome))).count() as u64
    };
    let failed =
        |outcome| matches!(outcome, Outcome::NotApplicable | Outcome::Expired | Outcome::RateLimited);
    Use { id, paused, failing: with(failed), accepted: with(|outcome| outcome == Outcome::Accepted) }
}

impl Common<'_> {
    /// What the attempt window alone tells.
    fn not_looked_up(&self, asked: &Asked<'_>) -> (Facts, Shop) {
        let facts = self.fact(asked, from_window(self.picture, asked.pairs, &[]));
        (facts, self.shop())
    }

    fn fact(&self, asked: &Asked<'_>, attempts: Vec<Tried>) -> Facts {
        let induced = |pair: &Pair| {
            let events = self.picture.events_of(pair).iter();
            let of_pause = |at| !asked.row.outside_validity(self.picture.moment(at));
            events.filter(|e| e.outcome == Outcome::Expired && of_pause(e.at)).count() as u64
        };
        Facts {
            as_of: micros(self.window.until),
            row: asked.row.clone(),
            pause: asked.pause.cloned(),
            records: Records::default(),
            evidence: asked.evidence,
            attempts,
            users: HashMap::new(),
            redemptions: Vec::new(),
            before: Before::default(),
            pause_induced: if asked.pause.is_some() { asked.pairs.iter().map(induced).sum() } else { 0 },
            missing: self.missing.clone(),
            looked_up: false,
        }
    }

    fn shop(&self) -> Shop {
        let guard = self.policy.guard();
        Shop {
            bursts: Vec::new(),
            curve: Curve::default(),
            others_buy: (0.0, 0.0),
            api: (0.0, 0.0),
            ingestion: self.ingestion,
            guard_failures: u64::try_from(guard.min_failures).unwrap_or(0),
            guard_lookback: guard.lookback.micros(),
        }
    }

    /// Looks up those of these places, and what our own records say of them.
    fn fill(
        &self,
        found: &mut [Option<(Facts, Shop)>],
        asked: &[Asked<'_>],
        places: &[usize],
        records: &HashMap<i64, Records>,
        announced: &HashMap<i64, Vec<Announcement>>,
    ) -> Answer<()> {
        let these: Vec<&Asked<'_>> = places.iter().map(|place| &asked[*place]).collect();
        for (place, (mut facts, shop)) in places.iter().zip(self.look_up(&these)?) {
            facts.records = records.get(&facts.row.id).cloned().unwrap_or_default();
            facts.records.announced = announced.get(&facts.row.id).cloned().unwrap_or_default();
            found[*place] = Some((facts, shop));
        }
        Ok(())
    }

    /// Everything about these, a statement for all of them at a time.
    fn look_up(&self, asked: &[&Asked<'_>]) -> Answer<Vec<(Facts, Shop)>> {
        if asked.is_empty() {
            return Ok(Vec::new());
        }
        let (app, until) = (self.app, self.window.until);
        let as_of = micros(until);
        let spans: Vec<lookups::Span> = asked.iter().map(|a| a.span()).collect();
        let mut facts: Vec<Facts> =
            self.attempts(asked)?.into_iter().zip(asked).map(|(tried, a)| self.fact(a, tried)).collect();

        let since = asked.iter().flat_map(|a| a.spans());
        let since: Vec<_> = since.map(|(id, (from, _))| (id, from)).collect();
        let redemptions = merged(asked, lookups::redemptions(app, &since, until)?, |r| r.at);
        let past: Vec<lookups::Span> = asked.iter().filter(|a| a.has_past(as_of)).map(|a| a.span()).collect();
        let before: HashMap<i64, Before> =
            past.iter().map(|(id, _)| *id).zip(lookups::before(app, &past, until)?).collect();
        let bursts: Vec<Vec<(i64, Micros)>> =
            spans.iter().map(|(_, (from, _))| plan::bursts(&self.by_time.peaks, *from)).collect();
        let people = People::look_up(app, asked, &facts, &bursts, self.policy.verdict_reach())?;

        let mut found = Vec::with_capacity(asked.len());
        let mut curves: HashMap<Micros, Curve> = HashMap::new();
        for (place, redemptions) in redemptions.into_iter().enumerate() {
            let facts = &mut facts[place];
            facts.looked_up = asked[place].people;
            let before = before.get(&facts.row.id).cloned().unwrap_or_default();
            facts.before = Before { after_end: 0, before_begin: 0, ..before };
            if asked[place].may_be_over(as_of) {
                (facts.before.after_end, facts.before.before_begin) = (before.after_end, before.before_begin);
            }
            people.fill(asked[place], facts);
            let from = plan::half_hour(facts.evidence.0);
            let curve = curves
                .entry(from)
                .or_insert_with(|| Curve::of(&self.by_time.slots, &self.by_time.days, from));
            facts.redemptions = redemptions;
            found.push(Shop {
                bursts: bursts[place].iter().map(|burst| people.burst(*burst)).collect(),
                curve: curve.clone(),
                ..self.shop()
            });
        }
        self.sold_meanwhile(&facts, &mut found)?;
        self.programs(&spans, &facts, &mut found)?;
        self.against_row(asked, &mut facts)?;
        products::fill(app, until, asked, &mut facts)?;
        Ok(facts.into_iter().zip(found).collect())
    }

    /// What the shop sold meanwhile, where almost nobody of a campaign buys.
    fn sold_meanwhile(&self, facts: &[Facts], shops: &mut [Shop]) -> Answer<()> {
        let doubtful = facts.iter().zip(shops).filter(|(facts, shop)| Crowd::few_buy(facts, &shop.curve));
        let doubtful: Vec<(&Facts, &mut Shop)> = doubtful.collect();
        if doubtful.is_empty() {
            return Ok(());
        }
        let spans = doubtful.iter().map(|(facts, _)| {
            let from = plan::half_hour(facts.evidence.0).saturating_sub(plan::SALES_BEFORE.micros());
            let until = facts.evidence.1.saturating_add(plan::OTHERS_WITHIN.micros());
            (from, until.min(facts.as_of))
        });
        let sales = by_time::sales(self.app, &reach::merged(spans))?;
        for (facts, shop) in doubtful {
            let redeemed = facts.redeemed().map(|r| r.at);
            shop.others_buy = shop.curve.sold_meanwhile(&sales, redeemed, facts.as_of);
        }
        Ok(())
    }

    /// How many users of a code usually come through programs, where many do now.
    fn programs(&self, spans: &[lookups::Span], facts: &[Facts], shops: &mut [Shop]) -> Answer<()> {
        let many = |facts: &Facts| {
            let known = facts.attempts.iter().filter_map(|tried| tried.api);
            let (api, all) = known.fold((0, 0), |(api, all), one| (api + usize::from(one), all + 1));
            10 * api >= all && api > 0
        };
        let places: Vec<usize> = (0..facts.len()).filter(|place| many(&facts[*place])).collect();
        let asked: Vec<lookups::Span> = places.iter().map(|place| spans[*place]).collect();
        for (place, found) in places.into_iter().zip(attempts::programs(self.app, &asked)?) {
            shops[place].api = found;
        }
        Ok(())
    }

    /// What was accepted, against the limits and audience flags as they stand, where any of it can matter.
    fn against_row(&self, asked: &[&Asked<'_>], facts: &mut [Facts]) -> Answer<()> {
        let ids: Vec<i64> = asked.iter().filter(|a| a.fails()).map(|a| a.row.id).collect();
        let over = lookups::over_limit(self.app, ids, self.window.until)?;
        let restricted: Vec<lookups::Span> =
            asked.iter().filter(|a| a.row.restricted()).map(|a| a.span()).collect();
        let buyers: HashMap<i64, u64> =
            restricted.iter().map(|(id, _)| *id).zip(lookups::buyers(self.app, &restricted)?).collect();
        let lately: HashMap<i64, (u64, u64)> =
            restricted.iter().map(|(id, _)| *id).zip(attempts::audience(self.app, &restricted)?).collect();
        for facts in facts {
            (facts.before.accepted_lately, facts.before.turned_away_lately) =
                lately.get(&facts.row.id).copied().unwrap_or_default();
            facts.before.users_over_limit = over.get(&facts.row.id).copied().unwrap_or(0);
            if let Some(buyers) = buyers.get(&facts.row.id) {
                facts.before.accepted = facts.before.accepted.min(plan::BUYERS);
                facts.before.accepted_buyers = *buyers;
            }
        }
        Ok(())
    }

    /// The attempts of each within its evidence: from the attempt window where it holds them all.
    fn attempts(&self, asked: &[&Asked<'_>]) -> Answer<Vec<Vec<Tried>>> {
        let picture = self.picture;
        let within = |a: &Asked<'_>| {
            picture.uncounted == 0
                && a.evidence.0 >= picture.from
                && a.evidence.1 <= picture.until
                && a.pause.is_none()
                && a.batch.is_none()
                && !self.clients
        };
        let refused = |a: &Asked<'_>| {
            let mut events = a.pairs.iter().flat_map(|pair| picture.events_of(pair));
            events.any(|event| event.outcome == Outcome::NotApplicable)
        };
        let (held, others): (Vec<&Asked<'_>>, Vec<&Asked<'_>>) = asked.iter().partition(|a| within(a));
        let elsewhere: Vec<lookups::Span> = others.iter().flat_map(|a| a.spans()).collect();
        let noted: Vec<lookups::Span> = held.iter().filter(|a| refused(a)).map(|a| a.span()).collect();
        let found = attempts::attempts(self.app, &elsewhere, self.clients)?;
        let mut elsewhere = merged(&others, found, |tried| tried.at).into_iter();
        let mut noted = attempts::reasons(self.app, &noted)?.into_iter();
        let of = |a: &&Asked<'_>| {
            if !within(a) {
                return elsewhere.next().unwrap_or_default();
            }
            let reasons = if refused(a) { noted.next().unwrap_or_default() } else { Vec::new() };
            from_window(picture, a.pairs, &reasons)
        };
        Ok(asked.iter().map(of).collect())
    }
}

/// What was found of each code, put together for each that is asked about, in order of time.
fn merged<T>(asked: &[&Asked<'_>], found: Vec<Vec<T>>, at: impl Fn(&T) -> Micros) -> Vec<Vec<T>> {
    let mut found = found.into_iter();
    let of = |asked: &&Asked<'_>| {
        let mut all: Vec<T> = found.by_ref().take(asked.spans().count()).flatten().collect();
        if asked.batch.is_some() {
            all.sort_by_key(&at);
        }
        all
    };
    asked.iter().map(of).collect()
}

/// The attempts of a code as the window has them, in order of time; `reasons`: one for each NOT_APPLICABLE, in order of user and time.
fn from_window(picture: &Picture, pairs: &[Pair], reasons: &[(Option<i64>, Option<Reason>)]) -> Vec<Tried> {
    let mut attempts = Vec::new();
    for pair in pairs {
        let user = picture.user_of(pair);
        let start = reasons.partition_point(|(of, _)| *of < user);
        let mut noted = reasons[start..].iter().take_while(|(of, _)| *of == user);
        for event in picture.events_of(pair) {
            let reason = match event.outcome {
                Outcome::NotApplicable => noted.next().and_then(|(_, reason)| *reason),
                _ => None,
            };
            let at = picture.moment(event.at);
            attempts.push(Tried { at, user, outcome: event.outcome, reason, api: None, client: None });
        }
    }
    attempts.sort_by_key(|tried| tried.at);
    attempts
}

/// The time whose redemptions tell how people buy and which bursts there were: before each evidence, and a day from its begin on.
fn redemptions_spans(spans: &[lookups::Span], as_of: Micros) -> Vec<(Micros, Micros)> {
    reach::merged(spans.iter().map(|(_, (from, _))| {
        let day = plan::day(*from);
        let end = day.saturating_add(2 * plan::OTHERS_WITHIN.micros() - 1);
        (day.saturating_sub(plan::BURSTS_WITHIN.micros()), end.min(as_of))
    }))
}
