//! Settlement (runbook section 5): every discount accounted for, in both directions (trap 10).
//!
//! A [`Rule`] is a file of SQL with the invariant, what is pending and not broken, and the columns that it needs. Here the
//! files are taken apart and put together into one statement, which looks at every row once: whichever rule is asked about,
//! its invariant is that one predicate in that one place.

mod arithmetic;
mod compose;
mod needs;
mod probe;
mod rule;
mod screen;
mod section;
mod sketch;
mod suggest;

pub use arithmetic::{Arithmetic, Columns, Rounding};
pub use compose::{USES, checked, counted, drift, summary, touched, unmapped_words, violations};
pub use needs::Lacking;
pub use probe::{Answer, Code, Reply, User, answer, hash_among, hash_as, hash_shown, same_hash};
pub use rule::{Rule, Scope, Severity};
pub use screen::{Look, Tokens};
pub use sketch::{Damaged, Doubt, Sketch};
pub use suggest::{Candidate, EXPLAINABLE, LEAST, candidates, explains};
