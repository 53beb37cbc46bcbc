//! `promoctl escalations`: runbook 7, who must know of what, since when.

use std::io::{self, Write};

use super::window::Window;
use crate::args::{EscalationsArguments, WindowArguments};
use crate::error::{Error, Status, severity_style};
use crate::output::table::{ALERT, DIM, HEADING, PLAIN, PageWriter, styled};
use crate::output::text::{counted, grouped, number, visible};
use crate::output::time::{Timestamp, relative};
use crate::output::{Printing, Rows, answer};
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
    let given = WindowArguments { lookback: None, as_of: arguments.as_of.clone() };
    let (window, rows) = Window::fetch(session, &given, None, |window| window.call_as_of("escalations"))?;
    answer(printing, &rows, |out| write_page(out, &rows, &window, &session.database))?;
    Ok(if due(&rows) > 0 { Status::Findings } else { Status::Fine })
}

fn acknowledge(
    arguments: &EscalationsArguments,
    rule: &str,
    session: &mut Session,
    printing: Printing,
) -> Result<Status, Error> {
    let campaign = match &arguments.campaign {
        Some(given) => Some(reference::resolve(given, session, Purpose::Change)?.id),
        None => None,
    };
    let call = Call::new("acknowledge_escalation")
        .with("rule", rule)
        .with("campaign_id", campaign.map_or(Argument::Null("bigint"), Argument::Id))
        .with("note", arguments.note.as_deref().unwrap_or_default());
    let rows = session.apply(&call)?;
    answer(printing, &rows, |out| {
        let row = rows.first();
        let of = row.get("campaign_id").int().map_or_else(String::new, |id| format!(" of campaign {id}"));
        let by = row.words("acknowledged_by");
        let says = format!(
            "{}{of} is acknowledged by {by}. It stays listed until its cause is gone.",
            visible(rule)
        );
        out.say(PLAIN, &says)
    })?;
    Ok(Status::Fine)
}

/// How many are due.
fn due(rows: &Rows) -> i64 {
    rows.count(|row| row.holds("overdue"))
}

/// The page for people.
fn write_page(out: &mut impl Write, rows: &Rows, window: &Window, database: &str) -> io::Result<()> {
    window.write_heading(out, "Escalations", database)?;
    let (due, all) = (due(rows), rows.len());
    let told = || number(due, "escalation is", "escalations are");
    let headline = match (due, all) {
        (_, 0) => "No escalations.".to_owned(),
        (0, _) => format!("Nothing is due; {} to come.", counted(all, "escalation")),
        (due, all) if due == all => format!("{} due.", told()),
        _ => format!("{} due, {} to come.", told(), grouped(all - due)),
    };
    writeln!(out, "\n{}", styled(if due > 0 { ALERT } else { HEADING }, &headline))?;
    for row in rows.iter() {
        let severity = row.words("severity");
        let style = severity_style(&severity);
        let campaign = row.get("campaign_id").int().map_or_else(String::new, |id| format!("  campaign {id}"));
        let rule = styled(HEADING, &row.words("rule"));
        writeln!(out, "\n{}  {rule}{campaign}", styled(style, &format!("{severity:<8}")))?;
        let ago = |time: Timestamp| {
            relative(time, window.as_of, window.present).map_or_else(String::new, |ago| format!(", {ago}"))
        };
        let whom = row.words("escalate_to").replace('_', " ");
        let due = match (row.holds("overdue"), row.time("due_at")) {
            (true, _) => format!("tell the {whom} now"),
            (_, Some(due)) => format!("tell the {whom} by {due}{}", ago(due)),
            _ => format!("tell the {whom}"),
        };
        let since =
            row.time("since").map_or_else(String::new, |since| format!("; since {since}{}", ago(since)));
        out.below(PLAIN, &format!("{due}{since}"))?;
        out.below(PLAIN, &row.words("detail"))?;
        if let Some(by) = row.shown("acknowledged_by") {
            writeln!(out, "  {}", styled(DIM, &format!("acknowledged by {by}")))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: &str =
        "rule severity campaign_id:id escalate_to since:time due_at:time overdue:bool acknowledged_by detail";
    use crate::output::tests::{page, rows};
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
        let window = Window { as_of: at("2026-03-01T12:00:00Z"), present: true, lookback: None, since: None };
        assert_eq!(
            page(|out| write_page(out, &rows, &window, "shop")),
            "\
Escalations: database shop
As of 2026-03-01 12:00:00Z.

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
