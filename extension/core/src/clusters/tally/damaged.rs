//! What is said of bytes that are not a tally's.

use std::fmt;

/// Bytes, or parts, that no tally of ours can have been.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Damaged(pub(super) &'static str);

impl Damaged {
    /// There is no tally where one must be.
    pub const LOST: Self = Self("it is gone");
}

impl fmt::Display for Damaged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Damaged {}
