//! Changing one campaign: its row locked, the base table updated as its owner, the outcome made sure of.
//!
//! This is the one way to the application's campaigns' table (DESIGN, "How a call flows", 3), for pause, unpause, fix, rotate
//! and the tick. In order:
//!
//! ```text
//! changes::allowed()?;                          // 25001, 25006
//! let _settings = changes::Settings::lock_timeout();
//! let id = changes::campaign_id(campaign_id)?;  // 22004
//! let reason = changes::reason(reason)?;        // 22023
//! let campaigns = Campaigns::open()?;           // 55000, 42501
//! let mut locked = campaigns.lock(id)?;         // 02000, 55P03
//! let before = locked.row().clone();            // as it is under the lock
//! locked.set_status(PAUSED, db::clock())?;     // the base table, as its owner; verified
//! records::Action { action: "pause", campaign_id: Some(id), … }.record()?;
//! ```
//!
//! The lock lasts until the transaction ends, and orders the campaign's chain in the action log: record only under it.

use super::citus;
use super::rows::{Rows, no_campaign};
use super::settings::Settings;
use crate::app::{self, App, RunAs};
use crate::db;
use crate::failure::{Answer, OrReport, report, written};
use crate::keys::Keys;
use crate::setup::{relation, views};
use crate::window::micros;
use pgrx::prelude::*;
use promo_guard_core::binding::{Entity, Given, quote_literal};
use promo_guard_core::campaign::Campaign;
use promo_guard_core::{Refusal, SqlState};
use std::panic::AssertUnwindSafe;

/// The application's campaigns, to be changed.
pub struct Campaigns {
    app: App,
    table: String,
    relation: (String, String),
    owner: pg_sys::Oid,
    /// The search_path on which the owner's triggers run.
    path: std::ffi::CString,
    columns: serde_json::Value,
    /// The cast of a list of texts to a list of keys; none where ids are the application's own.
    key_type: Option<String>,
}

impl Campaigns {
    /// The table behind the view `campaigns`, known from `bind()`.
    ///
    /// # Errors
    /// 55000 not bound, or a view written by hand whose table `bind()` was not told, or a table that is gone; 42501; 0A000 see
    /// [`citus::before_change`].
    pub fn open() -> Answer<Self> {
        let app = App::open(&[Entity::Campaigns])?;
        let memory = views::remembered()?.into_iter().find(|r| r.bound && r.entity == Entity::Campaigns);
        let Some(memory) = memory else { return Err(report(app::not_bound("campaigns"))) };
        let known = ["id", "status"].iter().all(|c| memory.column(c).is_some());
        let Some((schema, name)) = memory.relation.as_ref().filter(|_| known) else {
            return Err(report(table_unknown()));
        };
        let Some(oid) = relation::find(schema, name)? else {
            return Err(report(
                Refusal::new(
                    SqlState::ObjectNotInPrerequisiteState,
                    format!("the bound table {}.{} is gone", db::ident(schema), db::ident(name)),
                )
                .detail("bind() took it for the campaigns' table; it was dropped or renamed since.")
                .hint("SELECT * FROM promo_guard.bind(promo_codes => 'schema.table');"),
            ));
        };
        let found =
            db::read(include_str!("../../../sql/query/contain/base_table.sql"), &[oid.into()], |row| {
                Ok((row.get::<pg_sys::Oid>(1)?, db::text(row, 2)?, row.get::<String>(3)?))
            })?;
        let Some((Some(owner), owner_name, path)) = found.into_iter().next() else {
            return Err(report(table_unknown()));
        };
        let table = format!("{}.{}", db::ident(schema), db::ident(name));
        citus::before_change(oid, &table, owner, &db::ident(&owner_name))?;
        let key_type = if app.keyed() {
            let have = relation::columns(oid)?;
            let of_key = memory.column("id").and_then(|id| have.iter().find(|(name, _)| name == id));
            let Some((_, sql_type)) = of_key else { return Err(report(table_unknown())) };
            // The type beneath all domains: what a domain of the application's checks is not run.
            Some(format!("::pg_catalog.text[]::pg_catalog.{}[]", db::ident(&sql_type.base)))
        } else {
            None
        };
        Ok(Self {
            app,
            key_type,
            table,
            relation: (schema.clone(), name.clone()),
            owner,
            path: safe_path(path),
            columns: memory.columns,
        })
    }

