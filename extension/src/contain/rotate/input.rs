//! `rotate`'s arrays, checked before anything is looked at.

use crate::failure::{Answer, report};
use promo_guard_core::{Refusal, SqlState};
use std::collections::HashSet;
use std::hash::Hash;

/// The longest prefix: it is not secret, and must leave most of the code unknown.
const LONGEST_PREFIX: usize = 16;

/// What is wanted, element by element.
pub struct Wanted {
    pub old: Vec<i64>,
    /// 64 lower-case hexadecimal digits each.
    pub hashes: Vec<String>,
    pub prefixes: Vec<String>,
    /// Ids for the successors, where the caller gives them.
    pub new: Option<Vec<i64>>,
}

const EXAMPLE: &str = "rotate(campaign_ids => '{1,2}', code_hashes => '{...,...}', code_prefixes => '{AB,CD}', reason => 'leaked')";

fn bad(message: String) -> Refusal {
    Refusal::new(SqlState::InvalidParameterValue, message)
}

fn all<T>(name: &str, given: Option<Vec<Option<T>>>) -> Answer<Vec<T>> {
    let null = |what: String| {
        report(
            Refusal::new(SqlState::NullValueNotAllowed, what)
                .detail("Each campaign needs a hash and a prefix, in the same place of its array.")
                .hint(EXAMPLE),
        )
    };
    let given = given.ok_or_else(|| null(format!("{name} is null")))?;
    given
        .into_iter()
        .enumerate()
        .map(|(i, value)| value.ok_or_else(|| null(format!("element {} of {name} is null", i + 1))))
        .collect()
}

fn distinct<T: Hash + Eq>(name: &str, values: &[T]) -> Answer<()> {
    let mut seen = HashSet::with_capacity(values.len());
    match values.iter().position(|value| !seen.insert(value)) {
        None => Ok(()),
        // What it is is not repeated: a plain code could have been given by mistake.
        Some(i) => Err(report(
            bad(format!("element {} of {name} was there before", i + 1))
                .detail("Every campaign is rotated once, to a code and an id of its own.")
                .hint(EXAMPLE),
        )),
    }
}

impl Wanted {
    /// Reads and checks them.
    ///
    /// # Errors
    /// 22004 for nulls; 22023 for empty arrays, arrays of different lengths, duplicates, what is no hash, or prefixes too long.
    pub fn read(
        campaign_ids: Option<Vec<Option<i64>>>,
        code_hashes: Option<Vec<Option<String>>>,
        code_prefixes: Option<Vec<Option<String>>>,
        new_ids: Option<Vec<Option<i64>>>,
    ) -> Answer<Self> {
        let old = all("campaign_ids", campaign_ids)?;
        let mut hashes = all("code_hashes", code_hashes)?;
        let prefixes = all("code_prefixes", code_prefixes)?;
        let new = new_ids.map(|ids| all("new_ids", Some(ids))).transpose()?;
        if old.is_empty() {
            return Err(report(
                bad("campaign_ids is empty".into()).detail("There is nothing to rotate.").hint(EXAMPLE),
            ));
        }
        let lengths = [("code_hashes", hashes.len()), ("code_prefixes", prefixes.len())];
        let lengths = lengths.into_iter().chain(new.as_ref().map(|ids| ("new_ids", ids.len())));
        for (name, length) in lengths {
            if length != old.len() {
                return Err(report(
                    bad(format!("{name} has {length} elements, campaign_ids has {}", old.len()))
                        .detail("The elements in the same place belong together.")
                        .hint(EXAMPLE),
                ));
            }
        }
        for (i, hash) in hashes.iter_mut().enumerate() {
            if hash.len() != 64 || !hash.bytes().all(|c| c.is_ascii_hexdigit()) {
                return Err(report(
                    bad(format!("element {} of code_hashes is not the hash of a code", i + 1))
                        .detail("It is 64 hex digits: HMAC-SHA256 of the normalised code with the application's pepper. Plain codes never come here.")
                        .hint("promoctl rotate makes codes and hashes them."),
                ));
            }
            hash.make_ascii_lowercase();
        }
        if let Some(i) = prefixes.iter().position(|p| p.chars().count() > LONGEST_PREFIX) {
            return Err(report(
                bad(format!("element {} of code_prefixes is longer than {LONGEST_PREFIX} characters", i + 1))
                    .detail("A prefix is not secret, so it must not be the code.")
                    .hint(EXAMPLE),
            ));
        }
        distinct("campaign_ids", &old)?;
        distinct("code_hashes", &hashes)?;
        if let Some(new) = &new {
            distinct("new_ids", new)?;
        }
        Ok(Self { old, hashes, prefixes, new })
    }
}
