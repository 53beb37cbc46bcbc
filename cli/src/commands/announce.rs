//! `promoctl announce`: runbook section 2, record a promotion that was planned, withdraw it, list all.

use std::io::{self, Write};

use crate::args::AnnounceArguments;
use crate::error::{Error, Status};
use crate::output::table::{DIM, Fit, HEADING, Layout, PLAIN, PageWriter, nothing, page_width, styled};
use crate::output::text::{shorten, visible};
use crate::output::{Printing, Rows, answer};
use crate::reference::{self, Purpose};
use crate::session::{Argument, Call, Session};

/// Columns of a batch's name on a page.
const NAME_SHOWN: usize = 30;

/// Runs the command.
pub fn run(
    arguments: &AnnounceArguments,
    session: &mut Session,
    printing: Printing,
) -> Result<Status, Error> {
    if arguments.campaign.is_some() || arguments.batch.is_some() {
        return announce(arguments, session, printing);
    }
    if let Some(id) = arguments.withdraw {
        return withdraw(id, arguments, session, printing);
    }
    let rows = session.read(|work| work.announcements())?;
    answer(printing, &rows, |out| write_page(out, &rows))?;
    Ok(Status::Fine)
}

fn announce(
    arguments: &AnnounceArguments,
    session: &mut Session,
    printing: Printing,
) -> Result<Status, Error> {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let (call, whom) = match (&arguments.campaign, &arguments.batch) {
        (Some(campaign), _) => {
            let id = reference::resolve(campaign, session, Purpose::Change)?.id;
            let call = Call::new("announce");
            (call.with("campaign_id", id), format!("campaign {id}"))
        }
        (None, batch) => {
            let call = Call::new("announce_batch");
            let whom = format!("all codes of \"{}\"", visible(&text(batch)));
            (call.with("campaign_name", text(batch).as_str()), whom)
        }
    };
    let call = call
        .with("starts_at", Argument::As("timestamptz", text(&arguments.from)))
        .with("ends_at", Argument::As("timestamptz", text(&arguments.until)))
        .with("note", arguments.note.as_deref().unwrap_or_default());
    let rows = session.apply(&call)?;
    answer(printing, &rows, |out| {
        let id = rows.first().values.first().map_or_else(nothing, |id| id.plain());
        let says = format!("Announced a promotion of {whom} (announcement {id}).");
        out.say(HEADING, &says)?;
        let says = "Verdicts and checks expect new users in that time. It does not explain guessed codes or repeated attempts.";
        out.say(PLAIN, says)?;
        writeln!(out, "\nWithdraw it if it was wrong.")?;
        out.paste(&session.again, &format!("announce --withdraw {id} --reason 'why'"))
    })?;
    Ok(Status::Fine)
}

fn withdraw(
    id: i64,
    arguments: &AnnounceArguments,
    session: &mut Session,
    printing: Printing,
) -> Result<Status, Error> {
    let call = Call::new("withdraw_announcement")
        .with("id", id)
        .with("reason", arguments.reason.as_deref().unwrap_or_default());
    let rows = session.apply(&call)?;
    answer(printing, &rows, |out| {
        let action = rows.first().get("action_id").plain();
        let says = format!("Withdrew announcement {id} (action {action}).");
        writeln!(out, "{} It is no evidence from now on.", styled(HEADING, &says))
    })?;
    Ok(Status::Fine)
}

/// The list for people.
fn write_page(to: &mut impl Write, rows: &Rows) -> io::Result<()> {
    if rows.is_empty() {
        return writeln!(to, "No promotion is announced.");
    }
    let columns = [("id", Fit::Right), ("time", Fit::Left), ("of", Fit::Left), ("note", Fit::Wrap)];
    let mut layout = Layout::new(page_width(), &columns);
    for row in rows.iter() {
        let time = |name| row.time(name).map_or_else(nothing, |at| at.to_string());
        let of = match row.get("campaign_id").int() {
            Some(id) => format!("campaign {id}"),
            None => row.shown("campaign_name").map_or_else(nothing, |name| shorten(&name, NAME_SHOWN)),
        };
        let mut by = format!("by {}", row.words("announced_by"));
        if row.time("withdrawn_at").is_some() {
            let (who, why) = (row.words("withdrawn_by"), row.words("withdrawal_reason"));
            by += &format!("; withdrawn by {who}: {why}");
        }
        layout.row([
            row.get("id").plain(),
            format!("{}\nto {}", time("starts_at"), time("ends_at")),
            of,
            format!("{}\n{}", row.words("note"), styled(DIM, &by)),
        ]);
    }
    layout.write(to)
}
