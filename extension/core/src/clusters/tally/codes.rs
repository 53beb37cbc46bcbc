//! Codes as an application stores them.

use crate::attempt::CodeHash;

/// A code's hash as the application stores it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stored<'a> {
    /// As text, without the blanks that pad a `char(n)`.
    Text(&'a [u8]),
    /// As bytes, which are the same code as their hexadecimal digits.
    Bytes(&'a [u8]),
}

impl Stored<'_> {
    /// The code.
    #[inline]
    pub fn code(self) -> CodeHash {
        match self {
            Self::Text(text) => CodeHash::digest(text)
                .map_or_else(|| CodeHash::Text(String::from_utf8_lossy(text).into()), CodeHash::Digest),
            Self::Bytes(bytes) => bytes
                .try_into()
                .map_or_else(|_| CodeHash::Text(const_hex::encode(bytes).into()), CodeHash::Digest),
        }
    }
}

/// A text of this many bytes weighs as much as a digest; a longer one more.
const LIGHT: usize = 64;

/// How much room a code takes, in digests.
pub(super) fn weight(code: &CodeHash) -> usize {
    match code {
        CodeHash::Digest(_) => 1,
        CodeHash::Text(text) => 1 + text.len() / LIGHT,
    }
}
