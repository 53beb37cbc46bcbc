//! What can go wrong, how it is told, and what the exit status says about it.

use std::io::{self, Write};
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};
use postgres::error::{DbError, SqlState};

use crate::output::text::visible;

/// How promoctl ends. Scripts may rely on the numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// 0: done, and nothing to worry about.
    Fine,
    /// 1: done, and there are findings.
    Findings,
    /// 2: the command line or the connection is wrong; nothing was asked of the database.
    Usage,
    /// 3: the server refused or failed.
    Server,
    /// 128 + the signal that stopped it: 130 for Ctrl-C.
    Signal(i32),
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> ExitCode {
        ExitCode::from(match status {
            Status::Fine => 0,
            Status::Findings => 1,
            Status::Usage => 2,
            Status::Server => 3,
            Status::Signal(signal) => 128_u8.saturating_add(u8::try_from(signal).unwrap_or(u8::MAX)),
        })
    }
}

/// A reason to stop.
#[derive(Debug)]
pub enum Error {
    /// The command line, an environment variable, or a file of settings asks for something that cannot be.
    Usage {
        /// What is wrong.
        message: String,
        /// What to do about it.
        hint: Option<String>,
    },
    /// No session could be opened.
    Connection {
        /// What failed and where, without the server's own words.
        message: String,
        /// The server's answer, if one came.
        server: Option<Box<DbError>>,
        /// What to do about it.
        hint: Option<String>,
    },
    /// The server answered a statement with an error.
    Server(Box<DbError>),
    /// An error of the server's with advice that this program gives: there is no extension, or an older one; a standby is behind.
    Advised {
        /// The server's error.
        server: Box<DbError>,
        /// The statement or command to run.
        hint: String,
    },
    /// A statement took longer than it may.
    TimedOut {
        /// What took how long.
        told: String,
        /// How to find out why, and how to allow more.
        hint: String,
        /// The server's error.
        server: Box<DbError>,
    },
    /// The session ended before the answer came.
    Lost(String),
    /// The answer is not what this program understands.
    Unexpected(String),
    /// The output could not be written.
    Output(io::Error),
    /// One of several steps failed.
    Step {
        /// Which, and what that means for those before it.
        told: String,
        /// Why.
        cause: Box<Error>,
    },
    /// A commit was sent, and its outcome is unknown.
    InDoubt {
        /// How to find out.
        told: String,
        /// Why it is not known.
        cause: Box<Error>,
    },
    /// A signal asked us to stop.
    Interrupted(i32),
}

impl Error {
    /// A usage error without a hint.
    pub fn usage(message: impl Into<String>) -> Error {
        Error::Usage { message: message.into(), hint: None }
    }

    /// A usage error that says what to do instead.
    pub fn usage_with_hint(message: impl Into<String>, hint: impl Into<String>) -> Error {
        Error::Usage { message: message.into(), hint: Some(hint.into()) }
    }

    /// Whether the session is over, and another might do better.
    pub fn is_a_lost_session(&self) -> bool {
        match self {
            Error::Lost(_) => true,
            // 57P01 to 57P05: the server ends the session.
            Error::Server(server) => server.code().code().starts_with("57P"),
            Error::Step { cause, .. } | Error::InDoubt { cause, .. } => cause.is_a_lost_session(),
            _ => false,
        }
    }

    /// The exit status that belongs to it.
    pub fn status(&self) -> Status {
        match self {
            Error::Usage { .. } | Error::Connection { .. } | Error::Lost(_) | Error::Output(_) => {
                Status::Usage
            }
            Error::Server(_) | Error::Advised { .. } | Error::TimedOut { .. } | Error::Unexpected(_) => {
                Status::Server
            }
            Error::Step { cause, .. } | Error::InDoubt { cause, .. } => cause.status(),
            Error::Interrupted(signal) => Status::Signal(*signal),
        }
    }

