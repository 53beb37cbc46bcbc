//! Statements over a connection: every one is a call of a function in the schema `promo_guard`, with typed arguments.

mod advice;
mod call;
mod catalog;
mod limits;
mod work;

use std::time::Duration;

use pg_connect_settings::{Connected, Settings, is_connection_string};
use postgres::{Client, IsolationLevel};

use self::advice::Caller;
pub use self::call::{Argument, Call};
use self::limits::Limit;
pub use self::work::Work;
use self::work::{assured, settled};
use crate::args::ConnectionArguments;
use crate::connection;
use crate::error::Error;
use crate::fate;
use crate::output::Rows;
use crate::output::text::shell_word;
use crate::signals::Signals;

/// What a transaction is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Read,
    Change,
    Rehearse,
    LookAfter,
}

/// An open session.
pub struct Session {
    client: Client,
    signals: Signals,
    /// The way to the server, for asking what became of a change whose answer was lost.
    way: Settings,
    /// The connection was lost at the end of a transaction whose fate is known: the next one takes a new connection.
    lost: bool,
    /// What a statement may take, where the person said it.
    timeout: Option<Duration>,
    /// The role as which it connected.
    role: String,
    /// The database's name.
    pub database: String,
    /// The database with its server.
    pub place: String,
    /// `promoctl` and the options that lead here again; never a password.
    pub again: String,
}

impl Session {
    /// Connects.
    pub fn open(arguments: &ConnectionArguments, signals: &Signals) -> Result<Session, Error> {
        let (connected, way) = connection::connect(arguments, signals)?;
        signals.watch_session(connected.canceller());
        let again = again(arguments, &connected);
        let place = format!("{} at {}:{}", connected.database, connected.target.host, connected.target.port);
        Ok(Session {
            client: connected.client,
            signals: signals.clone(),
            way,
            lost: false,
            timeout: arguments.timeout,
            role: connected.user,
            database: connected.database,
            again,
            place,
        })
    }

    /// Reads in a transaction: one snapshot, nothing can be written, also on a standby. Where a standby has to replay something that
    /// stands against it, it is read once more, from the start.
    pub fn read<T>(&mut self, mut look: impl FnMut(&mut Work<'_>) -> Result<T, Error>) -> Result<T, Error> {
        let mut once = |session: &mut Session| session.begin(Kind::Read).and_then(|mut work| look(&mut work));
        match once(self) {
            Err(error) if self.is_worth_another_try(&error) => once(self).map_err(limits::met_twice),
            outcome => outcome,
        }
    }

    /// Whether a read failed by a conflict with recovery. A standby that ends the session over it may not get to say why.
    fn is_worth_another_try(&mut self, error: &Error) -> bool {
        if self.signals.caught().is_some() {
            return false;
        }
        match error {
            Error::Server(server) if limits::is_recovery_conflict(server) => {
                if server.severity() != "ERROR" || self.client.is_closed() {
                    self.again_if_possible();
                }
                true
            }
            Error::Lost(_) => {
                self.again_if_possible();
                let standby = self.client.query_one("SELECT pg_catalog.pg_is_in_recovery()", &[]);
                standby.is_ok_and(|row| row.try_get(0).is_ok_and(|standby: bool| standby))
            }
            _ => false,
        }
    }

    /// A transaction to change things in.
    pub fn change(&mut self) -> Result<Work<'_>, Error> {
        self.begin(Kind::Change)
    }

    /// Calls a function that changes something, in a transaction of its own.
    pub fn apply(&mut self, call: &Call) -> Result<Rows, Error> {
        let mut work = self.change()?;
        let rows = work.fetch(call)?;
        work.commit()?;
        Ok(rows)
    }

    /// A transaction to find out what a change would do; a note of it in the action log is all that stays.
    pub fn rehearse(&mut self) -> Result<Work<'_>, Error> {
        self.begin(Kind::Rehearse)
    }

    /// A transaction that is repeated, such as the tick of a bake. Where its answer is lost, the next one shows the outcome, so
    /// its fate is not looked up.
    pub fn look_after(&mut self) -> Result<Work<'_>, Error> {
        self.begin(Kind::LookAfter)
    }

    /// Connects again the way it did, where it gets through.
    pub fn again_if_possible(&mut self) {
        if let Ok(connected) = self.way.connect() {
            self.signals.watch_session(connected.canceller());
            self.client = connected.client;
            self.lost = false;
        }
    }

    fn begin(&mut self, kind: Kind) -> Result<Work<'_>, Error> {
        if self.lost {
            self.again_if_possible();
        }
        let read_only = kind == Kind::Read;
        let limit = Limit::now(self.timeout, matches!(kind, Kind::Read | Kind::LookAfter));
        let isolation =
            if read_only { IsolationLevel::RepeatableRead } else { IsolationLevel::ReadCommitted };
        let signals = &self.signals;
        let way = (kind == Kind::Change).then_some(&self.way);
        let unchanged = match kind {
            Kind::Change => Some(fate::NOT_COMMITTED),
            Kind::Rehearse => Some(fate::DRY_RUN),
            Kind::Read | Kind::LookAfter => None,
        };
        let client = &mut self.client;
        let started = signals.during_query(|| {
            let transaction = client.build_transaction().isolation_level(isolation);
            // READ WRITE is not asked for: a standby refuses the word itself, and says less than the function does.
            if read_only { transaction.read_only(true) } else { transaction }.start()
        });
        let transaction = settled(signals, started).map_err(|error| assured(error, unchanged))?;
        let caller = Caller { role: &self.role, again: &self.again };
        let mut work = Work { transaction, signals, caller, unchanged, way, lost: &mut self.lost, limit };
        // What a person types without a zone is UTC, as is all that is shown.
        work.run(&format!("SET LOCAL TimeZone = 'UTC';{}", limit.begin()))?;
        Ok(work)
    }
}

/// The command line that leads to this database again, for pages that say what to type next. Options that came from the
/// environment are left to it; a connection string is taken apart, since it may hold a password.
fn again(arguments: &ConnectionArguments, connected: &Connected) -> String {
    let string = arguments.dbname.as_deref().is_some_and(is_connection_string);
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
