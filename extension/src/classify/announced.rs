//! The promotions announced for the campaigns to judge.

use super::campaigns::Subject;
use crate::db;
use crate::failure::Answer;
use crate::window::{Window, micros};
use pgrx::prelude::*;
use promo_guard_core::Micros;
use promo_guard_core::classify::Announcement;
use std::collections::HashMap;

/// An announcement, and what it is for: a campaign or the name of a batch.
pub type Announced = (Option<i64>, Option<String>, Announcement);

/// Those for these campaigns and names, as known at a moment.
///
/// # Errors
/// As [`db::read`].
pub fn read(ids: Vec<i64>, names: Vec<String>, at: TimestampWithTimeZone) -> Answer<Vec<Announced>> {
    db::read(
        include_str!("../../../sql/query/classify/announced.sql"),
        &[ids.into(), names.into(), at.into()],
        |row| {
            let time = |column| row.get::<TimestampWithTimeZone>(column);
            let announcement = Announcement {
                from: time(3)?.map_or(Micros::MIN, micros),
                until: time(4)?.map_or(Micros::MAX, micros),
                by: db::text(row, 5)?,
                note: db::text(row, 6)?,
            };
            Ok((row.get::<i64>(1)?, row.text(2)?, announcement))
        },
    )
}

/// Those of each campaign, by its id or by the name of its batch, in order of time.
pub fn of(window: &Window, subjects: &[Subject]) -> Answer<HashMap<i64, Vec<Announcement>>> {
    let ids: Vec<i64> = subjects.iter().map(|subject| subject.campaign.id).collect();
    let mut names: Vec<&str> = subjects.iter().filter_map(|subject| subject.name.as_deref()).collect();
    names.sort_unstable();
    names.dedup();
    let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
    let rows = read(ids, names, window.until)?;
    let mut found: HashMap<i64, Vec<Announcement>> = HashMap::new();
    for subject in subjects.iter().filter(|_| !rows.is_empty()) {
        let id = subject.campaign.id;
        let of = |(campaign, name, _): &&Announced| {
            *campaign == Some(id) || name.is_some() && *name == subject.name
        };
        let own: Vec<Announcement> = rows.iter().filter(of).map(|(.., a)| a.clone()).collect();
        if !own.is_empty() {
            found.insert(id, own);
        }
    }
    Ok(found)
}