    /// The application, for reading.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// The base table, schema and name, quoted where they must be.
    pub fn table(&self) -> &str {
        &self.table
    }

    /// The cast of a list of texts to a list of keys; none where ids are the application's own.
    pub fn key_type(&self) -> Option<&str> {
        self.key_type.as_deref()
    }

    /// The owner of the base table.
    pub fn owner(&self) -> pg_sys::Oid {
        self.owner
    }

    /// The base table, schema and name, as they are.
    pub fn relation(&self) -> (&str, &str) {
        (&self.relation.0, &self.relation.1)
    }

    /// The search_path on which the owner's triggers run.
    pub fn path(&self) -> &std::ffi::CStr {
        &self.path
    }

    /// The application's column for a canonical one, as it is: none where it lacks it, or shows something in its place.
    pub fn bare_column(&self, canonical: &str) -> Option<String> {
        let said = &self.columns[canonical];
        let name = if matches!(canonical, "id" | "status") { views::column_of(said) } else { said.as_str() };
        name.map(str::to_owned)
    }

    /// The same, quoted.
    pub fn column(&self, canonical: &str) -> Option<String> {
        self.bare_column(canonical).as_deref().map(db::ident)
    }

    /// The row of this campaign in the table.
    ///
    /// # Errors
    /// Where ids are numbers made of keys: 02000 where there is none, 55000 where several have the number.
    pub fn row_of(&self, id: i64) -> Answer<Rows> {
        let column = self.column("id").unwrap_or_default();
        match self.key_type() {
            None => Ok(Rows::of_id(&column, id)),
            Some(key_type) => Rows::of_keys(&self.app, &column, key_type, &[id]),
        }
    }

    /// The rows of these campaigns.
    ///
    /// # Errors
    /// As [`Self::row_of`].
    pub fn rows_of(&self, ids: &[i64]) -> Answer<Rows> {
        let column = self.column("id").unwrap_or_default();
        match self.key_type() {
            None => Ok(Rows::of_ids(&column, ids)),
            Some(key_type) => Rows::of_keys(&self.app, &column, key_type, ids),
        }
    }

    /// The application's word for a status.
    ///
    /// # Errors
    /// 55000 where `bind` was told none, or several.
    pub fn status_word(&self, status: &str) -> Answer<String> {
        let said = &self.columns["status"];
        let column = Entity::Campaigns.column("status").filter(|_| said.is_object());
        let Some(column) = column else { return Ok(status.to_owned()) };
        let given = Given::parse(Entity::Campaigns, column, said).or_report()?;
        let word = match &given {
            Given::Made(made) => made.written(status),
            Given::Column(_) | Given::Lacks => None,
        };
        word.ok_or_else(|| {
            report(
                Refusal::new(
                    SqlState::ObjectNotInPrerequisiteState,
                    format!("no word of {} is known that means {status}", self.table),
                )
                .detail(format!("bind() was told of the column status: {said}."))
                .hint(format!(
                    "Say which word is written: SELECT * FROM promo_guard.bind(columns => '{{\"campaigns\": {{\"status\": {{..., \"writes\": {{\"{status}\": \"...\"}}}}}}}}');"
                )),
            )
        })
    }

    /// The campaign as it is now.
    ///
    /// # Errors
    /// 02000 where there is none of this id.
    pub fn read(&self, id: i64) -> Answer<Campaign> {
        read(&self.app, id)
    }

