//! What core concludes, compared with the generator's truth. Pure: the tables' rows become what the extension would have read
//! out of a database, and no server is needed, but for [settlement](settle).
//!
//! The [scenarios](scenario::Range) come in two ranges. Thresholds were chosen looking at [`TUNED`](scenario::TUNED) alone;
//! [`HELD_OUT`](scenario::HELD_OUT) has other seeds, one intensity that the first lacks, and is only ever reported.

pub mod bake;
pub mod baselines;
pub mod facts;
pub mod index;
pub mod pause;
pub mod scenario;
pub mod score;
pub mod settle;
pub mod speed;
pub mod unpause;
pub mod verdicts;
pub mod ways;
