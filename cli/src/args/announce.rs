//! Options of `announce`.

use clap::{ArgGroup, Args};

/// Options of `announce`.
#[derive(Args, Debug, Default)]
#[command(group = ArgGroup::new("announced").args(["campaign", "batch"]).requires_all(["from", "until", "note"]))]
pub struct AnnounceArguments {
    /// The campaign: its id or key, a unique part of its name, or its number on the last page
    #[arg(value_name = "CAMPAIGN")]
    pub campaign: Option<String>,

    /// Announce all codes of a batch: the name that its campaigns share
    #[arg(long, value_name = "NAME")]
    pub batch: Option<String>,

    /// When the promotion starts, UTC where it names no zone
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, requires = "announced")]
    pub from: Option<String>,

    /// When it ends
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, requires = "announced")]
    pub until: Option<String>,

    /// What is promoted, and who planned it
    #[arg(long, value_name = "TEXT", requires = "announced")]
    pub note: Option<String>,

    /// Withdraw the announcement of this id
    #[arg(long, value_name = "ID", requires = "reason", conflicts_with = "announced")]
    pub withdraw: Option<i64>,

    /// Why it is withdrawn; written into the action log
    #[arg(long, value_name = "TEXT", requires = "withdraw")]
    pub reason: Option<String>,
}
