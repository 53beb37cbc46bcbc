//! The live picture: a few lines of a terminal that are drawn over and over, as wide as it is at that moment.

use std::io::{self, IsTerminal, Write};

use anstyle::Style;
use terminal_size::{Height, Width};
use unicode_width::UnicodeWidthStr;

use super::table::styled;
use super::text::shorten;

/// A line and its style.
pub type Line = (Style, String);

/// Lines on standard error, which are taken away when it is dropped.
pub struct Live {
    /// The widths of the lines that stand there.
    drawn: Vec<usize>,
}

impl Live {
    /// None without a terminal, or where it cannot move up (TERM is dumb, or nothing).
    pub fn here() -> Option<Live> {
        let able = std::env::var("TERM").is_ok_and(|term| !term.is_empty() && term != "dumb");
        (able && io::stderr().is_terminal()).then_some(Live { drawn: Vec::new() })
    }

    /// Columns for text: one is left free, so that no terminal breaks a line of its own accord.
    pub fn width() -> usize {
        size().0.saturating_sub(1).clamp(20, 160)
    }

    /// Shows these lines in place of those before; what is too high for the terminal is left out at the end.
    pub fn draw(&mut self, lines: &[Line]) -> io::Result<()> {
        let (columns, rows) = size();
        let lines = &lines[..lines.len().min(rows.saturating_sub(1).max(1))];
        self.erase()?;
        let mut text = String::new();
        for (style, line) in lines {
            let line = shorten(line, columns.saturating_sub(1).max(1));
            self.drawn.push(line.width());
            text.push_str(&styled(*style, &line));
            text.push('\n');
        }
        // Colours are this one's matter: it knows NO_COLOR.
        let mut err = anstream::stderr();
        err.write_all(text.as_bytes())?;
        err.flush()
    }

    /// Takes the lines away, to make room for a line that stays.
    pub fn erase(&mut self) -> io::Result<()> {
        let columns = size().0.max(1);
        // A terminal that was made narrower has broken its lines anew.
        let rows: usize = self.drawn.drain(..).map(|width| width.div_ceil(columns).max(1)).sum();
        if rows > 0 {
            write!(io::stderr(), "\x1b[{rows}A\r\x1b[J")?;
        }
        Ok(())
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        let _ = self.erase();
    }
}

/// Columns and rows.
fn size() -> (usize, usize) {
    let size = terminal_size::terminal_size_of(io::stderr());
    // A terminal that does not know says 0.
    let (columns, rows) = size.map_or((0, 0), |(Width(w), Height(h))| (usize::from(w), usize::from(h)));
    (if columns == 0 { 80 } else { columns }, if rows == 0 { 24 } else { rows })
}
