//! Arguments of the runbook's last sections: incidents, reports, escalations.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::WindowArguments;

/// Options of `incident`.
#[derive(Args, Debug)]
pub struct IncidentArguments {
    /// What to do with it.
    #[command(subcommand)]
    pub step: IncidentStep,
}

/// The steps of an incident.
#[derive(Subcommand, Debug)]
pub enum IncidentStep {
    /// Declare an incident; its start is looked up in the data where it is not given
    Open {
        /// What to call it
        #[arg(value_name = "TITLE")]
        title: String,

        /// The event that led to it
        #[arg(long, value_name = "EVENT", default_value = "promo_campaign_auto_paused")]
        trigger: String,

        /// When it began, UTC where it names no zone [default: the first burst minute in the data]
        #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
        started_at: Option<String>,
    },

    /// Record what is known, and when the next report comes
    Checkpoint {
        /// How it stands
        #[arg(value_name = "NOTE")]
        note: String,

        /// When the next checkpoint is, as PostgreSQL writes intervals ("30 min", "1 hour")
        #[arg(long = "in", value_name = "INTERVAL", default_value = "30 min", conflicts_with = "next")]
        within: String,

        /// The same as a time, UTC where it names no zone
        #[arg(long, value_name = "TIME")]
        next: Option<String>,

        /// Which incident [default: the open one]
        #[arg(long, value_name = "ID")]
        incident: Option<i64>,
    },

    /// Close it
    Close {
        /// How it ended
        #[arg(value_name = "NOTE")]
        note: String,

        /// Which incident [default: the open one]
        #[arg(long, value_name = "ID")]
        incident: Option<i64>,
    },
}

/// Options of `report`.
#[derive(Args, Debug, Default)]
pub struct ReportArguments {
    /// The window; with an incident, --lookback is the time before its start that is shown.
    #[command(flatten)]
    pub window: WindowArguments,

    /// Which incident [default: the open one; where there is none, the lookback alone]
    #[arg(long, value_name = "ID")]
    pub incident: Option<i64>,

    /// How to write it [default: markdown; json with --output json]
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub format: Option<ReportFormat>,

    /// Write it to this file, which must not exist yet
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// Forms of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// To paste into a ticket
    Markdown,
    /// One file with its charts in it: light, dark, for phones and for paper
    Html,
    /// All of it, for programs
    Json,
    /// To paste into Slack (mrkdwn)
    Slack,
}

/// Options of `escalations`.
#[derive(Args, Debug, Default)]
pub struct EscalationsArguments {
    /// Answer as of this time, UTC where it names no zone [default: now]
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, conflicts_with = "acknowledge")]
    pub as_of: Option<String>,

    /// Acknowledge the escalation of this rule; it stays listed until its cause is gone
    #[arg(long, value_name = "RULE", requires = "note")]
    pub acknowledge: Option<String>,

    /// The campaign of that escalation: its id or key, a unique part of its name, or its number on the last page
    #[arg(long, value_name = "CAMPAIGN", requires = "acknowledge")]
    pub campaign: Option<String>,

    /// What is done about it
    #[arg(long, value_name = "TEXT", requires = "acknowledge")]
    pub note: Option<String>,
}
