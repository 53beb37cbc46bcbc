//! Throw-away clusters and short ways to talk to them.

mod pooler;
mod prefix;
mod server;
mod talk;
mod terminal;

pub use pooler::Pooler;
pub use prefix::{parameter_check, promoctl_path, repo};
pub use server::{Server, server};
pub use talk::{Refused, promoctl, refused, table};
pub use terminal::Terminal;
