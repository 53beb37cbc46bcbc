//! How far a redemption has come: the steps as the server tells them.

use std::collections::HashMap;

use crate::output::time::Timestamp;
use crate::output::{Column, Rows, Value};
use crate::session::{Argument, Call};

/// The question to the server.
pub fn call(hash: &str, user: i64, since: Timestamp) -> Call {
    Call::new("probe_progress")
        .with("code_hash", Argument::As("text", hash.to_owned()))
        .with("user_id", Argument::Id(user))
        .with("since", Argument::Time(since))
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

/// A look at all steps.
#[derive(Clone, Debug, Default)]
pub struct Look {
    rows: Rows,
}

impl Look {
    /// The columns of its rows.
    pub fn columns(&self) -> &[Column] {
        &self.rows.columns
    }
}

/// One step of a look.
#[derive(Clone, Debug)]
pub struct Step<'a> {
    /// `attempt`, `redemption` or `settlement`.
    pub name: &'a str,
    /// Where it stands.
    pub state: State,
    /// Since when.
    pub at: Option<Timestamp>,
    /// What the application's row says.
    pub detail: &'a str,
    /// The id of that row.
    pub id: Option<&'a str>,
    row: &'a [Value],
}

impl Look {
    /// From the server's rows.
    pub fn new(rows: Rows) -> Look {
        Look { rows }
    }

    /// The steps in their order.
    pub fn steps(&self) -> impl Iterator<Item = Step<'_>> {
        self.rows.rows.iter().map(|row| {
            let text = |name| self.rows.get(row, name).text();
            Step {
                name: text("step").unwrap_or_default(),
                state: State::named(text("state").unwrap_or_default()),
                at: self.rows.get(row, "at").time(),
                detail: text("detail").unwrap_or_default(),
                id: text("id"),
                row,
            }
        })
    }

    /// The first step that is not done: what is being waited for, or what failed. None = all are done.
    pub fn open(&self) -> Option<Step<'_>> {
        self.steps().find(|step| step.state != State::Done)
    }

    /// The step that failed.
    pub fn failed(&self) -> Option<Step<'_>> {
        self.steps().find(|step| step.state == State::Failed)
    }

    /// Nothing at all has come.
    pub fn is_empty(&self) -> bool {
        self.steps().all(|step| step.state == State::Waiting)
    }

    /// The ids that settlement rules may report.
    pub fn concerns(&self, redemption: Option<&str>, purchase: Option<&str>) -> bool {
        let known = |id: Option<&str>| id.is_some() && self.steps().any(|step| step.id == id);
        known(redemption) || known(purchase)
    }
}

/// Tells a new look from what was told already.
#[derive(Default)]
pub struct Told {
    before: HashMap<String, Vec<Value>>,
}

impl Told {
    /// The steps of a look that came or changed since the last one.
    pub fn news<'a>(&mut self, look: &'a Look) -> Vec<(Step<'a>, Vec<Value>)> {
        let mut news = Vec::new();
        for step in look.steps().filter(|step| step.state != State::Waiting) {
            let row = step.row.to_vec();
            if self.before.get(step.name) != Some(&row) {
                self.before.insert(step.name.to_owned(), row.clone());
                news.push((step, row));
            }
        }
        news
    }
}
