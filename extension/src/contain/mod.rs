//! Runbook section 3: containment.

mod fix;
mod pause;
mod rotate;
