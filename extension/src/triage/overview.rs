//! What the first page and the gauges are made from: one reading of the window, one of the campaigns that stand out, one look at
//! settlement.

use super::assessment;
use super::blast_radius::{self, Blast};
use super::pause;
use super::standing::{self, Standing};
use crate::app::App;
use crate::classify::{self, JudgedBatch};
use crate::clusters::{self, Reading};
use crate::escalate::{self, Context};
use crate::failure::Answer;
use crate::records;
use crate::settle::Scan;
use crate::window::{Window, micros};
use pgrx::prelude::*;
use promo_guard_core::clusters::Cluster;
use promo_guard_core::triage::{CampaignAssessment, Pause};
use std::collections::HashMap;

/// What was read.
pub struct Overview {
    /// The window and its attempts.
    pub reading: Reading,
    /// The campaigns that stand out.
    pub standing: Vec<Standing>,
    /// Since when those that are PAUSED are.
    pub pauses: HashMap<i64, Pause>,
}

impl Overview {
    /// # Errors
    /// As [`Window::new`] and [`App::open`].
    pub fn new(lookback: Option<Interval>, as_of: Option<TimestampWithTimeZone>) -> Answer<Self> {
        let policy = records::policy()?;
        let window = Window::new(lookback, policy.triage_lookback(), as_of)?;
        let app = App::open(&classify::VIEWS)?;
        let reading = Reading::new(app, policy, window)?;
        let settled = Window::new(None, reading.policy.settle_lookback(), Some(window.until))?;
        let since = escalate::remembered(&reading.policy, window.until)
            .min(micros(settled.from))
            .min(micros(window.from));
        let standing = Standing::since(&reading.app, since)?;
        let edits = standing::paused(&standing);
        let pauses = pause::of(&reading.app, &reading.policy, &edits, window.until)?;
        Ok(Self { reading, standing, pauses })
    }

    /// The campaigns to show, the most urgent first, the batches judged as one, and at most so many clusters. `paused`: the paused
    /// campaigns to judge.
    ///
    /// # Errors
    /// As [`App::read`].
    pub fn assessed(
        &self,
        paused: &[i64],
        clusters: usize,
    ) -> Answer<(Vec<CampaignAssessment>, Vec<JudgedBatch>, Vec<Cluster>)> {
        let worst = |division: promo_guard_core::clusters::Division<'_>| {
            division.worst(clusters, &mut clusters::give_up)
        };
        assessment::of(&self.reading, paused, (&self.standing, &self.pauses), worst)
    }

    /// The blast radius by status.
    ///
    /// # Errors
    /// As [`App::read`].
    pub fn blast_radius(&self) -> Answer<Vec<(Option<String>, Blast)>> {
        let window = &self.reading.window;
        let edited = self.standing.iter().filter(|s| s.edited_in(window)).map(|s| s.id).collect();
        blast_radius::of(&self.reading, Some(edited))
    }

    /// What settlement is to look at, in its own lookback.
    ///
    /// # Errors
    /// As [`Scan::of`].
    pub fn settlement(&self) -> Answer<Scan> {
        let Reading { app, policy, window, .. } = &self.reading;
        let mut scan = Scan::usual(app.clone(), policy, window.until)?;
        scan.changed =
            Some(self.standing.iter().filter(|s| s.changed_in(&scan.window)).map(|s| s.id).collect());
        Ok(scan)
    }

    /// What the escalation rules go by.
    pub fn context(&self) -> Context<'_> {
        Context::after(&self.reading, &self.standing, &self.pauses)
    }
}
