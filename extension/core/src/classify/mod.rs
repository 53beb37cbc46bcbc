//! Verdicts (runbook section 2): what is going on with a campaign, how sure that is, and what to do.
//!
//! [`Sight`] is what happened on a code within a span, [`Facts`] is all that is known of its campaign, and [`judge`] weighs
//! it. Evidence is additive: each of the [`Piece`]s has a weight in log-odds, for or against, and its numbers. Abuse and
//! configuration are weighed apart, so that a mixture of both is seen as one. In favour of a paused campaign nothing is
//! concluded that the data do not show: where its pause cannot be explained, or what the answer needs is missing, the
//! verdict is INCONCLUSIVE.

mod action;
mod campaign;
mod facts;
mod judge;
mod pieces;
pub mod plan;
mod sight;
mod verdict;
mod weights;

pub use campaign::{Campaign, Status};
pub use facts::{Conversion, Earlier, Facts, Ingestion, Refusals, Share, Strangers};
pub use judge::{Judgement, judge};
pub use pieces::{About, Piece};
pub use sight::{Sight, some_of};
pub use verdict::Verdict;
pub use weights::Weights;
