//! The numbers of the last page on this terminal: what `2` means in `promoctl show 2`.
//!
//! Each terminal has its own file in the user's cache, so two people on one account do not get each other's numbers. A number is
//! refused when the page is too old or came from another database: it may mean another campaign by now.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

/// A page is valid for as long as it looks back, within these limits.
const SHORTEST: Duration = Duration::from_secs(10 * 60);
const LONGEST: Duration = Duration::from_secs(60 * 60);

/// A line of the page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Numbered {
    /// The campaign's id; of a batch that of its worst code.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Codes of the line: more than one is a batch.
    pub codes: i64,
}

/// The page as it is kept.
#[derive(Debug, Serialize, Deserialize)]
struct Page {
    database: String,
    /// Seconds since 1970.
    shown_at: u64,
    valid_seconds: u64,
    lines: Vec<Numbered>,
}

/// What a number means.
#[derive(Debug, PartialEq, Eq)]
pub enum Meaning {
    /// This line.
    Line(Numbered),
    /// Nothing any more, for this reason.
    Refused(String),
    /// Nothing: no page has it.
    Nothing,
}

/// Keeps the lines of a page. False where they cannot be kept: the page must not show numbers then.
pub fn keep(database: &str, lookback: Duration, lines: Vec<Numbered>) -> bool {
    let page = Page {
        database: database.to_owned(),
        shown_at: seconds(),
        valid_seconds: lookback.clamp(SHORTEST, LONGEST).as_secs(),
        lines,
    };
    write(&page).is_ok()
}

/// What number `number` of the last page means in this database.
pub fn meaning(database: &str, number: usize) -> Meaning {
    let page =
        file().and_then(|file| fs::read(file).ok()).and_then(|text| serde_json::from_slice(&text).ok());
    page.map_or(Meaning::Nothing, |page| of(page, database, number, seconds()))
}

fn of(page: Page, database: &str, number: usize, now: u64) -> Meaning {
    let Some(line) = number.checked_sub(1).and_then(|place| page.lines.into_iter().nth(place)) else {
        return Meaning::Nothing;
    };
    let age = now.saturating_sub(page.shown_at);
    if page.database != database {
        return Meaning::Refused(format!(
            "The last page on this terminal was of database {}.",
            page.database
        ));
    }
    if age > page.valid_seconds {
        return Meaning::Refused(format!("The last page on this terminal is {} min old.", age / 60));
    }
    Meaning::Line(line)
}

fn seconds() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

fn write(page: &Page) -> io::Result<()> {
    let file = file().ok_or(io::ErrorKind::NotFound)?;
    let folder = file.parent().ok_or(io::ErrorKind::NotFound)?;
    // The home directory itself is not made: an account without one has no cache.
    for folder in [folder.parent().ok_or(io::ErrorKind::NotFound)?, folder] {
        match fs::DirBuilder::new().mode(0o700).create(folder) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
    }
    // Renamed into place: another promoctl never reads half a page.
    let partial = file.with_extension(format!("{}.partial", std::process::id()));
    let mut to = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&partial)?;
    to.write_all(&serde_json::to_vec(page)?)?;
    fs::rename(&partial, &file)
}

/// `~/.cache/promoctl/page-pts-3.json`
fn file() -> Option<PathBuf> {
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let cache = variable("XDG_CACHE_HOME").or_else(|| Some(variable("HOME")?.join(".cache")))?;
    let terminal = nix::unistd::ttyname(io::stdin())
        .or_else(|_| nix::unistd::ttyname(io::stderr()))
        .or_else(|_| nix::unistd::ttyname(io::stdout()));
    let terminal = terminal.map_or("none".to_owned(), |path| {
        path.strip_prefix("/dev").unwrap_or(&path).to_string_lossy().replace('/', "-")
    });
    Some(cache.join("promoctl").join(format!("page-{terminal}.json")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_means_a_line_of_this_database_while_the_page_is_young() {
        let line = Numbered { id: 7, name: "Student".to_owned(), codes: 1 };
        let page = || Page {
            database: "shop".to_owned(),
            shown_at: 1000,
            valid_seconds: 600,
            lines: vec![line.clone()],
        };
        assert_eq!(of(page(), "shop", 1, 1600), Meaning::Line(line.clone()));
        assert!(matches!(of(page(), "shop", 1, 1601), Meaning::Refused(why) if why.contains("10 min old")));
        assert!(matches!(of(page(), "other", 1, 1000), Meaning::Refused(why) if why.contains("shop")));
        assert_eq!(of(page(), "shop", 2, 1000), Meaning::Nothing);
        assert_eq!(of(page(), "shop", 0, 1000), Meaning::Nothing);
    }
}
