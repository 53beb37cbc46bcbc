//! What the screen depends on besides the page.

use crate::args::TriageArguments;
use crate::commands::triage::lines::Line;
use crate::session::shell_word;

/// What the screen depends on besides the page.
pub struct Setting<'a> {
    pub database: &'a str,
    /// `promoctl` with the options that were typed to get here.
    pub again: &'a str,
    pub arguments: &'a TriageArguments,
    /// The time of the page: `02:23:05`.
    pub clock: String,
    /// Columns and lines of the terminal.
    pub size: (usize, usize),
    /// Numbers of this page are kept, so commands may use them.
    pub numbers: bool,
    /// The page before this one, where the screen is drawn again and again.
    pub before: Option<&'a [Line]>,
}

impl Setting<'_> {
    /// The options of a page of another time.
    pub fn window(&self) -> String {
        let of = &self.arguments.window;
        let option = |name: &str, value: &Option<String>| {
            value.as_ref().map_or(String::new(), |value| format!(" --{name} {}", shell_word(value)))
        };
        format!("{}{}", option("as-of", &of.as_of), option("lookback", &of.lookback))
    }
}
