//! The failures of one known code: which of its users are attackers, which are customers, and why those failed.
//!
//! A known code never links users by itself (trap 15): each of its pairs is judged by what that user did and by the state
//! of the campaign at the time. So one code can have several clusters, its attackers' and its customers'.

use super::facts::{Facts, Known};
use super::fault::{self, Cause, Fault};
use super::kind::Kind;
use super::pauses::{self, Answer, Paused};
use super::picture::{Pair, Picture, User};
use super::pulse::PULSE;
use super::retries;
use super::ruling::{Abuse, Ruling};
use super::settings::Settings;
use super::surge;
use super::trace::{Trace, Tracer, Traces};
use super::unknown::Unknown;
use crate::attempt::Outcome;
use std::ops::Range;

/// Failures of one kind.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Size {
    pub attempts: u64,
    pub users: u64,
    /// The last one.
    pub last: u32,
}

/// What was found out about a code.
#[derive(Debug, Clone, Default)]
pub(super) struct Finding {
    /// Users an hour at other times, where it has far more of them now.
    pub surge: Option<f64>,
    /// Whether users come back to it again and again.
    pub retried: bool,
    /// What the verdict on its campaign says, where it was asked for.
    pub ruling: Option<Ruling>,
    /// Why its configuration is called broken.
    pub fault: Option<Fault>,
    /// Accepted attempts of a surge of new users.
    pub taken: u64,
    /// Since when it is paused, where it was in the window.
    pub paused_from: Option<u32>,
}

/// What codes are judged with.
pub(super) struct Judge<'a> {
    picture: &'a Picture,
    facts: &'a Facts,
    settings: &'a Settings,
    tracer: Tracer<'a>,
    /// The typos, where it matters which users they led here.
    unknown: Option<&'a Unknown>,
    /// What people were answered, in order of time.
    answers: Vec<Answer>,
    /// The pairs of the code at hand.
    traces: Traces,
    /// What [`seen`] says.
    seen: &'a [Option<bool>],
}

/// For each user whether codes of theirs were accepted before, where it was looked up; empty where it was not.
pub(super) fn seen(picture: &Picture, facts: &Facts) -> Vec<Option<bool>> {
    facts.seen.as_ref().map_or_else(Vec::new, |asked| {
        let mut seen = vec![None; picture.users.len()];
        for (ids, known) in [(&asked.asked, false), (&asked.users, true)] {
            let users = ids.iter().filter_map(|id| picture.user(*id));
            users.for_each(|user| seen[user.place()] = Some(known));
        }
        seen
    })
}

impl<'a> Judge<'a> {
    pub fn new(
        picture: &'a Picture,
        facts: &'a Facts,
        settings: &'a Settings,
        unknown: Option<&'a Unknown>,
        seen: &'a [Option<bool>],
    ) -> Self {
        let tracer = Tracer::new(picture, settings);
        let (answers, traces) = (Vec::new(), Traces::default());
        Self { picture, facts, settings, tracer, unknown, answers, traces, seen }
    }

    /// Whether anything that happened to a pair is a failure.
    pub fn failed(&self, pair: &Pair) -> bool {
        self.picture.events_of(pair).iter().any(|e| self.settings.failures.contains(e.outcome))
    }

