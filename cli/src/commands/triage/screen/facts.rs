//! The sentences below the campaigns: what else is known, each from a section of the page.

use serde_json::Value as Json;
use unicode_width::UnicodeWidthStr;

use super::setting::Setting;
use super::table::pasteable;
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
                let first = first.map_or(String::new(), |at| format!(", first seen {}", at.hour()));
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

fn withheld(page: &Page, section: &str, title: &str) -> String {
    let why = page.document["withheld"][section].as_str().unwrap_or("no answer");
    shorten(&format!("{title}: not available, {}.", visible(why)), 78)
}

/// The sentence, and whether it is bad news.
pub fn settlement(page: &Page) -> (String, bool) {
    let Some(rules) = page.document["settlement"].as_array() else {
        return (withheld(page, "settlement", "Settlement"), true);
    };
    let of = |severity: &str| -> i64 {
        rules.iter().filter(|rule| rule["severity"] == severity).map(|rule| count(rule, "violations")).sum()
    };
    let skipped = rules.iter().filter(|rule| !rule["skipped"].is_null()).count();
    let (critical, warnings) = (of("critical"), of("warning"));
    let unless = match skipped {
        0 => String::new(),
        n => format!(", {} cannot run", number(i64::try_from(n).unwrap_or(i64::MAX), "rule", "rules")),
    };
    let found = match (critical, warnings) {
        (0, 0) => "no violations".to_owned(),
        (0, n) => number(n, "warning", "warnings"),
        (n, _) => number(n, "critical violation", "critical violations"),
    };
    (format!("Settlement: {found} in 1 h{unless}."), critical > 0)
}

/// The sentence, and whether something is due.
pub fn escalations(page: &Page) -> (String, bool) {
    let Some(all) = page.document["escalations"].as_array() else {
        return (withheld(page, "escalations", "Escalations"), true);
    };
    let as_of = page.window.as_of;
    let due: Vec<&Json> = all.iter().filter(|one| one["overdue"] == true).collect();
    let oldest = due.iter().filter_map(|one| Timestamp::of_json(one["due_at"].as_str()?)).min();
    let oldest = oldest
        .and_then(|at| at.until(as_of))
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
