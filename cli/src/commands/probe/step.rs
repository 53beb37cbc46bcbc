//! How far a redemption has come: the steps as the server tells them.

use crate::output::time::Timestamp;
use crate::output::{Row, Rows, Value};
use crate::session::Call;

/// The question to the server.
pub fn call(hash: &str, user: i64, since: Timestamp) -> Call {
    Call::new("probe_progress").with("code_hash", hash).with("user_id", user).with("since", since)
}

/// Where a step stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Nothing of it is there yet.
    Waiting,
    /// It is there and on its way.
    Pending,
    /// It is as it should be.
    Done,
    /// It will not become so.
    Failed,
}

impl State {
    /// From the server's word; one that this version does not know is no end, so it counts as pending.
    fn named(word: &str) -> State {
        match word {
            "WAITING" => State::Waiting,
            "DONE" => State::Done,
            "FAILED" => State::Failed,
            _ => State::Pending,
        }
    }
}

impl State {
    /// Of a step.
    pub fn of(step: &Row<'_>) -> State {
        State::named(step.text("state").unwrap_or_default())
    }
}

/// A look at all steps, in their order.
#[derive(Clone, Debug, Default)]
pub struct Look(pub Rows);

impl Look {
    /// The first step that is not done: what is being waited for, or what failed. None = all are done.
    pub fn open(&self) -> Option<Row<'_>> {
        self.0.iter().find(|step| State::of(step) != State::Done)
    }

    /// The step that failed.
    pub fn failed(&self) -> Option<Row<'_>> {
        self.0.iter().find(|step| State::of(step) == State::Failed)
    }

    /// Nothing at all has come.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|step| State::of(&step) == State::Waiting)
    }

    /// Whether a violation is about one of these steps: the ids of their rows are the redemption's and the purchase's.
    pub fn concerns(&self, violation: &Row<'_>) -> bool {
        let known = |id: Option<&str>| id.is_some() && self.0.iter().any(|step| step.text("id") == id);
        known(violation.text("redemption_id")) || known(violation.text("purchase_id"))
    }

    /// The steps that came or changed since the last look. Steps are never taken away.
    pub fn news(&self, before: &Look) -> Rows {
        let told = |step: &Row<'_>| before.0.rows.iter().any(|row: &Vec<Value>| row == step.values);
        self.0.only(|step| State::of(step) != State::Waiting && !told(step))
    }
}
