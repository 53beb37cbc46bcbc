//! How often a cancel is looked for.

/// A loop over rows, pairs or codes calls `pulse` at least once in so many of them.
pub(super) const PULSE: usize = 1 << 16;
