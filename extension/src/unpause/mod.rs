//! Runbook section 4: the guarded unpause.
//!
//! [`facts`] gathers what the twelve checks of core need to know, [`plan`] shows what they find, and [`lift`] decides again
//! under the lock of the campaign's row, and lifts the pause or says why not.

mod evidence;
mod facts;
mod lift;
mod plan;
