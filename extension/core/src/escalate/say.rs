//! What an escalation says: its numbers, and what to do.

use super::Episode;
use crate::guard::Rule as GuardRule;
use crate::moment::utc;
use crate::words::{counted, grouped, number, rate};
use crate::{Micros, Span};
use std::fmt;

/// A role, and the program where its application_name is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct By {
    /// The role.
    pub actor: String,
    /// The application_name.
    pub application: Option<String>,
}

/// What a paused campaign is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Worth {
    /// Discount stars in the 7 days before its pause.
    Stars(i64),
    /// The application has no column for it.
    Unknown(&'static str),
}

/// An escalation's facts.
#[derive(Debug, Clone, PartialEq)]
pub enum Detail {
    /// `high_value_paused`.
    HighValue {
        /// Its value.
        worth: Worth,
        /// How long it has been paused; none where the start of the pause is unknown.
        episode: Option<Episode>,
        /// Whether the start of the pause is an upper bound.
        estimated: bool,
        /// Policy `escalate_paused_after`.
        allowed: Span,
    },
    /// `unpaused_outside_guard`.
    Unpaused {
        /// The new status.
        to: String,
        /// When.
        at: Option<Micros>,
        /// By whom.
        by: By,
        /// How often since the first time.
        times: i64,
    },
    /// `repaused_after_unpause`.
    Repaused {
        /// When it was unpaused.
        unpaused: Option<Micros>,
        /// When it was paused again.
        paused: Option<Micros>,
        /// By whom.
        by: By,
        /// How often since the first time.
        times: i64,
        /// Policy `bake_for`.
        bake: Span,
    },
    /// `unpaused_with_override`.
    Overridden {
        /// By whom.
        actor: String,
        /// When.
        at: Option<Micros>,
        /// The overridden checks.
        checks: String,
        /// How often since the first time.
        times: i64,
        /// The action.
        action: i64,
    },
    /// `status_off_history`: the status is not the last recorded one.
    StatusDiffers {
        /// The status.
        status: Option<String>,
        /// The last recorded one.
        recorded: Option<String>,
        /// When that was recorded.
        at: Option<Micros>,
    },
    /// `status_off_history`: it changed while the history did not record.
    StatusChanged {
        /// The status before.
        from: Option<String>,
        /// The status after.
        to: Option<String>,
        /// The last record before.
        after: Option<Micros>,
        /// When the change was found.
        before: Option<Micros>,
    },
    /// `status_off_history`: the trigger does not fire.
    TriggerOff {
        /// Its table.
        table: String,
        /// When it was attached.
        attached: Option<Micros>,
        /// Whether it was dropped; else it is disabled.
        dropped: bool,
    },
    /// `guard_did_not_fire`.
    GuardSilent {
        /// The auto-pause rule.
        rule: GuardRule,
        /// Since when it held.
        from: Micros,
        /// Until when.
        to: Micros,
        /// Failures in that time.
        failures: u64,
    },
    /// `batch_in_use`.
    Batch {
        /// Its name.
        name: String,
        /// Users who took a code.
        users: u64,
        /// Of how many minutes.
        minutes: i64,
        /// How many are normal in an hour.
        normal: f64,
    },
    /// `failures_above_baseline`.
    Failures {
        /// The failures.
        failures: i64,
        /// Their results.
        results: String,
        /// Of how many minutes.
        minutes: i64,
        /// How many are normal.
        normal: f64,
    },
    /// `reconciliation_drift`.
    Drift {
        /// The lookback.
        lookback: Span,
        /// Discounts that are missing.
        missing: i64,
        /// Discounts that are surplus.
        surplus: i64,
        /// The difference with its currency.
        difference: String,
        /// The ledger's difference with its currency.
        ledger: String,
    },
    /// `bake_failed`.
    BakeFailed {
        /// The bake's own sentence.
        verdict: Option<String>,
        /// When it was paused again; none where it was not.
        repaused: Option<Micros>,
    },
    /// `checkpoint_overdue`: the promised checkpoint has passed.
    CheckpointMissed {
        /// The incident.
        incident: i64,
        /// When it was due.
        due: Micros,
    },
    /// `checkpoint_overdue`: none was promised.
    NoCheckpoint {
        /// The incident.
        incident: i64,
        /// When it was declared.
        declared: Micros,
    },
}

fn when(at: Option<Micros>) -> String {
    at.map_or_else(|| "an unknown time".to_owned(), utc)
}

fn word(status: &Option<String>) -> &str {
    status.as_deref().unwrap_or("null")
}

/// ` (3 times since then)`, or nothing for once.
fn repeated(times: i64) -> String {
    if times > 1 { format!(" ({} since then)", number(times, "time", "times")) } else { String::new() }
}

