//! The first screen: what is wrong, whom it hurts and what to type, on 24 lines of 80 columns.

use std::collections::HashMap;

use anstyle::Style;
use serde_json::Value as Json;
use unicode_width::UnicodeWidthStr;

use super::lines::Line;
use super::page::Page;
use super::words::{brief, count, number, percent, unmapped};
use crate::args::TriageArguments;
use crate::output::table::{ALERT, DIM, HEADING, PASTE, styled};
use crate::output::text::{grouped, pad, shorten, visible};
use crate::output::time::Timestamp;
use crate::session::shell_word;

/// Campaigns that are shown whatever the height.
const AT_LEAST: usize = 5;
/// Columns of a database's name.
const DATABASE: usize = 20;

/// What the screen depends on besides the page.
pub struct Setting<'a> {
    pub database: &'a str,
    /// `promoctl` with the options that were typed to get here.
    pub again: &'a str,
    pub arguments: &'a TriageArguments,
    /// The time of the page: `02:23:05`.
    pub clock: String,
    /// Columns and lines of the terminal.
    pub size: (usize, usize),
    /// Numbers of this page are kept, so commands may use them.
    pub numbers: bool,
    /// The page before this one, where the screen is drawn again and again.
    pub before: Option<&'a [Line]>,
}

/// The screen's lines.
pub fn of(page: &Page, all: &[Line], setting: &Setting<'_>) -> Vec<String> {
    let mut top = head(page, setting);
    let mut bottom = bottom(page, all, setting);
    let mut rows = Vec::new();
    // Those that were unpaused come last.
    let lines = &all[..all.iter().position(|line| line.recovered).unwrap_or(all.len())];
    if lines.is_empty() {
        rows.push("No campaign is paused, and no active campaign needs action.".to_owned());
    } else {
        // One line for the titles, one for the prompt, one for those that are left out.
        let room = setting.size.1.saturating_sub(top.len() + bottom.len() + 3);
        let table = Table::of(lines, setting);
        let mut taken = 0;
        let fits = table.rows.iter().take_while(|row| {
            taken += row.height;
            taken <= room
        });
        let shown = fits.count().max(AT_LEAST).min(lines.len());
        rows.push(styled(DIM, &table.titles));
        rows.extend(table.rows.into_iter().take(shown).flat_map(|row| row.lines));
        let rest = lines.len() - shown + unlisted(page, lines);
        if rest > 0 {
            let rest = number(i64::try_from(rest).unwrap_or(i64::MAX), "more", "more");
            rows.push(styled(DIM, &format!("and {rest}: {} triage --full", setting.again)));
        }
    }
    top.extend(rows);
    // An empty line is the first thing to go where the height is not enough.
    if top.len() + bottom.len() >= setting.size.1
        && let Some(place) = bottom.iter().rposition(String::is_empty)
    {
        bottom.remove(place);
    }
    top.extend(bottom);
    top
}

/// Campaigns that the server counted and did not list.
fn unlisted(page: &Page, lines: &[Line]) -> usize {
    let counted = page.count("paused") + page.count("active_with_findings");
    let listed: i64 = lines.iter().map(|line| line.campaigns).sum();
    usize::try_from(counted - listed).unwrap_or(0)
}

fn head(page: &Page, setting: &Setting<'_>) -> Vec<String> {
    let window = &page.window;
    let lookback =
        window.lookback.as_deref().map_or(String::new(), |text| format!("  last {}", visible(text)));
    let paused = match page.count("paused") {
        0 => "none paused".to_owned(),
        n => format!("{} paused", grouped(n)),
    };
    let active = match page.count("active_with_findings") {
        0 => String::new(),
        n => format!(", {} action", number(n, "active needs", "active need")),
    };
    let database = shorten(&visible(setting.database), DATABASE);
    let time = window.as_of.to_the_minute();
    let mut lines = vec![styled(HEADING, &format!("{database}  {time} UTC{lookback}  {paused}{active}"))];
    if !window.present {
        lines.push("This page is of the past. Campaign statuses are as of now.".to_owned());
    }
    lines.push(traffic(page));
    if let Some((told, more)) = unmapped(&page.unmapped()) {
        let room = setting.size.0.saturating_sub(more.len() + 1);
        lines.push(styled(ALERT, &format!("{} {more}", shorten(&told, room))));
    }
    lines.push(String::new());
    lines
}

