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

impl From<&str> for Argument {
    fn from(text: &str) -> Argument {
        Argument::As("text", text.to_owned())
    }
}

impl From<Timestamp> for Argument {
    fn from(time: Timestamp) -> Argument {
        Argument::Time(time)
    }
}

impl From<i32> for Argument {
    fn from(number: i32) -> Argument {
        Argument::Int(number)
    }
}

impl From<i64> for Argument {
    fn from(id: i64) -> Argument {
        Argument::Id(id)
    }
}

impl Argument {
    /// What is sent, the type that it is sent as, and what the server is to read it as.
    fn sent(&self) -> (&(dyn ToSql + Sync), Type, String) {
        match self {
            Argument::As(sql_type, text) => (text, Type::TEXT, format!("text::{sql_type}")),
            Argument::Time(time) => (time, Type::TIMESTAMPTZ, "timestamptz".to_owned()),
            Argument::Int(number) => (number, Type::INT4, "integer".to_owned()),
            Argument::Id(id) => (id, Type::INT8, "bigint".to_owned()),
            Argument::Null(sql_type) => (&None::<String>, Type::TEXT, format!("text::{sql_type}")),
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
    arguments: Vec<(&'static str, Argument)>,
}

impl Call {
    /// A call without arguments.
    pub fn new(function: &'static str) -> Call {
        Call { function, arguments: Vec::new() }
    }

    /// Adds an argument by name.
    pub fn with(mut self, name: &'static str, argument: impl Into<Argument>) -> Call {
        self.arguments.push((name, argument.into()));
        self
    }

    /// Adds an argument by name, where there is one.
    pub fn with_any(self, name: &'static str, argument: Option<impl Into<Argument>>) -> Call {
        match argument {
            Some(argument) => self.with(name, argument),
            None => self,
        }
    }

    /// Adds a text argument by name, where there is one: what is left out keeps the function's default.
    pub fn with_some(self, name: &'static str, sql_type: &'static str, text: Option<&String>) -> Call {
        self.with_any(name, text.map(|text| Argument::As(sql_type, text.clone())))
    }

    /// What is sent with it.
    pub(super) fn parameters(&self) -> Vec<(&(dyn ToSql + Sync), Type)> {
        self.arguments.iter().map(|(_, argument)| argument.sent()).map(|(value, of, _)| (value, of)).collect()
    }

    /// `SELECT * FROM promo_guard.function(name => $1::type, …)`.
    pub(super) fn sql(&self) -> String {
        let arguments = self.arguments.iter().enumerate();
        let arguments: Vec<String> = arguments
            .map(|(index, (name, argument))| format!("{name} => ${}::{}", index + 1, argument.sent().2))
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
            .with("max_rows", 5);
        assert_eq!(
            call.sql(),
            "SELECT f.* FROM (SELECT) AS one LEFT JOIN (SELECT paused_campaigns.*, true AS promoctl_row FROM \
             promo_guard.paused_campaigns(lookback => $1::text::interval, max_rows => $2::integer)) AS f ON true"
        );
    }
}