    /// Takes the campaign's row until the transaction ends, in the mode that lets redemptions of it be inserted meanwhile
    /// (FOR UPDATE would hold them up, by their foreign key), and reads it again.
    ///
    /// # Errors
    /// 02000 where there is none of this id; 55P03 where another session locks it for longer than lock_timeout.
    pub fn lock(&self, id: i64) -> Answer<Locked<'_>> {
        let this = self.row_of(id)?;
        let sql = format!("SELECT 1 FROM {} AS t WHERE {} FOR NO KEY UPDATE", self.table, this.condition);
        let rows = PgTryBuilder::new(AssertUnwindSafe(|| {
            let _as_owner = RunAs::restricted(self.owner);
            db::run(&sql, &[this.argument()], |_| Ok(()))
        }))
        .catch_when(PgSqlErrorCode::ERRCODE_LOCK_NOT_AVAILABLE, |_| Err(report(locked_by_another(id))))
        .execute()?;
        match rows.len() {
            0 => Err(report(no_campaign(id))),
            1 => Ok(Locked { row: self.read(id)?, campaigns: self, this }),
            n => Err(report(
                Refusal::new(
                    SqlState::ObjectNotInPrerequisiteState,
                    format!("{n} rows of {} have the id {id}", self.table),
                )
                .detail("An id must name exactly one row.")
                .hint("Bind the column that is unique: SELECT * FROM promo_guard.bind(columns => '{\"campaigns\": {\"id\": \"...\"}}');"),
            )),
        }
    }
}

/// A campaign whose row is held.
pub struct Locked<'a> {
    campaigns: &'a Campaigns,
    row: Campaign,
    /// Its row in the table.
    this: Rows,
}

impl Locked<'_> {
    /// The row under the lock; after an update, the row as the update left it.
    pub fn row(&self) -> &Campaign {
        &self.row
    }

    /// Sets the status and `updated_at`, and makes sure of it.
    ///
    /// # Errors
    /// As [`Self::update`].
    pub fn set_status(&mut self, to: &'static str, at: TimestampWithTimeZone) -> Answer<()> {
        self.update(&[("status", Some(to.to_owned()))], at)?;
        if self.row.is(to) {
            return Ok(());
        }
        Err(report(
            Refusal::new(
                SqlState::ObjectNotInPrerequisiteState,
                format!("the status of campaign {} did not become {to}", self.row.id),
            )
            .detail(format!(
                "After the update it is {}: a trigger or rule of {} changed it.",
                self.row.status.as_deref().unwrap_or("null"),
                self.campaigns.table
            ))
            .hint("Nothing was changed. Ask the application's owner for the trigger."),
        ))
    }

    /// Sets columns, by their canonical names, to values as text (PostgreSQL reads them as the columns' types; `None` is
    /// null), and `updated_at` to `at`. The values are passed as constants, so no cast of the application's is called.
    ///
    /// # Errors
    /// 55000 for a column that the application lacks, or where not exactly this row was updated; else whatever the
    /// application's constraints and triggers say.
    pub fn update(&mut self, values: &[(&str, Option<String>)], at: TimestampWithTimeZone) -> Answer<()> {
        let campaigns = self.campaigns;
        let column = |name: &str| {
            campaigns.column(name).ok_or_else(|| {
                report(
                    Refusal::new(
                        SqlState::ObjectNotInPrerequisiteState,
                        format!("{} has no column for \"{name}\"", campaigns.table),
                    )
                    .detail("It was not found when the table was bound, so it cannot be changed.")
                    .hint(format!(
                        "SELECT * FROM promo_guard.bind(columns => '{{\"campaigns\": {{\"{name}\": \"its name there\"}}}}');"
                    )),
                )
            })
        };
        let mut set_list = Vec::new();
        for (name, value) in values {
            let value = match value.as_deref() {
                Some(status) if *name == "status" => Some(campaigns.status_word(status)?),
                other => other.map(str::to_owned),
            };
            let value = value.as_deref().map_or_else(|| "NULL".to_owned(), quote_literal);
            set_list.push(format!("{} = {value}", column(name)?));
        }
        let mut args = vec![self.this.argument()];
        if let Some(updated_at) = campaigns.column("updated_at") {
            // A value passed in, not clock_timestamp(): Citus refuses volatile functions in an UPDATE.
            set_list.push(format!("{updated_at} = $2"));
            args.push(at.into());
        }
        let sql = format!(
            "UPDATE {} AS t SET {} WHERE {} RETURNING 1",
            campaigns.table,
            set_list.join(", "),
            self.this.condition
        );
        let updated = written(&campaigns.table, || {
            let _as_owner = RunAs::restricted(campaigns.owner);
            let _path = Settings::search_path(&campaigns.path);
            db::run(&sql, &args, |_| Ok(()))
        })?;
        if updated.len() != 1 {
            return Err(report(
                Refusal::new(
                    SqlState::ObjectNotInPrerequisiteState,
                    format!("{} rows were updated where campaign {} is one", updated.len(), self.row.id),
                )
                .detail(format!(
                    "A trigger or rule of {} kept it from happening, or the id is not unique.",
                    campaigns.table
                ))
                .hint("Nothing was changed. Ask the application's owner for the trigger."),
            ));
        }
        self.row = campaigns.read(self.row.id)?;
        Ok(())
    }
}

