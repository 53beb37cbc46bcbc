//! Options of runbook sections 3 and 4: containment, the unpause and its bake.

use super::PepperArguments;
use clap::Args;
use std::path::PathBuf;

/// Options of `check` and `watch`.
#[derive(Args, Debug, Default)]
pub struct CampaignArguments {
    /// The campaign: its id or key, a unique part of its name, or its number on the last page
    #[arg(value_name = "CAMPAIGN")]
    pub campaign: String,
}

/// Options of `unpause`.
#[derive(Args, Debug, Default)]
pub struct UnpauseArguments {
    /// The campaigns: ids, keys, unique parts of names, or numbers on the last page
    #[arg(value_name = "CAMPAIGN", required_unless_present = "together")]
    pub campaigns: Vec<String>,

    /// All campaigns that the same actor paused within a minute of this one: one page, one question, a decision for each
    #[arg(long, value_name = "CAMPAIGN", conflicts_with_all = ["campaigns", "watch"])]
    pub together: Option<String>,

    /// Why; written into the action log
    #[arg(long, value_name = "TEXT")]
    pub reason: String,

    /// Override this failed check (repeatable); never is_paused, not_rotated, validity_window, uses_left
    #[arg(long = "override", value_name = "CHECK")]
    pub overrides: Vec<String>,

    /// Do not ask
    #[arg(long, short)]
    pub yes: bool,

    /// How long the campaign is watched, as PostgreSQL writes intervals [default: policy bake_for, 15 min]
    #[arg(long, value_name = "INTERVAL", allow_hyphen_values = true)]
    pub bake: Option<String>,

    /// What a failed bake does: alert, or pause the campaign again [default: alert]
    #[arg(long, value_name = "WHAT")]
    pub on_regression: Option<String>,

    /// Then watch the bake to its verdict, as promoctl watch does, and end with its exit status
    #[arg(long)]
    pub watch: bool,
}

/// Options of `pause`.
#[derive(Args, Debug, Default)]
pub struct PauseArguments {
    /// The campaign: its id or key, a unique part of its name, or its number on the last page
    #[arg(value_name = "CAMPAIGN", required_unless_present = "batch")]
    pub campaign: Option<String>,

    /// Pause every ACTIVE code of a batch: the name that its campaigns share
    #[arg(long, value_name = "NAME", conflicts_with = "campaign")]
    pub batch: Option<String>,

    /// Why; written into the action log
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
}

/// Options of `fix`.
#[derive(Args, Debug, Default)]
pub struct FixArguments {
    /// The campaign: its id or key, a unique part of its name, or its number on the last page
    #[arg(value_name = "CAMPAIGN")]
    pub campaign: String,

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
    /// A campaign of the batch: its id or key, a part of the name, or the number on the last page
    #[arg(value_name = "CAMPAIGN", required_unless_present = "name", conflicts_with = "name")]
    pub campaign: Option<String>,

    /// The batch: the whole name that its campaigns share
    #[arg(long = "campaign", value_name = "NAME")]
    pub name: Option<String>,

    /// The file for the new codes, which must not exist yet; only you can read it (mode 0600)
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
