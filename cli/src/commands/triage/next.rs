//! What to type next: the commands that the server names, and those that lead on from the page.

use super::page::{CAMPAIGNS_SHOWN, CODES_SHOWN, Page};
use crate::args::{TriageArguments, WindowArguments};
use crate::output::text::{counted, shorten, visible};

/// Campaigns that get a line each; the others are a list away.
const EACH: usize = 5;
/// Columns of a name.
const NAME_SHOWN: usize = 40;

/// What this page suggests, most urgent first: the reason, a sentence, and what to type after `promoctl`.
pub fn steps(page: &Page, arguments: &TriageArguments) -> Vec<(String, String)> {
    let campaigns = &page.campaigns;
    let named = campaigns.iter().filter_map(|row| {
        let command = row.text("next_command")?.strip_prefix("promoctl ")?;
        let name = shorten(&row.words("campaign_name"), NAME_SHOWN);
        Some((format!("{name}: {}.", row.words("verdict")), visible(command)))
    });
    let mut steps: Vec<(String, String)> = named.take(EACH).collect();
    let mut add = |why: &str, command: String| steps.push((why.to_owned(), command));
    let window = arguments.window.options();
    let as_of = WindowArguments { lookback: None, as_of: arguments.window.as_of.clone() }.options();

    if page.settlement_findings() > 0 {
        add("See which discounts are not accounted for.", format!("settle{as_of}"));
    }
    let total = page.count("paused");
    if total > i64::try_from(CAMPAIGNS_SHOWN).unwrap_or(i64::MAX) {
        let why = format!("See all {}.", counted(total, "paused campaign"));
        add(&why, format!("paused{as_of} --max-rows {total}"));
    }
    if !campaigns.is_empty() {
        add("Read what speaks for and against each verdict.", format!("classify{window}"));
    }
    if total > 0 {
        let why = "Put the paused campaigns into the incident's channel.";
        add(why, format!("paused{as_of} --output markdown"));
    }
    if page.failed_attempts.as_ref().is_ok_and(|codes| codes.rows.len() > CODES_SHOWN) {
        let why = "Get the failing codes' hashes in full, to look them up.";
        add(why, format!("triage{window} --output json"));
    }
    if page.count("paused_within") > 0 && arguments.window.lookback.is_none() {
        add("Look further back, to see when it began.", format!("triage{as_of} --lookback '3 hours'"));
    }
    let estimated = campaigns.iter().any(|row| row.is("paused_at_source", "estimated"));
    let why = if estimated {
        "Some pause times are upper bounds. See what is missing."
    } else {
        "Make sure that these numbers can be trusted."
    };
    add(why, "doctor".to_owned());
    steps
}
