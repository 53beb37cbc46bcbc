//! Connections as psql makes them.
//!
//! [`settings`] decides what to connect to, without touching anything; this file connects: each host in turn, with the
//! password that belongs to it, until one answers and will do.

mod conninfo;
mod env;
mod passfile;
mod service;
mod settings;
mod targets;

use std::error::Error as _;
use std::sync::mpsc;
use std::thread;

use postgres::config::Config;
use postgres::error::SqlState;
use postgres::{Client, NoTls, SimpleQueryMessage};

pub use conninfo::is_connection_string;
pub use env::Environment;
pub use settings::Flags;
use settings::{Settings, Wanted};
use targets::Target;

use crate::args::ConnectionArguments;
use crate::error::{Error, from_server};
use crate::output::text::visible;
use crate::prompt;
use crate::signals::Signals;

/// A connection and what was needed to make it.
pub struct Connected {
    /// The open session.
    pub client: Client,
    /// The database's name as it was asked for.
    pub database: String,
    /// The user as whom it was asked for.
    pub user: String,
    /// The server that answered.
    pub target: Target,
}

/// Connects as the command line and the surroundings say.
pub fn connect(arguments: &ConnectionArguments, signals: &Signals) -> Result<Connected, Error> {
    let environment = Environment::of_this_process();
    let mut settings =
        settings::resolve(&arguments.flags(), &environment, &|path| std::fs::read_to_string(path))?;
    if arguments.password {
        if !prompt::possible() {
            return Err(Error::usage_with_hint(
                "-W asks for a password, and there is no terminal to ask on",
                "Use PGPASSWORD or a passfile.",
            ));
        }
        settings.password = Some(ask_password(&settings.user, signals)?);
    }
    match try_targets(&settings) {
        Err(Failure::NeedsPassword(_)) if !arguments.no_password && prompt::possible() => {
            settings.password = Some(ask_password(&settings.user, signals)?);
            try_targets(&settings)
        }
        outcome => outcome,
    }
    .map_err(|failure| match failure {
        Failure::NeedsPassword(error) | Failure::Final(error) | Failure::Next(error) => error,
    })
}

/// Asks for a password in psql's words.
fn ask_password(user: &str, signals: &Signals) -> Result<String, Error> {
    let question = format!("Password for user {}: ", visible(user));
    prompt::hidden(&question, "password", signals).map(|password| password.to_string())
}

/// Why one attempt came to nothing, and whether another is worth it.
enum Failure {
    /// The server asks for a password, and none was found.
    NeedsPassword(Error),
    /// The server turned us away: another host is not tried, as in libpq.
    Final(Error),
    /// Not reached, or not the kind of server that is wanted.
    Next(Error),
}

/// Tries each server until one will do.
fn try_targets(settings: &Settings) -> Result<Connected, Failure> {
    let rounds: &[Wanted] = match settings.wanted {
        Wanted::PreferStandby => &[Wanted::Standby, Wanted::Any],
        ref wanted => std::slice::from_ref(wanted),
    };
    let mut failures = Vec::new();
    for &wanted in rounds {
        for target in &settings.targets {
            let outcome = try_target(settings, target).and_then(|mut client| {
                check_wanted(&mut client, wanted, target)?;
                Ok(client)
            });
            match outcome {
                Ok(client) => {
                    return Ok(Connected {
                        client,
                        database: settings.database.clone(),
                        user: settings.user.clone(),
                        target: target.clone(),
                    });
                }
                Err(Failure::Next(error)) => failures.push(error),
                Err(other) => return Err(other),
            }
        }
    }
    // With several hosts each failure is told; the last one is the caller's to tell.
    let last = failures.pop().unwrap_or_else(|| Error::usage("no host to connect to"));
    for earlier in failures {
        earlier.report(&mut anstream::stderr());
    }
    Err(Failure::Next(last))
}

/// One attempt at one server.
fn try_target(settings: &Settings, target: &Target) -> Result<Client, Failure> {
    let from_passfile = match (&settings.password, &settings.passfile) {
        (None, Some(path)) => passfile::lookup(
            path,
            passfile::Key {
                host: &target.host,
                port: target.port,
                database: &settings.database,
                user: &settings.user,
            },
        ),
        _ => None,
    };
    let config = configure(settings, target, settings.password.as_ref().or(from_passfile.as_ref()));
    let outcome = match settings.connect_timeout {
        None => config.connect(NoTls),
        Some(limit) => {
            // The driver's own limit ends with the TCP handshake; a server that accepts and then says nothing is the case
            // that hurts. The thread is left behind, the process will not live long.
            let (send, receive) = mpsc::channel();
            thread::spawn(move || drop(send.send(config.connect(NoTls))));
            receive.recv_timeout(limit).map_err(|_| {
                Failure::Next(Error::Connection {
                    message: format!("{}timeout expired", place(target)),
                    server: None,
                    hint: None,
                })
            })?
        }
    };
    outcome.map_err(|error| explain(&error, settings, target, from_passfile.is_some()))
}

