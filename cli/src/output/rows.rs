//! An answer as a value: columns with a [`Kind`], and rows.

use super::time::Timestamp;

/// What a column holds, which decides its SQL type on the wire and its form in every format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Words.
    Text,
    /// A count or an amount.
    Int,
    /// A 63-bit id: a string in JSON, never grouped, never rounded.
    Id,
    /// A point in time.
    Time,
    /// True or false.
    Bool,
    /// Several words: an array in JSON, with commas between them elsewhere.
    List,
    /// A JSON document: as it is in JSON, its text elsewhere.
    Json,
    /// Several counts: an array of numbers.
    Counts,
    /// A number with a fraction, as the server spells it.
    Number,
}

impl Kind {
    /// The type that the query casts to, so that the answer is what the program expects whatever the server's version.
    pub fn sql_type(self) -> &'static str {
        match self {
            Kind::Text => "text",
            Kind::Int | Kind::Id => "bigint",
            Kind::Time => "timestamptz",
            Kind::Bool => "boolean",
            Kind::List => "text[]",
            Kind::Json => "jsonb",
            Kind::Counts => "bigint[]",
            Kind::Number => "text",
        }
    }
}

/// A column of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name, the same as in SQL.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
}

/// Names columns in one line.
pub const fn column(name: &'static str, kind: Kind) -> Column {
    Column { name, kind }
}

/// One value of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// SQL's null.
    Null,
    /// Words.
    Text(String),
    /// A count or an amount.
    Int(i64),
    /// An id.
    Id(i64),
    /// A point in time.
    Time(Timestamp),
    /// True or false.
    Bool(bool),
    /// Several words.
    List(Vec<String>),
    /// A JSON document.
    Json(serde_json::Value),
    /// A number with a fraction.
    Number(String),
}

impl Value {
    /// A value from JSON, as its kind reads it; null where it is none of that kind.
    pub fn of_json(kind: Kind, json: &serde_json::Value) -> Value {
        let text = || json.as_str().map(str::to_owned);
        let value = match kind {
            _ if json.is_null() => None,
            Kind::Text => text().map(Value::Text),
            Kind::Int => json.as_i64().map(Value::Int),
            Kind::Id => json.as_str().and_then(|id| id.parse().ok()).map(Value::Id),
            Kind::Time => json.as_str().and_then(Timestamp::of_json).map(Value::Time),
            Kind::Bool => json.as_bool().map(Value::Bool),
            Kind::List => json.as_array().map(|words| {
                Value::List(words.iter().filter_map(|word| word.as_str().map(str::to_owned)).collect())
            }),
            Kind::Json | Kind::Counts => Some(Value::Json(json.clone())),
            Kind::Number => json.as_number().map(|number| Value::Number(number.to_string())),
        };
        value.unwrap_or(Value::Null)
    }

    /// The plain form: what CSV holds, what a command compares. Null is empty.
    pub fn plain(&self) -> String {
        match self {
            Value::Null => String::new(),
            Value::Text(text) => text.clone(),
            Value::Int(number) | Value::Id(number) => number.to_string(),
            Value::Time(time) => time.rfc3339(),
            Value::Bool(truth) => truth.to_string(),
            Value::List(words) => words.join(", "),
            Value::Json(document) => document.to_string(),
            Value::Number(number) => number.clone(),
        }
    }

    /// Words, where it holds some.
    pub fn text(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A count, where it holds one.
    pub fn int(&self) -> Option<i64> {
        match self {
            Value::Int(number) | Value::Id(number) => Some(*number),
            _ => None,
        }
    }

    /// The words of a list; none where it holds anything else.
    pub fn list(&self) -> &[String] {
        match self {
            Value::List(words) => words,
            _ => &[],
        }
    }

    /// A number with a fraction, where it holds one.
    pub fn number(&self) -> Option<f64> {
        match self {
            Value::Number(number) => number.parse().ok(),
            _ => None,
        }
    }

    /// Whether it holds the truth.
    pub fn is_true(&self) -> bool {
        *self == Value::Bool(true)
    }

    /// A time, where it holds one.
    pub fn time(&self) -> Option<Timestamp> {
        match self {
            Value::Time(time) => Some(*time),
            _ => None,
        }
    }
}

/// An answer: a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows, each as long as `columns`.
    pub rows: Vec<Vec<Value>>,
}

impl Rows {
    /// Rows from a list of JSON objects that have the columns as keys; a key that is absent is null.
    pub fn of_json(columns: &[Column], list: &serde_json::Value) -> Rows {
        let rows = list.as_array().into_iter().flatten();
        let row = |object: &serde_json::Value| {
            columns.iter().map(|c| Value::of_json(c.kind, &object[c.name])).collect()
        };
        Rows { columns: columns.to_vec(), rows: rows.map(row).collect() }
    }

    /// The value of a row in a column; null where there is no such column.
    pub fn get<'a>(&self, row: &'a [Value], name: &str) -> &'a Value {
        let index = self.columns.iter().position(|column| column.name == name);
        index.and_then(|index| row.get(index)).unwrap_or(&Value::Null)
    }

    /// One column from top to bottom.
    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Value> {
        self.rows.iter().map(move |row| self.get(row, name))
    }
}

/// A part of an answer, for the formats that programs and tickets read.
pub enum Part<'a> {
    /// A single fact.
    Fact(&'static str, Value),
    /// A table with a title.
    Table(&'static str, &'static str, &'a Rows),
    /// A table that this caller may not see, and why.
    Withheld(&'static str, &'static str, &'a str),
}
