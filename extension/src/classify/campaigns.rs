//! The rows of the campaigns to judge.

use crate::app::App;
use crate::clusters::{self, Reading, Tried};
use crate::db;
use crate::failure::Answer;
use crate::window::micros;
use pgrx::prelude::*;
use promo_guard_core::Micros;
use promo_guard_core::attempt::CodeHash;
use promo_guard_core::classify::{Row, Status};
use std::collections::HashMap;

/// The last edit of a campaign, with its id and name.
pub type Edit = (Micros, i64, Option<String>);

/// A campaign with what is shown of it.
#[derive(Clone)]
pub struct Subject {
    /// Its row, as the verdict sees it.
    pub campaign: Row,
    /// Its name.
    pub name: Option<String>,
    /// First characters of its code.
    pub prefix: Option<String>,
    /// Its status as the application spells it.
    pub status: String,
    /// Its code.
    pub code: Option<CodeHash>,
    /// The place of that in the attempt window, where it was looked for.
    pub place: Option<u32>,
    /// Its last edit.
    pub updated_at: Option<TimestampWithTimeZone>,
    /// The batch that it stands for: all codes of this name are judged as one campaign.
    pub batch: Option<String>,
}

impl Subject {
    /// Whether it is paused.
    pub fn is_paused(&self) -> bool {
        self.campaign.status == Status::Paused
    }

    /// Its last edit.
    pub fn edit(&self) -> Option<Edit> {
        Some((micros(self.updated_at?), self.campaign.id, self.name.clone()))
    }
}

/// Those of these ids.
pub fn of(app: &App, ids: Vec<i64>) -> Answer<Vec<Subject>> {
    Ok(clusters::by_id(app, ids, false)?.iter().map(Subject::from).collect())
}

/// Those that are paused, and those whose codes were tried. `paused`: the ids of the paused ones, where they are known.
pub fn paused_or_tried(reading: &Reading, paused: Option<Vec<i64>>) -> Answer<Vec<Subject>> {
    let unknown = paused.is_none();
    let paused = clusters::by_id(&reading.app, paused.unwrap_or_default(), unknown)?;
    let mut subjects: Vec<Subject> = paused.iter().map(Subject::from).collect();
    subjects.extend(reading.tried.iter().filter(|tried| !tried.paused).map(Subject::from));
    subjects.sort_by_key(|subject| subject.campaign.id);
    Ok(subjects)
}

/// Those of these campaigns that were tried.
pub fn tried(reading: &Reading, ids: &[i64]) -> Vec<Subject> {
    let wanted = |tried: &&Tried| tried.id.is_some_and(|id| ids.contains(&id));
    reading.tried.iter().filter(wanted).map(Subject::from).collect()
}

impl From<&Tried> for Subject {
    fn from(tried: &Tried) -> Self {
        let status = tried.status.as_deref().unwrap_or_default().to_owned();
        Self {
            campaign: Row {
                id: tried.id.unwrap_or_default(),
                status: Status::read(&status),
                valid_from: tried.valid_from.map(micros),
                valid_until: tried.valid_until.map(micros),
                max_total_uses: tried.max_total_uses,
                used_total: tried.used_total,
                scope: tried.scope.clone(),
                new_users_only: tried.new_users_only,
                first_purchase_only: tried.first_purchase_only,
            },
            name: tried.name.clone(),
            prefix: tried.prefix.clone(),
            status,
            code: tried.code.clone(),
            place: tried.place,
            updated_at: tried.updated_at,
            batch: None,
        }
    }
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
