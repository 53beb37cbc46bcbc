//! Every rule with what it looked at and found, or why it could not look.

use super::scan::{Scan, Survey};
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
    let found = found(scan, &survey)?;
    Ok(Rule::ALL
        .iter()
        .map(|rule| {
            let checked = checked.get(rule.name()).copied();
            // a rule that looked and found nothing found none
            let found = checked.map(|_| found.get(rule).copied().unwrap_or_default());
            let [violations, pending] = [0, 1].map(|i| found.map(|n| n[i]));
            (
                rule.name(),
                scan.how.severity(*rule).name(),
                checked,
                violations,
                pending,
                scan.lacking.stops(*rule),
            )
        })
        .collect())
}

/// Violations and pending ones of the rules that found any.
fn found(scan: &Scan, survey: &Survey) -> Answer<HashMap<Rule, [i64; 2]>> {
    let sql = settle::summary(&scan.lacking.running(), survey.look(), &scan.how);
    let rows = scan.app.read(&sql, &survey.args, |row| {
        Ok((db::text(row, 1)?, [db::number(row, 2)?, db::number(row, 3)?]))
    })?;
    Ok(rows.into_iter().filter_map(|(name, n)| Some((named(&name)?, n))).collect())
}

/// Violations and pending ones of every rule that can run. How many rows each looked at would be another pass over all of them.
///
/// # Errors
/// As [`App::read`](crate::app::App::read).
pub fn of_running(scan: &Scan) -> Answer<Vec<(Rule, [i64; 2])>> {
    let found = found(scan, &scan.survey(None, None)?)?;
    let running = scan.lacking.running().into_iter();
    Ok(running.map(|rule| (rule, found.get(&rule).copied().unwrap_or_default())).collect())
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
    Ok(found.into_iter().filter(|(_, n)| *n > 0).filter_map(|(name, n)| Some((named(&name)?, n))).collect())
}

fn named(name: &str) -> Option<Rule> {
    Rule::ALL.iter().copied().find(|rule| rule.name() == name)
}
