//! Options of runbook section 5: settlement.

use super::WindowArguments;
use clap::Args;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// Options of `settle`.
#[derive(Args, Debug, Default)]
pub struct SettleArguments {
    /// The window; without --lookback it is an hour.
    #[command(flatten)]
    pub window: WindowArguments,

    /// List the violations of this campaign only: its id or key, a unique part of its name, or its number on the last page
    #[arg(long, value_name = "CAMPAIGN")]
    pub campaign: Option<String>,

    /// List at most this many violations [default: 20 on a page, all in other formats]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i32).range(1..))]
    pub max_rows: Option<i32>,

    /// Show every rule, not only those that found something or could not run
    #[arg(long)]
    pub all: bool,
}

/// Options of `drift`.
#[derive(Args, Debug, Default)]
pub struct DriftArguments {
    /// The window; without --lookback it is an hour.
    #[command(flatten)]
    pub window: WindowArguments,

    /// Length of a row, as PostgreSQL writes intervals [default: 5 min]
    #[arg(long, value_name = "INTERVAL", allow_hyphen_values = true)]
    pub bucket: Option<String>,
}

/// Where the pepper is.
#[derive(Args, Debug, Default)]
pub struct PepperArguments {
    /// Take the pepper from this environment variable [default: PROMO_PEPPER]
    #[arg(long, value_name = "VARIABLE", conflicts_with = "pepper_file")]
    pub pepper_env: Option<String>,

    /// Take the pepper from this file, which only you may read; a final line end is dropped
    #[arg(long, value_name = "FILE")]
    pub pepper_file: Option<PathBuf>,
}

/// Options of `probe`.
#[derive(Args, Debug, Default)]
pub struct ProbeArguments {
    /// Answer for this user: has the code been used, does the audience fit
    #[arg(long, value_name = "ID")]
    pub user: Option<i64>,

    /// Answer for this product
    #[arg(long, value_name = "CODE")]
    pub product: Option<String>,

    /// Where the pepper is.
    #[command(flatten)]
    pub pepper: PepperArguments,

    /// The code's hash in hex: neither code nor pepper are needed then
    #[arg(long, value_name = "HEX", conflicts_with_all = ["pepper_env", "pepper_file"])]
    pub hash: Option<String>,

    /// Then wait so long ("90s", "5m", "1h") for a real redemption by that user, and follow it to its settlement
    #[arg(long, value_name = "DURATION", requires = "user", value_parser = wait)]
    pub wait: Option<Duration>,

    /// Takes what must not be given, so that the refusal can be ours and does not repeat it.
    #[arg(hide = true, value_name = "NOTHING")]
    pub refused: Vec<OsString>,
}

/// How long to wait at most: a forgotten terminal should not ask the database twice a second for ever.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

/// Reads the value of `--wait`.
fn wait(text: &str) -> Result<Duration, String> {
    let length = humantime::parse_duration(text)
        .map_err(|error| format!("{error}; write 90s, 5m or 1h 30m, for example"))?;
    if length < Duration::from_secs(1) || length > LONGEST_WAIT {
        return Err("wait between a second and a day".to_owned());
    }
    Ok(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_written_as_people_write_them() {
        for (text, seconds) in [("90s", 90), ("5m", 300), ("5min", 300), ("1h 30m", 5400), ("24h", 86_400)] {
            assert_eq!(wait(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for wrong in ["", "5", "-5m", "soon", "0s", "10ms", "25h", "99999999999999999999h"] {
            assert!(wait(wrong).is_err(), "{wrong}");
        }
    }
}
