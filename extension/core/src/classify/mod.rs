//! What is going on with one campaign, how sure that is, and what to do (runbook section 2; JUDGEMENT, "How to judge").
//!
//! The order of thought is fixed. [`contradictions`] of the campaign's row with what was accepted before decide by
//! themselves. [`Trigger`] attributes the failures that made the guard pause to their causes. [`Crowd`] measures what
//! the people of the burst do, compared with this shop's other bursts ([`Shop`]). A few fitted [`weights`] turn those
//! measures into the chance of abuse, and [`assess`] concludes, or says which two explanations fit. [`plan`] says what is
//! looked up for it, and [`Judgement`] says it in words.

mod action;
mod announced;
pub mod answers;
mod campaign;
mod conclusion;
mod crowd;
mod evidence;
mod facts;
mod judge;
mod judgement;
mod pace;
pub mod plan;
mod row;
mod say;
mod shop;
mod stats;
#[cfg(test)]
mod tests;
mod trigger;
mod verdict;
pub mod weights;

pub use crate::triage::Source;
pub use action::unpause_together;
pub use campaign::Status;
pub use conclusion::{Conclusion, Explanation, Ground, Limits};
pub use crowd::{Crowd, FEATURES, Measures};
pub use evidence::evidence;
pub use facts::{
    Announcement, Before, COLUMNS, Facts, NEEDED, Pause, Reason, Records, Redeemed, Row, Tried, User,
};
pub use judge::{assess, assess_by, conclude};
pub use judgement::Judgement;
pub use row::{Contradiction, contradictions};
pub use say::sentences;
pub use shop::{AGES, Burst, Curve, Ingestion, Shop, Slot, ingestion};
pub use trigger::{Cause, Trigger};
pub use verdict::Verdict;
