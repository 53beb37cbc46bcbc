//! Questions and answers as text.

use super::Server;
use super::prefix::promoctl_path;
use postgres::{Client, SimpleQueryMessage};
use std::process::Command;

/// The rows of a query as text; null is `∅`.
pub fn table(client: &mut Client, sql: &str) -> Vec<Vec<String>> {
    let messages = client.simple_query(sql).unwrap_or_else(|e| panic!("{sql}: {e:?}"));
    messages
        .iter()
        .filter_map(|m| match m {
            SimpleQueryMessage::Row(row) => {
                Some((0..row.len()).map(|i| row.get(i).unwrap_or("∅").to_owned()).collect())
            }
            _ => None,
        })
        .collect()
}

/// A refusal as the server sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The SQLSTATE.
    pub code: String,
    /// The message.
    pub message: String,
    /// The DETAIL, or nothing.
    pub detail: String,
    /// The HINT, or nothing.
    pub hint: String,
}

/// The refusal that a statement must meet.
pub fn refused(client: &mut Client, sql: &str) -> Refused {
    let error = match client.simple_query(sql) {
        Err(error) => error,
        Ok(_) => panic!("not refused: {sql}"),
    };
    let error = error.as_db_error().unwrap_or_else(|| panic!("{sql}: {error}"));
    Refused {
        code: error.code().code().to_owned(),
        message: error.message().to_owned(),
        detail: error.detail().unwrap_or_default().to_owned(),
        hint: error.hint().unwrap_or_default().to_owned(),
    }
}

/// The real promoctl, connected to a database of `server` by its environment and nothing else.
pub fn promoctl(server: &Server, database: &str) -> Command {
    let mut command = Command::new(promoctl_path());
    command
        .env_clear()
        .env("HOME", "/nonexistent")
        .env("PATH", "/usr/bin:/bin")
        .env("PGHOST", server.host())
        .env("PGUSER", "postgres")
        .env("PGDATABASE", database);
    command
}