impl fmt::Display for By {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.application {
            None => f.write_str(&self.actor),
            Some(application) => write!(f, "{} ({application})", self.actor),
        }
    }
}

impl fmt::Display for Worth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stars(n) => {
                write!(f, "It gave {} in the 7 days before its pause.", counted(*n, "discount star"))
            }
            Self::Unknown(columns) => {
                write!(f, "Its value is unknown (the application has no column for {columns}).")
            }
        }
    }
}

impl fmt::Display for Detail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HighValue { worth, episode: None, .. } => {
                write!(f, "{worth} It has been paused since an unknown time.")
            }
            Self::HighValue { worth, episode: Some(episode), estimated, allowed } => {
                let minutes = episode.paused.micros() / 60_000_000;
                write!(f, "{worth} It has been paused for {} min", grouped(minutes))?;
                if episode.pauses > 1 {
                    write!(f, " ({} pauses, counted as one)", episode.pauses)?;
                }
                if *estimated {
                    f.write_str(" or longer (the start of the pause is an upper bound)")?;
                }
                if episode.paused > *allowed {
                    write!(f, ". Policy allows {allowed}. The product owner must decide how to go on.")
                } else {
                    write!(f, ". Tell the product owner at {} if it is still paused.", utc(episode.due_at))
                }
            }
            Self::Unpaused { to, at, by, times } => write!(
                f,
                "It changed from PAUSED to {to} at {}, by {by}, without promo_guard and its checks{}. Pause it again unless this was \
                 right.",
                when(*at),
                repeated(*times)
            ),
            Self::Repaused { unpaused, paused, by, times, bake } => write!(
                f,
                "It was unpaused at {} and paused again at {}, by {by}{}, within the bake of {bake}. Run classify() before the next \
                 unpause.",
                when(*unpaused),
                when(*paused),
                repeated(*times)
            ),
            Self::Overridden { actor, at, checks, times, action } => write!(
                f,
                "{actor} unpaused it at {} and overrode {checks}{} (action {action}). The action log has the reason.",
                when(*at),
                repeated(*times)
            ),
            Self::StatusDiffers { status, recorded, at } => write!(
                f,
                "Its status is {}, but the last recorded status is {} ({}). It was changed while the history trigger did not fire, \
                 by an unknown role. Correct the status, then run: SELECT promo_guard.attach_history();",
                word(status),
                word(recorded),
                when(*at)
            ),
            Self::StatusChanged { from, to, after, before } => write!(
                f,
                "It changed from {} to {} between {} and {}, while the status history did not record. The role is unknown.",
                word(from),
                word(to),
                when(*after),
                when(*before)
            ),
            Self::TriggerOff { table, attached, dropped } => write!(
                f,
                "The history trigger of {table}, attached at {}, is {}. Status changes are not recorded. Run: SELECT \
                 promo_guard.attach_history();",
                when(*attached),
                if *dropped { "gone" } else { "disabled" }
            ),
            Self::GuardSilent { rule, from, to, failures } => write!(
                f,
                "The auto-pause rule ({rule} in {}) held from {} to {}, with {}, but the campaign is ACTIVE. Check whether the \
                 auto-pause job runs, and pause the campaign by hand.",
                rule.lookback,
                utc(*from),
                utc(*to),
                counted(*failures, "more failure")
            ),
            Self::Batch { name, users, minutes, normal } => {
                let quoted = name.replace('\'', "''");
                write!(
                    f,
                    "{} took single-use codes of \"{name}\" in {minutes} min (normal: {} an hour), and no promotion is announced. If \
                     none was planned, pause them: SELECT * FROM promo_guard.pause_batch('{quoted}', '...');",
                    counted(*users, "user"),
                    rate(*normal)
                )
            }
            Self::Failures { failures, results, minutes, normal } => write!(
                f,
                "{} with {results} in {minutes} min (normal: {}). Run triage(), then open an incident.",
                number(*failures, "attempt failed", "attempts failed"),
                grouped(normal.round() as i64)
            ),
            Self::Drift { lookback, missing, surplus, difference, ledger } => write!(
                f,
                "In the last {lookback}: {}, {} surplus, a difference of {difference}; the ledger differs by {ledger}. List them: \
                 SELECT * FROM promo_guard.settlement_violations();",
                counted(*missing, "missing discount"),
                grouped(*surplus)
            ),
            Self::BakeFailed { verdict, repaused } => {
                f.write_str(verdict.as_deref().unwrap_or("The bake failed."))?;
                match repaused {
                    Some(at) => write!(f, " It was paused again at {}.", utc(*at)),
                    None => f.write_str(" It was not paused again. Pause it, or record why not."),
                }
            }
            Self::CheckpointMissed { incident, due } => {
                write!(f, "Incident {incident} missed its checkpoint of {}.", utc(*due))?;
                record(f, *incident)
            }
            Self::NoCheckpoint { incident, declared } => {
                write!(f, "Incident {incident} was declared at {} and has no checkpoint.", utc(*declared))?;
                record(f, *incident)
            }
        }
    }
}

