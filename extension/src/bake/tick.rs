//! Advancing bakes. However often and by whichever role it is called, each bake is decided once and its campaign paused once.
//!
//! A bake's row is taken for as long as its tick lasts, and skipped where another tick has it. The campaign's row is asked for
//! without waiting: an unpause holds it while it waits for the bake's row, so nothing here may wait for it.

use super::evidence::VIEWS;
use super::record::{Bake, Counted, Usual};
use super::verdict::Found;
use crate::app::{App, RunAs};
use crate::failure::Answer;
use crate::keys::Keys;
use crate::window::micros;
use crate::{changes, db, records};
use pgrx::JsonB;
use pgrx::prelude::*;
use promo_guard_core::Micros;
use promo_guard_core::bake::{OnRegression, State};
use promo_guard_core::campaign::{ACTIVE, PAUSED};
use promo_guard_core::policy::Policy;
use serde_json::json;
use std::time::Duration;

/// A tick that has nothing to say is noted no more often than this.
const NOTED: Micros = 5_000_000;
/// How often, and after what time each, the locked row of a campaign is tried: a redemption that is being applied
/// has it for an instant.
const TRIES: u32 = 20;
const PAUSE: Duration = Duration::from_millis(25);

#[pg_extern(sql = false)]
fn tick() -> crate::failure::returned::Result<
    TableIterator<
        'static,
        (name!(campaign_id, i64), name!(state, &'static str), name!(campaign_key, String)),
    >,
> {
    changes::allowed()?;
    let policy = records::policy()?;
    let app = App::open(&VIEWS)?;
    let mut changed = Vec::new();
    for candidate in Bake::read(None, true)? {
        pgrx::check_for_interrupts!();
        let had = db::run(include_str!("../../../sql/query/bake/lock.sql"), &[candidate.id.into()], |row| {
            db::text(row, 1)
        })?;
        if had.is_empty() {
            continue;
        }
        // As it is under the lock.
        let bakes = Bake::read(Some(candidate.campaign_id), true)?;
        let Some(mut bake) = bakes.into_iter().find(|b| b.id == candidate.id) else { continue };
        let mut state = if bake.running() { advance(&app, &mut bake, &policy)? } else { None };
        if bake.repause_due && repause(&bake)? {
            state = Some(State::Failed);
        }
        changed.extend(state.map(|state| (bake.campaign_id, state.name())));
    }
    let keys = Keys::of(&app, changed.iter().map(|(id, _)| *id))?;
    Ok(TableIterator::new(changed.into_iter().map(move |(id, state)| (id, state, keys.key(id)))))
}

/// Makes the looks that are due; gives the verdict, where there is one now.
fn advance(app: &App, bake: &mut Bake, policy: &Policy) -> Answer<Option<State>> {
    let now = micros(db::clock());
    let found = Found::look(app, bake, policy, now)?;
    let news = found.state != State::Running || found.looks != bake.looks || bake.baseline.is_none();
    if news || bake.ticked_at.is_none_or(|at| now.saturating_sub(micros(at)) > NOTED) {
        db::execute(
            include_str!("../../../sql/query/bake/ticked.sql"),
            &[
                bake.id.into(),
                found.usual.map(|usual| JsonB(Usual::to_json(usual))).into(),
                i32::try_from(found.looks).unwrap_or(i32::MAX).into(),
            ],
        )?;
    }
    if found.state == State::Running {
        return Ok(None);
    }
    bake.repause_due =
        found.state == State::Failed && found.active && bake.on_regression == OnRegression::Pause.name();
    let Counted { attempts, failures, users, failing_users, applied } = found.counted;
    db::execute(
        include_str!("../../../sql/query/bake/decide.sql"),
        &[
            bake.id.into(),
            found.state.name().into(),
            found.detail.as_str().into(),
            attempts.into(),
            failures.into(),
            users.into(),
            failing_users.into(),
            applied.into(),
            bake.repause_due.into(),
        ],
    )?;
    bake.detail = Some(found.detail);
    let payload = json!({
        "action_id": bake.action_id.to_string(),
        "action": "bake",
        "campaign_id": bake.campaign_id.to_string(),
        "decision": found.state.name(),
    });
    db::execute("SELECT pg_catalog.pg_notify('promo_guard', $1)", &[payload.to_string().into()])?;
    Ok(Some(found.state))
}

/// What came of a re-pause.
enum Repause {
    Done(TimestampWithTimeZone, i64),
    /// Another session locks the campaign's row.
    Busy,
    /// It is not ACTIVE any more, or gone.
    NotNeeded(String),
}

/// Pauses the campaign again, in the way that `pause` does; whether it did. What keeps it from happening is written down, and
/// keeps no other bake from its verdict.
fn repause(bake: &Bake) -> Answer<bool> {
    let outcome = db::attempt(|| {
        let _settings = changes::Settings::lock_timeout();
        let campaigns = changes::Campaigns::open()?;
        if !lock_at_once(&campaigns, bake.campaign_id)? {
            return Ok(Repause::Busy);
        }
        let mut locked = campaigns.lock(bake.campaign_id)?;
        if !locked.row().is(ACTIVE) {
            let status = locked.row().status.clone().unwrap_or_else(|| "null".to_owned());
            return Ok(Repause::NotNeeded(format!("It was {status} before it could be paused again.")));
        }
        let at = db::clock();
        locked.set_status(PAUSED, at)?;
        let reason = format!(
            "The bake after its unpause (action {}) failed: {}",
            bake.action_id,
            bake.detail.as_deref().unwrap_or_default()
        );
        let action_id = records::Action {
            action: "pause",
            campaign_id: Some(bake.campaign_id),
            decision: PAUSED,
            reason: Some(&reason),
            before: Some(json!({ "status": ACTIVE })),
            after: Some(json!({
                "status": PAUSED,
                "bake_id": bake.id.to_string(),
                "unpause_action_id": bake.action_id.to_string(),
                "asked_for_by": bake.began_by,
            })),
            ..Default::default()
        }
        .record()?;
        Ok(Repause::Done(at, action_id))
    })?;
    let (at, action_id, told) = match outcome {
        Ok(Repause::Done(at, id)) => (Some(at), Some(id), format!("It was paused again (action {id}).")),
        Ok(Repause::NotNeeded(told)) => (None, None, told),
        Ok(Repause::Busy) => return Ok(false),
        Err(message) => {
            db::execute(
                include_str!("../../../sql/query/bake/not_repaused.sql"),
                &[bake.id.into(), format!("It could not be paused again yet: {message}.").into()],
            )?;
            return Ok(false);
        }
    };
    db::execute(
        include_str!("../../../sql/query/bake/repaused.sql"),
        &[bake.id.into(), at.into(), action_id.into(), told.into()],
    )?;
    Ok(at.is_some())
}

/// The campaign's row, without waiting in a queue for it. One that is gone counts as had: the lock proper says so.
fn lock_at_once(campaigns: &changes::Campaigns, id: i64) -> Answer<bool> {
    let this = campaigns.row_of(id)?;
    let (table, condition) = (campaigns.table(), &this.condition);
    let had = format!("SELECT 1 FROM {table} AS t WHERE {condition} FOR NO KEY UPDATE SKIP LOCKED");
    let there = format!("SELECT 1 FROM {table} AS t WHERE {condition}");
    for _ in 0..TRIES {
        let as_owner = RunAs::restricted(campaigns.owner());
        let free = !db::run(&had, &[this.argument()], |_| Ok(()))?.is_empty()
            || db::run(&there, &[this.argument()], |_| Ok(()))?.is_empty();
        drop(as_owner);
        if free {
            return Ok(true);
        }
        std::thread::sleep(PAUSE);
        pgrx::check_for_interrupts!();
    }
    Ok(false)
}
