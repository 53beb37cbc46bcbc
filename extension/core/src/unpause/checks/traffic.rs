//! Are attempts recorded at all? Without ingestion no burst can be seen (trap 16).

use super::super::{Check, Facts, Finding, Traffic};
use crate::moment::{length, utc};
use crate::words::grouped;
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
        return Finding::unknown(CHECK, "no attempts are recorded, so a burst cannot be seen.");
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
                "No attempts for {}, which is normal at this time of day (about {missed:.0} expected).",
                length(silence)
            ),
            evidence,
        );
    }
    Finding::failed(
        CHECK,
        format!(
            "No attempts recorded since {} ({} ago), about {} expected. Ingestion may be down, so a burst cannot be seen. Restore it, then try again.",
            utc(last),
            length(silence),
            grouped(missed.round() as i64)
        ),
        evidence,
    )
}
