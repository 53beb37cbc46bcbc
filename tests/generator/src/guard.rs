//! The application's guard: the auto-pause job of DOMAIN.md, run each minute.

use std::collections::VecDeque;

use crate::model::{CampaignIdx, UserId};
use crate::rng::MINUTE;

/// The job looks back this far, in microseconds.
pub const GUARD_LOOKBACK: i64 = 10 * MINUTE;
/// It fires on strictly more failures than this.
pub const GUARD_MIN_FAILURES: usize = 100;
/// It fires only when at least this many users failed.
pub const GUARD_MIN_USERS: usize = 2;

/// The recorded failures of the last ten minutes, by campaign.
#[derive(Debug)]
pub(crate) struct Guard {
    recent: Vec<VecDeque<(i64, Option<UserId>)>>,
    /// Campaigns whose count grew, or whose status changed, since the last run.
    touched: Vec<CampaignIdx>,
}

impl Guard {
    pub(crate) fn new(campaigns: usize) -> Self {
        Self { recent: vec![VecDeque::new(); campaigns], touched: Vec::new() }
    }

    /// A failure that counts was recorded.
    pub(crate) fn note(&mut self, campaign: CampaignIdx, at: i64, user: Option<UserId>) {
        let failures = &mut self.recent[campaign.0 as usize];
        while failures.front().is_some_and(|&(then, _)| then < at - GUARD_LOOKBACK) {
            failures.pop_front();
        }
        failures.push_back((at, user));
        self.touch(campaign);
    }

    /// The campaign wants a look at the next run.
    pub(crate) fn touch(&mut self, campaign: CampaignIdx) {
        if self.touched.last() != Some(&campaign) {
            self.touched.push(campaign);
        }
    }

    /// One run: the campaigns whose rule holds, whatever their status. Only campaigns touched since the last run are
    /// looked at: without a new failure a count can only fall.
    pub(crate) fn run(&mut self, now: i64) -> Vec<CampaignIdx> {
        let mut touched = std::mem::take(&mut self.touched);
        touched.sort_unstable();
        touched.dedup();
        touched.retain(|&campaign| self.holds(campaign, now));
        touched
    }

    fn holds(&self, campaign: CampaignIdx, now: i64) -> bool {
        let failures = &self.recent[campaign.0 as usize];
        if failures.len() <= GUARD_MIN_FAILURES {
            return false;
        }
        let window: Vec<_> =
            failures.iter().filter(|&&(at, _)| at >= now - GUARD_LOOKBACK && at <= now).collect();
        let mut users: Vec<_> = window.iter().filter_map(|&&(_, user)| user).collect();
        users.sort_unstable();
        users.dedup();
        window.len() > GUARD_MIN_FAILURES && users.len() >= GUARD_MIN_USERS
    }
}