/// `6,058 attempts, 94 % failed (normal 5 %). 1,941 users had failures.`
fn traffic(page: &Page) -> String {
    let (attempts, failed) = (page.count("attempts"), page.count("failed_attempts"));
    if attempts == 0 {
        return styled(ALERT, "No attempts recorded in this time. Ingestion may be down.");
    }
    let normal = page.headline["normal_failed_share"]
        .as_f64()
        .map_or(String::new(), |share| format!(" (normal {})", percent(share)));
    // An attempt whose result no rule knows is neither a success nor a failure.
    let known = attempts - page.unmapped().iter().map(|(_, attempts)| attempts).sum::<i64>();
    if known <= 0 {
        let attempts = number(attempts, "attempt", "attempts");
        return styled(ALERT, &format!("{attempts}. Which of them failed is unknown."));
    }
    let share = percent(failed as f64 / known as f64);
    let users = number(page.count("failing_users"), "user", "users");
    let uncounted = match page.count("uncounted_attempts") {
        0 => String::new(),
        n => format!(
            " {} more were not analysed and are not in these numbers.",
            number(n, "attempt", "attempts")
        ),
    };
    format!(
        "{}, {share} failed{normal}. {users} had failures.{uncounted}",
        number(attempts, "attempt", "attempts")
    )
}

/// A row of the table: two lines, more where the terminal has to wrap a command.
struct Row {
    lines: Vec<String>,
    height: usize,
}

struct Table {
    titles: String,
    rows: Vec<Row>,
}

impl Table {
    fn of(lines: &[Line], setting: &Setting<'_>) -> Table {
        let width = setting.size.0;
        let widest = |cell: &dyn Fn(&Line) -> String, title: &str| {
            lines.iter().map(|line| cell(line).width()).chain([title.width()]).max().unwrap_or(0)
        };
        // As many rows as a screen of this height can have.
        let mark = lines.len().min(setting.size.1.saturating_sub(10) / 2).to_string().len();
        let state = widest(&Line::state, "STATUS, SINCE");
        let judged = widest(&|line| line.verdict.clone(), "VERDICT");
        let users = widest(&|line| grouped(line.users), "USERS");
        let changed = |line: &Line| setting.before.map_or(String::new(), |before| change(line, before));
        let change_width = if setting.before.is_some() { widest(&changed, "CHANGED") + 2 } else { 0 };
        let fixed = mark + 1 + 2 + state + 2 + judged + 2 + users + change_width;
        let full = widest(&|line| format!("{}{}", line.name, batch(line)), "CAMPAIGN");
        let name = full.min(width.saturating_sub(fixed)).max(12);
        let row = |mark_: &str, cells: [&str; 5], style: Style| {
            let [campaign, status, verdict, count, change] = cells;
            let change = if change_width > 0 { format!("  {change}") } else { String::new() };
            let text = format!(
                "{mark_:>mark$} {}  {}  {}  {count:>users$}{change}",
                pad(campaign, name),
                pad(status, state),
                pad(verdict, judged)
            );
            styled(style, text.trim_end())
        };
        let titles = row("", ["CAMPAIGN", "STATUS, SINCE", "VERDICT", "USERS", "CHANGED"], Style::new());
        let rows = lines.iter().enumerate().map(|(place, line)| {
            let suffix = batch(line);
            let campaign = format!("{}{suffix}", shorten(&line.name, name.saturating_sub(suffix.width())));
            let style = if line.urgent { ALERT } else { HEADING };
            let first = row(
                &(place + 1).to_string(),
                [&campaign, &line.state(), &line.verdict, &grouped(line.users), &changed(line)],
                style,
            );
            let (second, height) = action(line, place + 1, mark + 1, setting);
            Row { lines: vec![first, second], height: 1 + height }
        });
        Table { titles, rows: rows.collect() }
    }
}

/// ` (3 of 142 codes)`: of the codes that were tried or are paused, those that need action.
fn batch(line: &Line) -> String {
    match (line.codes, line.need_action) {
        (..=1, _) => String::new(),
        (codes, need) if 0 < need && need < codes => {
            format!(" ({} of {} codes)", grouped(need), grouped(codes))
        }
        (codes, _) => format!(" ({} codes)", grouped(codes)),
    }
}

