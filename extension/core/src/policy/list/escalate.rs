//! Settings: escalations and the status history.

use super::super::setting::{Kind, MINUTE, Setting, WEEK};
use crate::Span;

pub(super) const ESCALATE: &[Setting] = &[
    Setting {
        name: "escalate_paused_after",
        kind: Kind::Span(MINUTE, WEEK),
        default: "30 min",
        unit: "interval",
        description: "A high-value campaign paused for longer than this is escalated to the product owner.",
    },
    Setting {
        name: "escalate_lookback",
        kind: Kind::Span(Span::from_minutes(10), WEEK),
        default: "1 day",
        unit: "interval",
        description: "How long an unpause outside promo_guard, a repeated pause or an override is listed as an escalation.",
    },
    Setting {
        name: "high_value_stars",
        kind: Kind::Count(0, i64::MAX),
        default: "10000",
        unit: "stars",
        description: "A campaign is of high value when it gave at least this many discount stars in the 7 days before its pause.",
    },
    Setting {
        name: "require_history",
        kind: Kind::Flag,
        default: "off",
        unit: "on/off",
        description: "On: no campaign is unpaused while the status history is not attached. Off: the time of a pause falls back to evidence.",
    },
];
