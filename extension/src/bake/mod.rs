//! Runbook 4.4: the bake after an unpause. A row in `promo_guard.bake`, begun in the unpause's own transaction and advanced by
//! `tick()`; core's `bake` decides.

mod begin;
mod evidence;
mod left;
mod record;
mod status;
mod terms;
mod tick;
mod verdict;

pub use begin::{Request, begin};
