//! The statuses of a million campaigns: four words as numbers, and the last recorded one of each.

use crate::db::{self, Row};
use crate::failure::Answer;
use pgrx::prelude::*;
use pgrx::spi::SpiResult;
use rustc_hash::FxHashMap;

/// The statuses met so far.
#[derive(Default)]
pub struct Statuses {
    numbers: FxHashMap<Option<String>, u32>,
    words: Vec<Option<String>>,
}

impl Statuses {
    /// The number of a status; the same for the same one.
    pub fn number(&mut self, status: Option<String>) -> u32 {
        if let Some(number) = self.numbers.get(&status) {
            return *number;
        }
        let number = u32::try_from(self.words.len()).unwrap_or(u32::MAX);
        self.words.push(status.clone());
        self.numbers.insert(status, number);
        number
    }

    /// The status of a number; none where it is null.
    pub fn word(&self, number: u32) -> Option<&str> {
        self.words.get(number as usize)?.as_deref()
    }
}

/// A campaign's last recorded status.
#[derive(Clone, Copy)]
pub struct Last {
    pub campaign: i64,
    pub status: u32,
    pub at: TimestampWithTimeZone,
}

impl Last {
    /// From a row of campaign, status and time.
    pub fn read(row: &Row<'_>, words: &mut Statuses) -> SpiResult<Self> {
        let at = row.get(3)?.unwrap_or_else(TimestampWithTimeZone::negative_infinity);
        Ok(Self { campaign: db::number(row, 1)?, status: words.number(row.text(2)?), at })
    }

    /// Of every campaign that has one, by id.
    pub fn of_all(words: &mut Statuses) -> Answer<Vec<Self>> {
        db::read(include_str!("../../sql/query/setup/last_statuses.sql"), &[], |row| Self::read(row, words))
    }

    /// That of one campaign, among those by id.
    pub fn find(all: &[Self], campaign: i64) -> Option<Self> {
        all.binary_search_by_key(&campaign, |last| last.campaign).ok().map(|place| all[place])
    }
}
