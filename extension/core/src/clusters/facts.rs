//! What the attempts of a window do not say themselves: the campaigns' rows, their pauses, and what was normal before.
//!
//! All of it comes from a handful of set-based queries. Only [`Known`]'s first fields are needed; whatever else is missing
//! makes an answer less sharp, never wrong by invention.

use super::picture::Picture;
use crate::Micros;
use crate::triage::{Pause, Stretch};

/// A campaign's status as the application spells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Can be redeemed.
    Active,
    /// Stopped by the guard or by a person.
    Paused,
    /// Over.
    Expired,
    /// Used up.
    Depleted,
    /// A word that is none of the above.
    Other,
}

impl Status {
    /// Reads the application's word.
    pub fn read(word: &str) -> Self {
        match word {
            "ACTIVE" => Self::Active,
            "PAUSED" => Self::Paused,
            "EXPIRED" => Self::Expired,
            "DEPLETED" => Self::Depleted,
            _ => Self::Other,
        }
    }
}

/// A campaign whose code was tried in the window.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    /// Its id.
    pub campaign: i64,
    /// Its code, as a place in [`Picture::codes`](super::Picture::codes).
    pub code: u32,
    /// Its status today.
    pub status: Status,
    /// Its pause; none unless it is PAUSED and a user failed on its code.
    pub pause: Option<Pause>,
    /// First moment of validity; `None` = not limited, or not known.
    pub valid_from: Option<Micros>,
    /// First moment after validity.
    pub valid_until: Option<Micros>,
    /// The limit of uses; `None` = none.
    pub max_total_uses: Option<i64>,
    /// Uses counted so far.
    pub used_total: Option<i64>,
    /// Whether it is for new users only, or for a first purchase only.
    pub audience: bool,
    /// Whether its target scope is one that can be bought in; `true` where it is unknown.
    pub scope_known: bool,
    /// Its pauses that overlap the window, oldest first, from the status history. Where `pauses_recorded` is false they may be
    /// incomplete: then what customers were answered decides too.
    pub pauses: Vec<Stretch>,
    /// Whether `pauses` comes from a history that covers the window.
    pub pauses_recorded: bool,
    /// How it went before; asked for where [`closer`](super::closer) names its code.
    pub earlier: Option<Earlier>,
}

impl Known {
    /// Whether its code fails because its uses are used up, or because its status says that it is over.
    pub fn is_over(&self) -> bool {
        let used_up = self.max_total_uses.is_some_and(|most| self.used_total.unwrap_or(0) >= most);
        used_up || matches!(self.status, Status::Expired | Status::Depleted)
    }
}

/// A code's own rate before whatever is going on: the day that ended two hours before the window, or two hours before the
/// pause where that is older. A part of that day will do, such as its last thousand attempts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Earlier {
    /// The length of time looked at, in microseconds.
    pub over: i64,
    /// Distinct users in it.
    pub users: u32,
    /// Attempts in it that were accepted.
    pub accepted: u32,
    /// The latest accepted attempt in it.
    pub last_accepted: Option<Micros>,
}

/// The same slot of an earlier day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Slot {
    /// Attempts a minute.
    pub attempts: f64,
    /// Of these, on codes that no campaign has.
    pub invalid: f64,
}

/// Who and what was seen before: asked for where [`closest`](super::closest) names it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Seen {
    /// The users asked about.
    pub asked: Vec<i64>,
    /// Of these, those who had any code accepted more than two hours before the window.
    pub users: Vec<i64>,
    /// Of the codes asked about, as places, those that were tried more than two hours before the window; in order.
    pub codes: Vec<u32>,
}

/// Everything known besides the attempts.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Facts {
    /// The campaigns whose codes were tried, in any order, each code at most once.
    pub known: Vec<Known>,
    /// Earlier days' same slots, in any order; asked for where [`closer`](super::closer) says so.
    pub slots: Vec<Slot>,
    /// The half hour ([`Settings::abuse_within`](super::Settings::abuse_within)) right before the window, of the codes that
    /// [`closer`](super::closer) names: who came back before the window is known to come back.
    pub before: Option<Picture>,
    /// Answers to [`closest`](super::closest); `None` before it was asked.
    pub seen: Option<Seen>,
}
