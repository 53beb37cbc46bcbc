//! What to type next: commands that exist, ready to paste, each with its reason.

use clap::CommandFactory;

use super::headline::{self, rows};
use super::settle_findings;
use super::{CODES_SHOWN, PAUSED_SHOWN, Page};
use crate::args::{Arguments, TriageArguments};
use crate::output::text::counted;
use crate::session::shell_word;

/// Campaigns of one verdict that get a line each; the others are a list away.
const EACH: usize = 2;

/// One thing to do.
pub struct Step {
    /// The reason, a sentence.
    pub why: String,
    /// The command.
    pub command: String,
}

/// What this page suggests, most urgent first. `again` is `promoctl` with the options that lead to this database.
pub fn steps(page: &Page, arguments: &TriageArguments, again: &str) -> Vec<Step> {
    let mut steps = containment(page, again);
    let mut add = |why: String, command: String| steps.push(Step { why, command });
    let as_of = arguments
        .window
        .as_of
        .as_ref()
        .map_or(String::new(), |time| format!(" --as-of {}", shell_word(time)));

    if settle_findings(page) > 0 {
        add("See which discounts are not accounted for.".to_owned(), format!("{again} settle{as_of}"));
    }
    let total = headline::paused_total(page);
    if total > i64::try_from(PAUSED_SHOWN).unwrap_or(i64::MAX) {
        add(
            format!("See all {}.", counted(total, "paused campaign")),
            format!("{again} paused{as_of} --max-rows {total}"),
        );
    }
    if !rows(&page.verdicts).rows.is_empty() {
        add(
            "Read what speaks for and against each verdict.".to_owned(),
            format!("{again} classify{as_of}{}", lookback(arguments)),
        );
    }
    if total > 0 {
        add(
            "Put the paused campaigns into the incident's channel.".to_owned(),
            format!("{again} paused{as_of} --output markdown"),
        );
    }
    if rows(&page.failed_attempts).rows.len() > CODES_SHOWN {
        add(
            "Get the failing codes' hashes in full, to look them up.".to_owned(),
            format!("{again} triage{as_of}{} --output json", lookback(arguments)),
        );
    }
    if headline::newly_paused(page) > 0 && arguments.window.lookback.is_none() {
        add(
            "Look further back, to see when it began.".to_owned(),
            format!("{again} triage{as_of} --lookback '3 hours'"),
        );
    }
    let guessed =
        rows(&page.paused).values("paused_at_source").any(|source| source.text() == Some("estimated"));
    add(
        if guessed {
            "Some pauses are dated by updated_at only. See what is missing to know better."
        } else {
            "Make sure that these numbers can be trusted."
        }
        .to_owned(),
        format!("{again} doctor"),
    );
    steps
}

/// Section 3 for each campaign that has a verdict, gravest first: what goes on is stopped before what is stopped is mended.
fn containment(page: &Page, again: &str) -> Vec<Step> {
    let verdicts = rows(&page.verdicts);
    let mut steps = Vec::new();
    for (verdict, paused, why, command) in [
        (
            "ABUSE_LIKELY",
            false,
            "Stop the abuse of {id}, which goes on.",
            "pause {id} --reason 'code in the wrong hands'",
        ),
        (
            "CONFIG_REGRESSION",
            false,
            "Keep customers from failing on {id}.",
            "pause {id} --reason 'configuration is wrong'",
        ),
        (
            "FALSE_POSITIVE",
            true,
            "Nothing is found against {id}: see whether it may be unpaused.",
            "check {id}",
        ),
        ("CONFIG_REGRESSION", true, "See what must be fixed before {id} may be unpaused.", "check {id}"),
        ("INCONCLUSIVE", true, "See what is not known of {id}.", "check {id}"),
        (
            "ABUSE_LIKELY",
            true,
            "Replace the code of {id}.",
            "rotate --campaign {name} --out new-codes.txt --reason 'code in the wrong hands'",
        ),
    ] {
        let word = command.split(' ').next().unwrap_or_default();
        if Arguments::command().find_subcommand(word).is_none() {
            continue;
        }
        let of = verdicts.rows.iter().filter(|row| {
            verdicts.get(row, "verdict").text() == Some(verdict)
                && (verdicts.get(row, "status").text() == Some("PAUSED")) == paused
        });
        for row in of.take(EACH) {
            let id = verdicts.get(row, "campaign_id").plain();
            let name = verdicts.get(row, "campaign_name").text().unwrap_or_default();
            let command = command.replace("{id}", &id).replace("{name}", &shell_word(name));
            steps.push(Step { why: why.replace("{id}", &id), command: format!("{again} {command}") });
        }
    }
    steps
}

fn lookback(arguments: &TriageArguments) -> String {
    arguments
        .window
        .lookback
        .as_ref()
        .map_or(String::new(), |given| format!(" --lookback {}", shell_word(given)))
}
