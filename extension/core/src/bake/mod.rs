//! The bake (runbook 4.4): the minutes after an unpause, in which a campaign must show that it is well.
//!
//! A bake is a sequence of looks. Each asks two questions of the campaign's own attempts since the unpause:
//!
//! * do more users fail than before the incident (repeated attempts, or a wrong configuration)?
//! * do more users try this code for the first time than before (it was published)?
//!
//! Looking fifteen times at 5 % each would raise a false alarm in every second clean bake. The rate of policy
//! `bake_false_alarm` is therefore spent over the whole bake: each look gets the share of the rate that its time is of the
//! bake (the linear spending function of Lan and DeMets 1983, which behaves much like Pocock's boundary: the earliest look
//! is worth as much as the last, since abuse that resumes must be seen at once; O'Brien and Fleming's boundary would spend
//! nearly nothing on the first minutes). A look's share is divided among its tests by Bonferroni's inequality. That is
//! conservative where tests overlap, and needs no assumption about how: the sum of all shares is the rate, so the chance of
//! a false alarm over the bake is at most that. A look that came late, or looks that were missed, change nothing: looks
//! are placed in time by the bake alone, and made up for afterwards.
//!
//! The tests are exact: the binomial tail of users who fail, the Poisson tail of newcomers (`statrs`). Numbers are small in
//! the first minute, where approximations are at their worst.
//!
//! Not every failure tells something: not the limiter's (trap 6), and not what comes while all uses of the campaign are taken. A
//! code that runs out rejects every user from one minute to the next, which is as far from any baseline as abuse is, and it is
//! the planned end. A user who is rejected for that did not fail, neither in the bake nor in the
//! baseline, where a day without uses left would excuse a third of all failures afterwards. New users still count.
//!
//! Too little traffic is INCONCLUSIVE and never a pass (after Argo Rollouts and Flagger, which learned it the hard way).

mod baseline;
mod judge;
mod look;
mod plan;
mod say;
#[cfg(test)]
mod simulation;
mod state;

pub use baseline::Baseline;
pub use judge::{Alarm, Judgement, Question, judge};
pub use look::{Seen, Tally, User};
pub use plan::{LONGEST, OnRegression, Plan, SHORTEST};
pub use say::{Of, Standing};
pub use state::State;
