//! Words that sentences of every section need.

/// A count with its noun: `1 user`, `34 users`.
pub fn counted(n: u64, noun: &str) -> String {
    format!("{n} {noun}{}", if n == 1 { "" } else { "s" })
}
