//! What holds for every division, and the traps of DOMAIN.md with their numbers.

mod properties;
pub mod scene;
mod sentences;
mod traps;
