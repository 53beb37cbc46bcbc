//! `promoctl probe`: runbook 5.1, redeem one controlled test code. Asks what the application would answer to it; with
//! `--wait` follows the real redemption, which remains the application's to make.

mod answer;
mod follow;
mod step;

use std::io::Write;

use crate::args::{Format, ProbeArguments};
use crate::codes::{Pepper, PlainCode};
use crate::error::{Error, Status};
use crate::output::table::{ALERT, DIM, HEADING, PLAIN, PageWriter, styled};
use crate::output::{Part, Printing, Value, stdout, write_parts, write_rows};
use crate::session::Session;
use crate::signals::Signals;
use answer::Answer;
use follow::{Followed, Follower};

/// The hash to ask for. The code and the pepper are gone when this returns.
pub fn hash(arguments: &ProbeArguments, signals: &Signals) -> Result<String, Error> {
    if !arguments.refused.is_empty() {
        return Err(Error::usage_with_hint(
            "a code is not taken from the command line, where the shell's history and every user's ps show it",
            "Leave it out and type it when asked, or send it to standard input. If it was a real one, it is in the \
             shell's history now.",
        ));
    }
    if let Some(hash) = &arguments.hash {
        return checked(hash);
    }
    let pepper = Pepper::find(&arguments.pepper)?;
    PlainCode::read(signals)?.hash(&pepper)
}

/// A hash given as such. What has another form is not repeated: it may be a code, given by mistake.
fn checked(hash: &str) -> Result<String, Error> {
    if hash.len() != 64 || !hash.chars().all(|c| c.is_ascii_hexdigit()) {
        return Err(Error::usage_with_hint(
            "--hash is not the hash of a code: 64 hex digits",
            "promoctl triage --output json shows hashes in full.",
        ));
    }
    Ok(hash.to_ascii_lowercase())
}

/// Runs the command.
pub fn run(
    arguments: &ProbeArguments,
    hash: String,
    session: &mut Session,
    signals: &Signals,
    printing: Printing,
) -> Result<Status, Error> {
    let (since, answer) = session.read(|work| {
        let (since, _) = work.as_of(&crate::args::WindowArguments::default())?;
        Ok((since, Answer { rows: work.fetch(&answer::call(&hash, arguments))? }))
    })?;

    let mut out = stdout(printing.format);
    if printing.format == Format::Table {
        write_answer(&mut out, &answer, arguments)?;
    }
    let followed = match (arguments.wait, arguments.user) {
        (Some(wait), Some(user)) if answer.accepted() => {
            out.flush()?;
            let follower = Follower { hash, user, since, wait, campaign: answer.campaign() };
            Some(follower.follow(session, signals, printing)?)
        }
        (Some(_), _) => {
            if printing.format == Format::Table {
                writeln!(out, "{}", styled(DIM, "Not waiting: a redemption would fail, see above."))?;
            }
            None
        }
        (None, _) => None,
    };
    if let Some(Followed { verdict: follow::Verdict::Interrupted(signal), .. }) = followed {
        // What came so far has been told; a program gets no half answer.
        return Ok(Status::Signal(signal));
    }
    if printing.format != Format::Table {
        write_plain(&mut out, &answer, followed.as_ref(), arguments, printing)?;
    }
    out.flush()?;
    let fine = followed.map_or(answer.accepted() && arguments.wait.is_none(), |followed| {
        followed.verdict == follow::Verdict::Passed
    });
    Ok(if fine { Status::Fine } else { Status::Findings })
}

/// The answer for people.
fn write_answer(out: &mut impl Write, answer: &Answer, arguments: &ProbeArguments) -> Result<(), Error> {
    let style = if answer.accepted() { HEADING } else { ALERT };
    writeln!(out, "{}", styled(style, &answer.word()))?;
    out.say(PLAIN, &answer.sentence(arguments))?;
    if arguments.wait.is_none() {
        let line = "A simulation: nothing was written. The application's rate limits and its scopes are not known here.";
        out.say(DIM, line)?;
    }
    Ok(())
}

/// The answer for programs and tickets, with what was followed where anything was.
fn write_plain(
    out: &mut impl Write,
    answer: &Answer,
    followed: Option<&Followed>,
    arguments: &ProbeArguments,
    printing: Printing,
) -> Result<(), Error> {
    if printing.format == Format::Csv {
        // One table: the steps where there was something to follow, else the answer.
        let rows = followed.map_or(&answer.rows, |followed| &followed.steps);
        return write_rows(out, printing.format, rows, printing.csv_raw);
    }
    let mut parts = answer.rows.facts();
    if arguments.wait.is_some() {
        let verdict = followed.map_or("NOT_WAITED", |followed| followed.verdict.name());
        parts.push(Part::Fact("verdict", Value::Text(verdict.to_owned())));
    }
    if let Some(followed) = followed {
        parts.push(Part::Table("steps", "Steps", &followed.steps));
        parts.push(Part::Table("violations", "Violations", &followed.violations));
    }
    write_parts(out, printing.format, &parts)
}

#[cfg(test)]
mod tests;