/// What to do and the command for it, in one line where both fit, and how many lines a terminal makes of it.
fn action(line: &Line, place: usize, indent: usize, setting: &Setting<'_>) -> (String, usize) {
    let (width, indent) = (setting.size.0, " ".repeat(indent));
    let Some(command) = &line.command else { return (format!("{indent}{}.", line.action), 1) };
    let command = pasteable(command, line, place, setting);
    let both = indent.width() + line.action.width() + 2 + command.width();
    let styled_command = styled(PASTE, &command);
    if both <= width {
        return (format!("{indent}{}: {styled_command}", line.action), 1);
    }
    // A command alone stands further in, and is never cut: a terminal wraps it.
    (format!("    {styled_command}"), (4 + command.width()).div_ceil(width.max(1)))
}

/// The server's command with the options that were typed, by the number of the line. File names have the number and the time of the
/// page, so that two rotations write two files.
fn pasteable(command: &str, line: &Line, place: usize, setting: &Setting<'_>) -> String {
    let id = line.id.to_string();
    let of_batch =
        line.codes > 1 && !command.starts_with("promoctl rotate") && !command.starts_with("promoctl show");
    let clock: String = setting.clock.chars().filter(char::is_ascii_digit).take(4).collect();
    let words = command.split(' ').skip(1).map(|word| {
        if !setting.numbers || of_batch {
            word.to_owned()
        } else if word == id {
            place.to_string()
        } else if word == format!("codes-{id}.txt") {
            format!("codes-{place}-{}.txt", clock)
        } else {
            word.to_owned()
        }
    });
    std::iter::once(setting.again.to_owned()).chain(words).collect::<Vec<_>>().join(" ")
}

impl Setting<'_> {
    /// The options of a page of another time.
    fn window(&self) -> String {
        let of = &self.arguments.window;
        let option = |name: &str, value: &Option<String>| {
            value.as_ref().map_or(String::new(), |value| format!(" --{name} {}", shell_word(value)))
        };
        format!("{}{}", option("as-of", &of.as_of), option("lookback", &of.lookback))
    }
}

/// What has changed of a line since the page before.
fn change(line: &Line, before: &[Line]) -> String {
    let Some(old) = before.iter().find(|old| old.name == line.name && (old.codes > 1 || old.id == line.id))
    else {
        return "new".to_owned();
    };
    if old.status != line.status {
        return format!("was {}", old.status);
    }
    let word = |line: &Line| line.verdict.trim_end_matches(|c: char| !c.is_alphabetic()).to_owned();
    if word(old) != word(line) {
        return format!("was {}", word(old));
    }
    match line.users - old.users {
        0 => String::new(),
        more => format!("{}{} users", if more > 0 { "+" } else { "" }, grouped(more)),
    }
}

fn bottom(page: &Page, lines: &[Line], setting: &Setting<'_>) -> Vec<String> {
    let width = setting.size.0;
    let mut out = vec![String::new()];
    out.extend(also(&page.document, lines, width));
    out.extend(unpaused(lines, width, setting.numbers));
    let (settlement, bad) = settlement(page);
    let (escalations, due) = escalations(page);
    if settlement.width() + 2 + escalations.width() <= width {
        let style = |bad: bool| if bad { HEADING } else { Style::new() };
        out.push(format!("{}  {}", styled(style(bad), &settlement), styled(style(due), &escalations)));
    } else {
        out.extend([settlement, escalations]);
    }
    out.push(recording(page));
    if let Some(before) = setting.before {
        let gone = before.iter().filter(|old| !lines.iter().any(|line| line.name == old.name));
        let names: Vec<String> = gone.map(|line| shorten(&line.name, 24)).collect();
        if !names.is_empty() {
            out.push(shorten(&format!("No longer listed: {}.", names.join(", ")), width));
        }
    }
    out.push(String::new());
    let reader = !page.document["withheld"]["failed_attempts"].is_null();
    let again = setting.again;
    if let Some(line) = lines.first() {
        let first = if setting.numbers { "1".to_owned() } else { line.id.to_string() };
        let command = format!("{again} show {first}{}", setting.window());
        out.push(format!("Evidence on one page:  {}", styled(PASTE, &command)));
        if reader {
            out.push(
                "Your role may only read. Ask an operator to run commands that change something.".to_owned(),
            );
        } else {
            let command = format!("{again} report --format slack");
            out.push(format!("Message for others:    {}", styled(PASTE, &command)));
        }
    }
    let more = if reader { "escalations, clusters, doctor" } else { "settle, escalations, clusters, doctor" };
    out.push(format!("More: {}; {more}", styled(PASTE, &format!("{again} triage --full"))));
    out
}

