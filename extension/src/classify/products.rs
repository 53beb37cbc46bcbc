//! What is bought with a code, against its target scope. A scope is not a list of products: what it covers is learned from the other
//! campaigns that have it, unless it has a product's own name.

use super::asked::Asked;
use super::lookups;
use crate::app::App;
use crate::failure::Answer;
use crate::window::micros;
use pgrx::datum::TimestampWithTimeZone;
use promo_guard_core::Span;
use promo_guard_core::classify::Facts;
use std::collections::{BTreeSet, HashSet};

/// A scope that covers everything.
const ANY: &str = "ANY";
/// Purchases of so long tell what a scope covers.
const REACH: Span = Span::from_days(30);
/// With fewer redemptions than this nothing is missed.
const FEW: usize = 5;
/// Fewer purchases than this say nothing of a scope.
const FEW_SOLD: u64 = 3;

/// Fills in the purchases inside and outside of the scope, of those campaigns where it can matter.
pub(super) fn fill(
    app: &App,
    as_of: TimestampWithTimeZone,
    asked: &[&Asked<'_>],
    facts: &mut [Facts],
) -> Answer<()> {
    let wanted: Vec<usize> = (0..facts.len())
        .filter(|place| {
            let f = &facts[*place];
            let silent = f.redemptions.len() >= FEW && f.redemptions.iter().all(|r| r.applied_at.is_none());
            f.row.scope.as_deref().is_some_and(|scope| scope != ANY) && (f.pause.is_some() || silent)
        })
        .collect();
    let first = wanted.iter().map(|place| facts[*place].evidence.0).min().unwrap_or(micros(as_of));
    let since = first.saturating_sub(REACH.micros());
    let ids = wanted.iter().map(|place| facts[*place].row.id).collect();
    let mut sold = lookups::bought_with(app, ids, since, as_of)?;
    sold.retain(|_, sold| sold.iter().map(|(_, n)| n).sum::<u64>() >= FEW_SOLD);
    let told = wanted.iter().filter(|place| sold.contains_key(&facts[**place].row.id));
    let scopes: BTreeSet<String> = told.filter_map(|place| facts[*place].row.scope.clone()).collect();
    let covered = lookups::covered(app, scopes.into_iter().collect(), since, as_of)?;
    let spans: Vec<lookups::Span> = wanted.iter().map(|place| asked[*place].span()).collect();
    let not_bought = lookups::not_bought(app, &spans)?;
    for (place, not_bought) in wanted.into_iter().zip(not_bought) {
        let f = &mut facts[place];
        let Some(scope) = &f.row.scope else { continue };
        let named = covered.is_product(scope);
        let within: HashSet<&str> = if named {
            HashSet::from([scope.as_str()])
        } else {
            covered.by_others(scope, f.row.id).collect()
        };
        let own = sold.remove(&f.row.id).unwrap_or_default();
        let outside = own.iter().filter(|(product, _)| !within.contains(product.as_str()));
        f.before.sold_outside_scope = outside.map(|(_, n)| n).sum();
        f.before.sold = own.iter().map(|(_, n)| n).sum();
        f.before.scope_names_product = named;
        f.before.not_bought = not_bought;
    }
    Ok(())
}
