//! Asking, on a terminal only.

use std::fs::File;
use std::io::{self, IsTerminal, Write};

use nix::sys::termios::tcgetattr;
use zeroize::Zeroizing;

use crate::error::Error;
use crate::signals::Signals;

/// Whether there is a terminal to ask on.
pub fn possible() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks without an echo. `what` names the secret in an error.
pub fn hidden(question: &str, what: &str, signals: &Signals) -> Result<Zeroizing<String>, Error> {
    let before = File::open("/dev/tty").ok().and_then(|terminal| tcgetattr(terminal).ok());
    signals
        .during_prompt(before, || rpassword::prompt_password(question))
        .map(Zeroizing::new)
        .map_err(|error| Error::usage(format!("could not read the {what}: {error}")))
}

/// Asks for a line, with an echo. The end of input is an empty answer.
pub fn line(question: &str, signals: &Signals) -> Result<String, Error> {
    let mut to = io::stderr();
    to.write_all(question.as_bytes())?;
    to.flush()?;
    let mut answer = String::new();
    signals.during_prompt(None, || io::stdin().read_line(&mut answer))?;
    Ok(answer)
}
