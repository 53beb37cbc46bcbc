//! What people write into an incident: something, and not a novel.

use crate::{Refusal, SqlState};

/// Longest title and trigger, in characters: they stand in headings.
const LONGEST_NAME: usize = 200;
/// Longest note.
const LONGEST_NOTE: usize = 10_000;

/// Texts of an incident, trimmed. They go to others in reports, where they are escaped like everything else.
pub struct Words;

impl Words {
    /// An incident's title.
    ///
    /// # Errors
    /// 22004 for null; 22023 for nothing but blanks, or more than 200 characters.
    pub fn title(text: Option<&str>) -> Result<&str, Refusal> {
        words("title", text, LONGEST_NAME, "title => 'Spring campaign paused'")
    }

    /// The event that led to it.
    ///
    /// # Errors
    /// As [`Words::title`].
    pub fn trigger(text: Option<&str>) -> Result<&str, Refusal> {
        words("trigger", text, LONGEST_NAME, "trigger => 'promo_campaign_auto_paused'")
    }

    /// A note of a checkpoint or a closing.
    ///
    /// # Errors
    /// As [`Words::title`], with 10,000 characters.
    pub fn note(text: Option<&str>) -> Result<&str, Refusal> {
        words("note", text, LONGEST_NOTE, "note => 'what is known and what is done next'")
    }
}

fn words<'a>(name: &str, text: Option<&'a str>, longest: usize, hint: &str) -> Result<&'a str, Refusal> {
    let text = text
        .ok_or_else(|| Refusal::new(SqlState::NullValueNotAllowed, format!("{name} is null")).hint(hint))?;
    let text = text.trim();
    if text.is_empty() {
        return Err(Refusal::new(SqlState::InvalidParameterValue, format!("{name} is empty"))
            .detail("It is written down for those who come after.")
            .hint(hint));
    }
    let length = text.chars().count();
    if length > longest {
        return Err(Refusal::new(
            SqlState::InvalidParameterValue,
            format!("{name} is longer than {longest} characters"),
        )
        .detail(format!("It has {length}."))
        .hint(hint));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn something_is_said_and_not_too_much() {
        assert_eq!(Words::title(Some("  A night  ")), Ok("A night"));
        assert_eq!(Words::title(None).unwrap_err().code, SqlState::NullValueNotAllowed);
        for bad in ["", " \n\t ", &"x".repeat(201)] {
            assert_eq!(Words::trigger(Some(bad)).unwrap_err().code, SqlState::InvalidParameterValue);
        }
        assert!(Words::title(Some(&"ü".repeat(200))).is_ok(), "characters, not bytes");
        assert!(Words::note(Some(&"x".repeat(10_000))).is_ok());
        assert!(Words::note(Some(&"x".repeat(10_001))).is_err());
    }
}
