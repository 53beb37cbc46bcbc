//! `promoctl announce`: runbook section 2, record a promotion that was planned, withdraw it, list all.

use std::io::{self, Write};

use crate::args::AnnounceArguments;
use crate::error::{Error, Status};
use crate::output::table::{DIM, Fit, HEADING, Layout, PASTE, nothing, page_width, styled};
use crate::output::text::{shorten, visible, wrapped};
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
    let rows = session.read(|work| work.relation("announcements", "ORDER BY id DESC"))?;
    answer(printing, &rows, |out| write_page(out, &rows))?;
    Ok(Status::Fine)
}

fn announce(
    arguments: &AnnounceArguments,
    session: &mut Session,
    printing: Printing,
) -> Result<Status, Error> {
    let again = session.again.clone();
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let (call, whom) = match (&arguments.campaign, &arguments.batch) {
        (Some(campaign), _) => {
            let id = reference::resolve(campaign, session, Purpose::Change)?.id;
            let call = Call::new("announce");
            (call.with("campaign_id", Argument::Id(id)), format!("campaign {id}"))
        }
        (None, batch) => {
            let call = Call::new("announce_batch");
            let whom = format!("all codes of \"{}\"", visible(&text(batch)));
            (call.with("campaign_name", Argument::As("text", text(batch))), whom)
        }
    };
    let call = call
        .with("starts_at", Argument::As("timestamptz", text(&arguments.from)))
        .with("ends_at", Argument::As("timestamptz", text(&arguments.until)))
        .with("note", Argument::As("text", text(&arguments.note)));
    let mut work = session.change()?;
    let rows = work.fetch(&call)?;
    work.commit()?;
    answer(printing, &rows, |out| {
        let id = rows.rows.first().and_then(|row| row.first()).map_or_else(nothing, |id| id.plain());
        let says = format!("Announced a promotion of {whom} (announcement {id}).");
        writeln!(out, "{}", styled(HEADING, &wrapped(&says, page_width(), "")))?;
        let says = "Verdicts and checks expect new users in that time. It does not explain guessed codes or repeated attempts.";
        writeln!(out, "{}", wrapped(says, page_width(), ""))?;
        writeln!(out, "\nWithdraw it if it was wrong.")?;
        writeln!(out, "{}", styled(PASTE, &format!("    {again} announce --withdraw {id} --reason 'why'")))
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
        .with("id", Argument::Id(id))
        .with("reason", Argument::As("text", arguments.reason.clone().unwrap_or_default()));
    let mut work = session.change()?;
    let rows = work.fetch(&call)?;
    work.commit()?;
    answer(printing, &rows, |out| {
        let action = rows.rows.first().map_or_else(nothing, |row| rows.get(row, "action_id").plain());
        let says = format!("Withdrew announcement {id} (action {action}).");
        writeln!(out, "{} It is no evidence from now on.", styled(HEADING, &says))
    })?;
    Ok(Status::Fine)
}

/// The list for people.
fn write_page(to: &mut impl Write, rows: &Rows) -> io::Result<()> {
    if rows.rows.is_empty() {
        return writeln!(to, "No promotion is announced.");
    }
    let columns = [("id", Fit::Right), ("time", Fit::Left), ("of", Fit::Left), ("note", Fit::Wrap)];
    let mut layout = Layout::new(page_width(), &columns);
    for row in &rows.rows {
        let get = |name| rows.get(row, name);
        let text = |name| get(name).text().map(visible);
        let time = |name| get(name).time().map_or_else(nothing, |at| at.to_string());
        let of = match get("campaign_id").int() {
            Some(id) => format!("campaign {id}"),
            None => text("campaign_name").map_or_else(nothing, |name| shorten(&name, NAME_SHOWN)),
        };
        let mut by = format!("by {}", text("announced_by").unwrap_or_default());
        if get("withdrawn_at").time().is_some() {
            let who = text("withdrawn_by").unwrap_or_default();
            by += &format!("; withdrawn by {who}: {}", text("withdrawal_reason").unwrap_or_default());
        }
        layout.row([
            get("id").plain(),
            format!("{}\nto {}", time("starts_at"), time("ends_at")),
            of,
            format!("{}\n{}", text("note").unwrap_or_default(), styled(DIM, &by)),
        ]);
    }
    layout.write(to)
}
