//! Attempts as the rules see them: which code, by whom, when, and how the application answered.

use crate::Micros;
use std::fmt;

/// How the application answered an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Outcome {
    /// The code was taken.
    Accepted,
    /// No campaign has this code.
    Invalid,
    /// The campaign is paused, over, or has not begun.
    Expired,
    /// Not for this user, or used already, or used up.
    NotApplicable,
    /// The limiter turned the user away: nothing is known of the code (trap 6).
    RateLimited,
    /// A word that is none of the above: no success, and not counted as a failure.
    Other,
}

impl Outcome {
    /// Every one, in the order of their numbers.
    pub const ALL: [Self; 6] =
        [Self::Accepted, Self::Invalid, Self::Expired, Self::NotApplicable, Self::RateLimited, Self::Other];

    /// The application's word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Accepted => "ACCEPTED",
            Self::Invalid => "INVALID",
            Self::Expired => "EXPIRED",
            Self::NotApplicable => "NOT_APPLICABLE",
            Self::RateLimited => "RATE_LIMITED",
            Self::Other => "OTHER",
        }
    }

    /// Reads the application's word; one that is not known is [`Outcome::Other`].
    #[inline]
    pub fn read(word: &[u8]) -> Self {
        // Of a known length, so that a word is compared as a number or two, and not by a call.
        fn is<const N: usize>(word: &[u8], name: &[u8; N]) -> bool {
            <&[u8; N]>::try_from(word).is_ok_and(|word| word == name)
        }
        if is(word, b"ACCEPTED") {
            Self::Accepted
        } else if is(word, b"INVALID") {
            Self::Invalid
        } else if is(word, b"EXPIRED") {
            Self::Expired
        } else if is(word, b"NOT_APPLICABLE") {
            Self::NotApplicable
        } else if is(word, b"RATE_LIMITED") {
            Self::RateLimited
        } else {
            Self::Other
        }
    }
}

/// A set of outcomes, such as those that policy calls failures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Outcomes(u8);

impl Outcomes {
    /// Those of these words; unknown ones are passed over.
    pub fn named(words: &[String]) -> Self {
        words.iter().map(|w| Outcome::read(w.as_bytes())).filter(|o| *o != Outcome::Other).collect()
    }

    /// Adds one.
    pub const fn add(&mut self, outcome: Outcome) {
        self.0 |= 1 << outcome as u8;
    }

    /// How many they are.
    pub const fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether it is one of them.
    pub const fn contains(self, outcome: Outcome) -> bool {
        self.0 & (1 << outcome as u8) != 0
    }
}

impl FromIterator<Outcome> for Outcomes {
    fn from_iter<I: IntoIterator<Item = Outcome>>(outcomes: I) -> Self {
        Self(outcomes.into_iter().fold(0, |set, outcome| set | 1 << outcome as u8))
    }
}

/// A code as the application stores it. Hashes of 64 hexadecimal digits, the common case, are kept as their 32 bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CodeHash {
    /// 64 digits, lower-case.
    Digest([u8; 32]),
    /// Anything else, as it stands.
    Text(Box<str>),
}

impl CodeHash {
    /// From the column's text, without the blanks that pad a `char(n)`.
    pub fn read(text: &str) -> Self {
        Self::digest(text.as_bytes()).map_or_else(|| Self::Text(text.into()), Self::Digest)
    }

    /// The bytes of 64 lower-case hexadecimal digits; `None` for anything else.
    pub fn digest(text: &[u8]) -> Option<[u8; 32]> {
        let mut bytes = [0; 32];
        Self::digest_into(text, &mut bytes).then_some(bytes)
    }

    /// The same put into a place; false where there is none, and then what is in the place means nothing.
    #[inline]
    pub fn digest_into(text: &[u8], bytes: &mut [u8; 32]) -> bool {
        let Ok(digits) = <&[u8; 64]>::try_from(text) else { return false };
        // A letter is a capital where it lacks this bit, which all digits have.
        let small = digits.iter().fold(0xff, |all, digit| all & digit) & 0x20 != 0;
        small && const_hex::decode_to_slice(digits, bytes).is_ok()
    }
}

impl fmt::Display for CodeHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // Thousands are asked for at a time: in one piece.
            Self::Digest(bytes) => {
                const DIGITS: [u8; 16] = *b"0123456789abcdef";
                let mut text = [0; 64];
                for (pair, byte) in text.chunks_exact_mut(2).zip(bytes) {
                    pair.copy_from_slice(&[DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
                }
                f.write_str(std::str::from_utf8(&text).unwrap_or_default())
            }
            Self::Text(text) => f.write_str(text),
        }
    }
}

/// One attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// The code that was tried.
    pub code: CodeHash,
    /// Who tried; `None` where the application does not know.
    pub user: Option<i64>,
    /// How it was answered.
    pub outcome: Outcome,
    /// When.
    pub at: Micros,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_outcome_is_read_by_its_name() {
        for (number, outcome) in Outcome::ALL.into_iter().enumerate() {
            assert_eq!(outcome as usize, number);
            assert_eq!(Outcome::read(outcome.name().as_bytes()), outcome);
        }
        assert_eq!(Outcome::read(b"accepted"), Outcome::Other);
        let failures = Outcomes::named(&["INVALID".to_owned(), "EXPIRED".to_owned(), "NONSENSE".to_owned()]);
        assert!(failures.contains(Outcome::Invalid) && !failures.contains(Outcome::Other));
    }

    proptest! {
        #[test]
        fn a_code_is_shown_as_it_is_stored(text in "[0-9a-f]{64}|[0-9A-F]{64}|.{0,70}") {
            prop_assert_eq!(CodeHash::read(&text).to_string(), text);
        }
    }
}
