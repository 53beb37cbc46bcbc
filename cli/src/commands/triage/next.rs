//! What to type next: the commands that the server names, and those that lead on from the page.

use super::page::{CAMPAIGNS_SHOWN, CODES_SHOWN, Page};
use crate::args::TriageArguments;
use crate::output::text::{counted, shorten, visible};
use crate::session::shell_word;

/// Campaigns that get a line each; the others are a list away.
const EACH: usize = 5;
/// Columns of a name.
const NAME_SHOWN: usize = 40;

/// One thing to do.
pub struct Step {
    /// The reason, a sentence.
    pub why: String,
    /// The command.
    pub command: String,
}

/// What this page suggests, most urgent first. `again` is `promoctl` with the options that lead to this database.
pub fn steps(page: &Page, arguments: &TriageArguments, again: &str) -> Vec<Step> {
    let campaigns = &page.campaigns;
    let named = campaigns.iter().filter_map(|row| {
        let command = row.text("next_command")?.strip_prefix("promoctl ")?;
        let name = shorten(&row.words("campaign_name"), NAME_SHOWN);
        let why = format!("{name}: {}.", row.words("verdict"));
        Some(Step { why, command: format!("{again} {}", visible(command)) })
    });
    let mut steps: Vec<Step> = named.take(EACH).collect();
    let mut add = |why: String, command: String| steps.push(Step { why, command });
    let as_of = arguments
        .window
        .as_of
        .as_ref()
        .map_or(String::new(), |time| format!(" --as-of {}", shell_word(time)));

    if page.settlement_findings() > 0 {
        add("See which discounts are not accounted for.".to_owned(), format!("{again} settle{as_of}"));
    }
    let total = page.count("paused");
    if total > i64::try_from(CAMPAIGNS_SHOWN).unwrap_or(i64::MAX) {
        add(
            format!("See all {}.", counted(total, "paused campaign")),
            format!("{again} paused{as_of} --max-rows {total}"),
        );
    }
    if !campaigns.is_empty() {
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
    if page.failed_attempts.as_ref().is_ok_and(|codes| codes.rows.len() > CODES_SHOWN) {
        add(
            "Get the failing codes' hashes in full, to look them up.".to_owned(),
            format!("{again} triage{as_of}{} --output json", lookback(arguments)),
        );
    }
    if page.count("paused_within") > 0 && arguments.window.lookback.is_none() {
        add(
            "Look further back, to see when it began.".to_owned(),
            format!("{again} triage{as_of} --lookback '3 hours'"),
        );
    }
    let estimated = campaigns.values("paused_at_source").any(|source| source.text() == Some("estimated"));
    add(
        if estimated {
            "Some pause times are upper bounds. See what is missing."
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
