//! A setting's value and its one spelling as text.

use crate::Span;
use std::fmt;

/// A value as typed as its setting; [`Display`](fmt::Display) gives the spelling that is stored.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A length of time.
    Span(Span),
    /// A whole number: rows, users, or stars.
    Count(i64),
    /// A share, 0 to 1; written in per cent.
    Share(f64),
    /// A set of labels, in the order in which they were given.
    Labels(Vec<String>),
    /// Whole numbers, in the order in which they were given.
    Numbers(Vec<i64>),
    /// One of a few words.
    Word(&'static str),
    /// On or off.
    Flag(bool),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Span(span) => span.fmt(f),
            Self::Count(n) => n.fmt(f),
            Self::Share(share) => write!(f, "{} %", (share * 1e8).round() / 1e6),
            Self::Labels(labels) => write!(f, "{{{}}}", labels.join(",")),
            Self::Numbers(numbers) => {
                let numbers: Vec<String> = numbers.iter().map(i64::to_string).collect();
                write!(f, "{{{}}}", numbers.join(","))
            }
            Self::Word(word) => f.write_str(word),
            Self::Flag(on) => f.write_str(if *on { "on" } else { "off" }),
        }
    }
}

/// Reads `{a,b}`, `a, b` or `a b`; the order stays, repetitions go. Labels are words of letters, digits, `_`, `-`, `.`, `:`.
pub(super) fn labels(text: &str) -> Option<Vec<String>> {
    let inner = text.trim();
    let inner = match (inner.strip_prefix('{'), inner.ends_with('}')) {
        (Some(rest), true) => &rest[..rest.len() - 1],
        (None, false) => inner,
        _ => return None,
    };
    let mut labels: Vec<String> = Vec::new();
    for label in inner.split([',', ' ']).map(|l| l.trim().trim_matches('"')).filter(|l| !l.is_empty()) {
        if !label.chars().all(|c| c.is_alphanumeric() || "_-.:".contains(c)) {
            return None;
        }
        if !labels.iter().any(|l| l == label) {
            labels.push(label.to_owned());
        }
    }
    Some(labels)
}

/// The labels as whole numbers, repetitions left out.
pub(super) fn numbers(labels: &[String]) -> Option<Vec<i64>> {
    let mut numbers = Vec::new();
    for label in labels {
        let number = label.parse().ok()?;
        if !numbers.contains(&number) {
            numbers.push(number);
        }
    }
    Some(numbers)
}

/// The labels as `name:word`; none where one is anything else or a name comes twice.
pub(super) fn pairs(labels: &[String]) -> Option<Vec<(&str, &str)>> {
    let mut pairs: Vec<(&str, &str)> = Vec::new();
    for label in labels {
        let (name, word) = label.rsplit_once(':').filter(|(name, _)| !name.is_empty())?;
        if pairs.iter().any(|(n, _)| *n == name) {
            return None;
        }
        pairs.push((name, word));
    }
    Some(pairs)
}

/// Reads `5 %`, `5%` or `0.05`.
pub(super) fn share(text: &str) -> Option<f64> {
    let text = text.trim();
    let share = match text.strip_suffix('%') {
        Some(percent) => percent.trim_end().parse::<f64>().ok()? / 100.0,
        None => text.parse().ok()?,
    };
    share.is_finite().then_some(share)
}

/// Reads a boolean as PostgreSQL's settings do.
pub(super) fn flag(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "on" | "true" | "yes" | "1" => Some(true),
        "off" | "false" | "no" | "0" => Some(false),
        _ => None,
    }
}
