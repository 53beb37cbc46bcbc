//! What people write for those who come after: reasons, notes, titles, triggers. One rule for all of them, so that each says
//! something that can be seen, and stands in a log line, a report or a chat as it was meant.

use crate::{Refusal, SqlState};
use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory, GeneralCategoryGroup, WhiteSpace};
use icu_properties::{CodePointMapData, CodePointSetData};

/// Longest title and trigger, in characters: they stand in headings.
const LONGEST_HEADING: usize = 200;
/// Longest reason and note.
const LONGEST_TEXT: usize = 2_000;
/// It is a symbol by its category and blank by its looks.
const BRAILLE_BLANK: char = '\u{2800}';

/// A free-text argument of a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Text {
    name: &'static str,
    longest: usize,
    /// What a null is: a reason that is lacking, or a null where a value is needed.
    null: SqlState,
    hint: &'static str,
}

impl Text {
    /// Why something is done.
    pub const REASON: Self = Self {
        name: "reason",
        longest: LONGEST_TEXT,
        null: SqlState::InvalidParameterValue,
        hint: "reason => 'why this is right'",
    };
    /// A note of a checkpoint, a closing or an acknowledgement.
    pub const NOTE: Self = Self {
        name: "note",
        longest: LONGEST_TEXT,
        null: SqlState::NullValueNotAllowed,
        hint: "note => 'what is known and what is done next'",
    };
    /// What is said of an announced promotion.
    pub const ANNOUNCEMENT: Self =
        Self { hint: "note => 'TV spot on Sunday, planned by marketing'", ..Self::NOTE };
    /// An incident's title.
    pub const TITLE: Self = Self {
        name: "title",
        longest: LONGEST_HEADING,
        null: SqlState::NullValueNotAllowed,
        hint: "title => 'Spring campaign paused'",
    };
    /// The event that led to an incident.
    pub const TRIGGER: Self = Self {
        name: "trigger",
        longest: LONGEST_HEADING,
        null: SqlState::NullValueNotAllowed,
        hint: "trigger => 'promo_campaign_auto_paused'",
    };

    /// The text without the white space around it.
    ///
    /// # Errors
    /// 22004 for null (22023 for a reason); 22023 for one that is blank, too long, or has a character that is not allowed.
    pub fn read(self, text: Option<&str>) -> Result<&str, Refusal> {
        let Self { name, longest, .. } = self;
        let text = text
            .ok_or_else(|| self.refuse(self.null, format!("a {name} is needed"), "It is null.".to_owned()))?;
        let invalid = |message: String, detail: String| {
            Err(self.refuse(SqlState::InvalidParameterValue, message, detail))
        };
        let text = text.trim();
        if text.chars().all(is_invisible) {
            let detail = if text.is_empty() { "It is empty." } else { "It has only invisible characters." };
            return invalid(
                format!("a {name} is needed"),
                format!("{detail} It is written into the action log."),
            );
        }
        let length = text.chars().count();
        if length > longest {
            return invalid(
                format!("{name} is longer than {longest} characters"),
                format!("It has {length}."),
            );
        }
        if let Some((place, found)) = text.chars().enumerate().find(|(_, c)| is_refused(*c)) {
            return invalid(
                format!("{name} has a character that is not allowed"),
                format!(
                    "Character {} is U+{:04X}. A {name} is one line, without control characters and without characters that change the direction of text.",
                    place + 1,
                    found as u32
                ),
            );
        }
        Ok(text)
    }

    fn refuse(self, code: SqlState, message: String, detail: String) -> Refusal {
        Refusal::new(code, message).detail(detail).hint(self.hint)
    }
}

/// Whether nothing is seen of it: white space, and what Unicode calls default ignorable (zero-width characters, the byte order
/// mark, fillers, variation selectors), a control or a format character.
fn is_invisible(c: char) -> bool {
    let hidden = GeneralCategoryGroup::Control.union(GeneralCategoryGroup::Format);
    CodePointSetData::new::<WhiteSpace>().contains(c)
        || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
        || hidden.contains(CodePointMapData::<GeneralCategory>::new().get(c))
        || c == BRAILLE_BLANK
}

/// Whether it would change the text around it, or end its line: C0 and C1 controls, line and paragraph separators, and the
/// bidirectional embeddings, overrides and isolates, which can show one text and mean another (CVE-2021-42574). The marks
/// U+200E, U+200F and U+061C stay: right-to-left text needs them.
fn is_refused(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> bool {
        Text::REASON.read(Some(text)).is_err_and(|r| r.code == SqlState::InvalidParameterValue)
    }

    #[test]
    fn what_cannot_be_seen_is_no_text() {
        for blank in [
            "",
            " ",
            "\u{a0}",
            "\u{200b}",
            "\u{feff}",
            "\u{a0}\u{200b}\u{feff}",
            "\u{3000}",
            "\u{ad}",
            "\u{3164}",
            "\u{2800}",
            "\u{180e}",
            "\u{2060}",
            "\u{200d}",
            "\u{200e}",
            "\u{fe0f}",
            "\u{e0041}",
            "\u{115f}",
            "\u{600}",
            "\u{85}",
            "\t",
            "\0",
        ] {
            assert!(refused(blank), "{blank:?}");
            assert_eq!(
                Text::REASON.read(Some(blank)).unwrap_err().message,
                "a reason is needed",
                "{blank:?}"
            );
        }
        for seen in [
            "x",
            "漏",
            "👍",
            "é",
            "e\u{301}",
            "⚠\u{fe0f}",
            "👩\u{200d}🚒",
            "سبب\u{200f}",
            "می\u{200c}خواهم",
            "-",
            "\u{feff}x",
        ] {
            assert_eq!(Text::REASON.read(Some(seen)), Ok(seen));
        }
    }

    #[test]
    fn it_is_one_line_that_means_what_it_shows() {
        for c in [
            '\0', '\u{1}', '\t', '\n', '\r', '\u{1b}', '\u{7f}', '\u{80}', '\u{9b}', '\u{2028}', '\u{2029}',
            '\u{202e}', '\u{2066}',
        ] {
            let met = Text::NOTE.read(Some(&format!("a{c}b"))).unwrap_err();
            assert_eq!(
                (met.code, met.message.as_str()),
                (SqlState::InvalidParameterValue, "note has a character that is not allowed")
            );
            assert!(
                met.detail.is_some_and(|d| d.contains(&format!("Character 2 is U+{:04X}", c as u32))),
                "{c:?}"
            );
        }
        assert_eq!(Text::NOTE.read(Some(" over\n")), Ok("over"), "white space around it is not of it");
    }

    #[test]
    fn lengths_are_in_characters() {
        for (text, longest) in
            [(Text::REASON, 2_000), (Text::NOTE, 2_000), (Text::TITLE, 200), (Text::TRIGGER, 200)]
        {
            assert!(text.read(Some(&"ü".repeat(longest))).is_ok());
            let met = text.read(Some(&"ü".repeat(longest + 1))).unwrap_err();
            assert_eq!(met.code, SqlState::InvalidParameterValue);
            assert!(met.message.ends_with(&format!("is longer than {longest} characters")), "{met}");
        }
        assert_eq!(Text::REASON.read(None).unwrap_err().code, SqlState::InvalidParameterValue);
        assert_eq!(Text::TITLE.read(None).unwrap_err().code, SqlState::NullValueNotAllowed);
    }
}
