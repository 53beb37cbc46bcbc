//! How far an unpause of several campaigns has come: each is decided by itself, and what was done stays done.

use std::io::Write;

use crate::args::Format;
use crate::error::{Error, Status};
use crate::output::{Printing, Rows, stdout, write_rows};

/// What came of an unpause.
pub struct Outcome {
    /// Findings where not all were unpaused.
    pub status: Status,
    /// Those that were.
    pub unpaused: Vec<i64>,
}

/// The decisions so far.
#[derive(Default)]
pub struct Progress {
    /// The rows of `unpause`, one a campaign.
    pub decided: Rows,
    /// Campaigns that the person said no to.
    pub not_confirmed: Vec<i64>,
}

impl Progress {
    /// Those that were unpaused, or refused, each with its action.
    pub fn of(&self, unpaused: bool) -> impl Iterator<Item = (i64, String)> + '_ {
        let those = self.decided.iter().filter(move |row| row.is("decision", "UNPAUSED") == unpaused);
        those.map(|row| (row.int("campaign_id"), row.get("action_id").plain()))
    }

    /// For programs everything at the end, as one table; people have been told on the way.
    fn finish(&self, printing: Printing) -> Result<(), Error> {
        if printing.format != Format::Table {
            let mut out = stdout(printing.format);
            write_rows(&mut out, printing.format, &self.decided, printing.csv_raw)?;
            out.flush()?;
        }
        Ok(())
    }

    /// What came of all `asked`.
    pub fn outcome(&self, printing: Printing, asked: usize) -> Result<Outcome, Error> {
        self.finish(printing)?;
        let unpaused: Vec<i64> = self.of(true).map(|(id, _)| id).collect();
        let status = if unpaused.len() == asked { Status::Fine } else { Status::Findings };
        Ok(Outcome { status, unpaused })
    }

    /// The error where it stops at a campaign: what was done stays done, and is told.
    pub fn stopped(
        &self,
        printing: Printing,
        at: i64,
        not_tried: &[i64],
        again: &str,
        cause: Error,
    ) -> Error {
        match self.finish(printing) {
            Ok(()) => Error::Step { told: self.told(at, not_tried, again), cause: Box::new(cause) },
            Err(unwritten) => unwritten,
        }
    }

    /// The message where it stops at a campaign, before the reason.
    fn told(&self, at: i64, not_tried: &[i64], again: &str) -> String {
        let mut told = String::new();
        let mut line = |what: &str, campaigns: Vec<String>| {
            if !campaigns.is_empty() {
                told += &format!("\n    {what}: {}", campaigns.join(", "));
            }
        };
        let acted = |unpaused| self.of(unpaused).map(|(id, action)| format!("{id} (action {action})"));
        let plain = |ids: &[i64]| ids.iter().map(i64::to_string).collect::<Vec<_>>();
        line("unpaused", acted(true).collect());
        line("refused", acted(false).collect());
        line("not confirmed", plain(&self.not_confirmed));
        line("not tried", plain(not_tried));
        let onward = if not_tried.is_empty() {
            String::new()
        } else {
            let ids = plain(not_tried).join(" ");
            format!("\nTo go on with what was not tried:\n    {again} unpause {ids} --reason '…'")
        };
        // It may have been decided already, and only not be told.
        let decided = self.of(true).chain(self.of(false)).any(|(id, _)| id == at);
        let place = if decided { "after" } else { "at" };
        format!("stopped {place} campaign {at}{told}{onward}\nWhy it stopped {place} campaign {at}:")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::Value;
    use crate::output::tests::columns;

    fn row(id: i64, decision: &str) -> Vec<Value> {
        vec![Value::Id(id), Value::Text(decision.to_owned()), Value::Id(100 + id)]
    }

    #[test]
    fn what_was_done_what_was_not_and_how_to_go_on() {
        let mut progress = Progress::default();
        progress.decided.columns = columns("campaign_id:id decision action_id:id");
        assert_eq!(progress.told(1, &[], "promoctl"), "stopped at campaign 1\nWhy it stopped at campaign 1:");
        progress.decided.rows = vec![row(1, "UNPAUSED"), row(2, "REFUSED")];
        progress.not_confirmed = vec![3];
        assert_eq!(
            progress.told(4, &[5, 6], "promoctl -d shop"),
            "stopped at campaign 4\n    unpaused: 1 (action 101)\n    refused: 2 (action 102)\n    not confirmed: 3\n    not tried: 5, 6\n\
             To go on with what was not tried:\n    promoctl -d shop unpause 5 6 --reason '…'\nWhy it stopped at campaign 4:"
        );
        assert!(progress.told(2, &[5], "promoctl").starts_with("stopped after campaign 2"));
    }
}
