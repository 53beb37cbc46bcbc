//! Keys of campaigns whose ids are numbers made of them.

use crate::app::App;
use crate::db;
use crate::failure::{Answer, report};
use promo_guard_core::binding::KEY;
use promo_guard_core::{Refusal, SqlState};
use std::collections::HashMap;

/// The keys of some campaigns. Where ids are the application's own, a key is the id as text.
#[derive(Default)]
pub struct Keys(HashMap<i64, String>);

impl Keys {
    /// Of these campaigns. Nothing is read where ids are the application's own.
    ///
    /// # Errors
    /// 55000 where two campaigns share a number.
    pub fn of(app: &App, ids: impl IntoIterator<Item = i64>) -> Answer<Self> {
        if !app.keyed() {
            return Ok(Self::default());
        }
        let mut ids: Vec<i64> = ids.into_iter().collect();
        if ids.is_empty() {
            return Ok(Self::default());
        }
        ids.sort_unstable();
        ids.dedup();
        let rows = app.read(include_str!("../../sql/query/setup/keys_of.sql"), &[ids.into()], |row| {
            Ok((db::number(row, 1)?, db::text(row, 2)?))
        })?;
        let mut keys = HashMap::with_capacity(rows.len());
        for (id, key) in rows {
            if let Some(other) = keys.insert(id, key.clone()) {
                return Err(report(collision(id, &[other, key])));
            }
        }
        Ok(Self(keys))
    }

    /// The key of a campaign that is there.
    pub fn key(&self, id: i64) -> String {
        self.find(id).map_or_else(|| id.to_string(), str::to_owned)
    }

    /// The key of a campaign; none where there is no such campaign.
    pub fn find(&self, id: i64) -> Option<&str> {
        self.0.get(&id).map(String::as_str)
    }
}

/// The number of a key, as the adapter views show it.
pub fn number_of(key: &str) -> Answer<i64> {
    let numbers = numbers_of(&[key.to_owned()])?;
    Ok(numbers.first().copied().unwrap_or_default())
}

/// The numbers of keys, in their order.
pub fn numbers_of(keys: &[String]) -> Answer<Vec<i64>> {
    db::read(
        "SELECT promo_guard.key_number(k.key) FROM unnest($1::text[]) WITH ORDINALITY AS k (key, place) ORDER BY k.place",
        &[keys.to_vec().into()],
        |row| db::number(row, 1),
    )
}

/// The refusal of a number that several campaigns have.
pub fn collision(id: i64, keys: &[String]) -> Refusal {
    let keys: Vec<String> = keys.iter().take(5).map(|key| format!("\"{key}\"")).collect();
    Refusal::new(
        SqlState::ObjectNotInPrerequisiteState,
        format!("{} campaigns share the number {id}, which is made of their keys", keys.len()),
    )
    .detail(format!("Their keys are {}. The number does not say which one is meant.", keys.join(", ")))
    .hint(format!(
        "Give one of them another key in the application's table. SELECT id, {KEY} FROM promo_guard.campaigns WHERE id = {id};"
    ))
}
