//! CSV: one table, a header line. Control characters are written out, and text that a spreadsheet would run as a formula has an
//! apostrophe before it (OWASP, CSV Injection): campaign names are hostile input, and these files are opened by a double click.

use std::io::{self, Write};

use super::text::visible;
use super::{Rows, Value};

/// Writes a table; `raw` leaves out the apostrophes.
pub fn rows(to: &mut impl Write, rows: &Rows, raw: bool) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(to);
    writer.write_record(rows.columns.iter().map(|column| &column.name)).map_err(io::Error::from)?;
    for row in &rows.rows {
        writer.write_record(row.iter().map(|value| cell(value, raw))).map_err(io::Error::from)?;
    }
    writer.flush()
}

fn cell(value: &Value, raw: bool) -> String {
    let text = visible(&value.plain());
    // Numbers, ids and times are no text: a negative one stays a number.
    let formula = matches!(value, Value::Text(_) | Value::List(_)) && is_formula(&text);
    if formula && !raw { format!("'{text}") } else { text }
}

/// Whether a spreadsheet would take it for a formula. A tab or a carriage return at the start is written out by now.
fn is_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}']) && !is_number(text)
}

/// Digits with a sign and a point.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    digits.starts_with(|c: char| c.is_ascii_digit()) && digits.parse::<f64>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::super::{Kind, column};
    use super::*;

    fn written(name: Value, raw: bool) -> String {
        let table = Rows {
            columns: vec![column("id", Kind::Id), column("name", Kind::Text)],
            rows: vec![vec![Value::Id(-7), name], vec![Value::Null, Value::Null]],
        };
        let mut out = Vec::new();
        rows(&mut out, &table, raw).unwrap();
        let text = String::from_utf8(out).unwrap();
        let row = text.strip_prefix("id,name\n-7,").unwrap().strip_suffix("\n,\n").unwrap();
        row.to_owned()
    }

    #[test]
    fn control_characters_are_written_out() {
        let name = Value::Text("a,\"b\"\u{1b}[31m\u{9b}1m\r\n".to_owned());
        for raw in [false, true] {
            assert_eq!(written(name.clone(), raw), "\"a,\"\"b\"\"\\u001b[31m\\u009b1m\\r\\n\"");
        }
    }

    #[test]
    fn a_formula_is_text_and_a_negative_number_is_a_number() {
        for (given, expected) in [
            ("=1+1", "'=1+1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
            ("-2+3", "'-2+3"),
            ("\u{ff1d}1+1", "'\u{ff1d}1+1"),
            ("\t=1+1", "\\t=1+1"),
            ("-5", "-5"),
            ("+5.25", "+5.25"),
            ("-inf", "'-inf"),
            ("Summer -25%", "Summer -25%"),
        ] {
            assert_eq!(written(Value::Text(given.to_owned()), false), expected, "{given:?}");
            assert_eq!(written(Value::Text(given.to_owned()), true), visible(given), "{given:?}");
        }
        assert_eq!(written(Value::List(vec!["=1".to_owned(), "b".to_owned()]), false), "\"'=1, b\"");
        assert_eq!(written(Value::Int(-3), false), "-3");
    }
}