/// `Unpaused: 6 Newsletter, 12 min ago, bake 3 of 15 min.`
fn unpaused(lines: &[Line], width: usize, numbers: bool) -> Option<String> {
    let mut recovered = lines.iter().enumerate().filter(|(_, line)| line.recovered);
    let (place, line) = recovered.next()?;
    let number = if numbers { format!("{} ", place + 1) } else { String::new() };
    let rest = match recovered.count() {
        0 => String::new(),
        n => format!(" And {n} more."),
    };
    let how = line.action.strip_prefix("Unpaused ").unwrap_or(&line.action);
    let room = width.saturating_sub(12 + number.width() + how.width() + rest.width() + 2);
    Some(format!("Unpaused: {number}{}, {how}.{rest}", shorten(&line.name, room)))
}

/// Failures on codes that no campaign has.
fn also(document: &Json, lines: &[Line], width: usize) -> Option<String> {
    let names: HashMap<i64, &str> = lines.iter().map(|line| (line.id, line.name.as_str())).collect();
    let listed = document["campaigns"].as_array();
    let name = |cluster: &Json| {
        let id = cluster["campaign_id"].as_str().unwrap_or_default();
        let found = listed.and_then(|all| all.iter().find(|c| c["campaign_id"] == id));
        let name = id.parse().ok().and_then(|id: i64| names.get(&id).map(|name| (*name).to_owned()));
        let name = name.or_else(|| found.and_then(|c| c["campaign_name"].as_str()).map(visible));
        shorten(&name.unwrap_or_else(|| format!("campaign {}", visible(id))), 24)
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
                "{users} guessed {}.",
                number(count(cluster, "codes"), "unknown code", "unknown codes")
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
fn settlement(page: &Page) -> (String, bool) {
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
        n => format!(", {} not checked", number(i64::try_from(n).unwrap_or(i64::MAX), "rule", "rules")),
    };
    let found = match (critical, warnings) {
        (0, 0) => "no violations".to_owned(),
        (0, n) => number(n, "warning", "warnings"),
        (n, _) => number(n, "critical violation", "critical violations"),
    };
    (format!("Settlement: {found} in 1 h{unless}."), critical > 0)
}

/// The sentence, and whether something is due.
fn escalations(page: &Page) -> (String, bool) {
    let Some(all) = page.document["escalations"].as_array() else {
        return (withheld(page, "escalations", "Escalations"), true);
    };
    let as_of = page.window.as_of;
    let due: Vec<&Json> = all.iter().filter(|one| one["overdue"] == true).collect();
    let oldest = due.iter().filter_map(|one| Timestamp::of_json(one["due_at"].as_str()?)).min();
    let oldest =
        oldest.and_then(|at| at.until(as_of)).map_or(String::new(), |age| format!(", oldest {}", brief(age)));
    let said = match (due.len(), all.len()) {
        (0, 0) => "none".to_owned(),
        (0, n) => format!("none due, {n} later"),
        (n, _) => format!("{n} due{oldest}"),
    };
    (format!("Escalations: {said}."), !due.is_empty())
}

/// Whether the application still records attempts.
fn recording(page: &Page) -> String {
    let ingestion = &page.document["ingestion"];
    let last = ingestion["last_attempt_in_window"].as_str().and_then(Timestamp::of_json);
    let ago = last.and_then(|at| at.until(page.window.as_of)).map(brief);
    let last = ago.as_ref().map_or(String::new(), |ago| format!(", last attempt {ago} ago"));
    match (ingestion["state"].as_str(), ingestion["silent_seconds"].as_i64()) {
        (Some("alive"), _) => format!("Recording: ok{last}."),
        (Some("silent"), Some(seconds)) => {
            let silence = brief(chrono::TimeDelta::seconds(seconds));
            styled(ALERT, &format!("Recording: no attempts for {silence}. Ingestion may be down."))
        }
        _ => format!("Recording: too little history to tell{last}."),
    }
}
