//! A call of a function in the schema `promo_guard`, with typed arguments.

use postgres::types::{ToSql, Type};

use crate::output::time::Timestamp;

/// An argument of a function.
#[derive(Clone, Debug)]
pub enum Argument {
    /// Text that the server reads as this type, with its own error where it cannot.
    As(&'static str, String),
    /// A point in time.
    Time(Timestamp),
    /// A number of rows.
    Int(i32),
    /// An id.
    Id(i64),
    /// Nothing, of this type.
    Null(&'static str),
}

impl Argument {
    /// What is sent, and the type that it is sent as.
    pub(super) fn parameter(&self) -> (&(dyn ToSql + Sync), Type) {
        match self {
            Argument::As(_, text) => (text, Type::TEXT),
            Argument::Time(time) => (time, Type::TIMESTAMPTZ),
            Argument::Int(number) => (number, Type::INT4),
            Argument::Id(id) => (id, Type::INT8),
            Argument::Null(_) => (&None::<String>, Type::TEXT),
        }
    }
}

/// The last column of an answer: null in the row that stands for none.
pub(super) const THERE: &str = "promoctl_row";

/// A query that gives a row of nulls where `query` gives none: the driver tells of columns with rows only.
pub(super) fn described(query: &str) -> String {
    format!("SELECT f.* FROM (SELECT) AS one LEFT JOIN ({query}) AS f ON true")
}

/// One call of a function: which, and with what. Its columns are the server's to describe.
#[derive(Clone, Debug)]
pub struct Call {
    pub(super) function: &'static str,
    pub(super) arguments: Vec<(&'static str, Argument)>,
}

impl Call {
    /// A call without arguments.
    pub fn new(function: &'static str) -> Call {
        Call { function, arguments: Vec::new() }
    }

    /// Adds an argument by name.
    pub fn with(mut self, name: &'static str, argument: Argument) -> Call {
        self.arguments.push((name, argument));
        self
    }

    /// Adds a text argument by name, where there is one: what is left out keeps the function's default.
    pub fn with_some(self, name: &'static str, sql_type: &'static str, text: Option<&String>) -> Call {
        match text {
            Some(text) => self.with(name, Argument::As(sql_type, text.clone())),
            None => self,
        }
    }

    /// `SELECT * FROM promo_guard.function(name => $1::type, …)`.
    pub(super) fn sql(&self) -> String {
        let arguments: Vec<String> = self
            .arguments
            .iter()
            .enumerate()
            .map(|(index, (name, argument))| match argument {
                Argument::As(sql_type, _) => format!("{name} => ${}::text::{sql_type}", index + 1),
                Argument::Time(_) => format!("{name} => ${}::timestamptz", index + 1),
                Argument::Int(_) => format!("{name} => ${}::integer", index + 1),
                Argument::Id(_) => format!("{name} => ${}::bigint", index + 1),
                Argument::Null(sql_type) => format!("{name} => ${}::text::{sql_type}", index + 1),
            })
            .collect();
        described(&format!(
            "SELECT {0}.*, true AS {THERE} FROM promo_guard.{0}({1})",
            self.function,
            arguments.join(", ")
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_names_its_types_and_arguments() {
        let call = Call::new("paused_campaigns")
            .with_some("lookback", "interval", Some(&"1 hour".to_owned()))
            .with_some("as_of", "timestamptz", None)
            .with("max_rows", Argument::Int(5));
        assert_eq!(
            call.sql(),
            "SELECT f.* FROM (SELECT) AS one LEFT JOIN (SELECT paused_campaigns.*, true AS promoctl_row FROM \
             promo_guard.paused_campaigns(lookback => $1::text::interval, max_rows => $2::integer)) AS f ON true"
        );
    }
}
