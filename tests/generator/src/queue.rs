//! The calendar of the simulation: events by minute, a heap for the minute at hand.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::model::{CampaignIdx, HashIdx, Micros, Source, Status};
use crate::rng::MINUTE;
use crate::truth::ClusterId;
use crate::users::UserIdx;

/// How the one who tries goes on after the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Actor {
    /// A customer: buys, retries, gives up.
    Customer,
    /// A stranger with a leaked code: takes it and buys, retries once or twice.
    Leaker,
    /// Follows a plan laid beforehand and reacts to nothing.
    Planned,
}

/// One try to redeem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Try {
    pub user: UserIdx,
    pub code: HashIdx,
    pub source: Source,
    pub actor: Actor,
    /// The true cluster; the background = to be told from the campaign's state at the time.
    pub cluster: ClusterId,
    /// The code meant, where this is a slip: tried next.
    pub meant: Option<HashIdx>,
    /// Retries this one still has in them when turned away.
    pub patience: u8,
    /// Times the code is sent again although it was taken.
    pub again: u8,
}

/// A change made to a campaign by a person.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Edit {
    Status(Status),
    ValidUntil(Micros),
    NewUsersOnly,
    Scope(&'static str),
    DiscountValue(i32),
    Touch,
}

/// Something that happens.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Act {
    Try(Try),
    /// An attempt of nobody on an unknown code.
    Anonymous(HashIdx),
    /// A reservation lapses: its use is free again.
    Lapse(UserIdx, CampaignIdx),
    /// A redemption is applied.
    Applied(CampaignIdx),
    /// A person edits a campaign.
    Edit(CampaignIdx, Edit),
    /// From here on so many re-submissions by each customer: success messages get lost.
    Resubmissions(CampaignIdx, u8),
}

/// The calendar.
#[derive(Debug)]
pub(crate) struct Queue {
    begin: i64,
    end: i64,
    minute: usize,
    next: u64,
    buckets: Vec<Vec<(i64, u64, Act)>>,
    heap: BinaryHeap<Reverse<(i64, u64, Act)>>,
}

impl Queue {
    pub(crate) fn new(begin: i64, end: i64) -> Self {
        let minutes = ((end - begin) / MINUTE) as usize;
        Self { begin, end, minute: 0, next: 0, buckets: vec![Vec::new(); minutes], heap: BinaryHeap::new() }
    }

    /// Puts an event on the calendar; one outside the history is dropped, one in the past happens at once.
    pub(crate) fn push(&mut self, at: i64, act: Act) {
        if at < self.begin || at >= self.end {
            return;
        }
        // Attempts never fall on the instant at which jobs run, so that "by then" is never in doubt.
        let on_the_minute = (at - self.begin) % MINUTE == 0;
        let at = if on_the_minute && matches!(act, Act::Try(_) | Act::Anonymous(_)) { at + 1 } else { at };
        let minute = ((at - self.begin) / MINUTE) as usize;
        let event = (at, self.next, act);
        self.next += 1;
        if minute <= self.minute {
            self.heap.push(Reverse(event));
        } else {
            self.buckets[minute].push(event);
        }
    }

    /// Makes a minute the one at hand.
    pub(crate) fn open(&mut self, minute: usize) {
        self.minute = minute;
        self.heap.extend(std::mem::take(&mut self.buckets[minute]).into_iter().map(Reverse));
    }

    /// The next event of the minute at hand.
    pub(crate) fn pop(&mut self) -> Option<(i64, Act)> {
        self.heap.pop().map(|Reverse((at, _, act))| (at, act))
    }
}
