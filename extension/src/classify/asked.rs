//! A campaign that facts are gathered about.

use super::lookups;
use promo_guard_core::Micros;
use promo_guard_core::classify::plan::Use;
use promo_guard_core::classify::{Pause, Row};
use promo_guard_core::clusters::Pair;

/// A campaign with the time that its facts are taken from.
pub(super) struct Asked<'a> {
    /// Its row.
    pub row: &'a Row,
    /// Its pairs in the attempt window.
    pub pairs: &'a [Pair],
    /// Its pause.
    pub pause: Option<&'a Pause>,
    /// The time that speaks for or against it.
    pub evidence: (Micros, Micros),
    /// How much it is used in the lookback.
    pub uses: Use,
    /// Whether its users are looked up.
    pub people: bool,
    /// The batch that it stands for.
    pub batch: Option<&'a str>,
    /// The codes of that which were used within the evidence.
    pub codes: Vec<i64>,
}

impl Asked<'_> {
    pub(super) fn span(&self) -> lookups::Span {
        (self.row.id, self.evidence)
    }

    /// The same of each of its codes.
    pub(super) fn spans(&self) -> impl Iterator<Item = lookups::Span> + '_ {
        let codes = if self.batch.is_some() { &self.codes[..] } else { std::slice::from_ref(&self.row.id) };
        codes.iter().map(|id| (*id, self.evidence))
    }

    pub(super) fn may_be_over(&self, as_of: Micros) -> bool {
        self.row.valid_until.is_some_and(|at| at <= as_of) || self.row.valid_from.is_some_and(|at| at > as_of)
    }

    /// Whether what it accepted before can matter: where it is paused, over, for some users only, or limited.
    pub(super) fn has_past(&self, as_of: Micros) -> bool {
        self.pause.is_some()
            || self.may_be_over(as_of)
            || self.row.restricted()
            || self.row.max_total_uses.is_some()
    }

    /// Whether enough of its users fail for a limit a user to be the cause.
    pub(super) fn fails(&self) -> bool {
        self.pause.is_some() || (self.uses.failing >= 20 && self.uses.failing > 2 * self.uses.accepted)
    }
}
