//! Every violation of a settlement rule.

use super::scan::Scan;
use crate::db;
use crate::failure::Answer;
use crate::window::max_rows as rows_shown;
use pgrx::prelude::*;
use promo_guard_core::settle;

type Violation = (
    String,
    String,
    Option<i64>,
    Option<String>,
    Option<String>,
    Option<i64>,
    Option<String>,
    Option<String>,
    Option<String>,
);

#[pg_extern(sql = false)]
fn settlement_violations(
    lookback: Option<Interval>,
    as_of: Option<TimestampWithTimeZone>,
    campaign_id: Option<i64>,
    max_rows: Option<i32>,
) -> Answer<
    TableIterator<
        'static,
        (
            name!(rule, String),
            name!(severity, String),
            name!(campaign_id, Option<i64>),
            name!(redemption_id, Option<String>),
            name!(purchase_id, Option<String>),
            name!(user_id, Option<i64>),
            name!(expected, Option<String>),
            name!(actual, Option<String>),
            name!(detail, Option<String>),
        ),
    >,
> {
    let limit = rows_shown(max_rows)?;
    let scan = Scan::new(lookback, as_of)?;
    let survey = scan.survey(campaign_id, limit)?;
    let sql = settle::violations(&scan.lacking.running(), survey.look());
    let rows: Vec<Violation> = scan.app.read(&sql, &survey.args, |row| {
        Ok((
            db::text(row, 1)?,
            db::text(row, 2)?,
            row.get(3)?,
            row.get(4)?,
            row.get(5)?,
            row.get(6)?,
            row.get(7)?,
            row.get(8)?,
            row.get(9)?,
        ))
    })?;
    Ok(TableIterator::new(rows))
}
