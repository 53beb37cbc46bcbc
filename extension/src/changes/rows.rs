//! Which rows of the campaigns' table are changed: by the application's own key, never by a number alone that is made of it.

use crate::app::App;
use crate::db::{self, Row};
use crate::failure::{Answer, report};
use crate::keys::Keys;
use pgrx::datum::DatumWithOid;
use pgrx::spi::SpiResult;
use promo_guard_core::{Refusal, SqlState};
use std::collections::HashMap;

/// Some rows of the table.
pub struct Rows {
    /// The condition on the table's row `t`; its parameter is $1.
    pub condition: String,
    /// What a statement gives first so that [`Rows::id`] knows the campaign.
    pub shown: String,
    by: By,
}

enum By {
    Id(i64),
    Ids(Vec<i64>),
    /// Keys, with the ids that the view shows for them.
    Keys(Vec<String>, HashMap<String, i64>),
}

impl Rows {
    /// The row of this id in a column.
    pub fn of_id(column: &str, id: i64) -> Self {
        let condition = format!("t.{column} = $1");
        Self { condition, shown: format!("t.{column}::bigint"), by: By::Id(id) }
    }

    /// The rows of these ids.
    pub fn of_ids(column: &str, ids: &[i64]) -> Self {
        let condition = format!("t.{column} = ANY ($1)");
        Self { condition, shown: format!("t.{column}::bigint"), by: By::Ids(ids.to_vec()) }
    }

    /// The rows whose keys these numbers are made of; `key_type` casts a list of texts to a list of keys.
    ///
    /// # Errors
    /// 02000 where one does not exist; 55000 where several have one number.
    pub fn of_keys(app: &App, column: &str, key_type: &str, ids: &[i64]) -> Answer<Self> {
        let known = Keys::of(app, ids.iter().copied())?;
        let (mut keys, mut missing, mut of) = (Vec::new(), Vec::new(), HashMap::with_capacity(ids.len()));
        for id in ids {
            match known.find(*id) {
                Some(key) => {
                    keys.push(key.to_owned());
                    of.insert(key.to_owned(), *id);
                }
                None => missing.push(*id),
            }
        }
        if !missing.is_empty() {
            return Err(report(no_campaigns(&missing)));
        }
        let condition = format!("t.{column} = ANY ($1{key_type})");
        Ok(Self { condition, shown: format!("t.{column}::text"), by: By::Keys(keys, of) })
    }

    /// The condition's parameter.
    pub fn argument(&self) -> DatumWithOid<'static> {
        match &self.by {
            By::Id(id) => (*id).into(),
            By::Ids(ids) => ids.clone().into(),
            By::Keys(keys, _) => keys.clone().into(),
        }
    }

    /// The id of a row.
    pub fn id(&self, row: &Row<'_>) -> SpiResult<i64> {
        match &self.by {
            By::Keys(_, ids) => Ok(ids.get(&db::text(row, 1)?).copied().unwrap_or_default()),
            By::Id(_) | By::Ids(_) => db::number(row, 1),
        }
    }
}

/// A few ids for a message.
pub fn some_of(ids: &[i64]) -> String {
    let shown: Vec<String> = ids.iter().take(5).map(i64::to_string).collect();
    let more = if ids.len() > 5 { format!(" and {} more", ids.len() - 5) } else { String::new() };
    format!("{}{more}", shown.join(", "))
}

/// The refusal of an id that no campaign has.
pub fn no_campaign(id: i64) -> Refusal {
    Refusal::new(SqlState::NoData, format!("no campaign with id {id}"))
        .detail("A campaign is given by its id.")
        .hint("SELECT campaign_id, campaign_name FROM promo_guard.paused_campaigns(max_rows => NULL);")
}

/// The refusal of ids that no campaigns have.
pub fn no_campaigns(missing: &[i64]) -> Refusal {
    if let [only] = missing {
        return no_campaign(*only);
    }
    Refusal::new(SqlState::NoData, format!("no campaigns with {} of these ids", missing.len()))
        .detail(format!("Unknown ids: {}. Nothing was changed.", some_of(missing)))
        .hint("SELECT * FROM promo_guard.campaign_batch('name of the campaign');")
}
