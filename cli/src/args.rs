//! The command line: one definition feeds the parser, the help, the completions and the man page.

mod act;
mod announce;
mod look;
mod settle;
mod setup;
mod tell;

use std::time::Duration;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};

use pg_connect_settings::Flags;

pub use act::{CampaignArguments, FixArguments, PauseArguments, RotateArguments, UnpauseArguments};
pub use announce::AnnounceArguments;
pub use look::{
    ClassifyArguments, ClustersArguments, PausedArguments, ShowArguments, TriageArguments, WindowArguments,
};
pub use settle::{DriftArguments, PepperArguments, ProbeArguments, SettleArguments};
pub use setup::{DoctorArguments, SetupArguments};
pub use tell::{EscalationsArguments, IncidentArguments, IncidentStep, ReportArguments, ReportFormat};

/// What the help and the man page say beyond commands and options.
pub const AFTER_HELP: &str = "\
Connection: as psql makes it. Options and a connection string come first, then the service file
(PGSERVICE), then PG* variables, then defaults. Passwords come from a prompt, PGPASSWORD or the
passfile (~/.pgpass or PGPASSFILE), never from the command line. Encryption as sslmode and its
kin say, up to verify-full; what cannot be honoured (gssencmode=require, requirepeer,
require_auth) is refused, never passed over.

Exit status: 0 fine; 1 findings (each command's --help says which); 2 usage or connection;
3 error from the server; 130 interrupted.

Woken up by promo_campaign_auto_paused?  promoctl triage";

/// The promo incident runbook from the command line, on a database with the extension promo_guard.
#[derive(Parser, Debug)]
#[command(name = "promoctl", version, about, after_help = AFTER_HELP, max_term_width = 100)]
#[command(disable_help_flag = true)]
pub struct Arguments {
    /// How to reach the database.
    #[command(flatten)]
    pub connection: ConnectionArguments,

    /// How to print the answer
    #[arg(long, short = 'o', global = true, value_enum, value_name = "FORMAT", default_value_t = Format::Table)]
    #[arg(help_heading = "Output")]
    pub output: Format,

    /// CSV: leave out the apostrophe before text that a spreadsheet would run as a formula (= + - @ at its start)
    #[arg(long, global = true, help_heading = "Output")]
    pub csv_raw: bool,

    /// When to use colours (auto: on a terminal, unless NO_COLOR is set)
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t = Color::Auto)]
    #[arg(help_heading = "Output")]
    pub color: Color,

    /// Print help (-h is the host, as in psql)
    #[arg(long, global = true, action = ArgAction::Help, help_heading = "Output")]
    help: Option<bool>,

    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Connection options, named as psql names them.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Connection")]
pub struct ConnectionArguments {
    /// Server's host name or address, or the directory of its Unix socket
    #[arg(short = 'h', long, global = true, value_name = "HOST")]
    pub host: Option<String>,

    /// Server's port, or the extension of its socket
    #[arg(short, long, global = true, value_name = "PORT")]
    pub port: Option<String>,

    /// User to connect as
    #[arg(short = 'U', long, global = true, value_name = "USER")]
    pub username: Option<String>,

    /// Database name, conninfo ("host=… dbname=…") or URI (postgresql://…); a conninfo or URI
    /// overrides -h, -p and -U, as in psql
    #[arg(short, long, global = true, value_name = "DBNAME")]
    pub dbname: Option<String>,

    /// Never ask for a password; fail where one is needed and not found
    #[arg(short = 'w', long, global = true, conflicts_with = "password")]
    pub no_password: bool,

    /// Ask for a password before connecting
    #[arg(short = 'W', long, global = true)]
    pub password: bool,

    /// Give up when the server has not answered for so long ("10s", "2min"; 0 = never) [default: 30s for
    /// commands that read, none for those that change]
    #[arg(long, global = true, value_name = "DURATION", value_parser = timeout)]
    pub timeout: Option<Duration>,
}

/// Reads the value of `--timeout`.
fn timeout(text: &str) -> Result<Duration, String> {
    // What the server can hold: milliseconds in 31 bits.
    const LONGEST: Duration = Duration::from_millis(i32::MAX as u64);
    let length = humantime::parse_duration(text)
        .map_err(|error| format!("{error}; write 10s, 2min or 0, for example"))?;
    if !length.is_zero() && length < Duration::from_millis(1) || length > LONGEST {
        return Err("between 1ms and 24days, or 0 for no limit".to_owned());
    }
    Ok(length)
}

