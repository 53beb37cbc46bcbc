//! A policy that would explain most violations of a rule: suggested, never applied.

use super::finding::{Finding, Level};
use crate::app::App;
use crate::db;
use crate::failure::Answer;
use crate::records;
use crate::settle::scan::{Scan, lacking};
use crate::settle::violated;
use crate::window::{Window, micros, moment};
use promo_guard_core::Span;
use promo_guard_core::binding::{Entity, quote_literal};
use promo_guard_core::settle::{EXPLAINABLE, LEAST, Rule, candidates, explains, violations};
use std::collections::HashMap;

/// The window whose violations are to be explained.
const WINDOW: Span = Span::from_days(1);

pub(super) fn examine(findings: &mut Vec<Finding>) -> Answer<()> {
    // What keeps it from being computed is reported under "binding", "rights" and "policy".
    if let Ok(found) = db::attempt(suggestions)? {
        findings.extend(found);
    }
    Ok(())
}

fn suggestions() -> Answer<Vec<Finding>> {
    let policy = records::policy()?;
    let app = App::open(&[Entity::Campaigns, Entity::Redemptions, Entity::Purchases])?;
    let now = db::clock();
    let window = Window { from: moment(micros(now).saturating_sub(WINDOW.micros())), until: now };
    let mut scan = Scan::of(app, lacking()?, &policy, window)?;
    let rules: Vec<Rule> =
        scan.lacking.running().into_iter().filter(|rule| EXPLAINABLE.contains(rule)).collect();
    let mut open = violated(&scan, &rules)?;
    let nobody = nobody(&scan, &open)?;
    // One use too many of an id that is no user's is as telling as many violations.
    open.retain(|rule, n| *n >= LEAST || (*rule == Rule::OverRedeemed && !nobody.is_empty()));
    let today = scan.how.clone();
    let mut findings = Vec::new();
    for candidate in candidates(&today, &nobody) {
        let rules: Vec<Rule> = candidate.rules.iter().copied().filter(|r| open.contains_key(r)).collect();
        if rules.is_empty() {
            continue;
        }
        scan.how = candidate.how;
        let left = violated(&scan, &rules)?;
        let mut explained = Vec::new();
        for rule in rules {
            let (before, after) = (open[&rule], left.get(&rule).copied().unwrap_or_default());
            let no_user = candidate.policy == "nobody_user_ids" && before > 0 && after * 10 <= before;
            if explains(before, after) || no_user {
                explained.push(format!("{} of {before} violations of {}", before - after, rule.name()));
                // The likelier explanation comes first; another one of the same adds nothing.
                open.remove(&rule);
            }
        }
        if explained.is_empty() {
            continue;
        }
        findings.push(
            Finding::new(
                Level::Note,
                "arithmetic",
                format!(
                    "Policy {} = {} would explain {} in the last day. If the application {}, set the policy. Nothing was changed.",
                    candidate.policy,
                    candidate.value,
                    explained.join(" and "),
                    candidate.habit
                ),
            )
            .mend(format!(
                "SELECT * FROM promo_guard.set_policy('{}', {}, {});",
                candidate.policy,
                quote_literal(&candidate.value),
                quote_literal(&format!("the application {}", candidate.habit))
            )),
        );
    }
    Ok(findings)
}

/// Ids of users in the violations that can be no person's: doctor() is for readers too, who see no one's id.
fn nobody(scan: &Scan, open: &HashMap<Rule, i64>) -> Answer<Vec<i64>> {
    let rules: Vec<Rule> = [Rule::UserMismatch, Rule::OverRedeemed]
        .into_iter()
        .filter(|rule| open.get(rule).is_some_and(|n| *n > 0))
        .collect();
    if rules.is_empty() {
        return Ok(Vec::new());
    }
    let survey = scan.survey(None, Some(1_000))?;
    let rows = scan.app.read(&violations(&rules, survey.look(), &scan.how), &survey.args, |row| {
        let other = |column| row.get::<String>(column).map(|text| text.and_then(|t| t.parse::<i64>().ok()));
        let over = db::text(row, 1)? == Rule::OverRedeemed.name();
        let user: Option<i64> = row.get(6)?;
        Ok(if over { [user, None] } else { [other(7)?, other(8)?] })
    })?;
    let mut ids: Vec<i64> = rows.into_iter().flatten().flatten().filter(|id| *id <= 0).collect();
    ids.sort_unstable();
    ids.dedup();
    ids.reverse();
    ids.truncate(3);
    Ok(ids)
}
