//! Announced promotions: who vouches for a crowd, and the command that records it.

use super::conclusion::{Conclusion, Explanation};
use super::facts::{Announcement, Facts};
use crate::Micros;
use crate::moment::utc;

/// No more announcements than this are told in one verdict.
const MOST: usize = 3;
/// The place of the note in a command. `announce()` refuses it, so that a command pasted as it is records nothing.
const NOTE: &str = "...";

impl Facts {
    /// The announcements for the time of the evidence.
    pub fn announcements(&self) -> impl Iterator<Item = &Announcement> {
        let (from, until) = self.evidence;
        self.records.announced.iter().filter(move |a| a.from <= until && a.until >= from)
    }
}

/// A sentence for each announcement.
pub(super) fn sentences(facts: &Facts) -> Vec<String> {
    let of = |a: &Announcement| {
        format!("Announced by {}: \"{}\" ({} to {}).", a.by, a.note, utc(a.from), utc(a.until))
    };
    let mut told: Vec<String> = facts.announcements().take(MOST).map(of).collect();
    match facts.announcements().skip(MOST).count() {
        0 => {}
        1 => told.push("1 more announcement covers this time.".to_owned()),
        more => told.push(format!("{more} more announcements cover this time.")),
    }
    told
}

/// The time to announce, where a promotion is one of two explanations and it was not announced.
pub(super) fn to_announce(found: &Conclusion, facts: &Facts) -> Option<(Micros, Micros)> {
    let harmless = found.explanations.get(1)?;
    let open = matches!(harmless, Explanation::Promotion | Explanation::Mailing);
    // In whole seconds, as it is shown: an end that is cut down could be the begin.
    let (from, until) = facts.evidence;
    (open && facts.announcements().next().is_none()).then_some((from, until.saturating_add(999_999)))
}

/// The statement that records a promotion of a campaign.
pub(super) fn statement(id: i64, (from, until): (Micros, Micros)) -> String {
    format!("SELECT promo_guard.announce({id}, '{}', '{}', '{NOTE}');", utc(from), utc(until))
}
