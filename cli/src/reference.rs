//! Which campaign a person means: an id, a key, a unique part of a name, or a number of the last page.

use std::io::Write;

use crate::error::Error;
use crate::last_page::{self, Meaning};
use crate::output::text::{shorten, visible};
use crate::output::{KEY_SHOWN, Row, Rows, Value};
use crate::session::{Call, Session};

/// Candidates that are listed where a name is ambiguous.
const LISTED: usize = 10;

/// A campaign that was referred to.
#[derive(Clone, Debug)]
pub struct Campaign {
    /// Its id.
    pub id: i64,
    /// Its key; its id as text where that is the application's own.
    pub key: String,
    /// Its name, where it is known.
    pub name: Option<String>,
    /// Its status; None where there is no such campaign.
    pub status: Option<String>,
}

impl Campaign {
    /// What a page calls it.
    pub fn called(&self) -> String {
        shorten(&visible(&self.key), KEY_SHOWN)
    }
}

/// What the campaign is wanted for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To read.
    Read,
    /// To change it: it is named in full before.
    Change,
    /// To change it after a page that names it.
    PlannedChange,
    /// To replace the codes of its whole batch.
    Batch,
}

/// The campaign that `text` means. Says which one on standard error, before anything is changed.
pub fn resolve(text: &str, session: &mut Session, purpose: Purpose) -> Result<Campaign, Error> {
    let (id_only, number_only) = (text.strip_prefix("id:"), text.strip_prefix("no:"));
    let plain = id_only.or(number_only).unwrap_or(text);
    let number = plain.parse::<usize>().ok().filter(|_| id_only.is_none());
    let meaning = number.map_or(Meaning::Nothing, |n| last_page::meaning(&session.place, n));
    let (found, given) = match meaning {
        Meaning::Line(line) => {
            if number_only.is_none() {
                let same = find(plain, session, purpose)?;
                let other = same.iter().find(|row| matches!(row.text("matched"), Some("id" | "key")));
                if let Some(row) = other.filter(|row| row.get("campaign_id").int() != Some(line.id)) {
                    return Err(Error::usage_with_hint(
                        format!("{plain} is the id of one campaign and a number on the last page"),
                        format!(
                            "id:{plain} is {}.\nno:{plain} is {} (id {}).",
                            title(&row),
                            visible(&line.name),
                            line.id
                        ),
                    ));
                }
            }
            if line.codes > 1 && matches!(purpose, Purpose::Change | Purpose::PlannedChange) {
                return Err(Error::usage_with_hint(
                    format!("number {plain} is a batch of {} codes: {}", line.codes, visible(&line.name)),
                    "Give the id of one code. promoctl classify lists them.",
                ));
            }
            (find(&line.id.to_string(), session, purpose)?, format!("Number {plain} on the last page"))
        }
        Meaning::Refused(why) => {
            let found = find(plain, session, purpose)?;
            if found.is_empty() || number_only.is_some() {
                return Err(Error::usage_with_hint(
                    format!("number {plain} is not valid"),
                    format!("{} Run promoctl triage again.", visible(&why)),
                ));
            }
            (found, format!("\"{}\"", visible(plain)))
        }
        Meaning::Nothing if number_only.is_some() => {
            return Err(Error::usage_with_hint(
                format!("the last page on this terminal has no number {}", visible(plain)),
                "promoctl triage shows a page with numbers.",
            ));
        }
        Meaning::Nothing => (find(plain, session, purpose)?, format!("\"{}\"", visible(plain))),
    };
    let id = plain.parse::<i64>();
    let row = match (found.len(), &id) {
        (1, _) => found.first(),
        // The function that is called next refuses an id that does not exist, in its own words.
        (0, Ok(id)) => return Ok(Campaign { id: *id, key: id.to_string(), name: None, status: None }),
        (0, Err(_)) => {
            return Err(Error::usage_with_hint(
                format!("no campaign has \"{}\" in its name", visible(plain)),
                "promoctl paused and promoctl triage list campaigns.",
            ));
        }
        _ if purpose == Purpose::Batch && same_name(&found) => found.first(),
        _ => return Err(ambiguous(plain, &found)),
    };
    let campaign = Campaign {
        id: row.int("campaign_id"),
        key: row.text("campaign_key").map_or_else(|| row.get("campaign_id").plain(), str::to_owned),
        name: row.text("campaign_name").map(str::to_owned),
        status: Some(row.get("status").plain()),
    };
    let by_id = match row.text("matched") {
        Some("key") => true,
        Some("id") => id == Ok(campaign.id),
        _ => false,
    };
    if matches!(purpose, Purpose::Change | Purpose::Batch) || !by_id {
        let of = if by_id { "Campaign:".to_owned() } else { format!("{given} is") };
        writeln!(anstream::stderr(), "{of} {}.", title(&row))?;
    }
    Ok(campaign)
}

fn find(reference: &str, session: &mut Session, purpose: Purpose) -> Result<Rows, Error> {
    let most = i32::try_from(LISTED + 1).unwrap_or(i32::MAX);
    let call = Call::new("find_campaigns").with("reference", reference).with("max_rows", most);
    if purpose == Purpose::Read {
        return session.read(|work| work.fetch(&call));
    }
    // Before a change the limits of a change hold: a lock is waited for as long as the change itself would.
    let mut work = session.change()?;
    work.limit_locks()?;
    work.fetch(&call)
}

/// Whether all have one name.
fn same_name(found: &Rows) -> bool {
    let mut names = found.values("campaign_name");
    let first = names.next();
    names.all(|name| Some(name) == first) && found.values("campaign_name").all(|n| *n != Value::Null)
}

/// `Student -25% (id 1713838683796103676, PAUSED)`, `Student -25% (key 7f3c9a52-4d0b-4c57-9f0e-2f6f5a1f8c11, PAUSED)`
fn title(row: &Row<'_>) -> String {
    let name = row.shown("campaign_name").unwrap_or_else(|| "without a name".to_owned());
    let status = row.shown("status").unwrap_or_else(|| "status unknown".to_owned());
    let key = row.campaign();
    let what = if key == row.get("campaign_id").plain() { "id" } else { "key" };
    format!("{name} ({what} {key}, {status})")
}

fn ambiguous(text: &str, found: &Rows) -> Error {
    let mut listed: Vec<String> =
        found.iter().take(LISTED).map(|row| format!("    {}", title(&row))).collect();
    if found.rows.len() > LISTED {
        listed.push("    and more".to_owned());
    }
    Error::usage_with_hint(
        format!("\"{}\" is in the name of several campaigns", visible(text)),
        format!("Give the id of one, or more of its name:\n{}", listed.join("\n")),
    )
}
