//! What the checks need to know. Gathered by the extension, or by a test; here it has a shape.

use crate::attempt::{Outcome, Outcomes};
use crate::campaign::Campaign;
use crate::classify::Verdict;
use crate::guard::Rule;
use crate::triage::Pause;
use crate::{Micros, Span};

/// A fact, or what was lacking to know it. A check whose fact is not known blocks, and says this sentence.
pub type Known<T> = Result<T, String>;

/// Why an attempt was NOT_APPLICABLE, as far as the application noted it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reason {
    /// Nothing was noted.
    #[default]
    Unknown,
    /// The user has had it.
    AlreadyUsed,
    /// Not a new user.
    NewUsersOnly,
    /// Not a first purchase.
    FirstPurchaseOnly,
    /// Anything else.
    Other,
}

impl Reason {
    /// Reads the application's word.
    pub fn read(word: Option<&str>) -> Self {
        match word {
            None | Some("") => Self::Unknown,
            Some("ALREADY_USED") => Self::AlreadyUsed,
            Some("NEW_USERS_ONLY") => Self::NewUsersOnly,
            Some("FIRST_PURCHASE_ONLY") => Self::FirstPurchaseOnly,
            Some(_) => Self::Other,
        }
    }
}

/// An attempt on the campaign's code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Try {
    /// When.
    pub at: Micros,
    /// Who, where that is known: not an id that policy calls nobody.
    pub user: Option<i64>,
    /// The id as it stands, which the auto-pause job counts.
    pub raw_user: Option<i64>,
    /// The answer.
    pub outcome: Outcome,
    /// Why it was NOT_APPLICABLE.
    pub reason: Reason,
}

/// A redemption of the campaign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// When the code was accepted.
    pub at: Micros,
    /// When it led to a purchase (or the grant was given), where it did.
    pub applied_at: Option<Micros>,
    /// Whether it is over: it lapsed, was rejected or revoked unused.
    pub over: bool,
}

/// Whose scopes the campaign's was compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scopes {
    /// The application has none.
    None,
    /// Those of policy `known_scopes`.
    Policy(Vec<String>),
    /// Those in use: how many other campaigns have this one, and how many others there are.
    InUse {
        /// With the same scope.
        same: i64,
        /// All others.
        others: i64,
        /// Whether it is the name of a product that was sold lately.
        sold: bool,
    },
}

/// What settlement found for the campaign, from an hour before its pause until now.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Settlement {
    /// Critical rules with their number of violations.
    pub critical: Vec<(String, i64)>,
    /// Warnings.
    pub warnings: Vec<(String, i64)>,
    /// Rules that cannot run on this application.
    pub skipped: Vec<String>,
    /// Rules that ran.
    pub ran: usize,
    /// Why they may have missed something.
    pub unmapped: Option<String>,
}

/// Whether attempts are recorded at all, on any code.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Traffic {
    /// The latest attempt of any user; none = there never was one.
    pub last: Option<Micros>,
    /// How many were to be expected since, by what came at these times of earlier days, where that had to be asked.
    pub expected: f64,
}

impl Traffic {
    /// A silence of no more than this needs no explanation.
    pub const FRESH: Span = Span::from_minutes(1);

    /// Whether the latest attempt is so recent that nothing else needs to be asked.
    pub fn fresh(last: Option<Micros>, now: Micros) -> bool {
        last.is_some_and(|last| now.saturating_sub(last) <= Self::FRESH.micros())
    }

    /// Whether what came at these times of earlier days tells what was to be expected: the silence is shorter than a day, and
    /// the `first` attempt is a day before the `last` one at least. Else all of them must be counted.
    pub fn by_day(last: Micros, now: Micros, first: Micros) -> bool {
        let day = Span::from_days(1).micros();
        now.saturating_sub(last) < day && last.saturating_sub(first) >= day
    }

    /// From what came in the days before the latest attempt: `total` attempts since `first` (of no interest where
    /// [`by_day`](Self::by_day)), and `at_these_times` of them at the times of the day that the silence covers: a number for each
    /// day that had any. Their median counts: one day's promotion makes no silence of other days unusual.
    pub fn expect(
        last: Micros,
        now: Micros,
        total: i64,
        mut at_these_times: Vec<i64>,
        first: Micros,
    ) -> Self {
        let day = Span::from_days(1).micros() as f64;
        let (seen, silence) =
            (last.saturating_sub(first).max(1) as f64, now.saturating_sub(last).max(0) as f64);
        let expected = if Self::by_day(last, now, first) {
            let days = at_these_times.len().max((seen / day).round() as usize).max(1);
            at_these_times.resize(days, 0);
            at_these_times.sort_unstable();
            (at_these_times[(days - 1) / 2] + at_these_times[days / 2]) as f64 / 2.0
        } else {
            // Less than a minute of attempts makes no rate.
            total as f64 * silence / seen.max(Span::from_minutes(1).micros() as f64)
        };
        Self { last: Some(last), expected }
    }
}

/// The verdict of section 2.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// What is going on.
    pub verdict: Verdict,
    /// How sure that is.
    pub confidence: f64,
    /// Why, the conclusion first.
    pub reasons: Vec<String>,
    /// Whether abuse is ruled out, whatever else is unknown.
    pub abuse_ruled_out: bool,
}

/// How much the code is asked for by hour of the day (UTC), before its pause.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Demand {
    /// Attempts in each hour of the day, all days together.
    pub by_hour: [u64; 24],
    /// How many days.
    pub days: f64,
}

/// What policy says of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Terms {
    /// The application's auto-pause rule.
    pub rule: Rule,
    /// What it counts.
    pub guard_results: Outcomes,
    /// Whether an unattached history blocks.
    pub require_history: bool,
    /// How far back triage looks: the evidence before a pause.
    pub lookback: Span,
}

/// Everything that is known of one campaign.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    /// The moment of the decision.
    pub now: Micros,
    /// Policy.
    pub terms: Terms,
    /// Its row.
    pub campaign: Campaign,
    /// The campaign that replaced it.
    pub rotated_into: Known<Option<i64>>,
    /// Uses held by reservations.
    pub open_reservations: Known<i64>,
    /// Redemptions that count as uses (policy `used_total_counts`).
    pub uses: Known<i64>,
    /// Whether the application has a counter of its own, used_total.
    pub has_counter: bool,
    /// The scopes that exist.
    pub scopes: Known<Scopes>,
    /// Its pause; not known for one that is not paused.
    pub pause: Known<Pause>,
    /// The attempts on its code in the lookback before its pause, in order of time.
    pub before: Known<Vec<Try>>,
    /// Those in the auto-pause rule's lookback until now, in order of time.
    pub recent: Known<Vec<Try>>,
    /// Its latest redemptions before its pause, in order of time.
    pub taken: Known<Vec<Taken>>,
    /// Fields that our own `fix_campaign()` changed since the pause.
    pub fixed: Vec<String>,
    /// Settlement.
    pub settlement: Known<Settlement>,
    /// Attempts on any code.
    pub traffic: Known<Traffic>,
    /// The verdict.
    pub verdict: Known<Judged>,
    /// How much it is asked for; wanted only where the auto-pause rule holds ([`super::wants_demand`]).
    pub demand: Option<Demand>,
}

impl Facts {
    /// When it was paused; the moment of the decision where that is not known, or where it is not paused.
    pub fn paused_at(&self) -> Micros {
        self.pause.as_ref().ok().and_then(|pause| pause.at).unwrap_or(self.now)
    }
}
