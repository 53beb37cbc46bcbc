//! What the integration tests, the demo and the benchmarks share: throw-away clusters with the real extension in them, the
//! real promoctl, and the loader for the generator's data.

mod golden;
pub mod habits;
mod harness;
pub mod load;
pub mod scoring;

pub use golden::golden;
pub use harness::{
    Pooler, Refused, Server, Terminal, parameter_check, promoctl, promoctl_path, refused, repo, server, table,
};
