//! A call of a function in the schema `promo_guard`, with typed arguments.

use postgres::types::{ToSql, Type};

use crate::output::Column;
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

/// One call of a set-returning function: which, with what, and which of its columns.
#[derive(Clone, Debug)]
pub struct Call {
    pub(super) function: &'static str,
    pub(super) columns: &'static [Column],
    pub(super) arguments: Vec<(&'static str, Argument)>,
}

impl Call {
    /// A call without arguments.
    pub fn new(function: &'static str, columns: &'static [Column]) -> Call {
        Call { function, columns, arguments: Vec::new() }
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

    /// `SELECT column::type, … FROM promo_guard.function(name => $1::type, …)`
    pub(super) fn sql(&self) -> String {
        let columns: Vec<String> = self
            .columns
            .iter()
            .map(|column| format!("{}::{}", column.name, column.kind.sql_type()))
            .collect();
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
        format!("SELECT {} FROM promo_guard.{}({})", columns.join(", "), self.function, arguments.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::{Kind, column};

    const COLUMNS: &[Column] = &[column("campaign_id", Kind::Id), column("updated_at", Kind::Time)];

    #[test]
    fn a_call_names_its_columns_types_and_arguments() {
        let call = Call::new("paused_campaigns", COLUMNS)
            .with_some("lookback", "interval", Some(&"1 hour".to_owned()))
            .with_some("as_of", "timestamptz", None)
            .with("max_rows", Argument::Int(5));
        assert_eq!(
            call.sql(),
            "SELECT campaign_id::bigint, updated_at::timestamptz FROM \
             promo_guard.paused_campaigns(lookback => $1::text::interval, max_rows => $2::integer)"
        );
    }
}
