//! An answer as a value: columns with a [`Kind`], and rows.

use std::collections::BTreeSet;

use postgres::types::Type;

use super::text::{shorten, visible};
use super::time::Timestamp;

/// What a column holds, which decides its form in every format.
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
    /// Of a column as the server describes it. None where this program cannot read its type.
    pub fn of(name: &str, sql_type: &Type) -> Option<Kind> {
        let is_id = name == "id" || name.ends_with("_id") || IDS.contains(&name);
        Some(match *sql_type {
            Type::INT8 if is_id => Kind::Id,
            Type::INT2 | Type::INT4 | Type::INT8 => Kind::Int,
            Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::UNKNOWN => Kind::Text,
            Type::TIMESTAMPTZ => Kind::Time,
            Type::BOOL => Kind::Bool,
            Type::TEXT_ARRAY | Type::NAME_ARRAY => Kind::List,
            Type::JSON | Type::JSONB => Kind::Json,
            Type::INT8_ARRAY => Kind::Counts,
            Type::FLOAT4 | Type::FLOAT8 => Kind::Number,
            _ => return None,
        })
    }
}

/// Ids whose column is named otherwise.
const IDS: [&str; 3] = ["open_incident", "rotated_into", "rotated_from"];

/// What a row is about, in the order in which it is read. A list of JSON objects has no order of its own.
const FIRST: [&str; 14] = [
    "rule",
    "severity",
    "code_hash",
    "cluster_id",
    "kind",
    "campaign_id",
    "campaign_name",
    "code_prefix",
    "status",
    "result",
    "verdict",
    "confidence",
    "attempts",
    "failed_attempts",
];

/// Characters of a key that a page shows: a uuid has 36.
pub const KEY_SHOWN: usize = 40;

/// A column of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name, the same as in SQL.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
}

