//! Connections as psql makes them.
//!
//! [`parameters`] gathers what is asked for and [`settings`] decides what that comes to, neither touching anything; this
//! file connects: each host in turn, each of its addresses, encrypted or not as [`attempt`] does it, until one will do.

mod attempt;
mod canceller;
mod conninfo;
mod env;
mod keywords;
mod parameters;
mod passfile;
mod service;
mod settings;
mod targets;
mod tls;

use postgres::Client;
use postgres_openssl::MakeTlsConnector;

use attempt::Failure;
pub use canceller::Canceller;
pub use conninfo::is_connection_string;
pub use env::Environment;
pub use parameters::Flags;
use settings::{Settings, Wanted};
use targets::Target;

use crate::args::ConnectionArguments;
use crate::error::Error;
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
    /// The way here again.
    pub way: Way,
    /// How the session is encrypted, if it is.
    tls: Option<MakeTlsConnector>,
}

/// A way to the server that was found once, with the password that opened it. No `Debug`, for the password's sake.
#[derive(Clone)]
pub struct Way(Settings);

impl Way {
    /// Goes it again, without asking anybody anything.
    pub fn again(&self) -> Option<Client> {
        self.connected().map(|connected| connected.client)
    }

    /// The same, with what is needed to cancel a query.
    pub fn connected(&self) -> Option<Connected> {
        try_targets(&self.0, &mut Vec::new()).ok()
    }
}

impl Connected {
    /// How to cancel what the session runs.
    pub fn canceller(&self) -> Canceller {
        Canceller { token: self.client.cancel_token(), tls: self.tls.clone() }
    }
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
    let mut failures = Vec::new();
    match try_targets(&settings, &mut failures) {
        Err(Failure::NeedsPassword(_)) if !arguments.no_password && prompt::possible() => {
            settings.password = Some(ask_password(&settings.user, signals)?);
            failures.clear();
            try_targets(&settings, &mut failures)
        }
        outcome => outcome,
    }
    .map_err(|failure| {
        // Each host's and each way's failure is told; the last one is the caller's to tell.
        for earlier in failures {
            earlier.report(&mut anstream::stderr());
        }
        let (Failure::NeedsPassword(last) | Failure::Final(last) | Failure::Next(last)) = failure;
        last
    })
}

/// Asks for a password in psql's words.
fn ask_password(user: &str, signals: &Signals) -> Result<String, Error> {
    let question = format!("Password for user {}: ", visible(user));
    prompt::hidden(&question, "password", signals).map(|password| password.to_string())
}

/// Tries each server until one will do. What failed on the way goes to `failures`, but for the last.
fn try_targets(settings: &Settings, failures: &mut Vec<Error>) -> Result<Connected, Failure> {
    let rounds: &[Wanted] = match settings.wanted {
        Wanted::PreferStandby => &[Wanted::Standby, Wanted::Any],
        ref wanted => std::slice::from_ref(wanted),
    };
    for &wanted in rounds {
        for target in &settings.targets {
            let addresses = match attempt::addresses(target) {
                Ok(addresses) => addresses,
                Err(Failure::Next(error)) => {
                    failures.push(error);
                    continue;
                }
                Err(other) => return Err(other),
            };
            for target in addresses {
                match attempt::open(settings, &target, wanted, failures) {
                    Ok((client, tls)) => {
                        return Ok(Connected {
                            client,
                            database: settings.database.clone(),
                            user: settings.user.clone(),
                            target,
                            way: Way(settings.clone()),
                            tls,
                        });
                    }
                    Err(Failure::Next(error)) => failures.push(error),
                    Err(other) => return Err(other),
                }
            }
        }
    }
    Err(Failure::Next(failures.pop().unwrap_or_else(|| Error::usage("no host to connect to"))))
}

#[cfg(test)]
mod properties;
