//! The runbook's third trigger event: sustained failures above baseline. EXPIRED is not among them: a pause makes those itself.

use super::super::look::{Found, Look};
use crate::failure::Answer;
use crate::report::onset;
use crate::window::{micros, moment};
use promo_guard_core::Span;
use promo_guard_core::escalate::Rule;

/// The results that the runbook names.
const RESULTS: [&str; 3] = ["INVALID", "NOT_APPLICABLE", "RATE_LIMITED"];
/// What lasts so long is sustained; what has been calm for so long is over.
const SUSTAINED: Span = Span::from_minutes(10);

pub fn find(look: &Look<'_>) -> Answer<Vec<Found>> {
    let results: Vec<String> = RESULTS.map(str::to_owned).into();
    let burst = onset::latest(&look.app, look.counted(&results), &results, look.at)?;
    let Some(burst) = burst.filter(|burst| {
        burst.end.saturating_sub(burst.start) >= SUSTAINED.micros()
            && burst.end >= micros(look.before(SUSTAINED))
    }) else {
        return Ok(Vec::new());
    };
    let minutes = (burst.end.saturating_sub(burst.start) / 60_000_000).saturating_add(1);
    let detail = format!(
        "{} attempts failed with {} in {minutes} min, where {:.0} are usual. Triage, then open an incident.",
        burst.failures,
        RESULTS.join(", "),
        burst.usual,
    );
    let since = Some(moment(burst.start));
    Ok(vec![Found::at_once(Rule::FailuresAboveBaseline, None, since, detail)])
}
