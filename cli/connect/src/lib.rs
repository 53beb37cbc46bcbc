#![doc = include_str!("../README.md")]
#![cfg_attr(not(test), warn(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::todo))]

mod attempt;
mod canceller;
mod conninfo;
mod env;
mod error;
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
pub use error::Error;
pub use parameters::Flags;
pub use settings::{Keepalives, Message, Settings, Wanted};
pub use targets::Target;

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
    /// How the session is encrypted, if it is.
    tls: Option<MakeTlsConnector>,
}

impl Connected {
    /// How to cancel what the session runs.
    pub fn canceller(&self) -> Canceller {
        Canceller { token: self.client.cancel_token(), tls: self.tls.clone() }
    }
}

/// Why no server would do.
#[derive(Debug)]
pub struct Refused {
    /// The failure of each host and each way to reach it, in the order in which they were tried. Never empty.
    pub errors: Vec<Error>,
    /// The last server asked for a password, and none was found.
    pub needs_password: bool,
}

impl Settings {
    /// Works out the connection. Reads the service file where one is named; touches nothing else.
    ///
    /// # Errors
    /// A setting is unknown, malformed, or cannot be honoured.
    pub fn resolve(flags: &Flags, environment: &Environment) -> Result<Settings, Error> {
        settings::resolve(flags, environment, &|path| std::fs::read_to_string(path))
    }

    /// Tries each server until one will do.
    ///
    /// # Errors
    /// None will do.
    pub fn connect(&self) -> Result<Connected, Refused> {
        let mut errors = Vec::new();
        self.try_targets(&mut errors).map_err(|failure| {
            let needs_password = matches!(failure, Failure::NeedsPassword(_));
            let (Failure::NeedsPassword(last) | Failure::Final(last) | Failure::Next(last)) = failure;
            errors.push(last);
            Refused { errors, needs_password }
        })
    }

    /// What failed on the way goes to `errors`, but for the last.
    fn try_targets(&self, errors: &mut Vec<Error>) -> Result<Connected, Failure> {
        let rounds: &[Wanted] = match self.wanted {
            Wanted::PreferStandby => &[Wanted::Standby, Wanted::Any],
            ref wanted => std::slice::from_ref(wanted),
        };
        for &wanted in rounds {
            for target in &self.targets {
                let addresses = match attempt::addresses(target) {
                    Ok(addresses) => addresses,
                    Err(Failure::Next(error)) => {
                        errors.push(error);
                        continue;
                    }
                    Err(other) => return Err(other),
                };
                for target in addresses {
                    match attempt::open(self, &target, wanted, errors) {
                        Ok((client, tls)) => {
                            let (database, user) = (self.database.clone(), self.user.clone());
                            return Ok(Connected { client, database, user, target, tls });
                        }
                        Err(Failure::Next(error)) => errors.push(error),
                        Err(other) => return Err(other),
                    }
                }
            }
        }
        Err(Failure::Next(errors.pop().unwrap_or_else(|| Error::usage("no host to connect to"))))
    }
}

#[cfg(test)]
mod properties;