/// A campaign as the adapter view shows it.
///
/// # Errors
/// 02000 where there is none of this id.
pub fn read(app: &App, id: i64) -> Answer<Campaign> {
    campaign_or_none(app, id)?.ok_or_else(|| report(no_campaign(id)))
}

/// A campaign as the adapter view shows it; none where none has this id.
pub fn campaign_or_none(app: &App, id: i64) -> Answer<Option<Campaign>> {
    let time = |at: Option<TimestampWithTimeZone>| at.map(micros);
    let rows = app.read(include_str!("../../../sql/query/contain/campaign.sql"), &[id.into()], |row| {
        Ok(Campaign {
            id: db::number(row, 1)?,
            name: row.get(2)?,
            prefix: row.get(3)?,
            promo_type: row.get(4)?,
            discount_type: row.get(5)?,
            discount_value: row.get(6)?,
            discount_percent: row.get(7)?,
            target_scope: row.get(8)?,
            status: row.get(9)?,
            valid_from: time(row.get(10)?),
            valid_until: time(row.get(11)?),
            max_total_uses: row.get(12)?,
            used_total: row.get(13)?,
            max_uses_per_user: row.get(14)?,
            new_users_only: row.get(15)?,
            first_purchase_only: row.get(16)?,
            created_at: time(row.get(17)?),
            updated_at: time(row.get(18)?),
        })
    })?;
    if rows.len() > 1 && app.keyed() {
        // It says which keys share the number.
        Keys::of(app, [id])?;
    }
    Ok(rows.into_iter().next())
}

fn locked_by_another(id: i64) -> Refusal {
    Refusal::new(SqlState::LockNotAvailable, format!("the row of campaign {id} is locked by another session"))
        .detail("promo_guard waited 3 s for the lock. Nothing was changed.")
        .hint(
            "Try again. To see who may hold it: SELECT pid, usename, application_name, xact_start, query FROM pg_catalog.pg_stat_activity WHERE xact_start < now() - interval '3 s' ORDER BY xact_start;",
        )
}

fn table_unknown() -> Refusal {
    Refusal::new(SqlState::ObjectNotInPrerequisiteState, "the campaigns' table is not known")
        .detail("The view promo_guard.campaigns is written by hand, and its table was not given to bind(), or it has no column for id or status that can be written. Where its id is a key, uuid or text, the view must show it as a column key.")
        .hint("SELECT * FROM promo_guard.bind(promo_codes => 'schema.table');")
}

/// The owner's search_path with temporary objects last, where nothing of the caller's can stand before the owner's tables.
fn safe_path(configured: Option<String>) -> std::ffi::CString {
    const USUAL: &std::ffi::CStr = c"\"$user\", public, pg_temp";
    let path = match configured.as_deref().map(str::trim) {
        Some("" | "\"\"") => "pg_catalog, pg_temp".to_owned(),
        Some(path) if !path.to_ascii_lowercase().contains("pg_temp") => format!("{path}, pg_temp"),
        _ => return USUAL.to_owned(),
    };
    std::ffi::CString::new(path).unwrap_or_else(|_| USUAL.to_owned())
}