/// The driver's configuration for one server.
fn configure(settings: &Settings, target: &Target, password: Option<&String>) -> Config {
    let mut config = Config::new();
    config.user(&settings.user).dbname(&settings.database).application_name(&settings.application_name);
    config.host(&target.host).port(target.port);
    if let Some(address) = target.address {
        config.hostaddr(address);
    }
    if let Some(password) = password.filter(|password| !password.is_empty()) {
        config.password(password);
    }
    if let Some(options) = &settings.options {
        config.options(options);
    }
    let keepalives = &settings.keepalives;
    config.keepalives(!keepalives.off);
    if let Some(idle) = keepalives.idle {
        config.keepalives_idle(idle);
    }
    if let Some(interval) = keepalives.interval {
        config.keepalives_interval(interval);
    }
    if let Some(count) = keepalives.count {
        config.keepalives_retries(count);
    }
    if let Some(timeout) = keepalives.user_timeout {
        config.tcp_user_timeout(timeout);
    }
    config.notice_callback(|notice| {
        let _ = from_server(&mut anstream::stderr(), &notice, None);
    });
    config
}

/// `connection to … failed: `, in libpq's words.
fn place(target: &Target) -> String {
    if target.is_socket() {
        format!("connection to server on socket \"{}/.s.PGSQL.{}\" failed: ", target.host, target.port)
    } else {
        format!("connection to server at \"{}\", port {} failed: ", target.host, target.port)
    }
}

/// Turns the driver's error into one that a person can act on.
fn explain(error: &postgres::Error, settings: &Settings, target: &Target, from_passfile: bool) -> Failure {
    let place = place(target);
    if let Some(server) = error.as_db_error() {
        let hint = match (from_passfile, &settings.passfile) {
            (true, Some(path)) if *server.code() == SqlState::INVALID_PASSWORD => {
                Some(format!("The password was taken from the passfile \"{}\".", path.display()))
            }
            _ => None,
        };
        let failure = Error::Connection { message: place, server: Some(Box::new(server.clone())), hint };
        return if *server.code() == SqlState::CANNOT_CONNECT_NOW {
            Failure::Next(failure)
        } else {
            Failure::Final(failure)
        };
    }
    let cause = error.source().map_or_else(|| error.to_string(), ToString::to_string);
    let failure = |message: String, hint: Option<&str>| Error::Connection {
        message,
        server: None,
        hint: hint.map(str::to_owned),
    };
    // The driver has no kind for it, only these words.
    if cause == "password missing" {
        return Failure::NeedsPassword(failure(
            format!("{place}the server asks for a password, and none was supplied"),
            Some("Set PGPASSWORD, add a line to the passfile (~/.pgpass), or use -W on a terminal."),
        ));
    }
    let io = error.source().and_then(|source| source.downcast_ref::<std::io::Error>());
    let hint = match io.map(std::io::Error::kind) {
        Some(std::io::ErrorKind::NotFound | std::io::ErrorKind::ConnectionRefused) if target.is_socket() => {
            Some("Is the server running locally and accepting connections on that socket? Try -h HOST.")
        }
        Some(std::io::ErrorKind::ConnectionRefused) => {
            Some("Is the server running on that host and accepting TCP/IP connections?")
        }
        _ => None,
    };
    Failure::Next(failure(format!("{place}{cause}"), hint))
}

/// Asks a server whether it is what `target_session_attrs` wants.
fn check_wanted(client: &mut Client, wanted: Wanted, target: &Target) -> Result<(), Failure> {
    let (question, expected, complaint) = match wanted {
        Wanted::Any | Wanted::PreferStandby => return Ok(()),
        Wanted::ReadWrite => ("SHOW transaction_read_only", "off", "session is read-only"),
        Wanted::ReadOnly => ("SHOW transaction_read_only", "on", "session is not read-only"),
        Wanted::Primary => ("SELECT pg_catalog.pg_is_in_recovery()", "f", "server is in hot standby mode"),
        Wanted::Standby => {
            ("SELECT pg_catalog.pg_is_in_recovery()", "t", "server is not in hot standby mode")
        }
    };
    let answer = client.simple_query(question).map_err(|error| Failure::Final(error.into()))?;
    let met = answer.iter().any(
        |message| matches!(message, SimpleQueryMessage::Row(row) if row.try_get(0).ok().flatten() == Some(expected)),
    );
    if met {
        return Ok(());
    }
    Err(Failure::Next(Error::Connection {
        message: format!("{}{complaint}", place(target)),
        server: None,
        hint: None,
    }))
}
