//! The rows of the campaigns to judge.

use crate::app::App;
use crate::clusters::{self, Reading, Tried};
use crate::db;
use crate::failure::Answer;
use crate::window::micros;
use pgrx::prelude::*;
use promo_guard_core::attempt::CodeHash;
use promo_guard_core::classify::{Campaign, Status};
use promo_guard_core::policy::Policy;
use std::collections::HashMap;

/// A campaign with what is shown of it.
pub struct Subject {
    /// What the verdict looks at.
    pub campaign: Campaign,
    /// Its name.
    pub name: Option<String>,
    /// First characters of its code.
    pub prefix: Option<String>,
    /// Its status as the application spells it.
    pub status: String,
    /// Its code.
    pub code: Option<CodeHash>,
    /// The place of that in the picture of the window, where it was looked for.
    pub place: Option<u32>,
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
    let mut subjects: Vec<Subject> = clusters::by_id(app, ids, false)?.iter().map(Subject::from).collect();
    scopes(app, policy, &mut subjects)?;
    Ok(subjects)
}

/// Those that are paused, and those whose codes were tried.
pub fn paused_or_tried(reading: &Reading) -> Answer<Vec<Subject>> {
    let Reading { app, policy, tried, .. } = reading;
    let mut subjects: Vec<Subject> =
        clusters::by_id(app, Vec::new(), true)?.iter().map(Subject::from).collect();
    subjects.extend(tried.iter().filter(|tried| !tried.paused).map(Subject::from));
    subjects.sort_by_key(|subject| subject.campaign.id);
    scopes(app, policy, &mut subjects)?;
    Ok(subjects)
}

impl From<&Tried> for Subject {
    fn from(tried: &Tried) -> Self {
        let status = tried.status.as_deref().unwrap_or_default().to_owned();
        Self {
            campaign: Campaign {
                id: tried.id.unwrap_or_default(),
                status: Status::read(&status),
                valid_from: tried.valid_from.map(micros),
                valid_until: tried.valid_until.map(micros),
                max_total_uses: tried.max_total_uses,
                used_total: tried.used_total,
                scope: tried.scope.as_deref().map(str::to_owned),
                scope_known: None,
                new_users_only: tried.new_users_only,
                first_purchase_only: tried.first_purchase_only,
                batch: 1,
            },
            name: tried.name.clone(),
            prefix: tried.prefix.clone(),
            status,
            code: tried.code.clone(),
            place: tried.place,
            updated_at: tried.updated_at,
        }
    }
}

/// With a handful of campaigns a scope of its own is nothing odd: so many there must be.
const ENOUGH: usize = 5;

/// Which scopes are known: those of policy, else those that another campaign has too.
fn scopes(app: &App, policy: &Policy, subjects: &mut [Subject]) -> Answer<()> {
    let known = policy.known_scopes();
    if !known.is_empty() {
        for campaign in subjects.iter_mut().map(|subject| &mut subject.campaign) {
            campaign.scope_known = campaign.scope.as_ref().map(|scope| known.contains(scope));
        }
        return Ok(());
    }
    let mut here: HashMap<&str, usize> = HashMap::new();
    for scope in subjects.iter().filter_map(|s| s.campaign.scope.as_deref()) {
        *here.entry(scope).or_default() += 1;
    }
    // Two of these have it: nobody needs to be asked.
    let shared = |with_it: usize| subjects.len() >= ENOUGH && with_it > 1;
    let mut asked: Vec<String> =
        here.iter().filter(|(_, n)| !shared(**n)).map(|(scope, _)| (*scope).to_owned()).collect();
    asked.sort_unstable();
    let mut in_use: HashMap<String, (i64, i64)> = HashMap::new();
    if !asked.is_empty() {
        let rows = app.read(
            include_str!("../../../sql/query/classify/scopes.sql"),
            &[asked.clone().into()],
            |row| Ok((db::text(row, 1)?, (db::number(row, 2)?, db::number(row, 3)?))),
        )?;
        in_use.extend(rows);
    }
    for campaign in subjects.iter_mut().map(|subject| &mut subject.campaign) {
        let Some(scope) = &campaign.scope else { continue };
        campaign.scope_known = if asked.binary_search(scope).is_ok() {
            in_use.get(scope).filter(|(_, all)| *all >= ENOUGH as i64).map(|(with_it, _)| *with_it > 1)
        } else {
            Some(true)
        };
    }
    Ok(())
}

/// How many codes share each of these names.
pub fn batches(app: &App, names: Vec<String>) -> Answer<HashMap<String, i64>> {
    if names.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = app.read(include_str!("../../../sql/query/classify/batches.sql"), &[names.into()], |row| {
        Ok((db::text(row, 1)?, db::number(row, 2)?))
    })?;
    Ok(rows.into_iter().collect())
}
