//! JSON: complete, ids as strings, times as RFC 3339 in UTC.

use std::io::{self, Write};

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use super::text::{is_unsafe, push_escape};
use super::{Part, Row, Rows, Value};

/// Writes a table as an array of objects.
pub fn rows(to: &mut impl Write, rows: &Rows) -> io::Result<()> {
    write(to, rows)
}

/// Writes an answer of several parts as one object.
pub fn parts(to: &mut impl Write, parts: &[Part<'_>]) -> io::Result<()> {
    write(to, &Parts(parts))
}

/// Writes anything, with whatever acts on a terminal escaped.
pub fn write(to: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    let text = serde_json::to_string_pretty(value)?;
    // serde_json escapes what JSON demands. What else acts on a terminal can stand in strings only, where an escape means
    // the same; nothing is lost.
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        // The lines of the document itself end here.
        match character {
            '\n' => safe.push('\n'),
            c if is_unsafe(c) => push_escape(&mut safe, c),
            c => safe.push(c),
        }
    }
    writeln!(to, "{safe}")
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Null => serializer.serialize_unit(),
            Value::Int(number) => serializer.serialize_i64(*number),
            Value::Bool(truth) => serializer.serialize_bool(*truth),
            Value::List(words) => words.serialize(serializer),
            Value::Json(document) => document.serialize(serializer),
            Value::Number(number) => match number.parse::<f64>() {
                Ok(number) if number.is_finite() => serializer.serialize_f64(number),
                _ => serializer.serialize_str(number),
            },
            Value::Text(_) | Value::Id(_) | Value::Time(_) => serializer.serialize_str(&self.plain()),
        }
    }
}

impl Serialize for Rows {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut array = serializer.serialize_seq(Some(self.rows.len()))?;
        for row in self.iter() {
            array.serialize_element(&row)?;
        }
        array.end()
    }
}

/// One row as an object, its keys in the order of the columns.
impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.columns.iter().map(|column| &column.name).zip(self.values))
    }
}

/// An answer as an object, a key a part.
struct Parts<'a>(&'a [Part<'a>]);

impl Serialize for Parts<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(Some(self.0.len()))?;
        for part in self.0 {
            match part {
                Part::Fact(key, value) => object.serialize_entry(key, value)?,
                Part::Table(key, _, rows) => object.serialize_entry(key, rows)?,
                Part::Withheld(key, _, _) => object.serialize_entry(key, &())?,
            }
        }
        object.end()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Kind, column, time::tests::at};
    use super::*;

    #[test]
    fn ids_are_strings_and_nothing_acts_on_a_terminal() {
        let table = Rows {
            columns: vec![
                column("campaign_id", Kind::Id),
                column("name", Kind::Text),
                column("at", Kind::Time),
                column("n", Kind::Int),
                column("ok", Kind::Bool),
                column("none", Kind::Text),
                column("words", Kind::List),
                column("document", Kind::Json),
            ],
            rows: vec![vec![
                Value::Id(i64::MAX),
                Value::Text("\u{1b}\u{9b}\u{202e}\"\n".to_owned()),
                Value::Time(at("2026-11-23T20:05:00Z")),
                Value::Int(3),
                Value::Bool(true),
                Value::Null,
                Value::List(vec!["a".to_owned(), "\u{1b}".to_owned()]),
                Value::Json(serde_json::json!({ "n": 1.5 })),
            ]],
        };
        let mut out = Vec::new();
        rows(&mut out, &table).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            r#"[
  {
    "campaign_id": "9223372036854775807",
    "name": "\u001b\u009b\u202e\"\n",
    "at": "2026-11-23T20:05:00Z",
    "n": 3,
    "ok": true,
    "none": null,
    "words": [
      "a",
      "\u001b"
    ],
    "document": {
      "n": 1.5
    }
  }
]
"#
        );
    }
}
