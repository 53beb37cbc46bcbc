//! The first screen: what is wrong, whom it hurts and what to type, on 24 lines of 80 columns.

mod facts;
mod setting;
mod table;

use anstyle::Style;
use unicode_width::UnicodeWidthStr;

use self::facts::{also, escalations, recording, settlement, unpaused};
pub use self::setting::Setting;
use self::table::Table;
use super::lines::Line;
use super::page::Page;
use super::words::{number, percent, unmapped};
use crate::output::table::{ALERT, DIM, HEADING, PASTE, styled};
use crate::output::text::{grouped, shorten, visible};

/// Campaigns that are shown whatever the height.
const AT_LEAST: usize = 5;
/// Columns of a database's name.
const DATABASE: usize = 20;

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
        let short = table.rows.iter().map(|row| row.height(false)).sum::<usize>() > room;
        let mut taken = 0;
        let fits = table.rows.iter().take_while(|row| {
            taken += row.height(short);
            taken <= room
        });
        let shown = fits.count().max(AT_LEAST).min(lines.len());
        rows.push(styled(DIM, &table.titles));
        rows.extend(table.rows.into_iter().take(shown).flat_map(|row| row.lines(short)));
        let rest = lines.len() - shown + unlisted(page, lines);
        if rest > 0 {
            let rest = number(i64::try_from(rest).unwrap_or(i64::MAX), "more", "more");
            rows.push(styled(DIM, &format!("and {rest}: {} triage --full{}", setting.again, setting.window)));
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
    let time = window.as_of.form("%Y-%m-%d %H:%M");
    let mut lines = vec![styled(HEADING, &format!("{database}  {time} UTC{lookback}  {paused}{active}"))];
    if !window.present {
        lines.push("This page is of the past. Only the statuses of campaigns are those of now.".to_owned());
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
        return styled(
            ALERT,
            "No attempts recorded in this time. Check that the application still writes them.",
        );
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

fn bottom(page: &Page, lines: &[Line], setting: &Setting<'_>) -> Vec<String> {
    let width = setting.size.0;
    let mut out = vec![String::new()];
    let also = also(&page.document, width);
    out.extend(also.map(|told| with_command(&told, Style::new(), Some("clusters"), setting)));
    out.extend(unpaused(lines, setting));
    let (settlement, bad) = settlement(page);
    let (escalations, due) = escalations(page);
    let style = |bad: bool| if bad { HEADING } else { Style::new() };
    if !bad && !due && settlement.width() + 2 + escalations.width() <= width {
        out.push(format!("{settlement}  {escalations}"));
    } else {
        out.push(with_command(&settlement, style(bad), bad.then_some("settle"), setting));
        out.push(with_command(&escalations, style(due), due.then_some("escalations"), setting));
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
        let command = format!("{again} show {first}{}", setting.window);
        out.push(format!("Evidence:     {}", styled(PASTE, &command)));
        if reader {
            out.push(
                "Your role may only read. Ask an operator to run commands that change something.".to_owned(),
            );
        } else {
            let command = format!("{again} report --format slack{}", setting.window);
            out.push(format!("Tell others:  {}", styled(PASTE, &command)));
        }
    }
    let all = format!("{again} triage --full{}", setting.window);
    let others =
        if reader { "escalations, clusters, doctor" } else { "settle, escalations, clusters, doctor" };
    let more = format!("More:         {}", styled(PASTE, &all));
    // Those other commands are in the help as well.
    let fits = 14 + all.width() + 2 + others.width() <= width;
    out.push(if fits { format!("{more}, {others}") } else { more });
    out
}

/// A sentence with the command that says more, where both fit.
fn with_command(told: &str, style: Style, command: Option<&str>, setting: &Setting<'_>) -> String {
    let said = styled(style, told);
    let Some(command) = command else { return said };
    let command = format!("{} {command}{}", setting.again, setting.window);
    if told.width() + 2 + command.width() > setting.size.0 {
        return said;
    }
    format!("{said}  {}", styled(PASTE, &command))
}
