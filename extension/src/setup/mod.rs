//! Setup: binding to an application, policy, status history, grants, doctor.

mod baseline;
mod bind;
mod doctor;
mod grants;
pub mod history;
mod keys;
mod policy;
pub mod relation;
mod sources;
mod unbind;
pub mod views;
pub mod words;

use pgrx::prelude::*;

/// The library's version.
#[pg_extern(sql = false)]
fn version() -> &'static str {
    crate::records::LIBRARY
}
