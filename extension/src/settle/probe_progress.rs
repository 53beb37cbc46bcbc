//! How far one user's real redemption of a code has come.

use super::scan::{comparing_hash, lacking};
use crate::app::App;
use crate::failure::report;
use crate::{db, records};
use pgrx::prelude::*;
use promo_guard_core::binding::Entity;
use promo_guard_core::{Refusal, SqlState};

/// Columns without which a user's redemption cannot be told from another's.
const NEEDS: [&str; 4] =
    ["campaigns.code_hash", "attempts.user_id", "redemptions.user_id", "redemptions.promo_code_id"];

type Step = (String, String, Option<TimestampWithTimeZone>, String, Option<String>);

#[pg_extern(sql = false)]
fn probe_progress(
    code_hash: Option<&str>,
    user_id: Option<i64>,
    since: Option<TimestampWithTimeZone>,
) -> crate::failure::returned::Result<
    TableIterator<
        'static,
        (
            name!(step, String),
            name!(state, String),
            name!(at, Option<TimestampWithTimeZone>),
            name!(detail, String),
            name!(id, Option<String>),
        ),
    >,
> {
    records::fits()?;
    let missing = |name: &str| {
        report(
            Refusal::new(SqlState::NullValueNotAllowed, format!("{name} is null"))
                .detail("It follows one user's redemption of one code, from one moment on.")
                .hint("promoctl probe --user ID --wait 5m gives all three."),
        )
    };
    let hash = code_hash.ok_or_else(|| missing("code_hash"))?;
    let user = user_id.ok_or_else(|| missing("user_id"))?;
    let since = since.ok_or_else(|| missing("since"))?;
    let app = App::open(&[Entity::Campaigns, Entity::Attempts, Entity::Redemptions, Entity::Purchases])?;
    let lacking = lacking()?;
    if let Some(column) = NEEDS.into_iter().find(|column| lacking.lacks(column)) {
        return Err(report(
            Refusal::new(
                SqlState::ObjectNotInPrerequisiteState,
                "this application does not record what is needed to follow a redemption",
            )
            .detail(format!("It has no column for {column}."))
            .hint(
                "If it has one under another name, bind it with the argument columns of promo_guard.bind().",
            ),
        ));
    }
    let sql = comparing_hash(include_str!("../../../sql/query/settle/probe_progress.sql"))?;
    let steps: Vec<Step> = app.read(&sql, &[hash.into(), user.into(), since.into()], |row| {
        Ok((db::text(row, 1)?, db::text(row, 2)?, row.get(3)?, db::text(row, 4)?, row.get(5)?))
    })?;
    Ok(TableIterator::new(steps))
}
