//! The picture of a window, from the aggregate over the adapter view.

use super::aggregate::HOST;
use crate::app::App;
use crate::citus;
use crate::failure::{Answer, report};
use crate::window::{Window, micros};
use promo_guard_core::clusters::{Damaged, Picture, Tally};
use promo_guard_core::policy::Policy;
use promo_guard_core::{Refusal, SqlState};

/// Which attempts of a window are looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// All of them.
    All,
    /// Those on the codes of these campaigns.
    OfCampaigns(Vec<i64>),
}

/// The picture of a window.
///
/// # Errors
/// 42501 where the application's owner may not do what an owner can do.
pub fn picture(app: &App, policy: &Policy, window: Window, which: Which) -> Answer<Picture> {
    let mut args = vec![window.from.into(), window.until.into(), policy.cluster_max_attempts().into()];
    let sql = match which {
        Which::All => include_str!("../../../sql/query/clusters/tally.sql"),
        Which::OfCampaigns(ids) => {
            args.push(ids.into());
            include_str!("../../../sql/query/clusters/tally_of_campaigns.sql")
        }
    };
    let empty = || Tally::new(micros(window.from), micros(window.until), policy.cluster_limit());
    let tally = if citus::workers_tally(app.owner())? {
        let parts = app.read(&format!("{sql}\nGROUP BY a.code_hash"), &args, |row| row.get::<Vec<u8>>(1))?;
        parts.iter().flatten().try_fold(empty().hosted(HOST), |mut all, part| {
            all.merge(Tally::from_bytes(part, HOST)?)?;
            Ok(all)
        })
    } else {
        // Without one attempt the aggregate never begins.
        app.bytes(sql, &args, |bytes| Tally::from_bytes(bytes, HOST))?.unwrap_or_else(|| Ok(empty()))
    };
    let damaged =
        |damaged: Damaged| report(Refusal::new(SqlState::InvalidParameterValue, damaged.to_string()));
    Ok(tally.map_err(damaged)?.finish())
}
