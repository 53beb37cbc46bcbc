//! How long a statement may take, and what is said where it took longer or a standby cancelled it.
//!
//! The limit is set in the transaction with set_config(…, true): behind pgbouncer in transaction mode a setting of the session
//! would be left to the next client.

use std::time::{Duration, Instant};

use postgres::error::{DbError, SqlState};

use crate::error::Error;

/// What reads gets so long without `--timeout`. What changes has no limit then: its functions wait 3 s for a lock.
const READING: Duration = Duration::from_secs(30);

/// The limit of a transaction's statements.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    /// None where they may take as long as they take.
    length: Option<Duration>,
    /// When the transaction has used it up: a page of many questions takes no longer than one.
    deadline: Option<Instant>,
    /// The person asked for it, so that it stands in for a shorter one of the server or the role.
    asked: bool,
}

impl Limit {
    /// Of a transaction that begins now; `asked` is `--timeout`, of which zero is none.
    pub fn now(asked: Option<Duration>, reads: bool) -> Limit {
        let length = asked.or(reads.then_some(READING)).filter(|length| !length.is_zero());
        let deadline = length.and_then(|length| Instant::now().checked_add(length));
        Limit { length, deadline, asked: asked.is_some() }
    }

    /// What sets it at the start of a transaction.
    pub fn begin(&self) -> String {
        match self.length {
            Some(length) => self.set(length),
            None if self.asked => set(0),
            None => String::new(),
        }
    }

    /// What sets the part of it that is left.
    pub fn rest(&self) -> String {
        let Some(deadline) = self.deadline else { return String::new() };
        self.set(deadline.saturating_duration_since(Instant::now()))
    }

    fn set(&self, length: Duration) -> String {
        let length = milliseconds(length);
        if self.asked { set(length) } else { at_most(length) }
    }

    /// An error in answer to a statement that began at `started`, with what to do where it took too long.
    pub fn explained(&self, error: Error, what: &str, started: Instant) -> Error {
        let Error::Server(server) = error else { return error };
        if *server.code() == SqlState::QUERY_CANCELED {
            let over = self.deadline.is_some_and(|deadline| Instant::now() >= deadline);
            let after = if over { self.length.unwrap_or_default() } else { started.elapsed() };
            let told = format!("{what} gave no answer within {}: {}", in_words(after), server.message());
            return Error::TimedOut { told, hint: too_long(over), server };
        }
        if *server.code() == SqlState::LOCK_NOT_AVAILABLE && server.hint().is_none() {
            let told =
                format!("{what} waited for a lock for {}: {}", in_words(started.elapsed()), server.message());
            return Error::TimedOut { told, hint: HELD.to_owned(), server };
        }
        Error::Server(server)
    }
}

/// How to find whom it waits for.
const HELD: &str = "Another session holds a lock that it needs. To see which:\n    \
    SELECT a.pid, a.usename, a.query FROM pg_stat_activity AS w, unnest(pg_blocking_pids(w.pid)) AS b JOIN pg_stat_activity AS a ON a.pid = b;\n\
    Try again when it is gone.";

fn too_long(over: bool) -> String {
    let more = if over {
        "Or allow more time: --timeout 2min (0: no limit)."
    } else {
        "Or the server or this role has a shorter statement_timeout: --timeout 2min overrides it."
    };
    format!(
        "It may wait for a lock of another session. To see which, while it waits:\n    \
         SELECT a.pid, a.usename, a.query FROM pg_stat_activity AS w, unnest(pg_blocking_pids(w.pid)) AS b JOIN pg_stat_activity AS a ON a.pid = b;\n{more}"
    )
}

/// Whether a standby cancelled the query, or ended the session, because it had to replay what the primary did. A transaction that
/// only reads has no other serialization failure or deadlock.
pub fn is_recovery_conflict(server: &DbError) -> bool {
    [&SqlState::T_R_SERIALIZATION_FAILURE, &SqlState::T_R_DEADLOCK_DETECTED].contains(&server.code())
}

/// An error of the second try, with what to do where it met the same. A session that the standby ends may not hear why.
pub fn met_twice(error: Error) -> Error {
    let hint = "This standby had to replay a change of the primary that the query stood in the way of, twice in a row.\n\
        Run it again, or run it on the primary. If it happens often, set on the standby\n    \
        max_standby_streaming_delay = '60s'\n\
        or hot_standby_feedback = on.";
    let hint = hint.to_owned();
    match error {
        Error::Server(server) if is_recovery_conflict(&server) => Error::Advised { server, hint },
        Error::Lost(message) => Error::Connection { message, server: None, hint: Some(hint) },
        other => other,
    }
}

fn set(milliseconds: u128) -> String {
    format!("SET LOCAL statement_timeout = {milliseconds};")
}

/// Sets it, unless there is a shorter one.
fn at_most(limit: u128) -> String {
    format!(
        "SELECT pg_catalog.set_config('statement_timeout', '{limit}', true) \
         FROM pg_catalog.current_setting('statement_timeout') AS s (now) \
         WHERE s.now OPERATOR(pg_catalog.=) '0' \
         OR s.now::pg_catalog.interval OPERATOR(pg_catalog.>) '{limit} ms'::pg_catalog.interval;"
    )
}

/// At least one: zero would be no limit.
fn milliseconds(length: Duration) -> u128 {
    length.as_micros().div_ceil(1000).clamp(1, 2_147_483_647)
}

fn in_words(length: Duration) -> String {
    let whole = if length.as_secs() > 0 {
        length.as_secs() * 1000
    } else {
        u64::try_from(length.as_millis()).unwrap_or(0)
    };
    humantime::format_duration(Duration::from_millis(whole)).to_string()
}
