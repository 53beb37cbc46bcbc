//! Failure clusters (runbook 1.3): which failures belong together, and what each group is.
//!
//! [`Picture`] holds the attempts of a window; [`Facts`] what a handful of queries add; [`closer`] and then
//! [`closest`] say which of those facts are worth asking for; [`group`] divides the failures by their causes. Every failed (user, code) pair is in exactly one
//! cluster.
//!
//! Known codes and unknown ones are read apart (trap 3). A known code is judged by itself, each of its users by what they did
//! and by the campaign's state at the time (`known`, `trace`, `pauses`, `retries`,
//! `surge`, `fault`): it never links users (trap 15). Unknown
//! codes are judged by what their users did next (`unknown`, `misprint`, `guess`, `unloaded`), and by their number against what is normal (`wave`).

mod bits;
mod closer;
mod cluster;
mod explain;
mod facts;
mod fault;
mod group;
mod guess;
mod kind;
mod known;
mod measure;
mod met;
mod misprint;
mod pauses;
mod picture;
mod pulse;
mod retries;
mod ruling;
mod settings;
mod starts;
mod surge;
mod tally;
#[cfg(test)]
mod tests;
mod trace;
mod turns;
mod unknown;
mod unloaded;
mod usual;
mod wave;
mod worst;

pub use closer::{Closer, Closest, Draft, closer, closest};
pub use cluster::{Cluster, Clusters};
pub use facts::{Earlier, Facts, Known, Seen, Slot, Status};
pub use group::{Division, group};
pub use kind::Kind;
pub use picture::{Event, Finder, Pair, Picture, User};
pub use ruling::{Abuse, Ruling};
pub use settings::Settings;
pub use tally::{Damaged, Host, Limit, Stored, Tally};
pub use usual::median;