    /// Tells it as psql would: the message, then DETAIL, HINT and SQLSTATE on lines of their own.
    ///
    /// A failure to write is ignored: there is nowhere left to tell it.
    pub fn report(&self, to: &mut impl Write) {
        let _ = match self {
            Error::Usage { message, hint } => plain(to, message, hint.as_deref()),
            Error::Connection { message, server: Some(server), hint } => {
                // In one line, as psql has it.
                let message = format!("{message}{}:  {}", server.severity(), server.message());
                plain(to, &message, None).and_then(|()| particulars(to, server, hint.as_deref()))
            }
            Error::Connection { message, server: None, hint } => plain(to, message, hint.as_deref()),
            Error::Server(server) => from_server(to, server, None),
            Error::Advised { server, hint } => from_server(to, server, Some(hint)),
            Error::TimedOut { told, hint, server } => {
                plain(to, told, Some(hint)).and_then(|()| line(to, "SQLSTATE", Some(server.code().code())))
            }
            Error::Lost(message) | Error::Unexpected(message) => plain(to, message, None),
            Error::Step { told, cause } | Error::InDoubt { told, cause } => {
                let _ = writeln!(to, "promoctl: {}", lines(told));
                cause.report(to);
                Ok(())
            }
            Error::Output(error) => plain(to, &format!("cannot write the output: {error}"), None),
            Error::Interrupted(_) => plain(to, "interrupted; the running query was cancelled", None),
        };
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Error {
        Error::Output(error)
    }
}

impl From<pg_connect_settings::Error> for Error {
    fn from(error: pg_connect_settings::Error) -> Error {
        match error {
            pg_connect_settings::Error::Usage { message, hint } => Error::Usage { message, hint },
            pg_connect_settings::Error::Connection { message, server, hint } => {
                Error::Connection { message, server, hint }
            }
        }
    }
}

impl From<postgres::Error> for Error {
    /// An error in an established session. Failures to connect are made where the target is known.
    fn from(error: postgres::Error) -> Error {
        match error.as_db_error() {
            // The server says so itself when it ends a session; what it was doing did not fail by its own fault.
            Some(server) => Error::Server(Box::new(server.clone())),
            None if error.is_closed() => {
                Error::Lost("the connection to the server was lost before it answered".to_owned())
            }
            None => {
                let cause = std::error::Error::source(&error)
                    .map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"));
                Error::Lost(format!("the session failed: {cause}"))
            }
        }
    }
}

/// Style of a level word: what a person's eye should find first.
pub fn severity_style(severity: &str) -> Style {
    let color = match severity {
        "ERROR" | "FATAL" | "PANIC" | "error" | "critical" => AnsiColor::Red,
        "WARNING" | "warn" | "warning" => AnsiColor::Yellow,
        "ok" => AnsiColor::Green,
        _ => AnsiColor::Cyan,
    };
    Style::new().bold().fg_color(Some(color.into()))
}

/// Writes a message of the server, an error or a notice, line by line as psql does; `advice` stands in for the server's
/// HINT where we know better.
pub fn from_server(to: &mut impl Write, server: &DbError, advice: Option<&str>) -> io::Result<()> {
    let style = severity_style(server.severity());
    writeln!(to, "{style}{}:{style:#}  {}", visible(server.severity()), lines(server.message()))?;
    particulars(to, server, advice)
}

/// DETAIL, HINT and SQLSTATE of a message.
fn particulars(to: &mut impl Write, server: &DbError, advice: Option<&str>) -> io::Result<()> {
    line(to, "DETAIL", server.detail())?;
    line(to, "HINT", advice.or(server.hint()))?;
    // The code of a notice is 00000 or a class of warnings, so it is not shown.
    if *server.code() != SqlState::SUCCESSFUL_COMPLETION && !server.code().code().starts_with("01") {
        line(to, "SQLSTATE", Some(server.code().code()))?;
    }
    Ok(())
}

/// Writes one of our own messages.
fn plain(to: &mut impl Write, message: &str, hint: Option<&str>) -> io::Result<()> {
    let style = severity_style("error");
    writeln!(to, "promoctl: {style}error:{style:#} {}", lines(message))?;
    line(to, "HINT", hint)
}

/// Writes `NAME:  text`, where there is a text.
fn line(to: &mut impl Write, name: &str, text: Option<&str>) -> io::Result<()> {
    match text {
        Some(text) => writeln!(to, "{name}:  {}", lines(text)),
        None => Ok(()),
    }
}

/// A message with its line ends kept and every other control character made visible.
fn lines(text: &str) -> String {
    text.split('\n').map(visible).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(error: &Error) -> String {
        let mut text = Vec::new();
        error.report(&mut anstream::StripStream::new(&mut text));
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn a_usage_error_says_what_to_do() {
        let error = Error::usage_with_hint("no such thing", "try another");
        assert_eq!(told(&error), "promoctl: error: no such thing\nHINT:  try another\n");
        assert_eq!(error.status(), Status::Usage);
    }

    #[test]
    fn control_characters_in_a_message_are_made_visible() {
        let error = Error::usage("first\nsecond \u{1b}[31mred");
        assert_eq!(told(&error), "promoctl: error: first\nsecond \\u001b[31mred\n");
    }

    #[test]
    fn ctrl_c_ends_with_130() {
        assert_eq!(ExitCode::from(Error::Interrupted(2).status()), ExitCode::from(130));
    }
}
