//! Settings: settlement: how the application counts uses, rounds, and how long it may take.

use super::super::setting::{Kind, MINUTE, Setting, WEEK, YEAR};
use crate::Span;

pub(super) const SETTLE: &[Setting] = &[
    Setting {
        name: "used_total_counts",
        kind: Kind::Word(&["ever_applied", "applied"]),
        default: "ever_applied",
        unit: "word",
        description: "What the application counts in used_total, and against max_total_uses: redemptions ever applied (revoked ones too), or applied now.",
    },
    Setting {
        name: "used_total_counts_by_type",
        kind: Kind::Pairs(&["ever_applied", "applied"]),
        default: "{}",
        unit: "promo types",
        description: "The value of used_total_counts for campaigns of one promo_type, such as {PREMIUM_GRANT:applied}.",
    },
    Setting {
        name: "discount_rounding",
        kind: Kind::Word(&["floor", "half_down", "half_even", "half_up", "ceil"]),
        default: "floor",
        unit: "word",
        description: "How the application rounds a percentage discount to whole stars (or cents). If it rounds the price half up, it rounds the discount half_down.",
    },
    Setting {
        name: "amount_tolerance",
        kind: Kind::Count(0, 1_000_000),
        default: "0",
        unit: "stars",
        description: "Discounts and sums may differ from the expected value by this many stars (or cents) without a violation.",
    },
    Setting {
        name: "codes_per_purchase",
        kind: Kind::Word(&["one", "several"]),
        default: "one",
        unit: "word",
        description: "Whether a purchase takes one code, or several. The discounts of several are computed from the full price and added, at most to that price.",
    },
    Setting {
        name: "partial_refunds",
        kind: Kind::Word(&["revoke", "keep"]),
        default: "revoke",
        unit: "word",
        description: "What a partial refund does to the redemption: revoke it like a full refund, or keep it. It needs the column purchases.refunded_stars_amount.",
    },
    Setting {
        name: "account_merges",
        kind: Kind::Word(&["none", "happen"]),
        default: "none",
        unit: "word",
        description: "Whether two accounts may become one, whose purchases move while its redemptions stay. With happen, user_mismatch is a warning.",
    },
    Setting {
        name: "nobody_user_ids",
        kind: Kind::Numbers,
        default: "{}",
        unit: "user ids",
        description: "User ids that stand for no particular user, such as {0} for erased accounts or guests. They count as an unknown user, in attempts too.",
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
