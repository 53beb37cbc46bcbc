//! Runbook 1.3: failures that belong together.
#![allow(
    dead_code,
    unused_imports,
    reason = "classify and the clusters themselves are about to ask for the picture"
)]

mod aggregate;
mod datum;
mod handover;
mod picture;

pub use picture::{Which, picture};
