//! Settings: checks before an unpause, and the bake after it.

use super::super::setting::{Kind, MINUTE, Setting};
use crate::Span;

pub(super) const UNPAUSE: &[Setting] = &[
    Setting {
        name: "bake_for",
        kind: Kind::Span(MINUTE, Span::from_days(1)),
        default: "15 min",
        unit: "interval",
        description: "How long a campaign is watched after its unpause.",
    },
    Setting {
        name: "bake_false_alarm",
        kind: Kind::Share(0.0001, 0.5),
        default: "5 %",
        unit: "share",
        description: "Chance that the whole bake of a clean campaign fails.",
    },
    Setting {
        name: "known_scopes",
        kind: Kind::Labels(0),
        default: "{}",
        unit: "target scopes",
        description: "Target scopes that exist. Empty: the scopes of other campaigns.",
    },
];
