//! The window of time that an answer is about, read once so that every part of the answer has the same.

use std::io::{self, Write};

use crate::args::{Format, WindowArguments};
use crate::error::Error;
use crate::output::table::{DIM, HEADING, PageWriter};
use crate::output::text::visible;
use crate::output::time::Timestamp;
use crate::output::{Out, Part, Printing, Rows, Value, answer, answer_parts};
use crate::session::{Call, Session, Work};

/// A window, as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// Its end.
    pub as_of: Timestamp,
    /// Its end is now.
    pub present: bool,
    /// Its length in words.
    pub lookback: Option<String>,
    /// Its start.
    pub since: Option<Timestamp>,
}

impl Window {
    /// Asks the server: the end is what the person gave, else the transaction's time; the length what the person gave, else that
    /// policy.
    pub fn read(work: &mut Work<'_>, given: &WindowArguments, policy: Option<&str>) -> Result<Window, Error> {
        let (as_of, present) = work.as_of(given)?;
        let lookback = match (&given.lookback, policy) {
            (Some(given), _) => Some(given.clone()),
            (None, Some(policy)) => work.policy(policy)?,
            (None, None) => None,
        };
        let since = lookback.as_ref().map(|lookback| work.before(as_of, lookback)).transpose()?;
        Ok(Window { as_of, present, lookback, since })
    }

    /// A call of a function that takes a window.
    pub fn call(&self, function: &'static str) -> Call {
        self.call_as_of(function).with_some("lookback", "interval", self.lookback.as_ref())
    }

    /// A call of a function that takes the end of a window.
    pub fn call_as_of(&self, function: &'static str) -> Call {
        Call::new(function).with("as_of", self.as_of)
    }

    /// Reads the window, and the rows of one call in it.
    pub fn fetch(
        session: &mut Session,
        given: &WindowArguments,
        policy: Option<&str>,
        call: impl Fn(&Window) -> Call,
    ) -> Result<(Window, Rows), Error> {
        session.read(|work| {
            let window = Window::read(work, given, policy)?;
            let rows = work.fetch(&call(&window))?;
            Ok((window, rows))
        })
    }

    /// Writes a list: for people as `page` lays it out, for tickets with its window and a title, for programs as it is.
    pub fn answer(
        &self,
        printing: Printing,
        (key, title): (&'static str, &'static str),
        rows: &Rows,
        page: impl FnOnce(&mut Out) -> io::Result<()>,
    ) -> Result<(), Error> {
        if printing.format != Format::Markdown {
            return answer(printing, rows, page);
        }
        let mut parts = self.facts();
        parts.push(Part::Table(key, title, rows));
        answer_parts(printing, &parts, None, page)
    }

    /// The first lines of a page: its title, the database, the window.
    pub fn write_heading(&self, out: &mut impl Write, title: &str, database: &str) -> io::Result<()> {
        out.say(HEADING, &format!("{title}: database {}", visible(database)))?;
        out.say(DIM, &self.sentence())
    }

    /// `As of …, looking back 1 hour to ….`, and that statuses are today's where the window's end is past.
    fn sentence(&self) -> String {
        let back = self
            .lookback
            .as_ref()
            .map_or(String::new(), |lookback| format!(", looking back {}", visible(lookback)));
        let since = self.since.map_or(String::new(), |since| format!(" to {since}"));
        let past = if self.present { "" } else { " Statuses are as of now." };
        format!("As of {}{back}{since}.{past}", self.as_of)
    }

    /// Its end and its length, for programs and tickets.
    pub fn facts<'a>(&self) -> Vec<Part<'a>> {
        let length = self.lookback.clone().map_or(Value::Null, Value::Text);
        vec![Part::Fact("as_of", Value::Time(self.as_of)), Part::Fact("lookback", length)]
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::output::time::tests::at;

    /// A window that ends now.
    pub(crate) fn window(until: &str, lookback: &str, since: &str) -> Window {
        let (as_of, since) = (at(until), Some(at(since)));
        Window { as_of, present: true, lookback: Some(lookback.to_owned()), since }
    }
}
