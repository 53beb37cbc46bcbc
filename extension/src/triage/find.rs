//! Which campaign a person means.

use crate::app::App;
use crate::db::{self, Row};
use crate::failure::report;
use crate::keys::{self, Keys};
use crate::records;
use crate::window::max_rows as rows_shown;
use pgrx::prelude::*;
use pgrx::spi::SpiResult;
use promo_guard_core::binding::Entity;
use promo_guard_core::{Refusal, SqlState};

type Found = (i64, Option<String>, Option<String>, Option<String>, String);

#[pg_extern(sql = false)]
fn find_campaigns(
    reference: Option<&str>,
    max_rows: Option<i32>,
) -> crate::failure::returned::Result<
    TableIterator<
        'static,
        (
            name!(campaign_id, i64),
            name!(campaign_name, Option<String>),
            name!(code_prefix, Option<String>),
            name!(status, Option<String>),
            name!(matched, String),
            name!(campaign_key, String),
        ),
    >,
> {
    records::fits()?;
    let refuse = |state, message| {
        report(
            Refusal::new(state, message)
                .detail("A campaign is meant by its id, its key, its name, or a part of its name.")
                .hint("SELECT campaign_id, campaign_name FROM promo_guard.paused_campaigns();"),
        )
    };
    let reference = reference.ok_or_else(|| refuse(SqlState::NullValueNotAllowed, "reference is null"))?;
    if reference.trim().is_empty() {
        return Err(refuse(SqlState::InvalidParameterValue, "reference is empty"));
    }
    let limit = rows_shown(max_rows)?;
    let app = App::open(&[Entity::Campaigns])?;
    if app.keyed() {
        // PostgreSQL reads a uuid however it is written, and shows it in small letters with dashes.
        for key in [Some(reference.to_owned()), uuid(reference)].into_iter().flatten() {
            let found = app.read(
                include_str!("../../../sql/query/triage/find_by_key.sql"),
                &[keys::number_of(&key)?.into(), key.into()],
                row,
            )?;
            if !found.is_empty() {
                return shown(&app, found);
            }
        }
    }
    // A number is an id and nothing else: a mistyped id must not find a name that has its digits.
    if let Ok(id) = reference.parse::<i64>() {
        let found = app.read(include_str!("../../../sql/query/triage/find_by_id.sql"), &[id.into()], row)?;
        return shown(&app, found);
    }
    let mut found = app.read(
        include_str!("../../../sql/query/triage/find_by_name.sql"),
        &[reference.into(), limit.into()],
        row,
    )?;
    if found.iter().any(|one| one.4 == "name") {
        found.retain(|one| one.4 == "name");
    }
    shown(&app, found)
}

/// The same with their keys.
fn shown(
    app: &App,
    found: Vec<Found>,
) -> crate::failure::returned::Result<
    TableIterator<'static, (i64, Option<String>, Option<String>, Option<String>, String, String)>,
> {
    let keys = Keys::of(app, found.iter().map(|one| one.0))?;
    Ok(TableIterator::new(
        found.into_iter().map(move |(id, name, prefix, status, matched)| {
            (id, name, prefix, status, matched, keys.key(id))
        }),
    ))
}

/// A uuid as PostgreSQL shows it; none for anything else.
fn uuid(text: &str) -> Option<String> {
    let digits: String =
        text.chars().filter(|c| !matches!(c, '-' | '{' | '}')).collect::<String>().to_ascii_lowercase();
    (digits.len() == 32 && digits.bytes().all(|c| c.is_ascii_hexdigit())).then(|| {
        let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
        [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-")
    })
}

fn row(row: &Row<'_>) -> SpiResult<Found> {
    Ok((db::number(row, 1)?, row.text(2)?, row.text(3)?, row.text(4)?, db::text(row, 5)?))
}
