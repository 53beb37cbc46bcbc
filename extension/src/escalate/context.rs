//! The input of every rule, and what a rule finds.

use crate::app::App;
use crate::clusters::Reading;
use crate::failure::Answer;
use crate::records;
use crate::window::{as_of, micros, moment};
use pgrx::prelude::*;
use promo_guard_core::attempt::Outcomes;
use promo_guard_core::binding::Entity;
use promo_guard_core::escalate::Rule;
use promo_guard_core::policy::Policy;
use promo_guard_core::{Micros, Span};

/// Which campaigns' statuses are compared with their last record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compared {
    /// Every campaign's: a second for a million of them.
    Every,
    /// Those of campaigns that are paused, or were recorded as paused at any time: found by an index.
    Paused,
}

/// The application, the policy and the moment that the rules are computed for.
pub struct Context<'a> {
    /// The application.
    pub app: App,
    /// The policy in force.
    pub policy: Policy,
    /// The moment.
    pub at: TimestampWithTimeZone,
    /// Which statuses are compared.
    pub compared: Compared,
    /// The attempts up to that moment, where they have been read already.
    pub reading: Option<&'a Reading>,
}

impl<'a> Context<'a> {
    /// # Errors
    /// As [`as_of`] and [`App::open`].
    pub fn new(at: Option<TimestampWithTimeZone>, compared: Compared) -> Answer<Self> {
        let at = as_of(at)?;
        let policy = records::policy()?;
        let views = [Entity::Campaigns, Entity::Attempts, Entity::Redemptions, Entity::Purchases];
        Ok(Self { app: App::open(&views)?, policy, at, compared, reading: None })
    }

    /// At the end of a window that has been read.
    pub fn after(reading: &'a Reading) -> Self {
        let (policy, at) = (reading.policy.clone(), reading.window.until);
        Self { app: reading.app.clone(), policy, at, compared: Compared::Every, reading: Some(reading) }
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
        self.before(self.policy.escalate_lookback())
    }
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
