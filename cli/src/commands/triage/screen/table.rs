//! The campaigns of the first screen: a row of columns for each, and below it what to do.

use anstyle::Style;
use unicode_width::UnicodeWidthStr;

use super::setting::Setting;
use crate::commands::triage::lines::Line;
use crate::output::table::{ALERT, HEADING, PASTE, styled};
use crate::output::text::{grouped, pad, shorten};

/// The title of the verdicts. What follows a verdict is the confidence in it.
const JUDGED: &str = "VERDICT, CONFIDENCE";

/// A row of the table: the columns and what to do.
pub struct Row {
    columns: String,
    action: Vec<String>,
    /// The command alone, for a screen that is not high enough for the action as well.
    command: Vec<String>,
    width: usize,
}

impl Row {
    /// Its lines.
    pub fn lines(self, short: bool) -> impl Iterator<Item = String> {
        std::iter::once(self.columns).chain(if short { self.command } else { self.action })
    }

    /// The lines that a terminal makes of it: it wraps a command that is too wide.
    pub fn height(&self, short: bool) -> usize {
        let below = if short { &self.command } else { &self.action };
        let of = |line: &String| anstream::adapter::strip_str(line).to_string().width().div_ceil(self.width);
        1 + below.iter().map(of).sum::<usize>()
    }
}

/// The campaigns in columns.
pub struct Table {
    pub titles: String,
    pub rows: Vec<Row>,
}

impl Table {
    pub fn of(lines: &[Line], setting: &Setting<'_>) -> Table {
        let width = setting.size.0;
        let widest = |cell: &dyn Fn(&Line) -> String, title: &str| {
            lines.iter().map(|line| cell(line).width()).chain([title.width()]).max().unwrap_or(0)
        };
        // As many rows as a screen of this height can have.
        let mark = lines.len().min(setting.size.1.saturating_sub(10) / 2).to_string().len();
        let state = widest(&Line::state, "STATUS, SINCE");
        let judged = widest(&|line| line.verdict.clone(), JUDGED);
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
        let titles = row("", ["CAMPAIGN", "STATUS, SINCE", JUDGED, "USERS", "CHANGED"], Style::new());
        let rows = lines.iter().enumerate().map(|(place, line)| {
            let suffix = batch(line);
            let campaign = format!("{}{suffix}", shorten(&line.name, name.saturating_sub(suffix.width())));
            let style = if line.urgent { ALERT } else { HEADING };
            let first = row(
                &(place + 1).to_string(),
                [&campaign, &line.state(), &line.verdict, &grouped(line.users), &changed(line)],
                style,
            );
            let (action, command) = action(line, place + 1, mark + 1, setting);
            Row { columns: first, action, command, width: width.max(1) }
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

/// What to do and the command for it, in one line where both fit; and the shortest form. A command is never cut.
fn action(line: &Line, place: usize, indent: usize, setting: &Setting<'_>) -> (Vec<String>, Vec<String>) {
    let (width, spaces) = (setting.size.0, " ".repeat(indent));
    let Some(command) = &line.command else {
        let only = vec![format!("{spaces}{}.", line.action)];
        return (only.clone(), only);
    };
    let command = pasteable(command, line, place, setting);
    if indent + line.action.width() + 2 + command.width() <= width {
        let both = vec![format!("{spaces}{}: {}", line.action, styled(PASTE, &command))];
        return (both.clone(), both);
    }
    // A command alone stands further in, but further left where it would have to wrap otherwise.
    let spare = width.checked_sub(command.width());
    let further = " ".repeat(spare.unwrap_or(indent + 2).min(indent + 2));
    let alone = format!("{further}{}", styled(PASTE, &command));
    (
        vec![format!("{spaces}{}:", shorten(&line.action, width.saturating_sub(indent + 1))), alone.clone()],
        vec![alone],
    )
}

/// The server's command with the options that were typed, by the number of the line. File names have the number and the time of the
/// page, so that two rotations write two files.
pub fn pasteable(command: &str, line: &Line, place: usize, setting: &Setting<'_>) -> String {
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
