//! Statements over a connection: every one is a call of a function in the schema `promo_guard`, with typed arguments.

mod call;
mod work;

use postgres::{Client, IsolationLevel};

pub use self::call::{Argument, Call};
pub use self::work::Work;
use self::work::settled;
use crate::args::ConnectionArguments;
use crate::connection::{self, Connected, Way};
use crate::error::Error;
use crate::fate;
use crate::signals::Signals;

/// An open session.
pub struct Session {
    client: Client,
    signals: Signals,
    /// The way to the server, for asking what became of a change whose answer was lost.
    way: Way,
    /// The database's name.
    pub database: String,
    /// `promoctl` and the options that lead here again; never a password.
    pub again: String,
}

impl Session {
    /// Connects.
    pub fn open(arguments: &ConnectionArguments, signals: &Signals) -> Result<Session, Error> {
        let connected = connection::connect(arguments, signals)?;
        signals.watch_session(connected.canceller());
        let again = again(arguments, &connected);
        Ok(Session {
            client: connected.client,
            signals: signals.clone(),
            way: connected.way,
            database: connected.database,
            again,
        })
    }

    /// A transaction to read in: one snapshot, nothing can be written, also on a standby.
    pub fn read(&mut self) -> Result<Work<'_>, Error> {
        self.begin(true)
    }

    /// A transaction to change things in.
    pub fn change(&mut self) -> Result<Work<'_>, Error> {
        self.begin(false)
    }

    /// Connects again the way it did, where it gets through.
    pub fn again_if_possible(&mut self) {
        if let Some(connected) = self.way.connected() {
            self.signals.watch_session(connected.canceller());
            self.client = connected.client;
        }
    }

    fn begin(&mut self, read_only: bool) -> Result<Work<'_>, Error> {
        let isolation =
            if read_only { IsolationLevel::RepeatableRead } else { IsolationLevel::ReadCommitted };
        let signals = &self.signals;
        let way = (!read_only).then_some(&self.way);
        let client = &mut self.client;
        let started = signals.during_query(|| {
            let transaction = client.build_transaction().isolation_level(isolation);
            // READ WRITE is not asked for: a standby refuses the word itself, and says less than the function does.
            if read_only { transaction.read_only(true) } else { transaction }.start()
        });
        let transaction = settled(signals, started)
            .map_err(|error| if read_only { error } else { fate::before_commit(error) })?;
        let mut work = Work { transaction, signals, again: &self.again, way };
        // What a person types without a zone is UTC, as is all that is shown.
        work.run("SET LOCAL TimeZone = 'UTC'")?;
        Ok(work)
    }
}

/// The command line that leads to this database again, for pages that say what to type next. Options that came from the
/// environment are left to it; a connection string is taken apart, since it may hold a password.
fn again(arguments: &ConnectionArguments, connected: &Connected) -> String {
    let string = arguments.dbname.as_deref().is_some_and(connection::is_connection_string);
    let mut words = vec!["promoctl".to_owned()];
    let mut push = |flag: &str, value: &str| words.extend([flag.to_owned(), shell_word(value)]);
    if string || arguments.host.is_some() {
        push("-h", &connected.target.host);
    }
    if string || arguments.port.is_some() {
        push("-p", &connected.target.port.to_string());
    }
    if string || arguments.username.is_some() {
        push("-U", &connected.user);
    }
    if arguments.dbname.is_some() {
        push("-d", &connected.database);
    }
    words.join(" ")
}

/// A word as a POSIX shell reads it back.
pub fn shell_word(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_survive_the_shell() {
        for (word, shown) in
            [("shop", "shop"), ("", "''"), ("30 min", "'30 min'"), ("o'neil", "'o'\\''neil'")]
        {
            assert_eq!(shell_word(word), shown);
        }
    }
}
