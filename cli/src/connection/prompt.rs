//! Asking for a password, on a terminal only.

use std::fs::File;
use std::io::{self, IsTerminal};

use nix::sys::termios::tcgetattr;

use crate::error::Error;
use crate::output::text::visible;
use crate::signals::Signals;

/// Whether there is somebody to ask.
pub fn possible() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks as psql does, without an echo.
pub fn password(user: &str, signals: &Signals) -> Result<String, Error> {
    let before = File::open("/dev/tty").ok().and_then(|terminal| tcgetattr(terminal).ok());
    let question = format!("Password for user {}: ", visible(user));
    signals
        .during_prompt(before, || rpassword::prompt_password(question))
        .map_err(|error| Error::usage(format!("could not read the password: {error}")))
}
