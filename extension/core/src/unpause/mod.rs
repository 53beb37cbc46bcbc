//! The guarded unpause (runbook section 4): checks, a plan, a decision.
//!
//! [`Facts`] is what is known of a campaign at a moment. Each [`Check`] is computed from it, always all of them, none cut
//! short by another; a fact that is not known fails its check and says what it lacks. A [`Finding`] carries its numbers,
//! says what would change its answer, and when, where waiting helps. A [`Plan`] holds all findings and the fingerprint of
//! what was agreed on; it decides.

mod check;
mod checks;
mod facts;
mod finding;
mod plan;
mod refused;
#[cfg(test)]
mod tests;

pub use check::Check;
pub use checks::{JOB_CONDITION, check, wants_demand};
pub use facts::{Demand, Facts, Judged, Known, Reason, Scopes, Settlement, Taken, Terms, Traffic, Try};
pub use finding::Finding;
pub use plan::{Decision, Plan};
pub use refused::Refused;
