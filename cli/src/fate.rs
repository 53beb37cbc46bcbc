//! What became of a change whose answer did not come: the connection was lost, the server went down, a signal came.
//!
//! Before the commit was sent there is no doubt: the server takes back what was not committed. After it there is, and the
//! server is asked: it remembers what became of a transaction by its number.

use std::thread;
use std::time::{Duration, Instant};

use postgres::Client;
use postgres::types::Type;

use crate::error::Error;
use pg_connect_settings::Settings;

/// How long to ask for: a server that was restarted needs a moment, and so does a commit that is still under way.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often.
const PAUSE: Duration = Duration::from_millis(200);

/// A transaction's number on the server's timeline. A standby that takes over begins another timeline, and may give the same
/// number to another transaction.
pub struct Number {
    /// As `xid8`.
    pub number: String,
    /// None where the server does not say.
    pub timeline: Option<String>,
}

/// Asks for the transaction's own.
pub const NUMBER: &str = "SELECT pg_catalog.pg_current_xact_id_if_assigned()::text, \
    CASE WHEN NOT pg_catalog.pg_is_in_recovery() \
         THEN pg_catalog.left(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_insert_lsn()), 8) END";

/// Asks for the status of another's, which is unknown on another timeline.
const STATUS: &str = "SELECT pg_catalog.pg_xact_status($1::text::xid8), CASE WHEN NOT pg_catalog.pg_is_in_recovery() \
    THEN $2::text IS DISTINCT FROM pg_catalog.left(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_insert_lsn()), 8) END";

/// Whether the session is over, or the person stopped us: who reads that wonders what was done.
fn leaves_in_doubt(error: &Error) -> bool {
    error.is_a_lost_session() || matches!(error, Error::Interrupted(_) | Error::TimedOut { .. })
}

/// An error before the commit was sent, or in the look that a changing command takes first.
pub fn before_commit(error: Error) -> Error {
    nothing_changed(error, NOT_COMMITTED)
}

/// Why nothing was changed where no commit was sent.
pub const NOT_COMMITTED: &str = "the server rolls back what was not committed";
/// ... and where one was, of what only tells what would be.
pub const DRY_RUN: &str = "this was a dry run";

/// An error where nothing was changed, for that reason.
pub fn nothing_changed(error: Error, why: &str) -> Error {
    if !leaves_in_doubt(&error) {
        return error;
    }
    Error::Step { told: format!("nothing was changed: {why}"), cause: Box::new(error) }
}

/// An error in answer to the commit of the transaction of that number. Fine where the server knows that it was committed.
pub fn after_commit(error: Error, way: &Settings, number: &Number) -> Result<(), Error> {
    if !leaves_in_doubt(&error) {
        return Err(error);
    }
    match ask(way, number).as_deref() {
        Some("committed") => {
            eprintln!(
                "promoctl: the connection was lost during the commit; the server says that the change was made"
            );
            Ok(())
        }
        Some("aborted") => {
            let told = "nothing was changed: the server says that the change was rolled back".to_owned();
            Err(Error::Step { told, cause: Box::new(error) })
        }
        _ => {
            let told = format!(
                "the connection was lost during the commit: the change may have been made or not. To see, run\n    \
                 SELECT pg_catalog.pg_xact_status('{}'::xid8);\n\
                 on the same server (committed: it was made), or look at promo_guard.action_log.",
                number.number
            );
            Err(Error::InDoubt { told, cause: Box::new(error) })
        }
    }
}

/// What the server remembers of a transaction; none where it cannot be asked, or does not know yet.
fn ask(way: &Settings, number: &Number) -> Option<String> {
    let until = Instant::now() + PATIENCE;
    let mut session: Option<Client> = None;
    loop {
        if session.is_none() {
            session = way.connect().ok().map(|connected| connected.client);
        }
        if let Some(client) = &mut session {
            let asked = client
                .query_typed_one(STATUS, &[(&number.number, Type::TEXT), (&number.timeline, Type::TEXT)]);
            let status = |row: postgres::Row| -> Option<(Option<String>, Option<bool>)> {
                Some((row.try_get(0).ok()?, row.try_get(1).ok()?))
            };
            match asked.map(status) {
                // Another server has taken over: the number says nothing there.
                Ok(Some((_, Some(true)))) => return None,
                // A standby only: the one that took the change may be back in a moment.
                Ok(Some((_, None))) => session = None,
                Ok(Some((Some(status), Some(false)))) if status != "in progress" => return Some(status),
                Ok(_) => {}
                // A server that has not got so far does not know the number: it is not the one that took the change.
                Err(error) if error.as_db_error().is_some() => return None,
                Err(_) => session = None,
            }
        }
        if Instant::now() >= until {
            return None;
        }
        thread::sleep(PAUSE);
    }
}
