//! Runbook section 4: the guarded unpause.
//!
//! [`facts`] gathers what the checks in core need, [`plan`] shows what they find, and [`lift`] decides again under the lock
//! of the campaign's row. [`together`] names the campaigns that were paused at once.

mod evidence;
mod facts;
mod lift;
mod plan;
mod together;