    /// Judges every pair of a code on which a user failed: gives what was found out, how much there is of each kind, and puts the kind
    /// of each pair that failed. `ruling`: what its campaign's verdict says, where it was asked for.
    pub fn code(
        &mut self,
        range: Range<usize>,
        place: u32,
        ruling: Option<Ruling>,
        kinds: &mut [Option<Kind>],
        pulse: &mut dyn FnMut(),
    ) -> Option<(Finding, [Size; Kind::ALL.len()])> {
        let known = &self.facts.known[place as usize];
        let (picture, settings) = (self.picture, self.settings);
        let pairs = &picture.pairs[range.clone()];
        if !pairs.iter().any(|pair| self.failed(pair)) {
            return None;
        }
        let paused = self.paused(pairs, known);
        let mut finding = Finding { paused_from: paused.first(), ruling, ..Finding::default() };
        let abuse = ruling.map_or(Abuse::Found, |ruling| ruling.abuse);
        let may_be_abused = abuse != Abuse::Excluded;
        if let Some(sizes) = self.plain(range.clone(), known, &paused, kinds) {
            return Some((finding, sizes));
        }
        let mut sizes = [Size::default(); Kind::ALL.len()];
        let mut traces = std::mem::take(&mut self.traces);
        self.trace(range, place, &paused, &mut traces, pulse);

        let new_users = surge::new_users(picture, known, &traces.list, settings).filter(|_| may_be_abused);
        finding.surge = new_users.as_ref().map(|s| s.per_hour);
        let repeated = retries::visits(&traces, settings).filter(|_| may_be_abused);
        finding.retried = repeated.is_some();
        let cause = fault::find(picture, known, &traces, &paused, settings);
        let (kept_out, since) = match cause {
            Some(Cause::Fault(fault, since)) if ruling.is_none_or(|ruling| ruling.fault) => {
                finding.fault = Some(fault);
                (false, since)
            }
            Some(Cause::NotForThem(since)) => (may_be_abused, since),
            Some(Cause::Fault(..)) | None => (false, u32::MAX),
        };
        let leaked = new_users.filter(|_| repeated.is_none());
        let attacks = |t: &Trace| {
            let from = |visits: u32| if t.regular() { settings.abuse_visits } else { visits };
            t.user && repeated.is_some_and(|visits| t.visits >= from(visits))
                || kept_out && t.refused > 0 && t.accepted == 0 && t.last >= since && !t.regular()
        };
        for (place, t) in kinds.iter_mut().zip(&traces.list) {
            let new_user = leaked.as_ref().is_some_and(|surge| surge.has(t));
            if new_user {
                finding.taken += u64::from(t.accepted);
            }
            let kind = if t.storm {
                Kind::RetryStorm
            } else if abuse == Abuse::Possible && (attacks(t) || new_user) {
                Kind::Surge
            } else if attacks(t) {
                Kind::AbusedCode
            } else if new_user {
                Kind::LeakedCode
            } else {
                customer(t, finding.fault, since)
            };
            // Users without a failure do not count.
            *place = (t.failed > 0).then_some(kind);
            let size = &mut sizes[kind as usize];
            size.attempts += u64::from(t.failed);
            size.users += u64::from(t.user & (t.failed > 0));
            size.last = size.last.max(t.last_failed);
        }
        self.traces = traces;
        let accused = sizes[Kind::AbusedCode as usize].attempts + sizes[Kind::LeakedCode as usize].attempts;
        let rest = sizes[Kind::Background as usize];
        // So many failures on one code have something to do with each other, whatever it is.
        if ruling.is_some() && accused == 0 && rest.users >= u64::from(settings.surge_users) {
            let unrelated = kinds.iter_mut().filter(|kind| **kind == Some(Kind::Background));
            unrelated.for_each(|kind| *kind = Some(Kind::Surge));
            let surge = &mut sizes[Kind::Surge as usize];
            surge.attempts += rest.attempts;
            surge.users += rest.users;
            surge.last = surge.last.max(rest.last);
            sizes[Kind::Background as usize] = Size::default();
        }
        Some((finding, sizes))
    }

    /// The same of a code that nothing can be found against: each of its users tried once, whose failures are few but for a pause, and
    /// its past was not looked up. Most codes are like this.
    fn plain(
        &self,
        range: Range<usize>,
        known: &Known,
        paused: &Paused,
        kinds: &mut [Option<Kind>],
    ) -> Option<[Size; Kind::ALL.len()]> {
        let Self { picture, settings, .. } = *self;
        let pairs = &picture.pairs[range];
        let events = pairs.first()?.events.start as usize..pairs.last()?.events.end as usize;
        let code = &picture.codes[known.code as usize];
        if events.len() != pairs.len()
            || known.earlier.is_some()
            || self.facts.before.as_ref().is_some_and(|before| before.find(code).is_some())
            || settings.storm_tries <= 1
        {
            return None;
        }
        let (mut refused, mut expired) = (0, 0);
        let mut sizes = [Size::default(); 2];
        // What came of each is as good as random: without a branch.
        for ((event, pair), kind) in picture.events[events].iter().zip(pairs).zip(kinds) {
            let failed = settings.failures.contains(event.outcome);
            let echo = failed & pauses::causes(event.outcome) & paused.at(event.at);
            let open = failed & !echo;
            refused += u32::from(open & (event.outcome == Outcome::NotApplicable));
            expired += u32::from(open & (event.outcome == Outcome::Expired));
            for (size, counts) in sizes.iter_mut().zip([echo, open]) {
                size.attempts += u64::from(counts);
                size.users += u64::from(counts & pair.user.is_some());
                size.last = if counts { size.last.max(event.at) } else { size.last };
            }
            *kind = [None, Some(Kind::Background), Some(Kind::PauseEcho)]
                [2 * usize::from(echo) + usize::from(open)];
        }
        if refused >= settings.config_users || expired >= settings.config_users {
            return None;
        }
        let mut all = [Size::default(); Kind::ALL.len()];
        [all[Kind::PauseEcho as usize], all[Kind::Background as usize]] = sizes;
        Some(all)
    }

    /// The pauses; what people were answered, in order of time, is only needed where there is no history.
    fn paused(&mut self, pairs: &[Pair], known: &Known) -> Paused {
        self.answers.clear();
        if !known.pauses_recorded {
            let tells = Outcome::ALL.map(pauses::tells);
            let range = pairs.first().map_or(0, |pair| pair.events.start)
                ..pairs.last().map_or(0, |pair| pair.events.end);
            let events = &self.picture.events[range.start as usize..range.end as usize];
            // Which do is as good as random: all are written, one over the other where it does not, without a branch.
            self.answers.resize(events.len() + 1, Answer::default());
            let mut told = 0;
            for event in events {
                self.answers[told] = Answer::of(*event);
                told += usize::from(tells[event.outcome as usize]);
            }
            self.answers.truncate(told);
            self.answers.sort_unstable();
        }
        pauses::of(self.picture, known, &self.answers)
    }

