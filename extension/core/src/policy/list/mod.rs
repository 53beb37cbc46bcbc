//! Every setting, by section of the runbook, and how one is found by its name.

mod clusters;
mod escalate;
mod settle;
mod triage;
mod unpause;

use super::setting::Setting;
use crate::{Refusal, SqlState};

const SECTIONS: [&[Setting]; 5] =
    [triage::TRIAGE, clusters::CLUSTERS, unpause::UNPAUSE, settle::SETTLE, escalate::ESCALATE];

/// Every setting, in the order of the runbook.
pub fn settings() -> impl Iterator<Item = &'static Setting> {
    SECTIONS.into_iter().flatten()
}

/// The setting of that name.
///
/// # Errors
/// 42704 where there is none.
pub fn find(name: &str) -> Result<&'static Setting, Refusal> {
    settings().find(|s| s.name == name).ok_or_else(|| {
        let nearest = settings().min_by_key(|s| distance(name, s.name)).map_or("", |s| s.name);
        Refusal::new(SqlState::UndefinedObject, format!("there is no policy \"{name}\""))
            .detail(format!("The nearest name is \"{nearest}\"."))
            .hint("SELECT name, value, unit, description FROM promo_guard.policy;")
    })
}

/// Levenshtein's distance, for "the nearest name is".
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let next = (diagonal + usize::from(x != *y)).min(row[j] + 1).min(row[j + 1] + 1);
            diagonal = std::mem::replace(&mut row[j + 1], next);
        }
    }
    row[b.len()]
}