fn record(f: &mut fmt::Formatter<'_>, incident: i64) -> fmt::Result {
    write!(f, " Record one: promo_guard.checkpoint({incident}, next_at, note).")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Catalogue;

    const AT: Micros = 6_000_000_000;

    #[test]
    fn the_catalogue_has_every_sentence_of_an_escalation() {
        let by = By { actor: "shop".into(), application: Some("psql".into()) };
        let plain = By { actor: "shop".into(), application: None };
        let allowed = Span::from_minutes(30);
        let episode = |pauses, minutes| {
            Some(Episode { since: AT, pauses, paused: Span::from_minutes(minutes), due_at: AT })
        };
        let high = |worth, episode, estimated| Detail::HighValue { worth, episode, estimated, allowed };
        let rule = GuardRule { lookback: Span::from_minutes(10), min_failures: 100, min_users: 2 };
        let (paused, active) = (Some("PAUSED".to_owned()), Some("ACTIVE".to_owned()));
        let column = Worth::Unknown("purchases.credited_at");
        let cases = [
            ("high_value_paused, not yet due", high(Worth::Stars(20_000), episode(1, 20), false)),
            ("high_value_paused, overdue", high(Worth::Stars(20_000), episode(3, 45), false)),
            ("high_value_paused, an upper bound", high(column, episode(1, 45), true)),
            ("high_value_paused, time unknown", high(Worth::Stars(1), None, false)),
            (
                "unpaused_outside_guard",
                Detail::Unpaused { to: "ACTIVE".into(), at: Some(AT), by: by.clone(), times: 1 },
            ),
            (
                "unpaused_outside_guard, repeatedly, at an unknown time",
                Detail::Unpaused { to: "ACTIVE".into(), at: None, by: plain, times: 3 },
            ),
            (
                "repaused_after_unpause",
                Detail::Repaused {
                    unpaused: Some(AT),
                    paused: Some(AT),
                    by,
                    times: 2,
                    bake: Span::from_minutes(15),
                },
            ),
            (
                "unpaused_with_override",
                Detail::Overridden {
                    actor: "ann".into(),
                    at: Some(AT),
                    checks: "not_abuse, burst_over".into(),
                    times: 1,
                    action: 31,
                },
            ),
            (
                "status_off_history, differs",
                Detail::StatusDiffers { status: active.clone(), recorded: paused.clone(), at: Some(AT) },
            ),
            (
                "status_off_history, changed",
                Detail::StatusChanged { from: paused, to: None, after: Some(AT), before: None },
            ),
            (
                "status_off_history, trigger disabled",
                Detail::TriggerOff { table: "public.promo_codes".into(), attached: Some(AT), dropped: false },
            ),
            (
                "status_off_history, trigger gone",
                Detail::TriggerOff { table: "public.promo_codes".into(), attached: None, dropped: true },
            ),
            ("guard_did_not_fire", Detail::GuardSilent { rule, from: AT, to: AT, failures: 1_120 }),
            (
                "batch_in_use",
                Detail::Batch { name: "Partner's codes".into(), users: 900, minutes: 30, normal: 2.1 },
            ),
            (
                "failures_above_baseline",
                Detail::Failures {
                    failures: 2_403,
                    results: "INVALID, RATE_LIMITED".into(),
                    minutes: 74,
                    normal: 224.2,
                },
            ),
            (
                "reconciliation_drift",
                Detail::Drift {
                    lookback: Span::from_minutes(60),
                    missing: 1,
                    surplus: 0,
                    difference: "10 stars".into(),
                    ledger: "0 stars".into(),
                },
            ),
            (
                "bake_failed, paused again",
                Detail::BakeFailed {
                    verdict: Some("14 of 17 users were not accepted.".into()),
                    repaused: Some(AT),
                },
            ),
            ("bake_failed", Detail::BakeFailed { verdict: None, repaused: None }),
            ("checkpoint_overdue, missed", Detail::CheckpointMissed { incident: 3, due: AT }),
            ("checkpoint_overdue, none", Detail::NoCheckpoint { incident: 3, declared: AT }),
        ];
        let mut page = Catalogue::default();
        page.heading("Escalations");
        for (case, detail) in cases {
            page.add(case, detail.to_string());
        }
        page.compare("escalations.txt");
    }
}
