//! A transaction: calls of functions in it, and its end.

use pg_connect_settings::Settings;
use postgres::Transaction;
use postgres::error::SqlState;
use postgres::types::{FromSqlOwned, ToSql, Type};

use super::advice::{self, Caller};
use super::call::{Call, THERE, described};
use super::limits::{self, Limit};
use crate::args::WindowArguments;
use crate::error::Error;
use crate::fate::{self, Number};
use crate::output::time::Timestamp;
use crate::output::{Column, Kind, Rows, Value};
use crate::signals::Signals;
use std::time::Instant;

/// A transaction. Dropped without [`Work::commit`] it is rolled back.
pub struct Work<'a> {
    pub(super) transaction: Transaction<'a>,
    pub(super) signals: &'a Signals,
    pub(super) caller: Caller<'a>,
    /// Why nothing was changed where it ends before its time, if that is to be said.
    pub(super) unchanged: Option<&'static str>,
    /// Of a transaction that changes something, the way to the server.
    pub(super) way: Option<&'a Settings>,
    /// Set where the connection was lost at the end, and the change was made all the same.
    pub(super) lost: &'a mut bool,
    /// What its statements may take.
    pub(super) limit: Limit,
}

impl Work<'_> {
    /// The end of a window and whether it is the present: what the person gave, else the transaction's time.
    pub fn as_of(&mut self, window: &WindowArguments) -> Result<(Timestamp, bool), Error> {
        let sql = "SELECT coalesce($1::text::timestamptz, pg_catalog.transaction_timestamp())";
        Ok((self.time(sql, &[(&window.as_of, Type::TEXT)])?, window.as_of.is_none()))
    }

    /// The start of a window: a time less an interval, as the server reckons months and days.
    pub fn before(&mut self, as_of: Timestamp, lookback: &str) -> Result<Timestamp, Error> {
        let sql = "SELECT $1::timestamptz - $2::text::interval";
        self.time(sql, &[(&as_of, Type::TIMESTAMPTZ), (&lookback, Type::TEXT)])
    }

    /// The time so long after now.
    pub fn after_now(&mut self, interval: &str) -> Result<Timestamp, Error> {
        let sql = "SELECT pg_catalog.clock_timestamp() + $1::text::interval";
        self.time(sql, &[(&interval, Type::TEXT)])
    }

    /// The value of a policy, as `policy` shows it.
    pub fn policy(&mut self, name: &str) -> Result<Option<String>, Error> {
        let sql = "SELECT value::text FROM promo_guard.policy WHERE name = $1::text";
        self.one(sql, &[(&name, Type::TEXT)])
    }

    /// The open incident.
    pub fn open_incident(&mut self) -> Result<Option<i64>, Error> {
        self.one("SELECT id FROM promo_guard.incident WHERE closed_at IS NULL", &[])
    }

    /// The first value of an answer; None where there is no row.
    fn one<T: FromSqlOwned>(
        &mut self,
        sql: &str,
        parameters: &[(&(dyn ToSql + Sync), Type)],
    ) -> Result<Option<T>, Error> {
        self.query(sql, parameters)?.first().map(|row| get(row, 0)).transpose()
    }

    fn time(&mut self, sql: &str, parameters: &[(&(dyn ToSql + Sync), Type)]) -> Result<Timestamp, Error> {
        self.one(sql, parameters)?
            .ok_or_else(|| Error::Unexpected("the server did not tell the time".to_owned()))
    }

    /// Waits for a lock as long as a function that changes something does.
    pub fn limit_locks(&mut self) -> Result<(), Error> {
        self.run("SET LOCAL lock_timeout = '3s'")
    }

    /// Calls a function and fetches its rows, in its order.
    pub fn fetch(&mut self, call: &Call) -> Result<Rows, Error> {
        let answer =
            self.ask(&format!("promo_guard.{}()", call.function), &call.sql(), &call.parameters())?;
        rows_of(&answer)
    }

    /// The last rows of one of our own tables about a campaign, or the row of an incident; None where this role may not read it.
    pub fn select_if_allowed(
        &mut self,
        table: &str,
        columns: &str,
        id: i64,
        max_rows: i32,
    ) -> Result<Option<Rows>, Error> {
        let key = if table == "incident" { "id" } else { "campaign_id" };
        let sql = described(&format!(
            "SELECT {columns}, true AS {THERE} FROM promo_guard.{table} WHERE {key} = $1 ORDER BY id DESC LIMIT $2"
        ));
        let rows = self.beneath_savepoint(|work| {
            let answer = work.ask("the server", &sql, &[(&id, Type::INT8), (&max_rows, Type::INT4)])?;
            rows_of(&answer)
        })?;
        allowed(rows)
    }

    /// The announcements, latest first.
    pub fn announcements(&mut self) -> Result<Rows, Error> {
        let all = described(&format!("SELECT *, true AS {THERE} FROM promo_guard.announcements"));
        rows_of(&self.ask("promo_guard.announcements", &format!("{all} ORDER BY id DESC"), &[])?)
    }

    /// An incident's row.
    pub fn incident(&mut self, id: i64) -> Result<Rows, Error> {
        const COLUMNS: &str = "id, title, trigger, started_at, detected_at, declared_at, declared_by, next_checkpoint_at, closed_at, note";
        Ok(self.select_if_allowed("incident", COLUMNS, id, 1)?.unwrap_or_default())
    }

    /// Like [`Work::fetch`], but None where the server says that this role may not (42501); the transaction goes on.
    pub fn fetch_if_allowed(&mut self, call: &Call) -> Result<Option<Rows>, Error> {
        allowed(self.beneath_savepoint(|work| work.fetch(call))?)
    }

    /// The rows, or an error after which the transaction goes on. One after which it cannot is the outer one, as is a conflict with
    /// recovery, after which the whole read begins anew.
    fn beneath_savepoint(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<Rows, Error>,
    ) -> Result<Result<Rows, Error>, Error> {
        let rest = self.limit.rest();
        self.run(&format!("SAVEPOINT promoctl_section;{rest}"))?;
        let error = match read(self) {
            Ok(rows) => return Ok(Ok(rows)),
            Err(Error::Server(server)) if limits::is_recovery_conflict(&server) => {
                return Err(Error::Server(server));
            }
            Err(error @ (Error::Server(_) | Error::Advised { .. } | Error::TimedOut { .. })) => error,
            Err(other) => return Err(other),
        };
        self.run("ROLLBACK TO SAVEPOINT promoctl_section")?;
        Ok(Err(error))
    }

    /// Calls a function that returns one text: what it did.
    pub fn tell(&mut self, function: &str, role: Option<&String>) -> Result<String, Error> {
        let named = format!("promo_guard.{function}()");
        let rows = match role {
            Some(role) => {
                let sql = format!("SELECT promo_guard.{function}($1::text::regrole)::text");
                let answer = self.ask(&named, &sql, &[(role, Type::TEXT)]);
                answer.map_err(|error| advice::unknown_role(error, role))?
            }
            None => self.ask(&named, &format!("SELECT promo_guard.{function}()::text"), &[])?,
        };
        rows.first().map_or_else(|| Ok(String::new()), |row| get(row, 0))
    }

    /// Makes the changes last. Where the answer is lost, the server is asked what became of them.
    pub fn commit(mut self) -> Result<(), Error> {
        let number = if self.way.is_some() { self.number()? } else { None };
        let Work { transaction, signals, way, lost, unchanged, .. } = self;
        let Err(cause) = settled(signals, signals.during_query(|| transaction.commit())) else {
            return Ok(());
        };
        match (way, number) {
            (Some(way), Some(number)) => {
                fate::after_commit(cause, way, &number)?;
                *lost = true;
                Ok(())
            }
            // Without a number there is nothing that could have been made.
            _ => Err(assured(cause, unchanged)),
        }
    }

    /// The number of this transaction, where it has changed anything.
    fn number(&mut self) -> Result<Option<Number>, Error> {
        let rows = self.query(fate::NUMBER, &[])?;
        let Some(row) = rows.first() else { return Ok(None) };
        let (number, timeline) = (get::<Option<String>>(row, 0)?, get(row, 1)?);
        Ok(number.map(|number| Number { number, timeline }))
    }

    /// Takes them back.
    pub fn roll_back(self) -> Result<(), Error> {
        let Work { transaction, signals, unchanged, .. } = self;
        settled(signals, signals.during_query(|| transaction.rollback()))
            .map_err(|error| assured(error, unchanged))
    }

    pub(super) fn run(&mut self, statement: &str) -> Result<(), Error> {
        let transaction = &mut self.transaction;
        let started = Instant::now();
        let answer = self.signals.during_query(|| transaction.batch_execute(statement));
        settled(self.signals, answer)
            .map_err(|error| assured(self.limit.explained(error, "the server", started), self.unchanged))?;
        self.go_on()
    }

    pub(super) fn query(
        &mut self,
        sql: &str,
        parameters: &[(&(dyn ToSql + Sync), Type)],
    ) -> Result<Vec<postgres::Row>, Error> {
        self.ask("the server", sql, parameters)
    }

    /// The answer of `what` to a statement without a name. A named one would stay in the server's session, which belongs to another
    /// client once the transaction has ended where a pooler (pgbouncer in transaction mode) lies between.
    fn ask(
        &mut self,
        what: &str,
        sql: &str,
        parameters: &[(&(dyn ToSql + Sync), Type)],
    ) -> Result<Vec<postgres::Row>, Error> {
        let transaction = &mut self.transaction;
        let started = Instant::now();
        let answer = self.signals.during_query(|| transaction.query_typed(sql, parameters));
        let rows = settled(self.signals, answer).map_err(|error| {
            let error = self.limit.explained(error, what, started);
            assured(self.caller.advised(error, what), self.unchanged)
        })?;
        self.go_on().map(|()| rows)
    }

    /// Stops between two statements where a signal came too late to cancel the first.
    fn go_on(&self) -> Result<(), Error> {
        self.signals
            .caught()
            .map_or(Ok(()), |signal| Err(assured(Error::Interrupted(signal), self.unchanged)))
    }
}

