//! Every rule with what it looked at and found, or why it could not look.

use super::scan::Scan;
use crate::db;
use crate::failure::Answer;
use pgrx::prelude::*;
use promo_guard_core::settle::{self, Look, Rule};
use std::collections::HashMap;

type Line = (&'static str, &'static str, Option<i64>, Option<i64>, Option<i64>, Option<String>);

#[pg_extern(sql = false)]
fn settlement_summary(
    lookback: Option<Interval>,
    as_of: Option<TimestampWithTimeZone>,
) -> Answer<
    TableIterator<
        'static,
        (
            name!(rule, &'static str),
            name!(severity, &'static str),
            name!(checked, Option<i64>),
            name!(violations, Option<i64>),
            name!(pending, Option<i64>),
            name!(skipped, Option<String>),
        ),
    >,
> {
    let scan = Scan::new(lookback, as_of)?;
    let survey = scan.survey(None, None)?;
    // how many rows a rule is about is known of all rows only
    let sql = settle::summary(&scan.lacking.running(), Look::Everything);
    let found: HashMap<String, [i64; 3]> = scan
        .app
        .read(&sql, &survey.args, |row| {
            let n = |column| db::number(row, column);
            Ok((db::text(row, 1)?, [n(2)?, n(3)?, n(4)?]))
        })?
        .into_iter()
        .collect();
    let lines: Vec<Line> = Rule::ALL
        .iter()
        .map(|rule| {
            let numbers = found.get(rule.name());
            let number = |i: usize| numbers.map(|n| n[i]);
            (rule.name(), rule.severity().name(), number(0), number(1), number(2), scan.lacking.stops(*rule))
        })
        .collect();
    Ok(TableIterator::new(lines))
}
