//! The successors as the application shows them after the copy: each must be what was wanted, or nothing is changed.

use super::columns::declare;
use crate::changes::{Campaigns, some_of};
use crate::db;
use crate::failure::{Answer, report};
use pgrx::pg_sys::panic::ErrorReport;
use promo_guard_core::campaign::PAUSED;
use promo_guard_core::{Refusal, SqlState};
use std::collections::HashMap;

/// What a successor must show, by canonical column.
const SHOWN: [&str; 4] = ["code_hash", "status", "max_total_uses", "used_total"];

/// A successor as the view shows it.
struct Successor {
    limit: Option<i64>,
    /// Whether it shows its own code, PAUSED, and no uses.
    code: bool,
    paused: bool,
    unused: bool,
}

/// Verifies the successors; gives the limit of each.
///
/// # Errors
/// 55000 where one is not what was wanted.
pub(super) fn verify(
    campaigns: &Campaigns,
    inserted: usize,
    hashes: &[String],
    ids: &[i64],
    limits: &[Option<i64>],
) -> Answer<HashMap<i64, Option<i64>>> {
    let mut found: HashMap<i64, Successor> = HashMap::with_capacity(ids.len());
    campaigns.app().read(
        include_str!("../../../../sql/query/contain/successors.sql"),
        &[ids.to_vec().into(), hashes.to_vec().into(), PAUSED.into()],
        |row| {
            let successor = Successor {
                limit: row.get(2)?,
                code: db::flag(row, 3)?,
                paused: db::flag(row, 4)?,
                unused: db::flag(row, 5)?,
            };
            found.insert(db::number(row, 1)?, successor);
            Ok(())
        },
    )?;
    // The ids whose successor is wrong, none of them shown or with these columns wrong.
    let (mut missing, mut wrong, mut other) = (Vec::new(), Vec::new(), [false; 4]);
    for (id, limit) in ids.iter().zip(limits) {
        let Some(one) = found.get(id) else {
            missing.push(*id);
            continue;
        };
        let differs = [!one.code, !one.paused, one.limit != *limit, !one.unused];
        if differs.contains(&true) {
            wrong.push(*id);
            other.iter_mut().zip(differs).for_each(|(any, this)| *any |= this);
        }
    }
    if inserted != ids.len() {
        return Err(refusal(
            ids.len(),
            ids.len().saturating_sub(inserted),
            &format!(
                "{inserted} rows were inserted: a trigger or rule of {} kept the others out.",
                campaigns.table()
            ),
            "Ask the application's owner for the trigger.",
        ));
    }
    if !missing.is_empty() {
        return Err(refusal(
            ids.len(),
            missing.len(),
            &format!(
                "The view promo_guard.campaigns does not show {}. rotate() copied the row of {} alone: a trigger changed its id, or the view joins a table that has no row for the copy.",
                some_of(&missing),
                campaigns.table()
            ),
            "Join that table with LEFT JOIN in the view, or create the new code in the application and leave this one paused.",
        ));
    }
    if wrong.is_empty() {
        return Ok(found.into_iter().map(|(id, successor)| (id, successor.limit)).collect());
    }
    let differing: Vec<&str> =
        SHOWN.into_iter().zip(other).filter_map(|(name, is)| is.then_some(name)).collect();
    let undeclared: Vec<&str> =
        differing.iter().copied().filter(|name| campaigns.bare_column(name).is_none()).collect();
    let which = format!(
        "The view promo_guard.campaigns shows {} with another {}",
        some_of(&wrong),
        differing.join(", ")
    );
    let (why, hint) = if undeclared.is_empty() {
        (
            format!(
                "than was written to {}: a trigger or rule changed it, or the view shows something else.",
                campaigns.table()
            ),
            "Ask the application's owner for the trigger. doctor() compares the view with the table."
                .to_owned(),
        )
    } else {
        (
            format!(
                "than the successor must have. bind() was not told the column of {} for {}, so its value was copied.",
                campaigns.table(),
                undeclared.join(", ")
            ),
            declare(&undeclared),
        )
    };
    Err(refusal(ids.len(), wrong.len(), &format!("{which} {why}"), &hint))
}

fn refusal(all: usize, wrong: usize, detail: &str, hint: &str) -> ErrorReport {
    report(
        Refusal::new(
            SqlState::ObjectNotInPrerequisiteState,
            format!("{wrong} of {all} successors did not become what they should"),
        )
        .detail(format!("{detail} Nothing was changed."))
        .hint(hint),
    )
}
