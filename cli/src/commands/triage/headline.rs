//! The first sentence of the page: is there an incident, and how big.

use super::page::Page;
use super::words::unmapped;
use crate::output::text::{counted, grouped};
use promo_guard_core::words::percent;

/// The sentence, and whether it is bad news: a campaign was paused within the lookback, or an active one needs action.
pub fn sentence(page: &Page) -> (String, bool) {
    let (paused, new) = (page.count("paused"), page.count("paused_within"));
    let said = match (paused, new) {
        (0, _) => "No campaign is paused.".to_owned(),
        (1, 1) => "1 campaign is paused, within the lookback.".to_owned(),
        (1, _) => "1 campaign is paused, since before the lookback.".to_owned(),
        (_, 0) => format!("{} are paused, none within the lookback.", counted(paused, "campaign")),
        _ => format!(
            "{} are paused, {} of them within the lookback.",
            counted(paused, "campaign"),
            grouped(new)
        ),
    };
    let (attempts, failed) = (page.count("attempts"), page.count("failed_attempts"));
    let unmapped = unmapped(&page.unmapped()).map_or(String::new(), |(told, _)| format!(" {told}"));
    let failures = match (attempts, failed) {
        (1.., 0) if !unmapped.is_empty() => String::new(),
        // Silence is no proof of calm: the ingestion may be dead.
        (0, _) => " No attempts were recorded. Is that normal at this hour?".to_owned(),
        (_, 0) => format!(" None of {} failed.", counted(attempts, "attempt")),
        _ => {
            let normal = page.headline["normal_failed_share"]
                .as_f64()
                .map_or(String::new(), |normal| format!(", normal {}", percent(normal)));
            format!(
                " {} of {} failed ({}{normal}), {}.",
                grouped(failed),
                counted(attempts, "attempt"),
                percent(failed as f64 / attempts as f64),
                counted(page.count("failing_users"), "user")
            )
        }
    };
    let words: Vec<String> = [
        ("ABUSE_LIKELY", "for abuse"),
        ("CONFIG_REGRESSION", "with a wrong configuration"),
        ("INCONCLUSIVE", "unclear"),
        ("FALSE_POSITIVE", "as a false alarm"),
        ("HEALTHY", "and over"),
    ]
    .iter()
    .filter_map(|(verdict, words)| {
        let count = page.headline["paused_by_verdict"][verdict].as_i64().filter(|n| *n > 0)?;
        Some(format!("{count} {words}"))
    })
    .collect();
    let verdicts = if words.is_empty() { String::new() } else { format!(" Paused: {}.", words.join(", ")) };
    let active = page.count("active_with_findings");
    let wild = match active {
        0 => String::new(),
        1 => " 1 active campaign needs action.".to_owned(),
        n => format!(" {n} active campaigns need action."),
    };
    let alarming = new > 0 || active > 0 || !unmapped.is_empty();
    (said + &failures + &unmapped + &verdicts + &wild, alarming)
}
