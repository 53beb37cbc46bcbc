//! The connection that the command line asks for, with a password from a prompt where one is needed.

use std::io::Write;

use pg_connect_settings::{Connected, Environment, Message, Settings};

use crate::args::ConnectionArguments;
use crate::error::{Error, from_server, severity_style};
use crate::output::text::visible;
use crate::prompt;
use crate::signals::Signals;

/// Connects. The settings connect again the same way, without asking anything.
pub fn connect(arguments: &ConnectionArguments, signals: &Signals) -> Result<(Connected, Settings), Error> {
    let mut settings = Settings::resolve(&arguments.flags(), &Environment::of_this_process())?;
    settings.on_message = |message| {
        let mut to = anstream::stderr();
        let style = severity_style("warn");
        let _ = match message {
            Message::Notice(notice) => from_server(&mut to, notice, None),
            Message::Warning(text) => writeln!(to, "{style}WARNING:{style:#}  {text}"),
        };
    };
    if arguments.password {
        if !prompt::possible() {
            return Err(Error::usage_with_hint(
                "-W asks for a password, and there is no terminal to ask on",
                "Use PGPASSWORD or a passfile.",
            ));
        }
        settings.password = Some(ask_password(&settings.user, signals)?);
    }
    let mut outcome = settings.connect();
    if outcome.as_ref().is_err_and(|refused| refused.needs_password)
        && !arguments.no_password
        && prompt::possible()
    {
        settings.password = Some(ask_password(&settings.user, signals)?);
        outcome = settings.connect();
    }
    match outcome {
        Ok(connected) => Ok((connected, settings)),
        Err(mut refused) => {
            let last =
                refused.errors.pop().map_or_else(|| Error::usage("no host to connect to"), Error::from);
            // Each host and each way has its own reason; the caller reports the last one.
            for earlier in refused.errors {
                Error::from(earlier).report(&mut anstream::stderr());
            }
            Err(last)
        }
    }
}

/// Asks for a password in psql's words.
fn ask_password(user: &str, signals: &Signals) -> Result<String, Error> {
    let question = format!("Password for user {}: ", visible(user));
    prompt::hidden(&question, "password", signals).map(|password| password.to_string())
}
