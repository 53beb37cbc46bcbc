//! The questions before an unpause, on a terminal.

use std::io::Write as _;

use super::plan::Plan;
use crate::error::Error;
use crate::output::table::{ALERT, PLAIN, PageWriter};
use crate::prompt;
use crate::signals::Signals;

/// Asks to type out every override that these plans need, once, then `question`. False where the person does not confirm.
pub fn confirm(
    plans: &[&Plan],
    overrides: &[String],
    question: &str,
    signals: &Signals,
) -> Result<bool, Error> {
    let mut to = anstream::stderr();
    for name in overrides {
        let fails = |plan: &&&Plan| plan.allowed_with(overrides) && plan.failed().contains(name);
        let of = match (plans.iter().filter(fails).count(), plans) {
            (0, _) => continue,
            (_, [_]) => String::new(),
            (n, _) => format!(" for {n} of them"),
        };
        writeln!(to)?;
        to.say(
            ALERT,
            &format!("The check {name} fails{of}. An override is recorded with your name, and escalated."),
        )?;
        if name == "guard_would_not_repause" {
            to.say(PLAIN, "The application's auto-pause job pauses the campaign again within a minute, unless its owner has stopped or patched it. Confirm that this has been done.")?;
        }
        if prompt::line(&format!("Type {name} to override it: "), signals)?.trim() != *name {
            return Ok(false);
        }
    }
    let answer = prompt::line(&format!("\n{question} [y/N] "), signals)?;
    Ok(["y", "yes"].contains(&answer.trim().to_ascii_lowercase().as_str()))
}
