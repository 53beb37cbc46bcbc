//! Options of runbook sections 3 and 4: containment, the unpause and its bake.

use super::PepperArguments;
use clap::Args;
use std::path::PathBuf;

/// Options of `check`.
#[derive(Args, Debug, Default)]
pub struct CheckArguments {
    /// The campaign's id
    #[arg(value_name = "ID")]
    pub id: i64,
}

/// Options of `unpause`.
#[derive(Args, Debug, Default)]
pub struct UnpauseArguments {
    /// The campaigns' ids
    #[arg(value_name = "ID", required = true)]
    pub ids: Vec<i64>,

    /// Why it is right; written into the action log
    #[arg(long, value_name = "TEXT")]
    pub reason: String,

    /// Pass over this check although it fails (repeatable); never is_paused, not_rotated, validity_window, uses_left
    #[arg(long = "override", value_name = "CHECK")]
    pub overrides: Vec<String>,

    /// Do not ask
    #[arg(long, short)]
    pub yes: bool,

    /// How long the campaign is watched, as PostgreSQL writes intervals [default: policy bake_for, 15 min]
    #[arg(long, value_name = "INTERVAL", allow_hyphen_values = true)]
    pub bake: Option<String>,

    /// What to do when it does not do well: alert, or pause it again [default: alert]
    #[arg(long, value_name = "WHAT")]
    pub on_regression: Option<String>,

    /// Then watch the bake to its verdict, as promoctl watch does, and end with its exit status
    #[arg(long)]
    pub watch: bool,
}

/// Options of `pause`.
#[derive(Args, Debug, Default)]
pub struct PauseArguments {
    /// The campaign's id
    #[arg(value_name = "ID", required_unless_present = "batch")]
    pub id: Option<i64>,

    /// Pause every ACTIVE code of a batch: the name that its campaigns share
    #[arg(long, value_name = "NAME", conflicts_with = "id")]
    pub batch: Option<String>,

    /// Why; written into the action log
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
}

/// Options of `fix`.
#[derive(Args, Debug, Default)]
pub struct FixArguments {
    /// The campaign's id
    #[arg(value_name = "ID")]
    pub id: i64,

    /// A field and its new value: valid_until='2026-12-31 23:59Z', max_total_uses=500, max_uses_per_user=null
    #[arg(value_name = "FIELD=VALUE", required = true)]
    pub changes: Vec<String>,

    /// Why; written into the action log
    #[arg(long, value_name = "TEXT")]
    pub reason: String,

    /// Show what it would become, and change nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Options of `rotate`.
#[derive(Args, Debug, Default)]
pub struct RotateArguments {
    /// The batch: the name that its campaigns share
    #[arg(long, value_name = "NAME")]
    pub campaign: String,

    /// The new codes go into this file, which must not exist yet; nobody else can read it (mode 0600)
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,

    /// Why; written into the action log
    #[arg(long, value_name = "TEXT")]
    pub reason: String,

    /// Also codes that are successors of rotated ones: they leaked too
    #[arg(long)]
    pub again: bool,

    /// Where the pepper is.
    #[command(flatten)]
    pub pepper: PepperArguments,
}

/// Options of `watch`.
#[derive(Args, Debug, Default)]
pub struct WatchArguments {
    /// The campaign's id
    #[arg(value_name = "ID")]
    pub id: i64,
}
