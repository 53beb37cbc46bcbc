//! What is going on with one campaign, concluded from plain facts (JUDGEMENT, "How to judge").
//!
//! The order of thought is fixed. [`contradictions`] of the campaign's row with what was accepted before decide by
//! themselves. [`Trigger`] attributes the failures that made the guard pause to their causes. [`Crowd`] measures what
//! the people of the burst do, compared with this shop's other bursts ([`Shop`]). A few fitted [`weights`] turn those
//! measures into the chance of abuse, and [`assess`] concludes, or says which two explanations fit.

mod crowd;
mod facts;
mod judge;
mod pace;
mod row;
mod say;
mod shop;
mod stats;
#[cfg(test)]
mod tests;
mod trigger;
pub mod weights;

pub use crowd::{Crowd, FEATURES, Measures};
pub use facts::{Before, Facts, Pause, Reason, Records, Redeemed, Row, Source, Status, Tried, User};
pub use judge::{Conclusion, Explanation, Ground, Limits, Verdict, assess, assess_by, conclude};
pub use row::{Contradiction, contradictions};
pub use say::sentences;
pub use shop::{Burst, Curve, Ingestion, Shop, ingestion};
pub use trigger::{Cause, Trigger};