/// A column in one line.
pub fn column(name: &str, kind: Kind) -> Column {
    Column { name: name.to_owned(), kind }
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
    /// A value from a JSON object of the server's: what a key holds follows from its name and its value.
    fn of_json(key: &str, json: &serde_json::Value) -> Value {
        use serde_json::Value as Json;
        let is_time = ["_at", "_seen", "_before", "_after", "since"].iter().any(|end| key.ends_with(end));
        match json {
            Json::Null => Value::Null,
            Json::Bool(truth) => Value::Bool(*truth),
            Json::Number(number) => match number.as_i64() {
                Some(number) => Value::Int(number),
                None => Value::Number(number.to_string()),
            },
            Json::String(text) => {
                let id = if key.ends_with("_id") { text.parse().ok().map(Value::Id) } else { None };
                let time = if is_time { Timestamp::of_json(text).map(Value::Time) } else { None };
                id.or(time).unwrap_or_else(|| Value::Text(text.clone()))
            }
            Json::Array(words) if !words.is_empty() && words.iter().all(Json::is_string) => {
                Value::List(words.iter().filter_map(|word| word.as_str().map(str::to_owned)).collect())
            }
            Json::Array(_) | Json::Object(_) => Value::Json(json.clone()),
        }
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

    /// What it is; None for null.
    fn kind(&self) -> Option<Kind> {
        Some(match self {
            Value::Null => return None,
            Value::Text(_) => Kind::Text,
            Value::Int(_) => Kind::Int,
            Value::Id(_) => Kind::Id,
            Value::Time(_) => Kind::Time,
            Value::Bool(_) => Kind::Bool,
            Value::List(_) => Kind::List,
            Value::Json(_) => Kind::Json,
            Value::Number(_) => Kind::Number,
        })
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
            // JSON does not tell 12 from 12.0.
            Value::Int(number) => Some(*number as f64),
            _ => None,
        }
    }

    /// The counts of a series; none where it holds anything else.
    pub fn counts(&self) -> Vec<i64> {
        match self {
            Value::Json(series) => {
                series.as_array().into_iter().flatten().filter_map(|n| n.as_i64()).collect()
            }
            _ => Vec::new(),
        }
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
    /// Rows from a list of JSON objects. Their columns are the keys that the server gives: first those of [`FIRST`], the others by
    /// their names.
    pub fn of_json(list: &serde_json::Value) -> Rows {
        let objects = || list.as_array().into_iter().flatten().filter_map(|object| object.as_object());
        let keys: BTreeSet<&String> = objects().flat_map(|object| object.keys()).collect();
        let mut keys: Vec<&String> = keys.into_iter().collect();
        keys.sort_by_key(|key| FIRST.iter().position(|first| first == key).unwrap_or(FIRST.len()));
        let value = |object: &serde_json::Map<_, _>, key: &String| {
            object.get(key).map_or(Value::Null, |value| Value::of_json(key, value))
        };
        let rows: Vec<Vec<Value>> =
            objects().map(|object| keys.iter().map(|key| value(object, key)).collect()).collect();
        let kind = |place: usize| rows.iter().find_map(|row| row[place].kind()).unwrap_or(Kind::Text);
        let columns = keys.iter().enumerate().map(|(place, key)| column(key, kind(place))).collect();
        Rows { columns, rows }
    }

    /// These columns, in this order.
    pub fn select(&self, names: &str) -> Rows {
        let names = || names.split(' ');
        let columns = names().map(|name| column(name, self.kind(name).unwrap_or(Kind::Text))).collect();
        let rows = self.iter().map(|row| names().map(|name| row.get(name).clone()).collect()).collect();
        Rows { columns, rows }
    }

    /// The rows one by one.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Row<'_>> {
        self.rows.iter().map(|values| Row { columns: &self.columns, values })
    }

    /// The first row; one of nulls where there is none.
    pub fn first(&self) -> Row<'_> {
        Row { columns: &self.columns, values: self.rows.first().map_or(&[], Vec::as_slice) }
    }

    /// The first row as facts, for an answer that has one.
    pub fn facts(&self) -> Vec<Part<'_>> {
        let row = self.first();
        self.columns.iter().map(|column| Part::Fact(&column.name, row.get(&column.name).clone())).collect()
    }

    /// How many there are.
    pub fn len(&self) -> i64 {
        i64::try_from(self.rows.len()).unwrap_or(i64::MAX)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// How many of them are so.
    pub fn count(&self, wanted: impl Fn(&Row<'_>) -> bool) -> i64 {
        i64::try_from(self.iter().filter(wanted).count()).unwrap_or(i64::MAX)
    }

    /// The sum of a column.
    pub fn sum(&self, name: &str) -> i64 {
        self.iter().map(|row| row.int(name)).fold(0, i64::saturating_add)
    }

    /// Those rows that are so.
    pub fn only(&self, wanted: impl Fn(&Row<'_>) -> bool) -> Rows {
        let rows = self.iter().filter(wanted).map(|row| row.values.to_vec()).collect();
        Rows { columns: self.columns.clone(), rows }
    }

    /// Sorts the rows; equal ones keep their order.
    pub fn sort_by_key<K: Ord>(&mut self, key: impl Fn(&Row<'_>) -> K) {
        let columns = &self.columns;
        self.rows.sort_by_key(|values| key(&Row { columns, values }));
    }

    /// The first so many rows.
    pub fn head(&self, count: usize) -> Rows {
        Rows { columns: self.columns.clone(), rows: self.rows.iter().take(count).cloned().collect() }
    }

    /// The kind of a column; None where there is no such column.
    pub fn kind(&self, name: &str) -> Option<Kind> {
        self.columns.iter().find(|column| column.name == name).map(|column| column.kind)
    }

    /// The same rows with other values in one column.
    pub fn with(&self, name: &str, change: impl Fn(&Value) -> Value) -> Rows {
        let place = self.columns.iter().position(|column| column.name == name);
        let mut rows = self.clone();
        for row in &mut rows.rows {
            if let Some(value) = place.and_then(|place| row.get_mut(place)) {
                *value = change(value);
            }
        }
        rows
    }

    /// One column from top to bottom.
    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Value> {
        self.iter().map(move |row| row.get(name))
    }
}

/// A row, read by the names of its columns.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// The columns of the answer.
    pub columns: &'a [Column],
    /// Its values, in the order of the columns.
    pub values: &'a [Value],
}

impl<'a> Row<'a> {
    /// The value in a column; null where there is no such column.
    pub fn get(&self, name: &str) -> &'a Value {
        let place = self.columns.iter().position(|column| column.name == name);
        place.and_then(|place| self.values.get(place)).unwrap_or(&Value::Null)
    }

    /// The words in a column, where it holds some.
    pub fn text(&self, name: &str) -> Option<&'a str> {
        self.get(name).text()
    }

    /// The words in a column as they may be shown, where it holds some.
    pub fn shown(&self, name: &str) -> Option<String> {
        self.text(name).map(visible)
    }

    /// The same; empty where it holds none.
    pub fn words(&self, name: &str) -> String {
        self.shown(name).unwrap_or_default()
    }

    /// Whether a column holds this word.
    pub fn is(&self, name: &str, word: &str) -> bool {
        self.text(name) == Some(word)
    }

    /// Whether a column holds the truth.
    pub fn holds(&self, name: &str) -> bool {
        *self.get(name) == Value::Bool(true)
    }

    /// The count in a column; 0 where it holds none.
    pub fn int(&self, name: &str) -> i64 {
        self.get(name).int().unwrap_or(0)
    }

    /// The time in a column, where it holds one.
    pub fn time(&self, name: &str) -> Option<Timestamp> {
        self.get(name).time()
    }

    /// What a campaign is called: its key, or its id where the answer has none.
    pub fn campaign(&self) -> String {
        match self.shown("campaign_key") {
            Some(key) => shorten(&key, KEY_SHOWN),
            None => self.get("campaign_id").plain(),
        }
    }
}

/// A part of an answer, for the formats that programs and tickets read.
pub enum Part<'a> {
    /// A single fact.
    Fact(&'a str, Value),
    /// A table with a title.
    Table(&'static str, &'static str, &'a Rows),
    /// A table that this caller may not see, and why.
    Withheld(&'static str, &'static str, &'a str),
}
