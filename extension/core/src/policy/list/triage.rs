//! Settings: what counts as a failure, the application's auto-pause job, and triage.

use super::super::setting::{Kind, MINUTE, RESULTS, Setting, YEAR};
use crate::Span;

pub(super) const TRIAGE: &[Setting] = &[
    Setting {
        name: "failure_results",
        kind: Kind::LabelsOf(RESULTS),
        default: "{INVALID,EXPIRED,NOT_APPLICABLE,RATE_LIMITED}",
        unit: "attempt results",
        description: "Attempt results that count as failed redemptions.",
    },
    Setting {
        name: "guard_results",
        kind: Kind::LabelsOf(RESULTS),
        default: "{INVALID,EXPIRED,NOT_APPLICABLE}",
        unit: "attempt results",
        description: "Attempt results that the application's auto-pause job counts. Keep it equal to the job's own rule.",
    },
    Setting {
        name: "guard_lookback",
        kind: Kind::Span(MINUTE, Span::from_days(1)),
        default: "10 min",
        unit: "interval",
        description: "How far back the application's auto-pause job looks. Keep it equal to the job's own rule.",
    },
    Setting {
        name: "guard_min_failures",
        kind: Kind::Count(0, 1_000_000_000),
        default: "100",
        unit: "attempts",
        description: "The auto-pause job acts on strictly more failures than this. Keep it equal to the job's own rule.",
    },
    Setting {
        name: "guard_min_users",
        kind: Kind::Count(1, 1_000_000_000),
        default: "2",
        unit: "users",
        description: "The auto-pause job acts on failures of at least this many users. Keep it equal to the job's own rule.",
    },
    Setting {
        name: "triage_lookback",
        kind: Kind::Span(MINUTE, YEAR),
        default: "30 min",
        unit: "interval",
        description: "How far back triage looks where no lookback is given.",
    },
    Setting {
        name: "verdict_reach",
        kind: Kind::Span(Span::from_days(1), YEAR),
        default: "7 days",
        unit: "interval",
        description: "How far back before its evidence a verdict reads attempts: what users did before, and when a campaign without a recorded pause was paused. Older attempts are not read. With daily partitions each day more is a partition more to lock.",
    },
];
