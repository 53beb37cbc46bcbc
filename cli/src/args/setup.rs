//! Options of what comes before the runbook.

use clap::Args;

const TABLES: &str = "Tables (schema.name; looked up on the search_path when left out)";

/// Options of `doctor`.
#[derive(Args, Debug, Default)]
pub struct DoctorArguments {
    /// Print the statements only, ready for psql
    #[arg(long)]
    pub remediation: bool,
}

/// Options of `setup`.
#[derive(Args, Debug, Default)]
pub struct SetupArguments {
    /// The campaigns' table, one row a code [default: promo_codes]
    #[arg(long, value_name = "TABLE", help_heading = TABLES)]
    pub codes: Option<String>,

    /// The table of attempts to redeem [default: promo_attempts]
    #[arg(long, value_name = "TABLE", help_heading = TABLES)]
    pub attempts: Option<String>,

    /// The table of redemptions [default: promo_redemptions]
    #[arg(long, value_name = "TABLE", help_heading = TABLES)]
    pub redemptions: Option<String>,

    /// The table of purchases [default: purchases]
    #[arg(long, value_name = "TABLE", help_heading = TABLES)]
    pub purchases: Option<String>,

    /// The ledger of credits and debits [default: none]
    #[arg(long, value_name = "TABLE", help_heading = TABLES)]
    pub ledger: Option<String>,

    /// A column under another name: --map attempts.code_hash=hash_of_code (repeatable)
    ///
    /// Nothing after the = says that the application has no such column: --map campaigns.target_scope=
    #[arg(long, value_name = "ENTITY.COLUMN=NAME")]
    pub map: Vec<String>,

    /// Do not put the trigger on the campaigns' table that records every change of status
    #[arg(long)]
    pub no_history: bool,

    /// Grant this role aggregates and lists without user ids or code hashes (repeatable)
    #[arg(long, value_name = "ROLE")]
    pub reader: Vec<String>,

    /// Grant this role what the person on call needs (repeatable)
    #[arg(long, value_name = "ROLE")]
    pub operator: Vec<String>,

    /// Look at the catalog, propose tables and columns, and print a call of bind() to paste; changes nothing
    ///
    /// It needs neither the extension nor rights beyond reading. It reads names, types, keys and the values of status columns, never
    /// a code. --codes, --attempts, --redemptions and --purchases name a table that it should use.
    #[arg(long, conflicts_with_all = ["ledger", "map", "no_history", "reader", "operator", "dry_run"])]
    pub scaffold: bool,

    /// List every column, not only the missing and the renamed ones
    #[arg(long)]
    pub all: bool,

    /// Do it all in a transaction, show the outcome, and roll it back
    #[arg(long)]
    pub dry_run: bool,
}
