//! The rows of the campaigns to judge.

use crate::app::App;
use crate::db;
use crate::failure::Answer;
use crate::settle::scan::hash_type;
use crate::window::micros;
use pgrx::prelude::*;
use promo_guard_core::attempt::CodeHash;
use promo_guard_core::classify::{Campaign, Status, same_hashes};
use promo_guard_core::policy::Policy;
use std::collections::HashMap;

/// A campaign with what is shown of it.
pub struct Subject {
    /// What the verdict looks at.
    pub campaign: Campaign,
    /// Its name.
    pub name: Option<String>,
    /// Its status as the application spells it.
    pub status: String,
    /// Its code.
    pub code: Option<CodeHash>,
    /// Its last edit.
    pub updated_at: Option<TimestampWithTimeZone>,
}

impl Subject {
    /// Whether it is paused.
    pub fn is_paused(&self) -> bool {
        self.campaign.status == Status::Paused
    }
}

/// Those of these ids.
pub fn of(app: &App, policy: &Policy, ids: Vec<i64>) -> Answer<Vec<Subject>> {
    read(app, policy, ids, None)
}

/// Those that are paused, and those of these codes.
pub fn paused_or_of(app: &App, policy: &Policy, codes: &[CodeHash]) -> Answer<Vec<Subject>> {
    read(app, policy, Vec::new(), Some(codes))
}

fn read(app: &App, policy: &Policy, ids: Vec<i64>, codes: Option<&[CodeHash]>) -> Answer<Vec<Subject>> {
    let sql = include_str!("../../../sql/query/classify/campaigns.sql")
        .replace(":hash_among", same_hashes(&hash_type()?));
    let hashes: Vec<String> = codes.unwrap_or_default().iter().map(ToString::to_string).collect();
    let mut subjects = app.read(&sql, &[ids.into(), codes.is_some().into(), hashes.into()], |row| {
        let time = |column| row.get::<TimestampWithTimeZone>(column).map(|at| at.map(micros));
        let status = db::text(row, 3)?;
        Ok(Subject {
            campaign: Campaign {
                id: db::number(row, 1)?,
                status: Status::read(&status),
                valid_from: time(5)?,
                valid_until: time(6)?,
                max_total_uses: row.get(7)?,
                used_total: row.get(8)?,
                scope: row.get(9)?,
                scope_known: None,
                new_users_only: row.get(10)?,
                first_purchase_only: row.get(11)?,
                batch: 1,
            },
            name: row.get(2)?,
            status,
            code: row.get::<String>(4)?.map(|hash| CodeHash::read(hash.trim_end_matches(' '))),
            updated_at: row.get(12)?,
        })
    })?;
    scopes(app, policy, &mut subjects)?;
    batches(app, &mut subjects)?;
    Ok(subjects)
}

/// Which scopes are known: those of policy, else those that another campaign has too.
fn scopes(app: &App, policy: &Policy, subjects: &mut [Subject]) -> Answer<()> {
    let known = policy.known_scopes();
    let mut asked: Vec<String> = subjects.iter().filter_map(|s| s.campaign.scope.clone()).collect();
    asked.sort_unstable();
    asked.dedup();
    let mut in_use: HashMap<String, (i64, i64)> = HashMap::new();
    if known.is_empty() && !asked.is_empty() {
        let rows =
            app.read(include_str!("../../../sql/query/classify/scopes.sql"), &[asked.into()], |row| {
                Ok((db::text(row, 1)?, (db::number(row, 2)?, db::number(row, 3)?)))
            })?;
        in_use.extend(rows);
    }
    for subject in subjects {
        let Some(scope) = &subject.campaign.scope else { continue };
        subject.campaign.scope_known = if known.is_empty() {
            // With a handful of campaigns a scope of its own is nothing odd.
            in_use.get(scope).filter(|(_, all)| *all >= 5).map(|(with_it, _)| *with_it > 1)
        } else {
            Some(known.contains(scope))
        };
    }
    Ok(())
}

fn batches(app: &App, subjects: &mut [Subject]) -> Answer<()> {
    let mut names: Vec<String> = subjects.iter().filter_map(|s| s.name.clone()).collect();
    names.sort_unstable();
    names.dedup();
    let rows = app.read(include_str!("../../../sql/query/classify/batches.sql"), &[names.into()], |row| {
        Ok((db::text(row, 1)?, db::number(row, 2)?))
    })?;
    let codes: HashMap<String, i64> = rows.into_iter().collect();
    for subject in subjects {
        subject.campaign.batch = subject.name.as_ref().and_then(|name| codes.get(name)).copied().unwrap_or(1);
    }
    Ok(())
}
