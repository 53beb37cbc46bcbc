//! Settings: settlement: how the application counts uses, rounds, and how long it may take.

use super::super::setting::{Kind, MINUTE, Setting, WEEK, YEAR};
use crate::Span;

pub(super) const SETTLE: &[Setting] = &[
    Setting {
        name: "used_total_counts",
        kind: Kind::Word(&["ever_applied", "applied"]),
        default: "ever_applied",
        unit: "word",
        description: "What the application counts in used_total: redemptions ever applied (revoked ones too), or applied now.",
    },
    Setting {
        name: "settle_lookback",
        kind: Kind::Span(MINUTE, YEAR),
        default: "1 hour",
        unit: "interval",
        description: "How far back settlement looks where no lookback is given.",
    },
    Setting {
        name: "settle_grace",
        kind: Kind::Span(Span::from_micros(0), Span::from_days(1)),
        default: "5 min",
        unit: "interval",
        description: "How long redemption and purchase may disagree while the application's jobs catch up.",
    },
    Setting {
        name: "payment_grace",
        kind: Kind::Span(Span::from_micros(0), WEEK),
        default: "30 min",
        unit: "interval",
        description: "How long a payment may stay unfinished before it counts as stuck.",
    },
];
