//! Templates, and how each form escapes.

use minijinja::value::{Value, ValueKind};
use minijinja::{AutoEscape, Environment, Error, Output, State, context};

use super::charts;
use crate::args::ReportFormat;
use crate::commands::triage::words::verdict;
use crate::output::markdown;
use crate::output::text::{counted, grouped, shorten};
use crate::output::time::Timestamp;

const MARKDOWN: AutoEscape = AutoEscape::Custom("markdown");
const SLACK: AutoEscape = AutoEscape::Custom("slack");

/// Writes the report by its template.
pub fn render(format: ReportFormat, report: &serde_json::Value, database: &str) -> Result<String, Error> {
    let mut templates = Environment::new();
    templates.set_trim_blocks(true);
    templates.set_lstrip_blocks(true);
    templates.set_auto_escape_callback(|name| match name {
        "slack" => SLACK,
        "html" | "style" => AutoEscape::Html,
        _ => MARKDOWN,
    });
    templates.set_formatter(write);
    templates.add_filter("num", |value: Value| as_number(&value).map_or_else(|| "-".to_owned(), grouped));
    templates
        .add_filter("counted", |value: Value, noun: String| counted(as_number(&value).unwrap_or(0), &noun));
    templates.add_filter("moment", |value: Value| time(&value, "%Y-%m-%d %H:%M:%SZ"));
    templates.add_filter("clock", |value: Value| time(&value, "%H:%M"));
    templates.add_filter("words", |value: String| value.replace('_', " ").to_lowercase());
    templates.add_filter("kind", |value: String| kind_title(&value));
    // The length of a bar in per cent of the longest: what is there is seen.
    templates.add_filter("width", |value: Option<f64>, longest: Option<f64>| {
        let share = value.unwrap_or(0.0) / longest.unwrap_or(0.0).max(1.0) * 100.0;
        (share.clamp(0.4, 100.0) * 100.0).round() / 100.0
    });
    let names = report["campaign_names"].clone();
    templates.add_filter("name", move |id: String| names[&id].as_str().unwrap_or("no name").to_owned());
    templates.add_filter("verdict", |value: String| verdict(&value, None));
    // What a line of a chart has room for on a phone.
    templates.add_filter("short", |value: String| shorten(&value, 40));
    templates.add_filter("percent", |value: Value| {
        f64::try_from(value).map_or_else(|_| "-".to_owned(), promo_guard_core::words::percent)
    });
    templates.add_template("markdown", include_str!("templates/report.md.j2"))?;
    templates.add_template("slack", include_str!("templates/report.slack.j2"))?;
    templates.add_template("html", include_str!("templates/report.html.j2"))?;
    templates.add_template("style", include_str!("templates/style.css"))?;
    let name = match format {
        ReportFormat::Slack => "slack",
        ReportFormat::Html => "html",
        ReportFormat::Markdown | ReportFormat::Json => "markdown",
    };
    let text = templates.get_template(name)?.render(context! {
        report => Value::from_serialize(report),
        charts => Value::from_serialize(charts::of(report)),
        database => database,
    })?;
    Ok(text.trim_start().trim_end().to_owned() + "\n")
}

/// Escapes what a template prints, unless the template itself says that it is safe.
fn write(out: &mut Output<'_>, state: &State<'_, '_>, value: &Value) -> Result<(), Error> {
    let escape: fn(&str) -> String = match state.auto_escape() {
        escape if escape == MARKDOWN => markdown::escaped,
        escape if escape == SLACK => slack,
        _ => return minijinja::escape_formatter(out, state, value),
    };
    match value.kind() {
        ValueKind::String if !value.is_safe() => {
            out.write_str(&escape(value.as_str().unwrap_or_default())).map_err(Error::from)
        }
        ValueKind::Undefined | ValueKind::None => Ok(()),
        _ => out.write_str(&value.to_string()).map_err(Error::from),
    }
}

/// Text without a meaning in Slack. Its three entities are escaped as Slack says; for its markup there is no escape, so the
/// characters that make it give way to others that look the same.
pub fn slack(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = ' ';
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '*' => out.push('∗'),
            '~' => out.push('∼'),
            '`' => out.push('ˋ'),
            '@' => out.push('＠'),
            // Within a word an underscore means nothing, and names are full of them.
            '_' if !(before.is_alphanumeric() && rest.peek().is_some_and(|next| next.is_alphanumeric())) => {
                out.push('＿');
            }
            '\n' | '\r' => out.push(' '),
            other => out.push(other),
        }
        before = character;
    }
    out
}

/// A kind of cluster in the words of readers who do not know its name.
fn kind_title(kind: &str) -> String {
    match kind {
        "CONFIG_FAILURE" => "wrong configuration",
        "ENUMERATION" => "guessed codes",
        "SURGE" => "surge of users",
        "PAUSE_ECHO" => "caused by the pause",
        "BACKGROUND" => "unrelated failures",
        // What its name says, and a kind of a later version.
        _ => return kind.replace('_', " ").to_lowercase(),
    }
    .to_owned()
}

fn as_number(value: &Value) -> Option<i64> {
    i64::try_from(value.clone()).ok()
}

/// A time of the report in UTC; nothing is a dash.
fn time(value: &Value, form: &str) -> String {
    let Some(text) = value.as_str() else { return "-".to_owned() };
    Timestamp::of_json(text).map_or_else(|| text.to_owned(), |time| time.form(form))
}
