//! What to type next: commands that exist, ready to paste, each with its reason.

use super::{CODES_SHOWN, PAUSED_SHOWN, Page, headline};
use crate::args::TriageArguments;
use crate::output::text::counted;
use crate::session::shell_word;

/// One thing to do.
pub struct Step {
    /// The reason, a sentence.
    pub why: String,
    /// The command.
    pub command: String,
}

/// What this page suggests, most urgent first. `again` is `promoctl` with the options that lead to this database.
pub fn steps(page: &Page, arguments: &TriageArguments, again: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut add = |why: String, command: String| steps.push(Step { why, command });
    let as_of = arguments
        .window
        .as_of
        .as_ref()
        .map_or(String::new(), |time| format!(" --as-of {}", shell_word(time)));

    let total = headline::paused_total(page);
    if total > i64::try_from(PAUSED_SHOWN).unwrap_or(i64::MAX) {
        add(
            format!("See all {}.", counted(total, "paused campaign")),
            format!("{again} paused{as_of} --max-rows {total}"),
        );
    }
    if total > 0 {
        add(
            "Put the paused campaigns into the incident's channel.".to_owned(),
            format!("{again} paused{as_of} --output markdown"),
        );
    }
    if page.failed_attempts.as_ref().is_some_and(|codes| codes.rows.len() > CODES_SHOWN) {
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
    let guessed = page.paused.values("paused_at_source").any(|source| source.text() == Some("estimated"));
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

fn lookback(arguments: &TriageArguments) -> String {
    arguments
        .window
        .lookback
        .as_ref()
        .map_or(String::new(), |given| format!(" --lookback {}", shell_word(given)))
}
