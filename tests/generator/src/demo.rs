//! The night that the demo shows.

use crate::config::{Config, Defects, Incident, IncidentKind, Intensity};
use crate::model::Micros;
use crate::settlement::Rule;

impl Config {
    /// A mixed night at the end of four days: 240 campaigns, well over 50,000 attempts, five campaigns paused (one
    /// hammered by strangers 35 minutes before the end, one popular clean code echoing under a misprint, one with its
    /// validity in the past, one paused by hand without a trace, one leaked), guessing on unknown codes, and a few
    /// settlement defects within the last hour among pending look-alikes.
    #[must_use]
    pub fn demo(seed: u64, end: Micros) -> Self {
        use IncidentKind::{
            FastEnumeration, Hammered, Leak, ManualPause, Misprint, PauseEcho, RetryStorm, ValidityInPast,
        };
        let incident = Incident::new;
        let defects = |rule, count| Defects { rule, count, within_minutes: Some(55) };
        Self {
            days: 4,
            campaigns: 240,
            users: 30_000,
            attempts_per_day: 9_000,
            pending_look_alikes: 2,
            incidents: vec![
                incident(Hammered, Intensity::High, 38).lasting(36),
                incident(PauseEcho, Intensity::Medium, 74),
                incident(Misprint, Intensity::Medium, 70).on_campaign_of(1),
                incident(ValidityInPast, Intensity::Low, 95),
                incident(ManualPause, Intensity::Low, 160).edited_after(142),
                incident(FastEnumeration, Intensity::Low, 27),
                incident(Leak, Intensity::Medium, 52),
                incident(RetryStorm, Intensity::Low, 60 * 26).resumed_after(40),
            ],
            defects: vec![
                defects(Rule::ZeroDiscount, 3),
                defects(Rule::AppliedNotCredited, 2),
                defects(Rule::DiscountWithoutRedemption, 2),
                defects(Rule::CreditedNotApplied, 1),
                defects(Rule::CreditedNotInLedger, 1),
                defects(Rule::ReservationOverdue, 2),
                defects(Rule::UsedTotalDrift, 2),
            ],
            ..Self::small(seed, end)
        }
    }
}
