//! `promoctl incident`: runbook 6, declare an incident, note how it stands, close it.

use std::io::{self, Write};

use crate::args::{IncidentArguments, IncidentStep};
use crate::error::{Error, Status};
use crate::output::table::{DIM, HEADING, PageWriter, page_width, styled};
use crate::output::text::{visible, wrapped};
use crate::output::{Printing, Rows, answer};
use crate::session::{Argument, Call, Session, Work};

/// Runs the command.
pub fn run(
    arguments: &IncidentArguments,
    session: &mut Session,
    printing: Printing,
) -> Result<Status, Error> {
    let mut work = session.change()?;
    let (rows, what) = match &arguments.step {
        IncidentStep::Open { title, trigger, started_at } => {
            let call = Call::new("open_incident")
                .with("title", title.as_str())
                .with("trigger", trigger.as_str())
                .with_some("started_at", "timestamptz", started_at.as_ref());
            let answer = work.fetch(&call)?;
            let id = answer.first().int("open_incident");
            (work.incident(id)?, "Declared")
        }
        IncidentStep::Checkpoint { note, within, next, incident } => {
            let id = open(&mut work, *incident)?;
            let next = match next {
                Some(time) => Argument::As("timestamptz", time.clone()),
                None => work.after_now(within)?.into(),
            };
            let call = Call::new("checkpoint")
                .with("incident_id", id)
                .with("next_at", next)
                .with("note", note.as_str());
            (work.fetch(&call)?, "Noted")
        }
        IncidentStep::Close { note, incident } => {
            let id = open(&mut work, *incident)?;
            let call = Call::new("close_incident").with("incident_id", id).with("note", note.as_str());
            (work.fetch(&call)?, "Closed")
        }
    };
    work.commit()?;
    answer(printing, &rows, |out| write_page(out, &rows, what, &session.again))?;
    Ok(Status::Fine)
}

/// The incident that is meant: the given one, else the open one.
fn open(work: &mut Work<'_>, given: Option<i64>) -> Result<i64, Error> {
    if let Some(id) = given {
        return Ok(id);
    }
    work.open_incident()?.ok_or_else(|| {
        Error::usage_with_hint(
            "no incident is open",
            "Declare one with: promoctl incident open TITLE; or name another with --incident ID.",
        )
    })
}

fn write_page(out: &mut impl Write, rows: &Rows, what: &str, again: &str) -> io::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let row = rows.first();
    out.say(HEADING, &format!("{what}: incident {}, {}", row.get("id").plain(), row.words("title")))?;
    for (label, name) in [
        ("trigger", "trigger"),
        ("began", "started_at"),
        ("detected", "detected_at"),
        ("declared", "declared_at"),
        ("declared by", "declared_by"),
        ("next checkpoint", "next_checkpoint_at"),
        ("closed", "closed_at"),
        ("note", "note"),
    ] {
        let value = row.get(name);
        let text = match value.time() {
            Some(time) => time.to_string(),
            None => visible(&value.plain()),
        };
        match (name, text.is_empty()) {
            ("started_at", true) => writeln!(out, "  {label:<15}  {}", styled(DIM, "not found in the data"))?,
            (_, true) => {}
            _ => {
                let indent = " ".repeat(19);
                let text = wrapped(&text, page_width(), &indent);
                writeln!(out, "  {label:<15}  {}", text.trim_start())?;
            }
        }
    }
    let next = match what {
        "Declared" => [
            ("Announce the next report.", "incident checkpoint 'what is known' --in '30 min'"),
            ("Tell them.", "report --format slack"),
        ],
        _ => [("Tell others.", "report --format markdown"), ("See what must be escalated.", "escalations")],
    };
    out.title("Next")?;
    for (why, command) in next {
        writeln!(out, "  {why}")?;
        out.paste(again, command)?;
    }
    Ok(())
}
