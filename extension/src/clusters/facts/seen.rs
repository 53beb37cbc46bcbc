//! Who and what was seen long before the window.

use crate::app::App;
use crate::db;
use crate::failure::Answer;
use crate::settle::scan::{hash_type_of, lacking};
use crate::window::{micros, moment};
use pgrx::prelude::*;
use promo_guard_core::attempt::CodeHash;
use promo_guard_core::binding::Entity;
use promo_guard_core::clusters::{Closest, Picture, Seen};
use promo_guard_core::settle::hash_as;
use promo_guard_core::{Micros, Span};

/// Seen before this is seen long before.
const APART: Span = Span::from_minutes(120);

/// The answers to what is asked of a window that begins at `from`. Attempts are read `reach` further back.
pub fn seen(app: &App, picture: &Picture, asked: Closest, from: Micros, reach: Span) -> Answer<Seen> {
    let before: TimestampWithTimeZone = moment(from.saturating_sub(APART.micros()));
    let since = moment(micros(before).saturating_sub(reach.micros()));
    let mut seen = Seen::default();
    if !asked.users.is_empty() {
        let users = asked.users.clone();
        seen.users = if lacking()?.lacks("redemptions.user_id") {
            let sql = include_str!("../../../../sql/query/clusters/seen_users_by_attempts.sql");
            app.read(sql, &[users.into(), before.into(), since.into()], |row| db::number(row, 1))?
        } else {
            let sql = include_str!("../../../../sql/query/clusters/seen_users.sql");
            app.read(sql, &[users.into(), before.into()], |row| db::number(row, 1))?
        };
        seen.asked = asked.users;
    }
    if !asked.codes.is_empty() {
        let sql = include_str!("../../../../sql/query/clusters/seen_codes.sql")
            .replace("@hash@", hash_as(&hash_type_of(Entity::Attempts)?));
        let codes = asked.codes.iter().filter_map(|place| picture.codes.get(*place as usize));
        let hashes: Vec<String> = codes.map(ToString::to_string).collect();
        let found = app.read(&sql, &[hashes.into(), before.into(), since.into()], |row| db::text(row, 1))?;
        seen.codes = found.iter().filter_map(|hash| picture.find(&CodeHash::read(hash))).collect();
        seen.codes.sort_unstable();
    }
    Ok(seen)
}
