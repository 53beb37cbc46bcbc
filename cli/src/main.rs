//! promoctl: the on-call's command line for promo_guard.
//!
//! Arguments, connection, presentation. Every rule lives in the database's functions; this program calls them, shows
//! what they answer, and says what to type next. Data goes to stdout, everything else to stderr.

#![cfg_attr(not(test), warn(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::todo))]

mod args;
mod codes;
mod commands;
mod connection;
mod error;
mod fate;
mod last_page;
mod output;
mod prompt;
mod reference;
mod scaffold;
mod session;
mod signals;

use std::io;
use std::process::ExitCode;

use clap::Parser;

use args::Arguments;
use error::{Error, Status};
use signals::Signals;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    anstream::ColorChoice::from(arguments.color).write_global();
    let signals = match Signals::install() {
        Ok(signals) => signals,
        Err(error) => {
            Error::Output(error).report(&mut anstream::stderr());
            return Status::Usage.into();
        }
    };
    match commands::run(&arguments, &signals) {
        Ok(status) => status.into(),
        // A reader that has seen enough (`promoctl triage | head -1`) is not a failure.
        Err(Error::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => Status::Fine.into(),
        Err(error) => {
            error.report(&mut anstream::stderr());
            error.status().into()
        }
    }
}
