//! What a bake that did not fail says. A failed one says its [`Alarm`](super::Alarm).

use super::{Baseline, Judgement, State};
use crate::words::{counted, grouped, number, percent};
use std::fmt;

/// Whose attempts the baseline is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    /// The campaign's own.
    Campaign,
    /// The whole shop's.
    Shop,
}

/// How a bake stands: its facts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Standing {
    /// The campaign.
    pub campaign: i64,
    /// What was judged.
    pub judgement: Judgement,
    /// How many looks the bake has.
    pub looks: u32,
    /// The baseline.
    pub baseline: Baseline,
    /// Whose it is.
    pub of: Of,
    /// Redemptions applied; none where they cannot be known.
    pub applied: Option<i64>,
    /// Attempts while no uses were left.
    pub nothing_left: u64,
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Judgement { state, look, tally, needed, .. } = self.judgement;
        let users = match tally.rate() {
            None => "no user has tried the code since the unpause".to_owned(),
            Some(rate) => format!(
                "{} of {} not accepted ({})",
                grouped(tally.failing),
                counted(tally.users, "user"),
                percent(rate)
            ),
        };
        let users = match self.nothing_left {
            0 => users,
            n => format!("{users}, besides {} when no uses were left", counted(n, "attempt")),
        };
        let normal = match (self.baseline.rate(), self.of) {
            (None, _) => "the normal share is unknown".to_owned(),
            (Some(rate), Of::Shop) => format!("normal in this shop: {}", percent(rate)),
            (Some(rate), Of::Campaign) => format!("normal: {}", percent(rate)),
        };
        let redemptions = self.applied.map_or_else(
            || "the number of applied redemptions is unknown".to_owned(),
            |n| number(n, "redemption was applied", "redemptions were applied"),
        );
        let series = format!("SELECT * FROM promo_guard.bake_series({});", self.campaign);
        match state {
            State::Running => write!(
                f,
                "Look {look} of {}: {users}; {normal}; {redemptions}. No regression so far.",
                self.looks
            ),
            State::Passed => write!(f, "{users}; {normal}; {redemptions}."),
            _ if tally.users < needed => write!(
                f,
                "Too little traffic to decide: {users}; at least {} are needed; {redemptions}. Keep watching it: {series}",
                counted(needed, "user"),
            ),
            _ if self.applied == Some(0) => write!(
                f,
                "{users}, but no redemption was applied, so it is not shown that users can buy with it. Check target_scope and \
                 products. Keep watching it: {series}"
            ),
            _ => write!(
                f,
                "{users}, but {redemptions}: the application's redemptions do not name their campaign (column promo_code_id), so a \
                 pass is impossible."
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Alarm, Question, Tally};
    use super::*;
    use crate::catalogue::Catalogue;

    const BASELINE: Baseline =
        Baseline { users: 1_000, failing: 80, newcomers: Some(1_000), minutes: 1_440.0 };

    #[test]
    fn the_catalogue_has_every_sentence_of_a_bake() {
        let judgement = |state, users| Judgement {
            state,
            look: 3,
            tally: Tally { users, failing: users / 10, newcomers: 4 },
            alarm: None,
            needed: 12,
        };
        let standing = |state, users| Standing {
            campaign: 17,
            judgement: judgement(state, users),
            looks: 15,
            baseline: BASELINE,
            of: Of::Campaign,
            applied: Some(31),
            nothing_left: 0,
        };
        let mut page = Catalogue::default();
        page.heading("Running and decided");
        page.add("running", standing(State::Running, 1_340).to_string());
        page.add("running, no attempts", standing(State::Running, 0).to_string());
        let left = Standing { nothing_left: 1, of: Of::Shop, ..standing(State::Running, 40) };
        page.add("running, used up meanwhile", left.to_string());
        let unknown = Standing { baseline: Baseline::UNKNOWN, applied: None, ..standing(State::Running, 1) };
        page.add("running, nothing known", unknown.to_string());
        page.add("passed", standing(State::Passed, 40).to_string());
        page.add("inconclusive, few users", standing(State::Inconclusive, 3).to_string());
        let none = Standing { applied: Some(0), ..standing(State::Inconclusive, 40) };
        page.add("inconclusive, no redemption", none.to_string());
        let unknown = Standing { applied: None, ..standing(State::Inconclusive, 40) };
        page.add("inconclusive, redemptions unknown", unknown.to_string());

        page.heading("Alarms");
        let alarm = |question, minutes, baseline, chance| Alarm {
            look: 3,
            question,
            minutes,
            tally: Tally { users: 17, failing: 14, newcomers: 14 },
            expected: if question == Question::Failing { 0.12 } else { 1.2 },
            baseline,
            chance,
        };
        for (case, alarm) in [
            ("failing users", alarm(Question::Failing, 3.0, BASELINE, 0.000_05)),
            ("failing users, nothing known", alarm(Question::Failing, 1.0, Baseline::UNKNOWN, 1e-12)),
            ("new users", alarm(Question::Newcomers, 0.5, BASELINE, 0.001)),
        ] {
            page.add(case, alarm.to_string());
        }
        page.compare("bake.txt");
    }
}
