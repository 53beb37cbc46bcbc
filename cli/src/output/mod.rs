//! Answers and how they are written.
//!
//! A command asks the server and gets [`Rows`]: columns with a [`Kind`], and values. What becomes of them is decided here,
//! apart from the command: JSON, CSV and Markdown follow from the kinds alone; a page for people is laid out by the command
//! with what [`table`] and [`text`] offer.

pub mod chart;
pub mod csv;
pub mod json;
pub mod live;
pub mod markdown;
mod rows;
pub mod table;
pub mod text;
pub mod time;

use std::io::{self, Write};

use crate::args::Format;
use crate::error::Error;
pub use rows::{Column, KEY_SHOWN, Kind, Part, Row, Rows, Value, column};

/// How the answer is to be printed, as far as commands need to know.
#[derive(Clone, Copy, Debug)]
pub struct Printing {
    /// The format.
    pub format: Format,
    /// Standard output is a terminal.
    pub terminal: bool,
    /// CSV cells that a spreadsheet would run stay as they are.
    pub csv_raw: bool,
}

/// Writes one table in a format other than `table`.
pub fn write_rows(to: &mut impl Write, format: Format, rows: &Rows, csv_raw: bool) -> Result<(), Error> {
    match format {
        Format::Json => json::rows(to, rows)?,
        Format::Csv => csv::rows(to, rows, csv_raw)?,
        Format::Markdown | Format::Table => markdown::rows(to, rows)?,
    }
    Ok(())
}

/// Standard output, as [`stdout`] gives it.
pub type Out = io::BufWriter<anstream::AutoStream<io::Stdout>>;

/// Writes one table: for people as `page` lays it out, for programs as it is.
pub fn answer(
    printing: Printing,
    rows: &Rows,
    page: impl FnOnce(&mut Out) -> io::Result<()>,
) -> Result<(), Error> {
    let mut out = stdout(printing.format);
    match printing.format {
        Format::Table => page(&mut out)?,
        format => write_rows(&mut out, format, rows, printing.csv_raw)?,
    }
    Ok(out.flush()?)
}

/// Writes an answer of several parts: for people as `page` lays it out, as CSV the one table that stands for it.
pub fn answer_parts(
    printing: Printing,
    parts: &[Part<'_>],
    csv: Option<&Rows>,
    page: impl FnOnce(&mut Out) -> io::Result<()>,
) -> Result<(), Error> {
    let mut out = stdout(printing.format);
    match (printing.format, csv) {
        (Format::Table, _) => page(&mut out)?,
        (Format::Csv, Some(rows)) => write_rows(&mut out, Format::Csv, rows, printing.csv_raw)?,
        (format, _) => write_parts(&mut out, format, parts)?,
    }
    Ok(out.flush()?)
}

/// Writes an answer of several parts in a format other than `table`. CSV holds one table, and says so.
pub fn write_parts(to: &mut impl Write, format: Format, parts: &[Part<'_>]) -> Result<(), Error> {
    match format {
        Format::Json => json::parts(to, parts)?,
        Format::Csv => return Err(no_csv()),
        Format::Markdown | Format::Table => markdown::parts(to, parts)?,
    }
    Ok(())
}

/// Why an answer of several parts cannot be CSV; commands say so before they connect.
pub fn no_csv() -> Error {
    Error::usage_with_hint(
        "the answer is several tables, and CSV holds one",
        "Use --output json or markdown. CSV is for paused, clusters, settle, drift, probe and doctor.",
    )
}

/// Standard output. For people, with colours as the terminal and the person want them; for programs, whatever a value holds
/// goes through as it is. Writes as a whole, so that a page appears at once.
pub fn stdout(format: Format) -> Out {
    io::BufWriter::new(match format {
        Format::Table => anstream::AutoStream::auto(io::stdout()),
        Format::Json | Format::Csv | Format::Markdown => anstream::AutoStream::always(io::stdout()),
    })
}

/// Writes a line at once: on a page it is part of it, else it goes beside the data.
pub fn line(printing: Printing, text: &str) -> io::Result<()> {
    if printing.format == Format::Table {
        let mut out = anstream::stdout();
        writeln!(out, "{text}").and_then(|()| out.flush())
    } else {
        writeln!(anstream::stderr(), "{text}")
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::time::tests::at;
    use super::*;
    use unicode_width::UnicodeWidthStr;

    /// Columns as `campaign_id:id users:int name`.
    pub(crate) fn columns(names: &str) -> Vec<Column> {
        let kind = |word: &str| match word {
            "int" => Kind::Int,
            "id" => Kind::Id,
            "time" => Kind::Time,
            "bool" => Kind::Bool,
            "list" => Kind::List,
            "json" => Kind::Json,
            "counts" => Kind::Counts,
            "number" => Kind::Number,
            other => panic!("{other}"),
        };
        let one = |word: &str| {
            word.split_once(':').map_or(column(word, Kind::Text), |(name, word)| column(name, kind(word)))
        };
        names.split(' ').map(one).collect()
    }

    /// Rows from text: each value as its column's kind reads it, an empty one as null.
    pub(crate) fn rows(names: &str, lines: &[&[&str]]) -> Rows {
        let columns = columns(names);
        let value = |(text, column): (&&str, &Column)| match column.kind {
            _ if text.is_empty() => Value::Null,
            Kind::Text => Value::Text((*text).to_owned()),
            Kind::Int => Value::Int(text.parse().unwrap()),
            Kind::Id => Value::Id(text.parse().unwrap()),
            Kind::Time => Value::Time(at(text)),
            Kind::Bool => Value::Bool(text.parse().unwrap()),
            Kind::List => Value::List(text.split(',').map(str::to_owned).collect()),
            Kind::Json | Kind::Counts => Value::Json(serde_json::from_str(text).unwrap()),
            Kind::Number => Value::Number((*text).to_owned()),
        };
        let rows = lines.iter().map(|line| line.iter().zip(&columns).map(value).collect()).collect();
        Rows { columns, rows }
    }

    /// A page without its colours, of which no line is wider than 80 columns or ends in a blank.
    pub(crate) fn page(
        write: impl FnOnce(&mut anstream::StripStream<&mut Vec<u8>>) -> io::Result<()>,
    ) -> String {
        let mut out = Vec::new();
        write(&mut anstream::StripStream::new(&mut out)).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.lines().all(|line| line.width() <= 80 && line == line.trim_end()), "{text}");
        text
    }
}
