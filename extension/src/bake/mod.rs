//! Runbook 4.4: the bake after an unpause. A row in `promo_guard.bake`, begun in the unpause's own transaction and advanced by
//! `tick()`; core's `bake` decides.

mod begin;
mod terms;

#[allow(unused_imports, reason = "unpause() calls them")]
pub use begin::{Wish, begin};