impl ConnectionArguments {
    /// The part that takes part in precedence.
    pub fn flags(&self) -> Flags {
        Flags {
            host: self.host.clone(),
            port: self.port.clone(),
            user: self.username.clone(),
            dbname: self.dbname.clone(),
            application_name: Some(env!("CARGO_PKG_NAME").to_owned()),
        }
    }
}

/// The commands, in the order in which a new user meets them.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// The first screen of an incident: what is wrong, who is affected, what to type next
    ///
    /// It fits 24 lines of 80 columns: the worst campaigns first, one line for a batch, each with its verdict, the number of users
    /// with failures, and a command. Campaigns have numbers; other commands take them. --full shows every section.
    ///
    /// All of it is read in one snapshot. --output json has everything in full, one key for each section. A section that the role
    /// may not read is named with the reason.
    Triage(TriageArguments),

    /// One campaign on one page: status, verdict with its evidence, clusters, checks, settlement, actions on record
    ///
    /// CAMPAIGN is an id, a unique part of the name, or the number on the last page of this terminal. A number is refused when the
    /// page is old or of another database. id:7 and no:7 say which is meant.
    Show(ShowArguments),

    /// A verdict on each campaign that is paused or has failures, with its certainty and what to do
    ///
    /// Reasons for and against stand beneath each, what weighs most first. HEALTHY campaigns are only counted; --all lists
    /// them too, with every reason.
    Classify(ClassifyArguments),

    /// Record that a promotion was planned, so that verdicts and checks expect its users; without arguments, list all
    ///
    /// It may be recorded before the promotion or after it. Verdicts name who announced it. It does not explain guessed codes,
    /// repeated attempts or programs. With --withdraw it is no evidence from then on, and stays on record.
    Announce(AnnounceArguments),

    /// Paused campaigns, newest first, with the time of the pause and how it is known
    ///
    /// How it is known: "history" is a record of promo_guard, "evidence" the start of the burst that set off the
    /// auto-pause, "estimated" an upper bound: the first failure that the pause caused, or the last edit.
    Paused(PausedArguments),

    /// Failed attempts grouped by cause, worst first, each with a line over the lookback and a sentence
    ///
    /// One code can have several clusters: its attackers and its customers. What fails because a campaign is paused
    /// (PAUSE_ECHO), misprints (MISTYPED_CODE), loops (RETRY_STORM) and unrelated failures (BACKGROUND) need no action.
    /// An unknown code that many users send (UNKNOWN_CODE) is misprinted, not created yet, or deleted.
    ///
    /// With --members: every user and code that failed together, for operators.
    Clusters(ClustersArguments),

    /// Every check that must pass before an unpause of a campaign, failed checks first
    ///
    /// Exit status 1 where one fails.
    Check(CampaignArguments),

    /// Unpause campaigns one by one: shows the plan, asks, and refuses if the plan changed meanwhile
    ///
    /// A plan that changed since you saw it is refused. On a terminal it asks, and an override must be typed; without
    /// one it needs --yes. Several ids are several calls, one after the other.
    ///
    /// Exit status 1 where one is refused, or not confirmed.
    Unpause(UnpauseArguments),

    /// Pause a campaign or all codes of a batch, with a reason for the action log
    ///
    /// With --batch every ACTIVE code of that name is paused in one transaction.
    ///
    /// Exit status 1 where it is refused: only an ACTIVE campaign can be paused.
    Pause(PauseArguments),

    /// Fix the terms of a paused campaign: what it was and what it becomes; it stays paused
    ///
    /// Fields: valid_from, valid_until (UTC where they name no zone), target_scope, max_total_uses, max_uses_per_user (null =
    /// no limit), new_users_only, first_purchase_only. An invalid result is refused.
    Fix(FixArguments),

    /// Replace leaked codes: a paused successor for every paused code of a batch, the plain codes into a new file
    ///
    /// Codes are made here with the system's random source and hashed with the application's pepper; the server gets hashes
    /// only. The file has its name once the rotation is committed; until then it is FILE.partial. The old codes stay
    /// paused; unpause the new ones with promoctl unpause. Codes with no uses left, and those rotated before, are left out.
    Rotate(RotateArguments),

    /// The minutes after an unpause: what comes in, and the verdict at the end; ticks the bake itself
    ///
    /// On a terminal a live picture, else a line a minute. Ctrl-C leaves the bake running.
    ///
    /// Exit status 0 where it passed, 1 where it failed, was inconclusive, or something else ended it.
    Watch(CampaignArguments),

    /// What each settlement rule found, then the violations
    ///
    /// The violations are for operators; a reader gets the summary without them. With --campaign they are that
    /// campaign's, and the summary still counts all of them. What is pending (a reservation within its time, a refund
    /// whose revoke is due in minutes) is counted apart and is no violation.
    ///
    /// Exit status 1 where there are critical violations; warnings leave it at 0.
    Settle(SettleArguments),

    /// Reconciliation over time: redemptions applied and discounts settled, with the difference in stars
    ///
    /// Differences may cancel in a sum, so both are shown: "drift" is the sum of all differences in stars, "abs drift"
    /// the sum of their sizes. Where a ledger is bound, paid purchases are compared with it too.
    ///
    /// Exit status 1 where anything is missing or surplus, or where there is any drift, of the ledger too.
    Drift(DriftArguments),

    /// What the application would answer to a code now; with --wait, follow a real redemption of it
    ///
    /// The code is read from a prompt that does not show it, or from standard input where that is no terminal; never
    /// from an argument. It is normalised and hashed here as the application does it (blanks and dashes dropped,
    /// upper-cased, HMAC-SHA256 with the pepper, in hex); only the hash goes to the server.
    ///
    /// Without --wait it simulates the answer and writes nothing. With --wait, redeem the
    /// code as that user in the application meanwhile: the attempt, the redemption and its settlement are shown as they
    /// come, and the end is a verdict.
    ///
    /// Exit status 0 where the answer is ACCEPTED and, with --wait, the redemption was settled by the rules; 1 otherwise.
    Probe(ProbeArguments),

    /// Declare an incident, record checkpoints, close it
    ///
    /// At most one is open; every action of promo_guard meanwhile belongs to it. For operators.
    Incident(IncidentArguments),

    /// The report for others: start, campaigns, affected users, actions, next checkpoint
    ///
    /// The same report in every form. Campaign names are hostile input and escaped in each; hashes, codes and user ids are
    /// in none. The HTML is one file that asks for nothing else: its charts are in it.
    Report(ReportArguments),

    /// What must be escalated, to whom and since when; due ones first
    ///
    /// Exit status 1 where something is due, acknowledged or not.
    Escalations(EscalationsArguments),

    /// What is wrong or could be better with the installation, worst first, with statements to paste
    ///
    /// Exit status 1 when there is at least one error; warnings and notes leave it at 0.
    Doctor(DoctorArguments),

    /// Bind promo_guard to the application's tables, attach the status history, grant access
    ///
    /// Everything happens in one transaction, or nothing does. A second run keeps what it is not given from
    /// the last run, or looks up its default name on the search_path. Ends with the doctor's findings.
    Setup(SetupArguments),

    /// Print a script that completes promoctl's commands and options in a shell
    ///
    /// No server is asked. For bash, for example:
    /// promoctl completions bash > /etc/bash_completion.d/promoctl; `make install` puts them in place.
    Completions(CompletionsArguments),

    /// Print the manual page, promoctl(1)
    ///
    /// No server is asked. Read it with: promoctl man | man -l -
    Man,
}

