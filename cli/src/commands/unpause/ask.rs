//! The questions before an unpause, on a terminal.

use std::io::Write;

use super::plan::Plan;
use crate::args::UnpauseArguments;
use crate::error::Error;
use crate::output::table::{ALERT, page_width, styled};
use crate::output::text::wrapped;
use crate::prompt;
use crate::signals::Signals;

/// What the person said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// Go on.
    Yes,
    /// Leave it.
    No,
}

/// Asks to type out every override that matters, then whether to go on.
pub fn confirm(plan: &Plan, arguments: &UnpauseArguments, signals: &Signals) -> Result<Asked, Error> {
    let mut to = anstream::stderr();
    for name in plan.needed(&arguments.overrides) {
        let says =
            format!("\nThe check {name} fails. An override is recorded with your name, and escalated.");
        writeln!(to, "{}", styled(ALERT, says.trim_end()))?;
        if name == "guard_would_not_repause" {
            let says = "The application's auto-pause job pauses the campaign again within a minute, unless its owner has stopped or patched it. Confirm that this has been done.";
            writeln!(to, "{}", wrapped(says, page_width(), ""))?;
        }
        if prompt::line(&format!("Type {name} to override it: "), signals)?.trim() != *name {
            return Ok(Asked::No);
        }
    }
    yes(&format!("\nUnpause {}? [y/N] ", plan.title()), signals)
}

/// The same for many campaigns at once: each override once, then one question.
pub fn confirm_many(
    ready: usize,
    plans: &[(i64, Plan)],
    arguments: &UnpauseArguments,
    signals: &Signals,
) -> Result<Asked, Error> {
    let mut to = anstream::stderr();
    for name in &arguments.overrides {
        let fails =
            |plan: &&(i64, Plan)| plan.1.allowed_with(&arguments.overrides) && plan.1.failed().contains(name);
        let n = plans.iter().filter(fails).count();
        if n == 0 {
            continue;
        }
        let says = format!(
            "\nThe check {name} fails for {n} of them. An override is recorded with your name, and escalated."
        );
        writeln!(to, "{}", styled(ALERT, &wrapped(&says, page_width(), "")))?;
        if prompt::line(&format!("Type {name} to override it: "), signals)?.trim() != *name {
            return Ok(Asked::No);
        }
    }
    yes(&format!("\nUnpause {ready} campaigns, each after its own checks? [y/N] "), signals)
}

fn yes(question: &str, signals: &Signals) -> Result<Asked, Error> {
    let answer = prompt::line(question, signals)?;
    Ok(if matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes") {
        Asked::Yes
    } else {
        Asked::No
    })
}
