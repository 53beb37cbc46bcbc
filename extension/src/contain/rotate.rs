//! Rotation: for each leaked code a successor, a copy of the whole row with another code, paused like the old one, which stays so
//! for good. Set by set and not row by row: a batch may be a hundred thousand codes.

mod columns;
mod input;
mod successors;

use crate::app::RunAs;
use crate::changes::some_of;
use crate::failure::{Answer, report, written};
use crate::keys::{self, Keys};
use crate::window::moment;
use crate::{changes, db, records};
use columns::Columns;
use input::Wanted;
use pgrx::prelude::*;
use promo_guard_core::campaign::PAUSED;
use promo_guard_core::words::{counted, number};
use promo_guard_core::{Refusal, SqlState};
use serde_json::json;
use std::collections::HashMap;

/// Ids that the log of an action names; the table `rotation` has all.
const NAMED: usize = 100;

/// A campaign as it stands under the lock.
struct Old {
    status: Option<String>,
    limit: Option<i64>,
    /// What may still be used of it; none = no limit.
    remaining: Option<i64>,
    rotated_into: Option<i64>,
    name: Option<String>,
}

#[pg_extern(sql = false)]
fn rotate(
    campaign_ids: Option<Vec<Option<i64>>>,
    code_hashes: Option<Vec<Option<String>>>,
    code_prefixes: Option<Vec<Option<String>>>,
    reason: Option<&str>,
    new_ids: Option<Vec<Option<i64>>>,
) -> crate::failure::returned::Result<
    TableIterator<
        'static,
        (
            name!(old_campaign_id, i64),
            name!(new_campaign_id, i64),
            name!(status, Option<String>),
            name!(max_total_uses, Option<i64>),
            name!(action_id, i64),
            name!(new_campaign_key, String),
        ),
    >,
> {
    changes::allowed()?;
    let _settings = changes::Settings::lock_timeout();
    let reason = changes::reason(reason)?;
    let wanted = Wanted::read(campaign_ids, code_hashes, code_prefixes, new_ids)?;
    let campaigns = changes::Campaigns::open()?;
    let columns = Columns::read(&campaigns)?;

    let old_rows = campaigns.rows_of(&wanted.old)?;
    campaigns.lock_all(&wanted.old)?;
    let old = standing(&campaigns, &wanted.old)?;
    judge(&wanted.old, &old)?;
    let remaining: Vec<Option<i64>> = wanted.old.iter().map(|id| old[id].remaining).collect();
    if remaining.iter().any(Option::is_some) {
        columns.limit(&campaigns)?;
    }
    let new_keys = match (&wanted.new, campaigns.key_type()) {
        (_, None) => None,
        (Some(_), Some(_)) => return Err(report(ids_are_numbers())),
        (None, Some(_)) => Some(columns.fresh_keys(&campaigns, &wanted.hashes)?),
    };
    let new_ids = match (&wanted.new, &new_keys) {
        (_, Some(keys)) => keys::numbers_of(keys)?,
        (Some(ids), None) => ids.clone(),
        (None, None) => columns.fresh_ids(&campaigns, wanted.old.len())?,
    };
    not_taken(&campaigns, &wanted.hashes, &new_ids)?;

    let at = db::clock();
    let copy = columns.copy_sql(&campaigns)?;
    let inserted = written(campaigns.table(), || {
        let _as_owner = RunAs::restricted(campaigns.owner());
        let _path = changes::Settings::search_path(campaigns.path());
        db::run(
            &copy,
            &[
                old_rows.argument(),
                columns.hashes_as_stored(&wanted.hashes).into(),
                wanted.prefixes.clone().into(),
                new_keys.clone().map_or_else(|| new_ids.clone().into(), Into::into),
                remaining.clone().into(),
                at.into(),
            ],
            |_| Ok(()),
        )
    })?;
    let successors = successors::verify(&campaigns, inserted.len(), &wanted.hashes, &new_ids, &remaining)?;

    let mut names: Vec<&str> = wanted.old.iter().filter_map(|id| old[id].name.as_deref()).collect();
    names.sort_unstable();
    names.dedup();
    names.truncate(NAMED);
    let pairs: Vec<_> = wanted
        .old
        .iter()
        .zip(&new_ids)
        .take(NAMED)
        .map(|(old, new)| json!({ "old": old.to_string(), "new": new.to_string() }))
        .collect();
    let action_id = records::Action {
        action: "rotate",
        // Its row is locked, so its chain may be written to; a batch has none of its own.
        campaign_id: if let [only] = wanted.old[..] { Some(only) } else { None },
        decision: "ROTATED",
        reason: Some(reason),
        before: Some(json!({ "campaigns": wanted.old.len(), "campaign_names": names })),
        after: Some(json!({ "status": PAUSED, "successors": wanted.old.len(), "rotation": pairs })),
        ..Default::default()
    }
    .record()?;
    db::execute(
        include_str!("../../../sql/query/contain/record_rotation.sql"),
        &[wanted.old.clone().into(), new_ids.clone().into(), at.into(), action_id.into()],
    )?;
    let keys = Keys::of(campaigns.app(), new_ids.iter().copied())?;
    let rows: Vec<_> = wanted
        .old
        .into_iter()
        .zip(new_ids)
        .map(|(old, new)| {
            (
                old,
                new,
                Some(PAUSED.to_owned()),
                successors.get(&new).copied().flatten(),
                action_id,
                keys.key(new),
            )
        })
        .collect();
    Ok(TableIterator::new(rows))
}

