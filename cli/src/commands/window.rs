//! The window of time that a page is about, read once so that every section of the page has the same.

use crate::args::WindowArguments;
use crate::error::Error;
use crate::output::Value;
use crate::output::text::visible;
use crate::output::time::Timestamp;
use crate::session::Work;

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
    /// Asks the server: the end is what the person gave, else the transaction's time; the length what the person gave, else
    /// `default`, which is what the functions of that section take.
    pub fn read(
        work: &mut Work<'_>,
        given: &WindowArguments,
        default: Option<String>,
    ) -> Result<Window, Error> {
        let (as_of, present) = work.as_of(given)?;
        let lookback = given.lookback.clone().or(default);
        let since = lookback.as_ref().map(|lookback| work.before(as_of, lookback)).transpose()?;
        Ok(Window { as_of, present, lookback, since })
    }

    /// `As of …, looking back 1 hour to ….`, and that statuses are today's where the window's end is past.
    pub fn sentence(&self) -> String {
        let back = self
            .lookback
            .as_ref()
            .map_or(String::new(), |lookback| format!(", looking back {}", visible(lookback)));
        let since = self.since.map_or(String::new(), |since| format!(" to {since}"));
        let past = if self.present { "" } else { " Statuses are as of now." };
        format!("As of {}{back}{since}.{past}", self.as_of)
    }

    /// Its end as a value.
    pub fn end(&self) -> Value {
        Value::Time(self.as_of)
    }

    /// Its length as a value; null where it is not known.
    pub fn length(&self) -> Value {
        self.lookback.as_ref().map_or(Value::Null, |text| Value::Text(text.clone()))
    }

    /// Its start as a value; null where it is not known.
    pub fn start(&self) -> Value {
        self.since.map_or(Value::Null, Value::Time)
    }
}
