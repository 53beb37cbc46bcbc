//! A clean campaign, from which each test takes something away.

mod checks;
mod plan;
mod sentences;

use super::*;
use crate::attempt::{Outcome, Outcomes};
use crate::campaign::Campaign;
use crate::classify::Verdict;
use crate::guard::Rule;
use crate::policy::Policy;
use crate::triage::{Cause, Pause, Source};
use crate::{Micros, Span};

const SEC: Micros = 1_000_000;
const MIN: Micros = 60 * SEC;
/// The moment of every decision here, and the pause half an hour before it.
const NOW: Micros = 1_000 * MIN;
const PAUSED: Micros = NOW - 30 * MIN;

fn attempt(at: Micros, user: i64, outcome: Outcome) -> Try {
    Try { at, user: Some(user), raw_user: Some(user), outcome, reason: Reason::Unknown }
}

/// A clean campaign whose pause the guard explains, and which is quiet since.
fn clean() -> Facts {
    Facts {
        now: NOW,
        terms: Terms {
            rule: Rule { lookback: Span::from_minutes(10), min_failures: 100, min_users: 2 },
            guard_results: Outcomes::from_iter([Outcome::Invalid, Outcome::Expired, Outcome::NotApplicable]),
            require_history: false,
            lookback: Span::from_minutes(30),
        },
        campaign: Campaign {
            id: 7,
            status: Some("PAUSED".into()),
            target_scope: Some("PREMIUM".into()),
            valid_from: Some(0),
            valid_until: Some(NOW + 1_000 * MIN),
            max_total_uses: Some(100),
            used_total: Some(40),
            new_users_only: Some(false),
            first_purchase_only: Some(false),
            ..Campaign::default()
        },
        rotated_into: Ok(None),
        open_reservations: Ok(3),
        uses: Ok(40),
        has_counter: true,
        scopes: Ok(Scopes::InUse { same: 4, others: 9, sold: false }),
        pause: Ok(Pause {
            at: Some(PAUSED),
            not_before: None,
            not_after: Some(PAUSED + MIN),
            source: Source::Evidence,
            cause: Cause::Guard { since: PAUSED, failures: 130, users: 40 },
            actor: None,
            guard_since: Some(PAUSED),
            history_attached: Some(true),
        }),
        before: Ok((0..130)
            .map(|i| attempt(PAUSED - 300 * SEC + i * 2 * SEC, i % 40, Outcome::NotApplicable))
            .collect()),
        recent: Ok((0..20)
            .map(|i| attempt(NOW - 500 * SEC + i * 20 * SEC, 1_000 + i, Outcome::Expired))
            .collect()),
        taken: Ok((0..60)
            .map(|i| Taken {
                at: PAUSED - (60 - i) * MIN,
                applied_at: (i % 3 != 0).then_some(PAUSED - (60 - i) * MIN + 90 * SEC),
                over: i % 3 == 0,
            })
            .collect()),
        fixed: Vec::new(),
        settlement: Ok(Settlement { ran: 18, ..Settlement::default() }),
        traffic: Ok(Traffic { last: Some(NOW - 5 * SEC), expected: 0.0 }),
        verdict: Ok(Judged {
            verdict: Verdict::FalsePositive,
            confidence: 0.97,
            reasons: vec!["Clean.".into()],
            abuse_ruled_out: false,
        }),
        demand: None,
    }
}

fn plan(facts: &Facts) -> Plan {
    Plan::of(facts, &Policy::default())
}

fn failed(facts: &Facts) -> Vec<&'static str> {
    plan(facts).failed().map(|f| f.check.name()).collect()
}

/// The facts with something done to them fail exactly this check; its finding.
fn fails(which: Check, change: impl FnOnce(&mut Facts)) -> Finding {
    let mut facts = clean();
    change(&mut facts);
    assert_eq!(failed(&facts), [which.name()]);
    let finding = check(which, &facts);
    assert!(finding.detail.len() > 20, "{finding:?}");
    finding
}
