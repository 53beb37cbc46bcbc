//! Pages for people: headings, and tables that fit the terminal.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use comfy_table::{Cell, CellAlignment, ColumnConstraint, ContentArrangement, Row, Table};

use super::text::{grouped, visible, wrapped};
use super::time::Timestamp;
use super::{Kind, Rows, Value};

/// Columns and lines of a page that is not on a terminal.
const DEFAULT_SIZE: (usize, usize) = (80, 24);

/// Spaces to the right of a cell; one more stands where other tables have a line.
const PADDING: u16 = 1;

/// Headings.
pub const HEADING: Style = Style::new().bold();
/// What matters less.
pub const DIM: Style = Style::new().dimmed();
/// What is as it is.
pub const PLAIN: Style = Style::new();
/// What must be seen first.
pub const ALERT: Style = Style::new().bold().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Red)));
/// A command or a statement to paste.
pub const PASTE: Style = Style::new().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Cyan)));

/// How wide a page may be: the terminal's width, else 80. Below 60 it would be unreadable whatever we do.
pub fn page_width() -> usize {
    page_size().0
}

/// How wide and how high a page may be: the terminal's size; where there is none COLUMNS and LINES, else 80 and 24.
pub fn page_size() -> (usize, usize) {
    if cfg!(test) {
        return DEFAULT_SIZE;
    }
    let variable = |name| std::env::var(name).ok().and_then(|value| value.parse::<usize>().ok());
    let (width, height) = match terminal_size::terminal_size_of(io::stdout()) {
        Some((terminal_size::Width(width), terminal_size::Height(height))) => (width.into(), height.into()),
        None => (variable("COLUMNS").unwrap_or(DEFAULT_SIZE.0), variable("LINES").unwrap_or(DEFAULT_SIZE.1)),
    };
    (width.clamp(60, 160), height)
}

/// Lines of a page, each as long as the page is wide.
pub trait PageWriter: Write {
    /// Prose in a style, from the left.
    fn say(&mut self, style: Style, text: &str) -> io::Result<()> {
        writeln!(self, "{}", styled(style, &wrapped(text, page_width(), "")))
    }

    /// Prose in a style, below what it belongs to.
    fn below(&mut self, style: Style, text: &str) -> io::Result<()> {
        writeln!(self, "{}", styled(style, &wrapped(text, page_width(), "  ")))
    }

    /// The title of a section, after an empty line.
    fn title(&mut self, title: &str) -> io::Result<()> {
        writeln!(self, "\n{}", styled(HEADING, title))
    }

    /// A command to paste, never wrapped. `again` is `promoctl` with the options that lead to this database.
    fn paste(&mut self, again: &str, command: &str) -> io::Result<()> {
        writeln!(self, "    {}", styled(PASTE, &format!("{again} {command}")))
    }
}

impl<W: Write + ?Sized> PageWriter for W {}

/// How a column of a table behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// As wide as its content, to the left.
    Left,
    /// As wide as its content, to the right: numbers.
    Right,
    /// Takes what room is left, and wraps.
    Wrap,
}

/// A table under construction: titles, then rows of text that is already safe and styled.
pub struct Layout {
    table: Table,
    fits: Vec<Fit>,
}

impl Layout {
    /// A table with these columns. A title may have two lines.
    pub fn new(width: usize, columns: &[(&str, Fit)]) -> Layout {
        let mut table = Table::new();
        // Two spaces between columns and a line under the titles: nothing to strip when a cell is copied.
        table.load_preset("     ──            ").set_content_arrangement(ContentArrangement::Dynamic);
        table.set_width(u16::try_from(width).unwrap_or(u16::MAX));
        let fits: Vec<Fit> = columns.iter().map(|&(_, fit)| fit).collect();
        let titles = columns.iter().map(|&(title, _)| styled(DIM, title));
        table.set_header(Row::from(titles.zip(&fits).map(|(title, fit)| cell(title, *fit))));
        Layout { table, fits }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        let cells = cells.into_iter().zip(&self.fits).map(|(text, fit)| cell(text, *fit)).collect::<Vec<_>>();
        self.table.add_row(Row::from(cells));
    }

    /// Writes it, without spaces at the ends of lines.
    pub fn write(mut self, to: &mut impl Write) -> io::Result<()> {
        let last = self.fits.len().saturating_sub(1);
        for (index, (column, fit)) in self.table.column_iter_mut().zip(&self.fits).enumerate() {
            column.set_padding((0, if index == last { 0 } else { PADDING }));
            if *fit != Fit::Wrap {
                column.set_constraint(ColumnConstraint::ContentWidth);
            }
        }
        for line in self.table.lines() {
            writeln!(to, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

/// A list for people: these columns of the rows under these titles, each value as its kind has it. Numbers and ids stand to the right.
pub fn list(
    to: &mut impl Write,
    rows: &Rows,
    columns: &[(&str, &str)],
    as_of: Option<Timestamp>,
) -> io::Result<()> {
    let fit = |name: &str| match rows.kind(name) {
        Some(Kind::Int | Kind::Id | Kind::Number | Kind::Time) => Fit::Right,
        _ => Fit::Left,
    };
    let titles: Vec<(&str, Fit)> = columns.iter().map(|(name, title)| (*title, fit(name))).collect();
    let mut layout = Layout::new(page_width(), &titles);
    let shown = |value: &Value| match value {
        Value::Null => nothing(),
        Value::Int(number) => grouped(*number),
        Value::Time(time) => as_of.map_or_else(|| time.to_string(), |as_of| time.brief(as_of)),
        other => visible(&other.plain()),
    };
    for row in rows.iter() {
        layout.row(columns.iter().map(|(name, _)| shown(row.get(name))));
    }
    layout.write(to)
}

fn cell(text: String, fit: Fit) -> Cell {
    Cell::new(text).set_alignment(if fit == Fit::Right { CellAlignment::Right } else { CellAlignment::Left })
}

/// Text in a style, each line of it by itself, so that a cell can be wrapped. Nothing stays nothing.
pub fn styled(style: Style, text: &str) -> String {
    let line = |line: &str| if line.is_empty() { String::new() } else { format!("{style}{line}{style:#}") };
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

/// What stands for nothing.
pub fn nothing() -> String {
    styled(DIM, "-")
}
