//! `promoctl escalations`: runbook 7, who must know of what, since when.

use std::io::{self, Write};

use crate::args::{EscalationsArguments, WindowArguments};
use crate::error::{Error, Status, severity_style};
use crate::output::table::{ALERT, DIM, HEADING, page_width, styled};
use crate::output::text::{counted, grouped, number, visible, wrapped};
use crate::output::time::{Timestamp, relative};
use crate::output::{Printing, Rows, Value, answer};
use crate::reference::{self, Purpose};
use crate::session::{Argument, Call, Session};

/// Runs the command.
pub fn run(
    arguments: &EscalationsArguments,
    session: &mut Session,
    printing: Printing,
) -> Result<Status, Error> {
    if let Some(rule) = &arguments.acknowledge {
        return acknowledge(arguments, rule, session, printing);
    }
    let window = WindowArguments { lookback: None, as_of: arguments.as_of.clone() };
    let (as_of, present, rows) = session.read(|work| {
        let (as_of, present) = work.as_of(&window)?;
        let call = Call::new("escalations").with("as_of", Argument::Time(as_of));
        Ok((as_of, present, work.fetch(&call)?))
    })?;

    answer(printing, &rows, |out| write_page(out, &rows, as_of, present, &session.database))?;
    Ok(if due(&rows) > 0 { Status::Findings } else { Status::Fine })
}

fn acknowledge(
    arguments: &EscalationsArguments,
    rule: &str,
    session: &mut Session,
    printing: Printing,
) -> Result<Status, Error> {
    let campaign = match &arguments.campaign {
        Some(given) => Some(reference::resolve(given, session, Purpose::Change)?.id.to_string()),
        None => None,
    };
    let mut work = session.change()?;
    let call = Call::new("acknowledge_escalation")
        .with("rule", Argument::As("text", rule.to_owned()))
        .with("campaign_id", campaign.map_or(Argument::Null("bigint"), |id| Argument::As("bigint", id)))
        .with("note", Argument::As("text", arguments.note.clone().unwrap_or_default()));
    let rows = work.fetch(&call)?;
    work.commit()?;
    answer(printing, &rows, |out| {
        let row = rows.rows.first().map(Vec::as_slice).unwrap_or_default();
        let of =
            rows.get(row, "campaign_id").int().map_or_else(String::new, |id| format!(" of campaign {id}"));
        let by = visible(rows.get(row, "acknowledged_by").text().unwrap_or_default());
        let says = format!(
            "{}{of} is acknowledged by {by}. It stays listed until its cause is gone.",
            visible(rule)
        );
        writeln!(out, "{}", wrapped(&says, page_width(), ""))
    })?;
    Ok(Status::Fine)
}

/// How many are due.
fn due(rows: &Rows) -> i64 {
    let due = rows.values("overdue").filter(|overdue| **overdue == Value::Bool(true)).count();
    i64::try_from(due).unwrap_or(i64::MAX)
}

/// The page for people.
fn write_page(
    out: &mut impl Write,
    rows: &Rows,
    as_of: Timestamp,
    present: bool,
    database: &str,
) -> io::Result<()> {
    let width = page_width();
    writeln!(out, "{}", styled(HEADING, &format!("Escalations: database {}", visible(database))))?;
    writeln!(out, "{}", styled(DIM, &format!("As of {as_of}. Statuses are as of now.")))?;
    let (due, all) = (due(rows), i64::try_from(rows.rows.len()).unwrap_or(i64::MAX));
    let headline = match (due, all) {
        (_, 0) => "No escalations.".to_owned(),
        (0, _) => format!("Nothing is due; {} to come.", counted(all, "escalation")),
        (due, all) if due == all => {
            format!("{} due.", number(due, "escalation is", "escalations are"))
        }
        _ => format!(
            "{} due, {} to come.",
            number(due, "escalation is", "escalations are"),
            grouped(all - due)
        ),
    };
    writeln!(out, "\n{}", styled(if due > 0 { ALERT } else { HEADING }, &headline))?;
    for row in &rows.rows {
        let get = |name| rows.get(row, name);
        let text = |name| visible(get(name).text().unwrap_or_default());
        let severity = text("severity");
        let campaign = get("campaign_id").int().map_or_else(String::new, |id| format!("  campaign {id}"));
        writeln!(
            out,
            "\n{}  {}{campaign}",
            styled(severity_style(&severity), &format!("{severity:<8}")),
            styled(HEADING, &text("rule"))
        )?;
        let ago = |time: Timestamp| {
            relative(time, as_of, present).map_or_else(String::new, |ago| format!(", {ago}"))
        };
        let whom = text("escalate_to").replace('_', " ");
        let due = match (get("overdue"), get("due_at").time()) {
            (Value::Bool(true), _) => format!("tell the {whom} now"),
            (_, Some(due)) => format!("tell the {whom} by {due}{}", ago(due)),
            _ => format!("tell the {whom}"),
        };
        let since =
            get("since").time().map_or_else(String::new, |since| format!("; since {since}{}", ago(since)));
        writeln!(out, "{}", wrapped(&format!("{due}{since}"), width, "  "))?;
        writeln!(out, "{}", wrapped(&text("detail"), width, "  "))?;
        if get("acknowledged_by").text().is_some() {
            writeln!(out, "  {}", styled(DIM, &format!("acknowledged by {}", text("acknowledged_by"))))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: &str =
        "rule severity campaign_id:id escalate_to since:time due_at:time overdue:bool acknowledged_by detail";
    use crate::output::tests::rows;
    use crate::output::time::tests::at;

    #[test]
    fn what_is_due_comes_with_whom_to_tell() {
        let lines: &[&[&str]] = &[
            &[
                "high_value_paused",
                "critical",
                "7",
                "product_owner",
                "2026-03-01T11:00:00Z",
                "2026-03-01T11:30:00Z",
                "true",
                "",
                "It gave 20000 stars.",
            ],
            &[
                "high_value_paused",
                "critical",
                "8",
                "product_owner",
                "2026-03-01T11:40:00Z",
                "2026-03-01T12:10:00Z",
                "false",
                "oncall",
                "It gave 30000 stars.",
            ],
        ];
        let rows = rows(COLUMNS, lines);
        let mut out = Vec::new();
        write_page(
            &mut anstream::StripStream::new(&mut out),
            &rows,
            at("2026-03-01T12:00:00Z"),
            true,
            "shop",
        )
        .unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "\
Escalations: database shop
As of 2026-03-01 12:00:00Z. Statuses are as of now.

1 escalation is due, 1 to come.

critical  high_value_paused  campaign 7
  tell the product owner now; since 2026-03-01 11:00:00Z, 1 h ago
  It gave 20000 stars.

critical  high_value_paused  campaign 8
  tell the product owner by 2026-03-01 12:10:00Z, in 10 min; since 2026-03-01
  11:40:00Z, 20 min ago
  It gave 30000 stars.
  acknowledged by oncall
"
        );
        assert_eq!(due(&rows), 1);
    }
}
