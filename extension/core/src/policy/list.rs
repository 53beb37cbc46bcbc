//! Every setting: a row each, and how one is found by its name.

use super::setting::{Kind, Setting};
use crate::{Refusal, Span, SqlState};

const RESULTS: &[&str] = &["INVALID", "EXPIRED", "NOT_APPLICABLE", "RATE_LIMITED"];
const MINUTE: Span = Span::from_minutes(1);
const WEEK: Span = Span::from_days(7);
const YEAR: Span = Span::from_days(366);

/// Every setting, in the order of the runbook.
pub const SETTINGS: &[Setting] = &[
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
        name: "cluster_max_attempts",
        kind: Kind::Count(1_000, 40_000_000),
        default: "12000000",
        unit: "attempts",
        description: "Attempts of a window that are looked at one by one; of more, and of more codes than an eighth of this, a sample is. It bounds the memory of failure_clusters and classify.",
    },
    Setting {
        name: "recovery_within",
        kind: Kind::Span(MINUTE, Span::from_days(1)),
        default: "10 min",
        unit: "interval",
        description: "A user who fails and then succeeds within this time has recovered (a typing mistake, not a guess).",
    },
    Setting {
        name: "cluster_visit_gap",
        kind: Kind::Span(Span::from_micros(0), Span::from_minutes(60)),
        default: "1 min",
        unit: "interval",
        description: "Clusters: tries of one user on one code that are closer together than this are one visit.",
    },
    Setting {
        name: "cluster_storm_tries",
        kind: Kind::Count(2, 1_000_000),
        default: "20",
        unit: "attempts",
        description: "Clusters: this many tries of one user on one code within a minute are a client in a loop, not abuse.",
    },
    Setting {
        name: "cluster_abuse_visits",
        kind: Kind::Count(2, 1_000_000),
        default: "5",
        unit: "visits",
        description: "Clusters: a user who comes back this often to a code that turns them away is no customer of it.",
    },
    Setting {
        name: "cluster_abuse_within",
        kind: Kind::Span(MINUTE, Span::from_days(1)),
        default: "30 min",
        unit: "interval",
        description: "Clusters: the time within which those visits are counted, also right before the lookback.",
    },
    Setting {
        name: "cluster_abuse_users",
        kind: Kind::Count(1, 1_000_000),
        default: "5",
        unit: "users",
        description: "Clusters: this many users who come back again and again make a code one that is hammered.",
    },
    Setting {
        name: "cluster_abuse_share",
        kind: Kind::Share(0.01, 1.0),
        default: "15 %",
        unit: "share",
        description: "Clusters: and where they are at least this share of those who come back half as often.",
    },
    Setting {
        name: "cluster_returns",
        kind: Kind::Share(0.0, 0.95),
        default: "35 %",
        unit: "share",
        description: "Clusters: of customers whom a code turns away, this share comes back once more.",
    },
    Setting {
        name: "cluster_limit_lasts",
        kind: Kind::Span(MINUTE, WEEK),
        default: "1 hour",
        unit: "interval",
        description: "Clusters: a limit of uses that is reached within this time of the campaign's beginning was too small.",
    },
    Setting {
        name: "cluster_surge_ratio",
        kind: Kind::Count(2, 1_000_000),
        default: "8",
        unit: "times",
        description: "Clusters: a code tried by this many times the users of its own earlier rate is in other hands.",
    },
    Setting {
        name: "cluster_surge_users",
        kind: Kind::Count(1, 1_000_000),
        default: "25",
        unit: "users",
        description: "Clusters: a surge is one from this many users on.",
    },
    Setting {
        name: "cluster_strangers",
        kind: Kind::Share(0.0, 1.0),
        default: "60 %",
        unit: "share",
        description: "Clusters: a surge, or those who come back again and again, are strangers where at least this share never had a code accepted.",
    },
    Setting {
        name: "cluster_config_users",
        kind: Kind::Count(1, 1_000_000),
        default: "8",
        unit: "users",
        description: "Clusters: a configuration that turns away fewer users than this is not called broken.",
    },
    Setting {
        name: "cluster_mistyped_users",
        kind: Kind::Count(2, 1_000_000),
        default: "8",
        unit: "users",
        description: "Clusters: a code of nobody that at least this many users try may be a misprint.",
    },
    Setting {
        name: "cluster_mistyped_within",
        kind: Kind::Span(MINUTE, Span::from_days(1)),
        default: "30 min",
        unit: "interval",
        description: "Clusters: where so many come within this time; a popular code's usual slips come all day long.",
    },
    Setting {
        name: "cluster_mistyped_share",
        kind: Kind::Share(0.01, 1.0),
        default: "40 %",
        unit: "share",
        description: "Clusters: it is one where at least this share of them goes on to a campaign's code soon after.",
    },
    Setting {
        name: "cluster_guessed_codes",
        kind: Kind::Count(2, 1_000_000),
        default: "3",
        unit: "codes",
        description: "Clusters: a user who tries this many codes of nobody, and never finds the right one, is guessing.",
    },
    Setting {
        name: "cluster_guessed_within",
        kind: Kind::Span(MINUTE, Span::from_days(7)),
        default: "1 hour",
        unit: "interval",
        description: "Clusters: where so many come within this time; people who type badly do it now and then.",
    },
    Setting {
        name: "cluster_guessing_users",
        kind: Kind::Count(2, 1_000_000),
        default: "25",
        unit: "users",
        description: "Clusters: this many users beyond what is usual who each try one code of nobody are guessing together.",
    },
    Setting {
        name: "cluster_guessing_ratio",
        kind: Kind::Count(2, 1_000_000),
        default: "3",
        unit: "times",
        description: "Clusters: they are guessing together where they are this many times what is usual.",
    },
    Setting {
        name: "cluster_typo_gives_up",
        kind: Kind::Share(0.0, 0.9),
        default: "25 %",
        unit: "share",
        description: "Clusters: of honest people who mistype a code, this share never sends the right one.",
    },
    Setting {
        name: "cluster_active_within",
        kind: Kind::Span(Span::from_micros(1_000_000), Span::from_days(1)),
        default: "5 min",
        unit: "interval",
        description: "Clusters: one with a failure within this time before the end of the lookback goes on.",
    },
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
        description: "Chance that a bake of a clean campaign fails, over the whole bake.",
    },
    Setting {
        name: "known_scopes",
        kind: Kind::Labels(0),
        default: "{}",
        unit: "target scopes",
        description: "Target scopes that exist; none given: those in use by other campaigns.",
    },
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
        description: "How long an unpause past the guard, a repeated pause or an override stays listed as an escalation.",
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

/// The setting of that name.
///
/// # Errors
/// 42704 where there is none.
pub fn find(name: &str) -> Result<&'static Setting, Refusal> {
    SETTINGS.iter().find(|s| s.name == name).ok_or_else(|| {
        let nearest = SETTINGS.iter().min_by_key(|s| distance(name, s.name)).map_or("", |s| s.name);
        Refusal::new(SqlState::UndefinedObject, format!("there is no policy \"{name}\""))
            .detail(format!("The nearest name is \"{nearest}\"."))
            .hint("SELECT name, value, unit, description FROM promo_guard.policy;")
    })
}

/// Levenshtein's distance, for "the nearest name is".
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let next = (diagonal + usize::from(x != *y)).min(row[j] + 1).min(row[j + 1] + 1);
            diagonal = std::mem::replace(&mut row[j + 1], next);
        }
    }
    row[b.len()]
}