fn is_not_allowed(error: &Error) -> bool {
    matches!(error, Error::Server(server) | Error::Advised { server, .. } if *server.code() == SqlState::INSUFFICIENT_PRIVILEGE)
}

/// An error before the commit; where it leaves a person in doubt, with the assurance that nothing was changed.
pub(super) fn assured(error: Error, unchanged: Option<&str>) -> Error {
    match unchanged {
        Some(why) => fate::nothing_changed(error, why),
        None => error,
    }
}

/// An answer; an error after a signal is about the cancelling.
pub(super) fn settled<T>(signals: &Signals, answer: Result<T, postgres::Error>) -> Result<T, Error> {
    answer.map_err(|error| match signals.caught() {
        Some(signal) => Error::Interrupted(signal),
        None => error.into(),
    })
}

fn allowed(rows: Result<Rows, Error>) -> Result<Option<Rows>, Error> {
    match rows {
        Ok(rows) => Ok(Some(rows)),
        Err(error) if is_not_allowed(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// An answer with the columns that the server described; the last one tells rows from the row of nulls that stands for none.
fn rows_of(answer: &[postgres::Row]) -> Result<Rows, Error> {
    let Some(described) = answer.first() else { return Ok(Rows::default()) };
    let last = described.columns().len().saturating_sub(1);
    let columns = described.columns()[..last]
        .iter()
        .map(|column| {
            let (name, sql_type) = (column.name(), column.type_());
            Kind::of(name, sql_type).map(|kind| Column { name: name.to_owned(), kind }).ok_or_else(|| {
                Error::Unexpected(format!("column {name} has type {sql_type}, which promoctl does not read"))
            })
        })
        .collect::<Result<Vec<_>, _>>()?;
    let mut rows = Vec::new();
    for row in answer {
        if get::<Option<bool>>(row, last)?.is_some() {
            let values = columns.iter().enumerate().map(|(index, column)| value(row, index, column.kind));
            rows.push(values.collect::<Result<_, _>>()?);
        }
    }
    Ok(Rows { columns, rows })
}

/// One value as its column's kind.
fn value(row: &postgres::Row, index: usize, kind: Kind) -> Result<Value, Error> {
    let sql_type = row.columns().get(index).map(|column| column.type_());
    let number = |small: bool| -> Result<Option<f64>, Error> {
        if small { Ok(get::<Option<f32>>(row, index)?.map(f64::from)) } else { get(row, index) }
    };
    Ok(match kind {
        Kind::Text => get::<Option<String>>(row, index)?.map(Value::Text),
        Kind::Int => match sql_type {
            Some(&Type::INT2) => get::<Option<i16>>(row, index)?.map(i64::from),
            Some(&Type::INT4) => get::<Option<i32>>(row, index)?.map(i64::from),
            _ => get(row, index)?,
        }
        .map(Value::Int),
        Kind::Id => get::<Option<i64>>(row, index)?.map(Value::Id),
        Kind::Time => get::<Option<Timestamp>>(row, index)?.map(Value::Time),
        Kind::Bool => get::<Option<bool>>(row, index)?.map(Value::Bool),
        Kind::List => get::<Option<Vec<String>>>(row, index)?.map(Value::List),
        Kind::Json => get::<Option<serde_json::Value>>(row, index)?.map(Value::Json),
        Kind::Counts => get::<Option<Vec<i64>>>(row, index)?.map(|counts| Value::Json(counts.into())),
        Kind::Number => number(sql_type == Some(&Type::FLOAT4))?.map(|n| Value::Number(n.to_string())),
    }
    .unwrap_or(Value::Null))
}

pub(super) fn get<'a, T: postgres::types::FromSql<'a>>(
    row: &'a postgres::Row,
    index: usize,
) -> Result<T, Error> {
    row.try_get(index)
        .map_err(|error| Error::Unexpected(format!("the server's answer is not understood: {error}")))
}
