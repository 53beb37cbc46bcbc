//! The sentences below the campaigns: what else is known, each from a section of the page.

use serde_json::Value as Json;
use unicode_width::UnicodeWidthStr;

use super::setting::Setting;
use super::table::pasteable;
use crate::commands::settle::summary as settle;
use crate::commands::triage::lines::Line;
use crate::commands::triage::page::Page;
use crate::commands::triage::words::{brief, count, number};
use crate::output::table::{ALERT, PASTE, styled};
use crate::output::text::{shorten, visible};
use crate::output::time::Timestamp;

/// `Unpaused: 6 Newsletter, 12 min ago, bake 3 of 15 min.`
pub fn unpaused(lines: &[Line], setting: &Setting<'_>) -> Option<String> {
    let (width, numbers) = (setting.size.0, setting.numbers);
    let mut recovered = lines.iter().enumerate().filter(|(_, line)| line.recovered);
    let (place, line) = recovered.next()?;
    let number = if numbers { format!("{} ", place + 1) } else { String::new() };
    let rest = match recovered.count() {
        0 => String::new(),
        n => format!(" And {n} more."),
    };
    let how = line.action.strip_prefix("Unpaused ").unwrap_or(&line.action);
    let room = width.saturating_sub(12 + number.width() + how.width() + rest.width() + 2);
    let told = format!("Unpaused: {number}{}, {how}.{rest}", shorten(&line.name, room));
    let command = line.command.as_ref().map(|command| pasteable(command, line, place + 1, setting));
    let both = command.filter(|command| told.width() + 2 + command.width() <= width);
    Some(both.map_or(told.clone(), |command| format!("{told}  {}", styled(PASTE, &command))))
}

/// Failures on codes that no campaign has.
pub fn also(document: &Json, width: usize) -> Option<String> {
    let name = |cluster: &Json| match (cluster["campaign_name"].as_str(), cluster["campaign_id"].as_str()) {
        (Some(name), _) => shorten(&visible(name), 24),
        (None, id) => format!("campaign {}", visible(id.unwrap_or_default())),
    };
    let told = document["unknown_codes"].as_array()?.iter().map(|cluster| {
        let users = number(count(cluster, "users"), "user", "users");
        match cluster["kind"].as_str() {
            Some("UNKNOWN_CODE") => {
                let first = cluster["first_seen"].as_str().and_then(Timestamp::of_json);
                let first = first.map_or(String::new(), |at| format!(", first seen {}", at.form("%H:%M")));
                format!("1 unknown code, {users}{first}: mistyped or not created?")
            }
            Some("MISTYPED_CODE") => format!("{users} mistyped a code of {}.", name(cluster)),
            _ => format!(
                "{users} tried {} not exist{}.",
                number(count(cluster, "codes"), "code that does", "codes that do"),
                if cluster["active"] == true { ", and still do" } else { "" }
            ),
        }
    });
    let mut line = "Also:".to_owned();
    for sentence in told.take(2) {
        if line.width() + 1 + sentence.width() <= width {
            line = format!("{line} {sentence}");
        }
    }
    (line.len() > 5).then_some(line)
}

/// What is said of a section that is not there.
fn withheld(why: &str, title: &str) -> (String, bool) {
    (shorten(&format!("{title}: not available, {}.", visible(why)), 78), true)
}

/// The sentence, and whether it is bad news.
pub fn settlement(page: &Page) -> (String, bool) {
    let rules = match &page.settlement {
        Ok(rules) => rules,
        Err(why) => return withheld(why, "Settlement"),
    };
    let unless = match rules.count(settle::is_skipped) {
        0 => String::new(),
        n => format!(", {} cannot run", number(n, "rule", "rules")),
    };
    let (critical, warnings) = (settle::violations(rules, "critical"), settle::violations(rules, "warning"));
    let found = match (critical, warnings) {
        (0, 0) => "no violations".to_owned(),
        (0, n) => number(n, "warning", "warnings"),
        (n, _) => number(n, "critical violation", "critical violations"),
    };
    (format!("Settlement: {found} in 1 h{unless}."), critical > 0)
}

/// The sentence, and whether something is due.
pub fn escalations(page: &Page) -> (String, bool) {
    let all = match &page.escalations {
        Ok(all) => all,
        Err(why) => return withheld(why, "Escalations"),
    };
    let due = all.only(|row| row.holds("overdue"));
    let oldest = due.iter().filter_map(|row| row.time("due_at")).min();
    let oldest = oldest
        .and_then(|at| at.until(page.window.as_of))
        .map_or(String::new(), |age| format!(", oldest by {}", brief(age)));
    let said = match (due.len(), all.len()) {
        (0, 0) => "none".to_owned(),
        (0, n) => format!("none overdue, {n} due later"),
        (n, _) => format!("{n} overdue{oldest}"),
    };
    (format!("Escalations: {said}."), !due.is_empty())
}

/// Whether the application still records attempts.
pub fn recording(page: &Page) -> String {
    let ingestion = &page.document["ingestion"];
    let last = ingestion["last_attempt_in_window"].as_str().and_then(Timestamp::of_json);
    let ago = last.and_then(|at| at.until(page.window.as_of)).map(brief);
    let normal = "Too little history to tell whether that is normal.";
    match (ingestion["state"].as_str(), ingestion["silent_seconds"].as_i64(), ago) {
        (Some("alive"), _, Some(ago)) => format!("Attempts: recorded, the last one {ago} ago."),
        (Some("alive"), _, None) => "Attempts: recorded.".to_owned(),
        (Some("silent"), Some(seconds), _) => {
            let silence = brief(chrono::TimeDelta::seconds(seconds));
            styled(ALERT, &format!("Attempts: none recorded for {silence}. Recording may be down."))
        }
        (.., Some(ago)) => format!("Attempts: the last one was {ago} ago. {normal}"),
        (.., None) => styled(ALERT, &format!("Attempts: none recorded. {normal}")),
    }
}
