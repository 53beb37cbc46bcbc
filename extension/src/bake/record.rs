//! A row of `promo_guard.bake`.

use crate::db::{self, Row};
use crate::failure::Answer;
use crate::window::micros;
use pgrx::JsonB;
use pgrx::prelude::*;
use pgrx::spi::SpiResult;
use promo_guard_core::bake::{Baseline, Plan, State};
use promo_guard_core::{Micros, Span};
use serde_json::{Value, json};

/// The baseline is of so long before the incident ...
const BASELINE: Span = Span::from_days(1);
/// ... and ends so long before the pause: what led to the pause is not in it.
const BEFORE_PAUSE: Span = Span::from_minutes(60);

/// A bake.
#[derive(Debug, Clone)]
pub struct Bake {
    pub id: i64,
    pub campaign_id: i64,
    pub action_id: i64,
    pub began_by: String,
    pub since: TimestampWithTimeZone,
    pub until: TimestampWithTimeZone,
    pub on_regression: String,
    pub plan: Plan,
    pub paused_at: Micros,
    pub terms: Value,
    pub baseline: Option<Usual>,
    pub looks: u32,
    pub ticked_at: Option<TimestampWithTimeZone>,
    pub state: String,
    pub counted: Counted,
    pub detail: Option<String>,
    pub repaused_at: Option<TimestampWithTimeZone>,
    pub repause_due: bool,
}

/// The numbers of a bake.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counted {
    pub attempts: Option<i64>,
    pub failures: Option<i64>,
    pub users: Option<i64>,
    pub failing_users: Option<i64>,
    pub applied: Option<i64>,
}

/// A baseline and whose it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Usual {
    pub baseline: Baseline,
    /// `campaign`, `shop` or `nobody`.
    pub of: &'static str,
}

impl Usual {
    /// As it is kept.
    pub fn to_json(self) -> Value {
        let Baseline { users, failing, newcomers, minutes } = self.baseline;
        json!({ "of": self.of, "users": users, "failing": failing, "newcomers": newcomers, "minutes": minutes })
    }

    fn from_json(json: &Value) -> Option<Self> {
        Some(Self {
            baseline: Baseline {
                users: json["users"].as_u64()?,
                failing: json["failing"].as_u64()?,
                newcomers: json["newcomers"].as_u64(),
                minutes: json["minutes"].as_f64()?,
            },
            of: ["campaign", "shop", "nobody"].into_iter().find(|of| json["of"] == *of)?,
        })
    }
}

impl Bake {
    /// Those of a campaign, or of all: with `advancing` those that a tick may advance, else each campaign's last.
    pub fn read(campaign: Option<i64>, advancing: bool) -> Answer<Vec<Self>> {
        db::read(
            include_str!("../../../sql/query/bake/bakes.sql"),
            &[campaign.into(), advancing.into()],
            Self::of_row,
        )
    }

    fn of_row(row: &Row<'_>) -> SpiResult<Self> {
        let time = |column| -> SpiResult<TimestampWithTimeZone> {
            Ok(row.get(column)?.unwrap_or_else(TimestampWithTimeZone::positive_infinity))
        };
        let json = |column| row.get::<JsonB>(column).map(|j| j.map_or(Value::Null, |j| j.0));
        let (since, until) = (time(5)?, time(6)?);
        let false_alarm = row.get::<f64>(8)?.unwrap_or_default();
        Ok(Self {
            id: db::number(row, 1)?,
            campaign_id: db::number(row, 2)?,
            action_id: db::number(row, 3)?,
            began_by: db::text(row, 4)?,
            since,
            until,
            on_regression: db::text(row, 7)?,
            plan: Plan::between(micros(since), micros(until), false_alarm),
            paused_at: micros(time(9)?),
            terms: json(10)?,
            baseline: Usual::from_json(&json(11)?),
            looks: u32::try_from(row.get::<i32>(12)?.unwrap_or_default()).unwrap_or_default(),
            ticked_at: row.get(13)?,
            state: db::text(row, 14)?,
            counted: Counted {
                attempts: row.get(15)?,
                failures: row.get(16)?,
                users: row.get(17)?,
                failing_users: row.get(18)?,
                applied: row.get(19)?,
            },
            detail: row.get(20)?,
            repaused_at: row.get(21)?,
            repause_due: db::flag(row, 22)?,
        })
    }

    /// Whether there is no verdict yet.
    pub fn running(&self) -> bool {
        self.state == State::Running.name()
    }

    /// Since when users are known: from the baseline's start on.
    pub fn known_from(&self) -> Micros {
        self.baseline_until().saturating_sub(BASELINE.micros())
    }

    /// The baseline's end.
    pub fn baseline_until(&self) -> Micros {
        self.paused_at.saturating_sub(BEFORE_PAUSE.micros())
    }

    /// The last tick, where it is too long ago.
    pub fn neglected(&self, now: Micros) -> Option<TimestampWithTimeZone> {
        let last = self.ticked_at.unwrap_or(self.since);
        (self.running() && now.saturating_sub(micros(last)) > NEGLECTED.micros()).then_some(last)
    }
}

/// A running bake that was not ticked for so long is reported.
pub const NEGLECTED: Span = Span::from_minutes(2);
