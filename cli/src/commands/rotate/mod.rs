//! `promoctl rotate`: runbook section 3, replace a leaked batch.
//!
//! The server does everything in one transaction; the file with the plain codes is whole and on disk before that commits, and has
//! its final name only afterwards. So whatever is killed when, every code in use is in a file.

mod file;

use std::io::Write as _;

use self::file::CodeFile;
use crate::args::RotateArguments;
use crate::codes::{Made, Pepper, make};
use crate::error::{Error, Status};
use crate::fate;
use crate::output::live::Live;
use crate::output::table::{HEADING, PLAIN, PageWriter, styled};
use crate::output::text::{counted, visible};
use crate::output::{Printing, Rows};
use crate::reference::{self, Purpose};
use crate::session::{Argument, Call, Session};

/// More codes than this take so long that one wants to see it.
const MANY: usize = 1_000;

/// What is needed before a server is.
pub struct Prepared {
    pepper: Pepper,
    file: CodeFile,
}

/// Finds the pepper, and makes sure that the file can be made.
pub fn prepare(arguments: &RotateArguments) -> Result<Prepared, Error> {
    let file = CodeFile::at(&arguments.out)?;
    Ok(Prepared { pepper: Pepper::find(&arguments.pepper)?, file })
}

/// The codes of the batch that can be rotated, with their prefixes, and how many cannot.
struct Batch {
    codes: Vec<(i64, String)>,
    used_up: usize,
    rotated: usize,
    successors: usize,
}

impl Batch {
    fn of(rows: &Rows, name: &str, again: bool) -> Result<Batch, Error> {
        let mut batch = Batch { codes: Vec::new(), used_up: 0, rotated: 0, successors: 0 };
        for row in rows.iter() {
            let Some(id) = row.get("campaign_id").int() else { continue };
            if row.get("rotated_into").int().is_some() {
                batch.rotated += 1;
            } else if row.get("rotated_from").int().is_some() && !again {
                // They have the batch's name: a command that is repeated must not replace codes that were just handed out.
                batch.successors += 1;
            } else if row.get("remaining").int().is_some_and(|n| n <= 0) {
                batch.used_up += 1;
            } else {
                batch.codes.push((id, row.text("code_prefix").unwrap_or_default().to_owned()));
            }
        }
        if rows.is_empty() {
            return Err(Error::usage_with_hint(
                format!("no campaign has the name \"{}\"", visible(name)),
                "It is compared exactly; promoctl paused shows names.",
            ));
        }
        if batch.codes.is_empty() {
            return Err(Error::usage_with_hint(
                format!("nothing of \"{}\" can be rotated: {}", visible(name), batch.left_out()),
                "Successors that leaked too are rotated with --again.",
            ));
        }
        Ok(batch)
    }

    /// What is not rotated, and why.
    fn left_out(&self) -> String {
        let parts = [
            (self.used_up, "used up"),
            (self.rotated, "rotated before"),
            (self.successors, "successors themselves"),
        ];
        let told = parts
            .iter()
            .filter(|(n, _)| *n > 0)
            .map(|(n, why)| format!("{} {why}", counted(*n as i64, "code")));
        told.collect::<Vec<_>>().join(", ")
    }
}

/// The name of the batch: given as a whole, or that of a campaign that was referred to.
fn batch_name(arguments: &RotateArguments, session: &mut Session) -> Result<String, Error> {
    let given = match (&arguments.name, &arguments.campaign) {
        (Some(name), _) => return Ok(name.clone()),
        (None, given) => given.as_deref().unwrap_or_default(),
    };
    let campaign = reference::resolve(given, session, Purpose::Batch)?;
    campaign.name.filter(|name| !name.is_empty()).ok_or_else(|| {
        Error::usage_with_hint(
            format!("campaign {} has no name, or does not exist", campaign.id),
            "A batch is rotated by the name that its campaigns share.",
        )
    })
}

/// Runs the command.
pub fn run(
    arguments: &RotateArguments,
    prepared: &Prepared,
    session: &mut Session,
    printing: Printing,
) -> Result<Status, Error> {
    let name = batch_name(arguments, session)?;
    let call = Call::new("campaign_batch").with("campaign_name", name.as_str());
    let rows = session.read(|work| work.fetch(&call)).map_err(fate::before_commit)?;
    let batch = Batch::of(&rows, &name, arguments.again)?;
    let codes = make_all(&batch, &prepared.pepper)?;

    let list =
        |items: &mut dyn Iterator<Item = String>| format!("{{{}}}", items.collect::<Vec<_>>().join(","));
    let call = Call::new("rotate")
        .with(
            "campaign_ids",
            Argument::As("bigint[]", list(&mut batch.codes.iter().map(|(id, _)| id.to_string()))),
        )
        .with("code_hashes", Argument::As("text[]", list(&mut codes.iter().map(|code| code.hash.clone()))))
        .with(
            "code_prefixes",
            Argument::As("text[]", list(&mut codes.iter().map(|code| code.prefix.clone()))),
        )
        .with("reason", arguments.reason.as_str());
    let mut work = session.change()?;
    let answer = work.fetch(&call)?;
    prepared.file.write(&answer, &codes)?;
    drop(codes);
    match work.commit() {
        Ok(()) => prepared.file.finish()?,
        Err(cause @ Error::InDoubt { .. }) => {
            let first = answer.first().get("new_campaign_id").int();
            let told = format!(
                "whether the codes were rotated is not known. The new ones are in\n    {}\nOnce the server is back, run\n    {}\n\
                 If it gives a row, they are in use: give the file its name, {}. If not, delete it.",
                prepared.file.partial().display(),
                file::question(first),
                arguments.out.display()
            );
            return Err(Error::Step { told, cause: Box::new(cause) });
        }
        Err(cause) => {
            prepared.file.discard();
            return Err(cause);
        }
    }

    let first = answer.first();
    crate::output::answer(printing, &answer, |out| {
        let says = format!("Rotated {} of {}", counted(answer.len(), "code"), visible(&name));
        writeln!(out, "{} (action {}).", styled(HEADING, &says), first.get("action_id").plain())?;
        let left = batch.left_out();
        if !left.is_empty() {
            out.say(PLAIN, &format!("Left out: {left}."))?;
        }
        let told = format!(
            "The new codes are in {}, which only you can read. They are paused, with the uses that were left; the old ones \
             stay paused. Check and unpause each new code:",
            arguments.out.display()
        );
        out.say(PLAIN, &told)?;
        out.paste(&session.again, &format!("check {}", first.get("new_campaign_id").plain()))
    })?;
    Ok(Status::Fine)
}

/// A code for each of the batch; on a terminal it is said how far that is where it takes long.
fn make_all(batch: &Batch, pepper: &Pepper) -> Result<Vec<Made>, Error> {
    let count = batch.codes.len();
    let mut live = if count > MANY { Live::here() } else { None };
    let mut codes = Vec::with_capacity(count);
    for (place, (_, prefix)) in batch.codes.iter().enumerate() {
        if place % MANY == 0
            && let Some(live) = &mut live
        {
            live.draw(&[(PLAIN, format!("making codes: {place} of {count}"))])?;
        }
        codes.push(make(prefix, pepper)?);
    }
    Ok(codes)
}