fn ids_are_numbers() -> Refusal {
    Refusal::new(SqlState::InvalidParameterValue, "new_ids cannot be given where ids are made of keys")
        .detail("The application's campaigns have keys, uuid or text; a successor gets one from the column's default, else a random one.")
        .hint("Leave new_ids out, or give the column a default.")
}

/// The campaigns as the adapter views show them, under the lock.
fn standing(campaigns: &changes::Campaigns, ids: &[i64]) -> Answer<HashMap<i64, Old>> {
    let mut old: HashMap<i64, Old> = HashMap::with_capacity(ids.len());
    campaigns.app().read(
        include_str!("../../../sql/query/contain/standing.sql"),
        &[ids.to_vec().into(), db::clock().into()],
        |row| {
            let (limit, used, open) =
                (row.get::<i64>(3)?, row.get::<i64>(4)?.unwrap_or(0), db::number(row, 5)?);
            let remaining = limit.map(|limit| limit.saturating_sub(used).saturating_sub(open));
            let campaign =
                Old { status: row.get(2)?, limit, remaining, rotated_into: None, name: row.get(6)? };
            old.insert(db::number(row, 1)?, campaign);
            Ok(())
        },
    )?;
    db::read(
        "SELECT r.old_campaign_id, r.new_campaign_id FROM promo_guard.rotation AS r WHERE r.old_campaign_id = ANY ($1)",
        &[ids.to_vec().into()],
        |row| {
            if let Some(campaign) = old.get_mut(&db::number(row, 1)?) {
                campaign.rotated_into = row.get(2)?;
            }
            Ok(())
        },
    )?;
    Ok(old)
}

/// Whether all of them can be rotated.
fn judge(ids: &[i64], old: &HashMap<i64, Old>) -> Answer<()> {
    let those = |wrong: &dyn Fn(&Old) -> bool| -> Vec<i64> {
        ids.iter().copied().filter(|id| old.get(id).is_none_or(wrong)).collect()
    };
    let refuse = |which: &[i64], what: &str, detail: &str, hint: &str| {
        Err(report(
            Refusal::new(
                SqlState::ObjectNotInPrerequisiteState,
                format!("cannot rotate {} of {}: {what}", which.len(), counted(ids.len() as i64, "campaign")),
            )
            .detail(format!("Campaigns: {}. {detail} Nothing was changed.", some_of(which)))
            .hint(hint),
        ))
    };
    let rotated = those(&|c| c.rotated_into.is_some());
    if !rotated.is_empty() {
        return refuse(
            &rotated,
            "rotated before",
            "A leaked code has one successor.",
            "SELECT old_campaign_id, new_campaign_id FROM promo_guard.rotation;",
        );
    }
    let not_paused = those(&|c| c.status.as_deref() != Some(PAUSED));
    if !not_paused.is_empty() {
        return refuse(
            &not_paused,
            "not paused",
            "Pause leaked codes first, so that they cannot be used while they are replaced.",
            &format!("SELECT * FROM promo_guard.pause({}, 'leaked');", not_paused[0]),
        );
    }
    let used_up = those(&|c| c.remaining.is_some_and(|n| n <= 0));
    if !used_up.is_empty() {
        let first = &old[&used_up[0]];
        let limit = first.limit.unwrap_or_default();
        return refuse(
            &used_up,
            "no uses left",
            &format!(
                "The limit of the first one, {limit}, is used or reserved, so its successor could not be used."
            ),
            "Leave them out: SELECT campaign_id FROM promo_guard.campaign_batch('name of the campaign') WHERE remaining IS NULL OR remaining > 0;",
        );
    }
    Ok(())
}

