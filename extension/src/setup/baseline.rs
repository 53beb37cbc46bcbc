//! The status of every campaign when its history is attached: what every later status is compared with.

use crate::app::App;
use crate::db;
use crate::failure::Answer;
use promo_guard_core::binding::Entity;
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;

/// Campaigns that are recorded by one statement, which bounds the memory of its parameters.
const A_STATEMENT: usize = 100_000;

/// The statuses met so far.
#[derive(Default)]
struct Statuses {
    numbers: FxHashMap<Option<String>, u32>,
    words: Vec<Option<String>>,
}

impl Statuses {
    /// The number of a status; the same for the same one.
    fn number(&mut self, status: Option<String>) -> u32 {
        if let Some(number) = self.numbers.get(&status) {
            return *number;
        }
        let number = u32::try_from(self.words.len()).unwrap_or(u32::MAX);
        self.words.push(status.clone());
        self.numbers.insert(status, number);
        number
    }

    /// The status of a number; none where it is null.
    fn word(&self, number: u32) -> Option<&str> {
        self.words.get(number as usize)?.as_deref()
    }
}

/// How many campaigns there are, and how many of them were recorded.
pub struct Recorded {
    /// All of them.
    pub campaigns: i64,
    /// Those whose last record was missing or said otherwise.
    pub recorded: i64,
}

/// Records each campaign whose last record is missing or says otherwise. The caller holds the table's lock, so no status changes
/// meanwhile. A last record in `theirs`, words of the application's from before `bind` was told what they mean, is read as they mean. The
/// campaigns are read as the application's owner and written as our own, so these are two statements.
pub fn record(theirs: &BTreeMap<String, String>) -> Answer<Recorded> {
    let app = App::open(&[Entity::Campaigns])?;
    let mut words = Statuses::default();
    let recorded: FxHashMap<i64, u32> =
        db::read(include_str!("../../../sql/query/setup/last_statuses.sql"), &[], |row| {
            Ok((db::number(row, 1)?, words.number(row.text(2)?)))
        })?
        .into_iter()
        .collect();
    let mut campaigns = 0;
    let mut missing: Vec<(i64, Option<u32>, u32)> = Vec::new();
    app.read(include_str!("../../../sql/query/setup/statuses.sql"), &[], |row| {
        let Some(id) = row.get::<i64>(1)? else { return Ok(()) };
        campaigns += 1;
        let status = words.number(row.text(2)?);
        let before = recorded.get(&id).copied();
        if before != Some(status) {
            missing.push((id, before, status));
        }
        Ok(())
    })?;
    let at = db::clock();
    let word = |number: u32| words.word(number).map(str::to_owned);
    for some in missing.chunks(A_STATEMENT) {
        let ids: Vec<i64> = some.iter().map(|(id, ..)| *id).collect();
        let before: Vec<Option<String>> = some
            .iter()
            .map(|(_, before, status)| {
                let before = before.and_then(word)?;
                let means = theirs.get(&before).cloned();
                // The same in other words is no change.
                if means.is_some() && means == word(*status) { None } else { Some(means.unwrap_or(before)) }
            })
            .collect();
        let statuses: Vec<Option<String>> = some.iter().map(|(.., status)| word(*status)).collect();
        db::execute(
            include_str!("../../../sql/query/setup/record_baseline.sql"),
            &[ids.into(), before.into(), statuses.into(), at.into()],
        )?;
    }
    Ok(Recorded { campaigns, recorded: missing.len() as i64 })
}
