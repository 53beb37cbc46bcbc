//! The commands, a file each.

mod doctor;
mod paused;
mod setup;
mod triage;

use std::io::{self, IsTerminal};

use crate::args::{Arguments, Command, Format};
use crate::error::{Error, Status};
use crate::output::no_csv;
use crate::session::Session;
use crate::signals::Signals;

/// How the answer is to be printed, as far as commands need to know.
#[derive(Clone, Copy, Debug)]
pub struct Printing {
    /// The format.
    pub format: Format,
    /// Standard output is a terminal.
    pub terminal: bool,
}

/// Connects and does what was asked.
pub fn run(arguments: &Arguments, signals: &Signals) -> Result<Status, Error> {
    let printing = Printing { format: arguments.output, terminal: io::stdout().is_terminal() };
    // What can be refused without a server is refused before one is asked for a password.
    match &arguments.command {
        Command::Triage(_) if printing.format == Format::Csv => return Err(no_csv()),
        Command::Setup(setup) => setup::check(setup, printing)?,
        Command::Doctor(doctor) => doctor::check(doctor, printing)?,
        Command::Triage(_) | Command::Paused(_) => {}
    }
    let mut session = Session::open(&arguments.connection, signals)?;
    match &arguments.command {
        Command::Triage(triage) => triage::run(triage, &mut session, printing),
        Command::Paused(paused) => paused::run(paused, &mut session, printing),
        Command::Doctor(doctor) => doctor::run(doctor, &mut session, printing),
        Command::Setup(setup) => setup::run(setup, &mut session, printing),
    }
}
