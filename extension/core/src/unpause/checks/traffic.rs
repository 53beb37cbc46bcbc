//! Are attempts recorded at all? Dead ingestion is not calm (trap 16).

use super::super::{Check, Facts, Finding, Traffic};
use crate::moment::{length, utc};
use serde_json::json;

/// A silence in which so many attempts were to be expected happens by chance once in a thousand times.
const TOO_MANY_MISSED: f64 = 7.0;

pub(super) fn traffic_observed(facts: &Facts) -> Finding {
    const CHECK: Check = Check::TrafficObserved;
    let traffic = match &facts.traffic {
        Err(lacking) => return Finding::unknown(CHECK, lacking),
        Ok(traffic) => traffic,
    };
    let Some(last) = traffic.last else {
        return Finding::unknown(
            CHECK,
            "no attempt of anybody on anything is recorded, so nothing is known of bursts.",
        );
    };
    let silence = facts.now.saturating_sub(last).max(0);
    let missed = traffic.expected;
    let evidence = json!({ "last_attempt": utc(last), "silence": length(silence), "expected": (missed * 10.0).round() / 10.0 });
    if Traffic::fresh(traffic.last, facts.now) {
        return Finding::passed(
            CHECK,
            format!("Attempts are recorded, the last one {} ago.", length(silence)),
            evidence,
        );
    }
    if missed < TOO_MANY_MISSED {
        return Finding::passed(
            CHECK,
            format!(
                "No attempt for {}, which is usual at this time of the day (about {missed:.0} were to be expected).",
                length(silence)
            ),
            evidence,
        );
    }
    Finding::failed(
        CHECK,
        format!(
            "No attempt of anybody on anything since {} ({} ago), where about {missed:.0} were to be expected: they are not being recorded, and that no burst is seen means nothing. Mend the recording, and try again once attempts come in.",
            utc(last),
            length(silence)
        ),
        evidence,
    )
}
