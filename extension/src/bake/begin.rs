//! Beginning a bake, within the transaction of the unpause.

use super::terms;
use crate::db;
use crate::failure::{Answer, OrReport, report};
use crate::window::{micros, moment};
use pgrx::JsonB;
use pgrx::prelude::*;
use promo_guard_core::bake::{OnRegression, Plan};
use promo_guard_core::campaign::Campaign;
use promo_guard_core::policy::Policy;
use promo_guard_core::{Micros, Refusal, Span, SqlState};

/// What the caller of `unpause` wants of the bake, checked before anything is done.
#[derive(Debug, Clone, Copy)]
pub struct Request {
    length: Span,
    false_alarm: f64,
    on_regression: OnRegression,
}

impl Request {
    /// Reads `unpause`'s arguments; a null bake is policy `bake_for`, a null on_regression is `alert`.
    ///
    /// # Errors
    /// 22023 for a length outside 5 s to 1 day, or with months; or for another word than alert or pause.
    pub fn read(bake: Option<Interval>, on_regression: Option<&str>, policy: &Policy) -> Answer<Self> {
        let on_regression = on_regression.map_or(Ok(OnRegression::Alert), OnRegression::read).or_report()?;
        let length = match bake {
            None => policy.bake_for(),
            Some(bake) if bake.months() == 0 => {
                Span::from_micros(i64::try_from(bake.as_micros()).unwrap_or(i64::MAX))
            }
            Some(_) => {
                return Err(report(
                    Refusal::new(SqlState::InvalidParameterValue, "bake has months in it")
                        .detail("It is how long the campaign is watched, at most a day.")
                        .hint("bake => '15 min'"),
                ));
            }
        };
        let request = Self { length, false_alarm: policy.bake_false_alarm(), on_regression };
        request.plan(0).map(|_| request)
    }

    fn plan(&self, since: Micros) -> Answer<Plan> {
        Plan::new(since, self.length, self.false_alarm).or_report()
    }
}

/// Begins the bake of a campaign that was unpaused by action `action_id` at `since`, and ends the one that may still be
/// running; gives its id. `campaign` is its row after the unpause, which is locked; `paused_at` since when it had been paused.
pub fn begin(
    request: &Request,
    campaign: &Campaign,
    action_id: i64,
    since: TimestampWithTimeZone,
    paused_at: Option<Micros>,
) -> Answer<i64> {
    let plan = request.plan(micros(since))?;
    db::execute(
        include_str!("../../../sql/query/bake/supersede.sql"),
        &[campaign.id.into(), action_id.into()],
    )?;
    // A pause without a finite time, or one after the unpause, tells nothing: the baseline then ends before the unpause.
    let paused_at = paused_at.map(moment).filter(|at| at.is_finite() && *at <= since).unwrap_or(since);
    let ids = db::run(
        include_str!("../../../sql/query/bake/begin.sql"),
        &[
            campaign.id.into(),
            action_id.into(),
            since.into(),
            moment(plan.at(plan.looks())).into(),
            request.on_regression.name().into(),
            request.false_alarm.into(),
            paused_at.into(),
            JsonB(terms::of(campaign)).into(),
        ],
        |row| db::number(row, 1),
    )?;
    Ok(ids.first().copied().unwrap_or_default())
}
