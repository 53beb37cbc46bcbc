//! The runbook's third trigger event: sustained failures above baseline. EXPIRED is not among them: a pause makes those itself.

use super::super::context::{Context, Found};
use crate::failure::Answer;
use crate::report::onset;
use crate::window::{micros, moment};
use promo_guard_core::Span;
use promo_guard_core::escalate::{Detail, Rule};

/// The results that the runbook names.
const RESULTS: [&str; 3] = ["INVALID", "NOT_APPLICABLE", "RATE_LIMITED"];
/// What lasts so long is sustained; what has been calm for so long is over.
const SUSTAINED: Span = Span::from_minutes(10);

pub fn find(context: &Context<'_>) -> Answer<Vec<Found>> {
    let results: Vec<String> = RESULTS.map(str::to_owned).into();
    let burst = onset::latest(&context.app, context.counted(&results), &results, context.at)?;
    let Some(burst) = burst.filter(|burst| {
        burst.end.saturating_sub(burst.start) >= SUSTAINED.micros()
            && burst.end >= micros(context.before(SUSTAINED))
    }) else {
        return Ok(Vec::new());
    };
    let minutes = (burst.end.saturating_sub(burst.start) / 60_000_000).saturating_add(1);
    let detail = Detail::Failures {
        failures: burst.failures,
        results: RESULTS.join(", "),
        minutes,
        normal: burst.usual,
    };
    let since = Some(moment(burst.start));
    Ok(vec![Found::at_once(Rule::FailuresAboveBaseline, None, since, detail.to_string())])
}
