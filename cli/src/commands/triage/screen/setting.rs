//! What the screen depends on besides the page.

use crate::commands::triage::lines::Line;

/// What the screen depends on besides the page.
pub struct Setting<'a> {
    pub database: &'a str,
    /// `promoctl` with the options that were typed to get here.
    pub again: &'a str,
    /// The options of a page of the same window.
    pub window: String,
    /// The time of the page: `02:23:05`.
    pub clock: String,
    /// Columns and lines of the terminal.
    pub size: (usize, usize),
    /// Numbers of this page are kept, so commands may use them.
    pub numbers: bool,
    /// The page before this one, where the screen is drawn again and again.
    pub before: Option<&'a [Line]>,
}
