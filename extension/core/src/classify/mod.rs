//! Verdicts (runbook section 2): what is going on with a campaign, how sure that is, and what to do.

mod verdict;

pub use verdict::Verdict;