/// Options of `completions`.
#[derive(Args, Debug)]
pub struct CompletionsArguments {
    /// The shell
    #[arg(value_name = "SHELL", value_enum)]
    pub shell: clap_complete::Shell,
}

/// How the answer is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people: aligned, fitted to the terminal
    Table,
    /// For programs: complete, ids as strings, times as RFC 3339 in UTC
    Json,
    /// For spreadsheets: one table with a header line; control characters are written out, and an
    /// apostrophe stands before text that would be a formula
    Csv,
    /// For tickets and chats: pipe tables
    Markdown,
}

/// When colours are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Also into pipes and files
    Always,
    /// Not at all
    Never,
}

impl From<Color> for anstream::ColorChoice {
    fn from(color: Color) -> anstream::ColorChoice {
        match color {
            Color::Auto => anstream::ColorChoice::Auto,
            Color::Always => anstream::ColorChoice::Always,
            Color::Never => anstream::ColorChoice::Never,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn timeouts_are_written_as_people_write_them() {
        for (text, milliseconds) in [("10s", 10_000), ("2min", 120_000), ("250ms", 250), ("0", 0), ("0s", 0)]
        {
            assert_eq!(timeout(text), Ok(Duration::from_millis(milliseconds)), "{text}");
        }
        for wrong in ["", "5", "-5s", "soon", "1us", "25days"] {
            assert!(timeout(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_definition_holds_together() {
        Arguments::command().debug_assert();
    }
}
