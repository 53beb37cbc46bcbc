//! The input of every rule, and what a rule finds.

use crate::app::App;
use crate::clusters::Reading;
use crate::failure::Answer;
use crate::records;
use crate::settle::Scan;
use crate::settle::drift::{self, Bucket};
use crate::triage::pause;
use crate::triage::standing::{self, Standing};
use crate::window::{as_of, micros, moment};
use pgrx::prelude::*;
use promo_guard_core::attempt::Outcomes;
use promo_guard_core::binding::Entity;
use promo_guard_core::escalate::Rule;
use promo_guard_core::policy::Policy;
use promo_guard_core::triage::Pause;
use promo_guard_core::{Micros, Span};
use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::HashMap;

/// The application, the policy and the moment that the rules are computed for.
pub struct Context<'a> {
    /// The application.
    pub app: App,
    /// The policy in force.
    pub policy: Policy,
    /// The moment.
    pub at: TimestampWithTimeZone,
    /// The campaigns that are PAUSED, or were made or edited in the time in which events are remembered.
    pub standing: Cow<'a, [Standing]>,
    /// Since when those that are PAUSED are.
    pub pauses: Cow<'a, HashMap<i64, Pause>>,
    /// The attempts up to that moment, where they have been read already.
    pub reading: Option<&'a Reading>,
    drift: OnceCell<Vec<Bucket>>,
}

impl<'a> Context<'a> {
    /// # Errors
    /// As [`as_of`] and [`App::open`].
    pub fn new(at: Option<TimestampWithTimeZone>) -> Answer<Self> {
        let at = as_of(at)?;
        let policy = records::policy()?;
        let app = App::open(&[Entity::Campaigns, Entity::Attempts, Entity::Redemptions, Entity::Purchases])?;
        let standing = Standing::since(&app, remembered(&policy, at))?;
        let pauses = pause::of(&app, &policy, &standing::paused(&standing), at)?;
        let (standing, pauses) = (Cow::Owned(standing), Cow::Owned(pauses));
        Ok(Self { app, policy, at, standing, pauses, reading: None, drift: OnceCell::new() })
    }

    /// At the end of a window that has been read.
    pub fn after(reading: &'a Reading, standing: &'a [Standing], pauses: &'a HashMap<i64, Pause>) -> Self {
        let (app, policy, at) = (reading.app.clone(), reading.policy.clone(), reading.window.until);
        let (standing, pauses) = (Cow::Borrowed(standing), Cow::Borrowed(pauses));
        Self { app, policy, at, standing, pauses, reading: Some(reading), drift: OnceCell::new() }
    }

    /// What `reconciliation_drift()` shows at that moment, by its defaults.
    ///
    /// # Errors
    /// As [`App::read`].
    pub fn drift(&self) -> Answer<&[Bucket]> {
        if let Some(known) = self.drift.get() {
            return Ok(known);
        }
        let scan = Scan::usual(self.app.clone(), &self.policy, self.at)?;
        let found = drift::of(&scan, drift::USUAL)?;
        Ok(self.drift.get_or_init(|| found))
    }

    /// The attempts that have been read, where attempts with these results can be counted in them to the microsecond.
    pub fn counted(&self, results: &[String]) -> Option<(&'a Reading, Outcomes)> {
        let reading = self.reading?;
        let (picture, outcomes) = (&reading.picture, Outcomes::named(results));
        let all = outcomes.len() == results.len() && picture.uncounted == 0 && picture.tick == 1;
        all.then_some((reading, outcomes))
    }

    /// The moment, as a number.
    pub fn now(&self) -> Micros {
        micros(self.at)
    }

    /// So long before the moment.
    pub fn before(&self, span: Span) -> TimestampWithTimeZone {
        moment(self.now().saturating_sub(span.micros()))
    }

    /// The start of the time in which events are remembered.
    pub fn remembered(&self) -> TimestampWithTimeZone {
        moment(remembered(&self.policy, self.at))
    }
}

/// The start of the time in which events are remembered.
pub fn remembered(policy: &Policy, at: TimestampWithTimeZone) -> Micros {
    micros(at).saturating_sub(policy.escalate_lookback().micros())
}

/// An escalation.
pub struct Found {
    /// Its rule.
    pub rule: Rule,
    /// Its campaign, where it concerns one.
    pub campaign_id: Option<i64>,
    /// Its start; none = unknown.
    pub since: Option<TimestampWithTimeZone>,
    /// Its last occurrence: an earlier acknowledgement does not count for it.
    pub latest: Option<TimestampWithTimeZone>,
    /// When it is due.
    pub due_at: Option<TimestampWithTimeZone>,
    /// Whether that has passed.
    pub overdue: bool,
    /// The numbers, and what to do.
    pub detail: String,
}

impl Found {
    /// One that is due at once.
    pub fn at_once(
        rule: Rule,
        campaign_id: Option<i64>,
        since: Option<TimestampWithTimeZone>,
        detail: String,
    ) -> Self {
        Self { rule, campaign_id, since, latest: since, due_at: since, overdue: true, detail }
    }

    /// The same, where it happened several times, last at `latest`.
    pub fn last_at(mut self, latest: Option<TimestampWithTimeZone>) -> Self {
        self.latest = latest;
        self
    }
}
