//! `completions`: the shell's own words for our commands and options, from the one definition.

use std::io::Write;

use clap::CommandFactory;

use crate::args::{Arguments, CompletionsArguments};
use crate::error::{Error, Status};

/// Prints the script.
pub fn run(arguments: &CompletionsArguments) -> Result<Status, Error> {
    // Into memory first: the generator panics where it cannot write, as into a closed pipe.
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Arguments::command(), "promoctl", &mut script);
    std::io::stdout().write_all(&script)?;
    Ok(Status::Fine)
}
