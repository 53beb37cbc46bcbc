//! Plain codes, the pepper that hashes them, and codes that are made here: none of them ever leaves this program but into the
//! file that a person asked for.

mod make;
mod pepper;
mod plain;

pub use make::{Made, make};
pub use pepper::Pepper;
pub use plain::PlainCode;
