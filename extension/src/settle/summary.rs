//! Every rule with what it looked at and found, or why it could not look.

use super::scan::Scan;
use crate::db;
use crate::failure::Answer;
use pgrx::prelude::*;
use promo_guard_core::settle::{self, Rule};
use std::collections::HashMap;

/// A rule: its severity, rows checked, violations, pending ones, and why it could not run.
pub type Line = (&'static str, &'static str, Option<i64>, Option<i64>, Option<i64>, Option<String>);

#[pg_extern(sql = false)]
fn settlement_summary(
    lookback: Option<Interval>,
    as_of: Option<TimestampWithTimeZone>,
) -> crate::failure::returned::Result<
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
    Ok(TableIterator::new(of(&Scan::new(lookback, as_of)?)?))
}

/// A line for every rule.
///
/// # Errors
/// As [`App::read`](crate::app::App::read).
pub fn of(scan: &Scan) -> Answer<Vec<Line>> {
    let survey = scan.survey(None, None)?;
    let rules = scan.lacking.running();
    // how many rows a rule is about is known of all rows only
    let checked: HashMap<String, i64> = scan
        .app
        .read(&settle::checked(&rules, &scan.how), &survey.args, |row| {
            Ok((db::text(row, 1)?, db::number(row, 2)?))
        })?
        .into_iter()
        .collect();
    let found: HashMap<String, [i64; 2]> = scan
        .app
        .read(&settle::summary(&rules, survey.look(), &scan.how), &survey.args, |row| {
            Ok((db::text(row, 1)?, [db::number(row, 2)?, db::number(row, 3)?]))
        })?
        .into_iter()
        .collect();
    let unmapped = settle::unmapped_words(&checked);
    Ok(Rule::ALL
        .iter()
        .map(|rule| {
            let found = found.get(rule.name()).copied();
            // A rule that found nothing, and passed over rows, did not look at all of them.
            let skipped = scan.lacking.stops(*rule).or_else(|| unmapped.clone().filter(|_| found.is_none()));
            let checked = checked.get(rule.name()).copied().filter(|_| skipped.is_none());
            let found = checked.map(|_| found.unwrap_or_default());
            let [violations, pending] = [0, 1].map(|i| found.map(|n| n[i]));
            (rule.name(), scan.how.severity(*rule).name(), checked, violations, pending, skipped)
        })
        .collect())
}

/// How many violations of each of these rules there are; only of rules that have any.
///
/// # Errors
/// As [`App::read`](crate::app::App::read).
pub fn violated(scan: &Scan, rules: &[Rule]) -> Answer<HashMap<Rule, i64>> {
    let survey = scan.survey(None, None)?;
    let found = scan.app.read(&settle::counted(rules, survey.look(), &scan.how), &survey.args, |row| {
        Ok((db::text(row, 1)?, db::number(row, 2)?))
    })?;
    let rule = |name: &str| Rule::ALL.iter().copied().find(|rule| rule.name() == name);
    Ok(found.into_iter().filter(|(_, n)| *n > 0).filter_map(|(name, n)| Some((rule(&name)?, n))).collect())
}
