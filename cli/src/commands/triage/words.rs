//! The words of the first screen: verdicts, lengths of time, counts.

use chrono::TimeDelta;
use serde_json::Value as Json;

use crate::output::text::visible;
pub use promo_guard_core::words::{number, percent};

/// A verdict and its certainty: `abuse 97 %`. What is unclear has no certainty, and an end has none.
pub fn verdict(label: &str, confidence: Option<f64>) -> String {
    let word = match label {
        "ABUSE_LIKELY" => "abuse",
        "CONFIG_REGRESSION" => "misconfigured",
        "FALSE_POSITIVE" => "false alarm",
        "INCONCLUSIVE" => return "unclear".to_owned(),
        "HEALTHY" => return "no incident".to_owned(),
        // A verdict of a later version.
        other => return visible(&other.to_lowercase().replace('_', " ")),
    };
    confidence.map_or(word.to_owned(), |share| format!("{word} {}", percent(share)))
}

/// A length of time in at most eight columns: `4 s`, `39 min`, `1 h 38`, `27 h`, `3 d`.
pub fn brief(length: TimeDelta) -> String {
    let seconds = length.num_seconds().max(0);
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds / 60),
        3600..36_000 => format!("{} h {:02}", seconds / 3600, seconds / 60 % 60),
        36_000..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} d", seconds / 86_400),
    }
}

/// `1,140 attempts with unmapped result not_found.`, and what to do about it. None where every result is known.
pub fn unmapped(results: &[(String, i64)]) -> Option<(String, &'static str)> {
    let total: i64 = results.iter().map(|(_, attempts)| attempts).sum();
    let names: Vec<String> = results.iter().map(|(result, _)| visible(result)).collect();
    let noun = if names.len() == 1 { "result" } else { "results" };
    let told = format!("{} with unmapped {noun} {}.", number(total, "attempt", "attempts"), names.join(", "));
    (!results.is_empty()).then_some((told, "To map them: promoctl doctor"))
}

/// A sentence begins with a capital letter.
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

/// A count of a JSON object; 0 where there is none.
pub fn count(of: &Json, key: &str) -> i64 {
    of[key].as_i64().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts_and_lengths() {
        assert_eq!(verdict("ABUSE_LIKELY", Some(0.973)), "abuse 97 %");
        assert_eq!(verdict("INCONCLUSIVE", Some(0.8)), "unclear");
        assert_eq!(verdict("SOMETHING_NEW", None), "something new");
        for (seconds, shown) in
            [(4, "4 s"), (2_340, "39 min"), (5_880, "1 h 38"), (36_000, "10 h"), (260_000, "3 d")]
        {
            assert_eq!(brief(TimeDelta::seconds(seconds)), shown);
        }
        assert_eq!(capital("keep paused"), "Keep paused");
        assert_eq!(unmapped(&[]), None);
        let one = [("not_found".to_owned(), 1_140)];
        assert_eq!(unmapped(&one).unwrap().0, "1,140 attempts with unmapped result not_found.");
        let two = [("not_found".to_owned(), 1_140), ("\u{1b}".to_owned(), 1)];
        assert_eq!(unmapped(&two).unwrap().0, "1,141 attempts with unmapped results not_found, \\u001b.");
    }
}
