//! The campaigns that stand out of a million: those that are PAUSED, and those made or edited lately. Whatever a call has to say of
//! such campaigns, it reads the table once.

use crate::app::App;
use crate::classify::Edit;
use crate::db;
use crate::failure::Answer;
use crate::window::{Window, micros, moment};
use pgrx::prelude::*;
use promo_guard_core::Micros;

/// A campaign that stands out.
#[derive(Clone)]
pub struct Standing {
    /// Its id.
    pub id: i64,
    /// Its status as the application spells it, without blanks at its end.
    pub status: Option<String>,
    /// Whether the database takes that for PAUSED.
    pub paused: bool,
    /// When it was made.
    pub created_at: Option<TimestampWithTimeZone>,
    /// Its last edit.
    pub updated_at: Option<TimestampWithTimeZone>,
    name: Option<String>,
}

impl Standing {
    /// Those that are PAUSED, made or edited since a moment.
    ///
    /// # Errors
    /// As [`App::read`].
    pub fn since(app: &App, since: Micros) -> Answer<Vec<Self>> {
        app.read(include_str!("../../../sql/query/triage/standing.sql"), &[moment(since).into()], |row| {
            Ok(Self {
                id: db::number(row, 1)?,
                status: row.text(2)?,
                paused: db::flag(row, 3)?,
                created_at: row.get(4)?,
                updated_at: row.get(5)?,
                name: row.text(6)?,
            })
        })
    }

    /// Whether it was made or edited in a window.
    pub fn changed_in(&self, window: &Window) -> bool {
        self.edited_in(window) || within(self.created_at, window)
    }

    /// Whether its last edit was in a window.
    pub fn edited_in(&self, window: &Window) -> bool {
        within(self.updated_at, window)
    }
}

fn within(at: Option<TimestampWithTimeZone>, window: &Window) -> bool {
    at.is_some_and(|at| at >= window.from && at <= window.until)
}

/// The ids and last edits of those that are PAUSED.
pub fn paused(standing: &[Standing]) -> Vec<(i64, Option<Micros>)> {
    standing.iter().filter(|s| s.paused).map(|s| (s.id, s.updated_at.map(micros))).collect()
}

/// The last edits of those that are PAUSED.
pub fn edits(standing: &[Standing]) -> Vec<Edit> {
    let paused = standing.iter().filter(|s| s.paused);
    paused.filter_map(|s| Some((micros(s.updated_at?), s.id, s.name.clone()))).collect()
}