    fn trace(
        &mut self,
        range: Range<usize>,
        place: u32,
        paused: &Paused,
        traces: &mut Traces,
        pulse: &mut dyn FnMut(),
    ) {
        let (picture, known) = (self.picture, &self.facts.known[place as usize]);
        // It matters beside its own earlier rate alone.
        let unknown = self.unknown.filter(|_| known.earlier.is_some());
        let led =
            |user: Option<User>| unknown.zip(user).is_some_and(|(unknown, user)| unknown.led(user, place));
        let before = self.facts.before.as_ref().and_then(|before| {
            let code = before.find(&picture.codes[known.code as usize])?;
            Some((before, &before.pairs[before.pairs_of(code)]))
        });
        traces.clear();
        for i in range {
            if i.is_multiple_of(PULSE) {
                pulse();
            }
            let pair = &picture.pairs[i];
            let earlier = before.and_then(|(before, pairs)| {
                let user = before.user(picture.user_of(pair)?)?;
                let place = pairs.binary_search_by_key(&Some(user), |p| p.user).ok()?;
                Some((before, &pairs[place]))
            });
            let mut t = self.tracer.trace(pair, earlier, paused);
            t.by_slip = led(pair.user);
            t.seen = pair.user.and_then(|user| self.seen.get(user.place()).copied().flatten());
            traces.push(t);
        }
    }

    /// The users of a code whose past would tell more, as far as they were not looked up: those of a surge, or of a code that its users
    /// keep retrying. At first `some` of them, evenly spread over the time of their coming: where these are customers all is said.
    pub fn ask(
        &mut self,
        range: Range<usize>,
        place: u32,
        some: Option<usize>,
        pulse: &mut dyn FnMut(),
    ) -> Asked {
        let known = &self.facts.known[place as usize];
        let pairs = &self.picture.pairs[range.clone()];
        let paused = self.paused(pairs, known);
        let mut traces = Traces::default();
        self.trace(range, place, &paused, &mut traces, pulse);
        let surge = surge::new_users(self.picture, known, &traces.list, self.settings);
        let repeated = retries::visits(&traces, self.settings);
        let cause = fault::find(self.picture, known, &traces, &paused, self.settings);
        let kept_out = matches!(cause, Some(Cause::NotForThem(_)));
        let matters = |t: &Trace| {
            t.seen.is_none()
                && (surge.as_ref().is_some_and(|surge| surge.has(t))
                    || t.failed > 0 && repeated.is_some_and(|visits| t.visits >= visits)
                    || t.failed > 0 && kept_out && t.refused > 0 && t.accepted == 0)
        };
        let mut came: Vec<(u32, User)> = pairs
            .iter()
            .zip(&traces.list)
            .filter(|(_, t)| matters(t))
            .filter_map(|(pair, t)| Some((t.first, pair.user?)))
            .collect();
        let step = some.map_or(1, |some| came.len().div_ceil(some.max(1))).max(1);
        came.sort_unstable();
        Asked {
            place,
            users: came.into_iter().step_by(step).map(|(_, user)| user).collect(),
            surge_alone: repeated.is_none() && !kept_out,
        }
    }
}

/// Whom a code's judge asks about.
#[derive(Debug)]
pub(super) struct Asked {
    /// The campaign, by its place in [`Facts::known`].
    pub place: u32,
    pub users: Vec<User>,
    /// Whether that is for a surge and for nothing else.
    surge_alone: bool,
}

impl Asked {
    /// Whether there is nothing more to ask, by what is [`seen`] with the answers to this: where no user was looked up, answers only make
    /// less of it; and of nothing but a surge is nothing left where all those asked about are customers.
    pub fn is_settled(&self, seen: &[Option<bool>]) -> bool {
        let regular = |user: &User| seen.get(user.place()).copied().flatten() == Some(true);
        self.users.is_empty() || self.surge_alone && self.users.iter().all(regular)
    }
}

/// What keeps a customer out: the most of their failures decide, and the campaign's own state last.
fn customer(t: &Trace, fault: Option<Fault>, since: u32) -> Kind {
    let broken = match fault {
        Some(Fault::Scope) => t.open_failed(),
        Some(Fault::Validity) => t.expired,
        // A user who was accepted here and is rejected after that has used it.
        Some(_) if t.accepted == 0 => t.refused + t.limited,
        _ => 0,
    };
    let broken = if t.last >= since { broken } else { 0 };
    let other = t.open_failed() - broken;
    if t.paused > other && t.paused > broken {
        Kind::PauseEcho
    } else if broken > other {
        Kind::ConfigFailure
    } else {
        Kind::Background
    }
}