/// Whether hashes and ids are free.
fn not_taken(campaigns: &changes::Campaigns, hashes: &[String], new_ids: &[i64]) -> Answer<()> {
    let taken = campaigns.app().read(
        include_str!("../../../sql/query/contain/taken.sql"),
        &[hashes.to_vec().into(), new_ids.to_vec().into()],
        |row| Ok((db::number(row, 1)?, db::flag(row, 2)?)),
    )?;
    let Some((_, by_hash)) = taken.first() else { return Ok(()) };
    let ids: Vec<i64> = taken.iter().filter(|(_, hash)| hash == by_hash).map(|(id, _)| *id).collect();
    let (one, many, hint) = if *by_hash {
        ("code is in use", "codes are in use", "Make new codes; a code belongs to one campaign.")
    } else {
        ("new id is in use", "new ids are in use", "Give ids that are free, or none: new_ids => NULL.")
    };
    Err(report(
        Refusal::new(SqlState::UniqueViolation, number(ids.len() as i64, one, many))
            .detail(format!("Campaigns that use them: {}. Nothing was changed.", some_of(&ids)))
            .hint(hint),
    ))
}

/// The uses left of each code of a batch, before its rotation.
#[pg_extern(sql = false)]
fn campaign_batch(
    campaign_name: Option<&str>,
) -> crate::failure::returned::Result<
    TableIterator<
        'static,
        (
            name!(campaign_id, i64),
            name!(code_prefix, Option<String>),
            name!(status, Option<String>),
            name!(max_total_uses, Option<i64>),
            name!(used_total, Option<i64>),
            name!(open_reservations, i64),
            name!(remaining, Option<i64>),
            name!(rotated_into, Option<i64>),
            name!(rotated_from, Option<i64>),
            name!(campaign_key, String),
        ),
    >,
> {
    records::fits()?;
    let campaign_name = changes::campaign_name(campaign_name)?;
    let app = crate::app::App::open(&[
        promo_guard_core::binding::Entity::Campaigns,
        promo_guard_core::binding::Entity::Redemptions,
    ])?;
    let now = moment(crate::window::micros(db::clock()));
    let rows = app.read(
        include_str!("../../../sql/query/contain/batch.sql"),
        &[campaign_name.into(), now.into()],
        |row| {
            let (limit, used, open) = (row.get::<i64>(4)?, row.get::<i64>(5)?, db::number(row, 6)?);
            let remaining =
                limit.map(|limit| limit.saturating_sub(used.unwrap_or(0)).saturating_sub(open).max(0));
            Ok((db::number(row, 1)?, row.get(2)?, row.get(3)?, limit, used, open, remaining))
        },
    )?;
    let ids: Vec<i64> = rows.iter().map(|row| row.0).collect();
    let keys = Keys::of(&app, ids.iter().copied())?;
    let (mut into, mut from) = (HashMap::new(), HashMap::new());
    db::read(
        "SELECT r.old_campaign_id, r.new_campaign_id FROM promo_guard.rotation AS r WHERE r.old_campaign_id = ANY ($1) OR r.new_campaign_id = ANY ($1)",
        &[ids.into()],
        |row| {
            let (old, new) = (db::number(row, 1)?, db::number(row, 2)?);
            into.insert(old, new);
            from.insert(new, old);
            Ok(())
        },
    )?;
    Ok(TableIterator::new(rows.into_iter().map(move |(id, prefix, status, limit, used, open, remaining)| {
        let lineage = |known: &HashMap<i64, i64>| known.get(&id).copied();
        (id, prefix, status, limit, used, open, remaining, lineage(&into), lineage(&from), keys.key(id))
    })))
}
