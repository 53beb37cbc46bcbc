//! What became of a change whose answer did not come: the connection was lost, the server went down, a signal came.
//!
//! Before the commit was sent there is no doubt: the server takes back what was not committed. After it there is, and the
//! server is asked: it remembers what became of a transaction by its number.

use std::thread;
use std::time::{Duration, Instant};

use postgres::Client;

use crate::connection::Way;
use crate::error::Error;

/// How long to ask for: a server that was restarted needs a moment, and so does a commit that is still under way.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often.
const PAUSE: Duration = Duration::from_millis(200);

/// Whether the session is over, or the person stopped us: who reads that wonders what was done.
fn leaves_in_doubt(error: &Error) -> bool {
    error.is_a_lost_session() || matches!(error, Error::Interrupted(_))
}

/// An error before the commit was sent, or in the look that a changing command takes first.
pub fn before_commit(error: Error) -> Error {
    if !leaves_in_doubt(&error) {
        return error;
    }
    Error::Step {
        told: "nothing was changed: what was not committed the server takes back".to_owned(),
        cause: Box::new(error),
    }
}

/// An error in answer to the commit of the transaction of that number. Fine where the server knows that it was committed.
pub fn after_commit(error: Error, way: &Way, number: &str) -> Result<(), Error> {
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
            let told = "nothing was changed: the server says that the change was taken back".to_owned();
            Err(Error::Step { told, cause: Box::new(error) })
        }
        _ => {
            let told = format!(
                "the connection was lost during the commit: the change may have been made or not. To see, run\n    \
                 SELECT pg_catalog.pg_xact_status('{number}'::xid8);\n\
                 on the same server (committed: it was made), or look at promo_guard.action_log."
            );
            Err(Error::InDoubt { told, cause: Box::new(error) })
        }
    }
}

/// What the server remembers of a transaction; none where it cannot be asked, or does not know yet.
fn ask(way: &Way, number: &str) -> Option<String> {
    let until = Instant::now() + PATIENCE;
    let mut session: Option<Client> = None;
    loop {
        if session.is_none() {
            session = way.again();
        }
        if let Some(client) = &mut session {
            let asked = client.query_one("SELECT pg_catalog.pg_xact_status($1::text::xid8)", &[&number]);
            match asked.map(|row| row.try_get::<_, Option<String>>(0).ok().flatten()) {
                Ok(Some(status)) if status != "in progress" => return Some(status),
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
