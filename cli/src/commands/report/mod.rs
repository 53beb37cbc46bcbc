//! `promoctl report`: runbook 6, what others are to be told. The database says what; this writes it down in the form that the
//! reader needs. The forms are templates, and each escapes whatever comes from the database in its own way.

mod charts;
mod template;

use std::fs::{File, OpenOptions};
use std::io::Write;

use serde_json::Value;

use crate::args::{Format, ReportArguments, ReportFormat};
use crate::error::{Error, Status};
use crate::output::text::visible;
use crate::output::{Printing, json, stdout};
use crate::session::{Call, Session};

/// Where the report goes, and in which form.
pub struct Destination {
    format: ReportFormat,
    file: Option<File>,
}

impl Destination {
    /// Settles the form and makes the file, before anything is asked of the database.
    pub fn open(arguments: &ReportArguments, printing: Printing) -> Result<Destination, Error> {
        let format = match (arguments.format, printing.format) {
            (Some(format), _) => format,
            (None, Format::Json) => ReportFormat::Json,
            (None, Format::Table | Format::Markdown) => ReportFormat::Markdown,
            (None, Format::Csv) => {
                return Err(Error::usage_with_hint(
                    "a report is no table, and CSV holds one",
                    "Use --format markdown, html, json or slack.",
                ));
            }
        };
        let file = arguments.out.as_ref().map(|path| {
            OpenOptions::new().write(true).create_new(true).open(path).map_err(|error| {
                Error::usage_with_hint(
                    format!("cannot make {}: {error}", path.display()),
                    "Name a file that does not exist yet, in a directory that does.",
                )
            })
        });
        Ok(Destination { format, file: file.transpose()? })
    }
}

/// Runs the command.
pub fn run(arguments: &ReportArguments, to: Destination, session: &mut Session) -> Result<Status, Error> {
    let written = write(arguments, &to, session);
    if written.is_err()
        && let Some(path) = arguments.out.as_ref()
    {
        // Nothing half done: the file was ours a moment ago, and is empty.
        let _ = std::fs::remove_file(path);
    }
    let text = written?;
    match to.file {
        Some(mut file) => file.write_all(text.as_bytes())?,
        None => {
            let mut out = stdout(Format::Json);
            out.write_all(text.as_bytes())?;
            out.flush()?;
        }
    }
    Ok(Status::Fine)
}

fn write(arguments: &ReportArguments, to: &Destination, session: &mut Session) -> Result<String, Error> {
    let call = Call::new("incident_report").with_any("incident_id", arguments.incident).with_some(
        "lookback",
        "interval",
        arguments.window.lookback.as_ref(),
    );
    let rows = session.read(|work| {
        let (as_of, _) = work.as_of(&arguments.window)?;
        work.fetch(&call.clone().with("as_of", as_of))
    })?;
    let report = rows.rows.into_iter().flatten().next();
    let Some(crate::output::Value::Json(report)) = report else {
        return Err(Error::Unexpected("incident_report() gave no document".to_owned()));
    };
    rendered(&report, to.format, &session.database)
}

/// The report in a form.
pub fn rendered(report: &Value, format: ReportFormat, database: &str) -> Result<String, Error> {
    if format == ReportFormat::Json {
        let mut out = Vec::new();
        json::write(&mut out, report)?;
        return Ok(String::from_utf8_lossy(&out).into_owned());
    }
    let report = made_visible(report);
    template::render(format, &report, &visible(database))
        .map_err(|error| Error::Unexpected(format!("the report could not be written: {error:#}")))
}

/// The report with every character that acts on its reader written out.
fn made_visible(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(visible(text)),
        Value::Array(items) => Value::Array(items.iter().map(made_visible).collect()),
        Value::Object(fields) => {
            Value::Object(fields.iter().map(|(key, value)| (key.clone(), made_visible(value))).collect())
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests;
