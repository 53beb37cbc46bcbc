//! Options of runbook sections 1 and 2: what is going on.

use clap::Args;

use crate::output::text::shell_word;

/// The window of a reading command.
#[derive(Args, Debug, Default)]
pub struct WindowArguments {
    /// How far to look back, as PostgreSQL writes intervals ("30 min", "2 hours")
    #[arg(long, value_name = "INTERVAL", allow_hyphen_values = true)]
    pub lookback: Option<String>,

    /// Answer as of this time, UTC where it names no zone [default: now]
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub as_of: Option<String>,
}

impl WindowArguments {
    /// The options to type for the same window again, each after a blank.
    pub fn options(&self) -> String {
        let option = |name: &str, value: &Option<String>| {
            value.as_ref().map_or(String::new(), |value| format!(" --{name} {}", shell_word(value)))
        };
        format!("{}{}", option("as-of", &self.as_of), option("lookback", &self.lookback))
    }
}

/// Options of `triage`.
#[derive(Args, Debug, Default)]
pub struct TriageArguments {
    /// The window; without --lookback it is the policy triage_lookback.
    #[command(flatten)]
    pub window: WindowArguments,

    /// Show every section instead of the first screen
    #[arg(long, conflicts_with = "watch")]
    pub full: bool,

    /// Redraw the first screen in place every so many seconds until Ctrl-C; on a terminal only
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "30",
          value_parser = clap::value_parser!(u64).range(2..=3600), conflicts_with = "as_of")]
    pub watch: Option<u64>,
}

/// Options of `show`.
#[derive(Args, Debug, Default)]
pub struct ShowArguments {
    /// The campaign: its id or key, a unique part of its name, or its number on the last page
    #[arg(value_name = "CAMPAIGN")]
    pub campaign: String,

    /// The window; without --lookback it is the policy triage_lookback.
    #[command(flatten)]
    pub window: WindowArguments,
}

/// Options of `classify`.
#[derive(Args, Debug, Default)]
pub struct ClassifyArguments {
    /// The window; without --lookback it is the policy triage_lookback.
    #[command(flatten)]
    pub window: WindowArguments,

    /// List the healthy ones too, and every reason
    #[arg(long)]
    pub all: bool,
}

/// Options of `paused`.
#[derive(Args, Debug, Default)]
pub struct PausedArguments {
    /// The window; without --lookback every paused campaign is listed.
    #[command(flatten)]
    pub window: WindowArguments,

    /// List at most this many
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(i32).range(1..))]
    pub max_rows: i32,
}

/// Options of `clusters`.
#[derive(Args, Debug, Default)]
pub struct ClustersArguments {
    /// The window; without --lookback it is the policy triage_lookback.
    #[command(flatten)]
    pub window: WindowArguments,

    /// List at most this many
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(i32).range(1..))]
    pub max_rows: i32,

    /// List who is in them instead: users and hashes
    #[arg(long, conflicts_with = "max_rows")]
    pub members: bool,
}
