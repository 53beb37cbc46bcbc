//! Every violation of a settlement rule.

use super::scan::Scan;
use crate::app::App;
use crate::db;
use crate::failure::Answer;
use crate::keys::Keys;
use crate::spool::{Spool, Stored};
use crate::window::max_rows as rows_shown;
use pgrx::pg_sys;
use pgrx::prelude::*;
use promo_guard_core::settle::{self, Rule};
use std::collections::{HashMap, HashSet};

/// Its place among the columns.
const CAMPAIGN_ID: i32 = 3;

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
    Option<String>,
);

/// How many violations of each rule there are of one campaign, of rules that have any, most first; and why there may be more.
pub fn counted(scan: &Scan, campaign: i64) -> Answer<(Vec<(Rule, i64)>, Option<String>)> {
    let survey = scan.survey(Some(campaign), None)?;
    let sql = settle::counted(&scan.lacking.running(), survey.look(), &scan.how);
    let rows = scan.app.read(&sql, &survey.args, |row| Ok((db::text(row, 1)?, db::number(row, 2)?)))?;
    let rows: HashMap<String, i64> = rows.into_iter().collect();
    let mut found: Vec<(Rule, i64)> = Rule::ALL
        .iter()
        .filter_map(|rule| rows.get(rule.name()).filter(|n| **n > 0).map(|n| (*rule, *n)))
        .collect();
    found.sort_by_key(|(rule, n)| (-n, rule.name()));
    Ok((found, settle::unmapped_words(&rows)))
}

#[pg_extern(sql = false)]
fn settlement_violations(
    lookback: Option<Interval>,
    as_of: Option<TimestampWithTimeZone>,
    campaign_id: Option<i64>,
    max_rows: Option<i32>,
) -> crate::failure::returned::Result<
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
            name!(campaign_key, Option<String>),
        ),
    >,
> {
    let limit = rows_shown(max_rows)?;
    let scan = Scan::new(lookback, as_of)?;
    let survey = scan.survey(campaign_id, limit)?;
    let sql = settle::violations(&scan.lacking.running(), survey.look(), &scan.how);
    let (app, args) = (&scan.app, survey.args);
    let (text, number) = (pg_sys::TEXTOID, pg_sys::INT8OID);
    let mut rows = Spool::fill(app, &sql, args, &[text, text, number, text, text, number, text, text, text])?;
    let keys = keys_of(app, &mut rows)?;
    Ok(TableIterator::new(std::iter::from_fn(move || rows.next().map(|row| violation(&row, &keys)))))
}

/// The keys of the campaigns in the answer, which is read once for them where ids are numbers made of keys.
fn keys_of(app: &App, rows: &mut Spool) -> Answer<Keys> {
    if !app.keyed() {
        return Ok(Keys::default());
    }
    let mut ids: HashSet<i64> = HashSet::new();
    rows.each(|row| ids.extend(row.get::<i64>(CAMPAIGN_ID)));
    Keys::of(app, ids)
}

fn violation(row: &Stored, keys: &Keys) -> Violation {
    let text = |column| row.get::<String>(column);
    (
        text(1).unwrap_or_default(),
        text(2).unwrap_or_default(),
        row.get(CAMPAIGN_ID),
        text(4),
        text(5),
        row.get(6),
        text(7),
        text(8),
        text(9),
        row.get(CAMPAIGN_ID).map(|id| keys.key(id)),
    )
}
