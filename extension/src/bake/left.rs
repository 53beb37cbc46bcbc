//! Who ended a bake by changing the campaign's status, as far as that can be known.

use super::record::Bake;
use crate::app::App;
use crate::db;
use crate::failure::Answer;
use crate::triage::pause;
use crate::window::micros;
use pgrx::prelude::*;
use promo_guard_core::Micros;
use promo_guard_core::campaign::{Campaign, PAUSED};
use promo_guard_core::policy::Policy;
use std::collections::HashSet;

/// How a campaign stopped being ACTIVE.
pub struct Left {
    /// When, as far as it is known; without the status history it is the last edit.
    pub at: Option<Micros>,
    /// The whole of it, for people.
    pub sentence: String,
}

/// A change of status from our own history.
struct Recorded {
    to: Option<String>,
    at: TimestampWithTimeZone,
    by: String,
    action: Option<(i64, String, Option<String>)>,
}

impl Left {
    /// Looks at the history, at our own actions, and at the failures that the guard's rule counts.
    pub fn find(app: &App, bake: &Bake, campaign: &Campaign, policy: &Policy) -> Answer<Self> {
        let status = campaign.status.clone().unwrap_or_else(|| "null".to_owned());
        let recorded = recorded(bake)?;
        let since = micros(bake.since);
        // An edit before the unpause is not the change: then its time is not known.
        let edited = campaign.updated_at.filter(|at| *at >= since);
        let at = recorded.as_ref().map(|r| micros(r.at)).or(edited);
        let when = at.map_or_else(String::new, |at| format!(" at {}", clock(at)));
        if let Some(Recorded { to, by, action: Some((action_id, action, reason)), .. }) = &recorded {
            let reason = reason.as_ref().map_or_else(String::new, |r| format!(": {r}"));
            let to = to.as_deref().unwrap_or(&status);
            return Ok(Self {
                at,
                sentence: format!("{by} set it to {to}{when} by {action} (action {action_id}{reason})."),
            });
        }
        if status == PAUSED
            && let Some(at) = at
            && let Some(rule) = guard_held(app, bake, policy, at)?
        {
            return Ok(Self {
                at: Some(at),
                sentence: format!("The application's guard paused it again{when}: {rule}."),
            });
        }
        let by = recorded.map_or_else(
            || "An unknown role, without promo_guard,".to_owned(),
            |r| format!("{}, without promo_guard,", r.by),
        );
        Ok(Self { at, sentence: format!("{by} set it to {status}{when}.") })
    }
}

fn recorded(bake: &Bake) -> Answer<Option<Recorded>> {
    let rows = db::read(
        include_str!("../../../sql/query/bake/left_active.sql"),
        &[bake.campaign_id.into(), bake.since.into()],
        |row| {
            let actor = db::text(row, 3)?;
            let by = match row.get::<String>(4)?.filter(|a| !a.is_empty()) {
                Some(application) => format!("{actor} ({application})"),
                None => actor,
            };
            let action = match row.get::<i64>(5)? {
                Some(id) => Some((id, db::text(row, 6)?, row.get::<String>(7)?)),
                None => None,
            };
            let at = row.get(2)?.unwrap_or_else(TimestampWithTimeZone::positive_infinity);
            Ok(Recorded { to: row.get(1)?, at, by, action })
        },
    )?;
    Ok(rows.into_iter().next())
}

/// The numbers of the guard's rule, where it held at that moment.
fn guard_held(app: &App, bake: &Bake, policy: &Policy, at: Micros) -> Answer<Option<String>> {
    let rule = policy.guard();
    let span = (bake.campaign_id, at.saturating_sub(rule.lookback.micros()), at);
    let failures = pause::guard_failures(app, policy, &[span])?.remove(&bake.campaign_id).unwrap_or_default();
    let users: HashSet<i64> = failures.iter().filter_map(|failure| failure.user).collect();
    let holds = failures.len() as i64 > rule.min_failures && users.len() as i64 >= rule.min_users;
    Ok(holds.then(|| {
        format!(
            "its rule held, with {} failures by {} users within {}",
            failures.len(),
            users.len(),
            rule.lookback
        )
    }))
}

/// `22:06:00Z`
pub fn clock(at: Micros) -> String {
    let seconds = at.div_euclid(1_000_000).rem_euclid(86_400);
    format!("{:02}:{:02}:{:02}Z", seconds / 3600, seconds / 60 % 60, seconds % 60)
}
