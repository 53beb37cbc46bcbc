//! The page as `triage()` gives it, in rows.

use serde_json::Value as Json;

use super::super::settle::summary as settlement;
use super::super::window::Window;
use super::super::{classify, escalations, paused};
use super::{baseline, blast_radius, clusters, failed_attempts};
use crate::args::TriageArguments;
use crate::error::Error;
use crate::output::time::Timestamp;
use crate::output::{Column, Kind, Part, Rows, Value, column, time};
use crate::session::{Call, Work};

/// A section: its rows, or why there are none.
pub type Section = Result<Rows, String>;

/// Campaigns on the page.
pub const CAMPAIGNS_SHOWN: usize = 6;
/// Failing codes on the page.
pub const CODES_SHOWN: usize = 6;

/// The document.
const DOCUMENT: &[Column] = &[column("triage", Kind::Json)];

/// A campaign of the page.
const CAMPAIGNS: &[Column] = &[
    column("campaign_id", Kind::Id),
    column("campaign_name", Kind::Text),
    column("code_prefix", Kind::Text),
    column("status", Kind::Text),
    column("updated_at", Kind::Time),
    column("paused_at", Kind::Time),
    column("paused_not_before", Kind::Time),
    column("paused_not_after", Kind::Time),
    column("paused_at_source", Kind::Text),
    column("paused_by", Kind::Text),
    column("pause_reason", Kind::Text),
    column("verdict", Kind::Text),
    column("confidence", Kind::Number),
    column("attempts", Kind::Int),
    column("failed_attempts", Kind::Int),
    column("users", Kind::Int),
    column("accepted", Kind::Int),
    column("needs_action", Kind::Bool),
    column("action", Kind::Text),
    column("next_command", Kind::Text),
    column("reasons", Kind::List),
];

const BATCHES: &[Column] = &[
    column("campaign_name", Kind::Text),
    column("codes", Kind::Int),
    column("paused", Kind::Int),
    column("attempts", Kind::Int),
    column("failed_attempts", Kind::Int),
    column("users", Kind::Int),
    column("accepted", Kind::Int),
];

/// Everything on the page.
pub struct Page {
    pub window: Window,
    /// The counts of the first sentence.
    pub headline: Json,
    /// Campaigns, worst first.
    pub campaigns: Rows,
    /// Those that are paused, as `promoctl paused` lists them.
    pub paused: Section,
    /// The verdicts, as `promoctl classify` lists them, without the evidence.
    pub verdicts: Section,
    pub batches: Section,
    pub clusters: Section,
    pub baseline: Section,
    pub blast_radius: Section,
    pub settlement: Section,
    pub escalations: Section,
    pub failed_attempts: Section,
}

impl Page {
    /// Asks the server.
    pub fn read(arguments: &TriageArguments, work: &mut Work<'_>) -> Result<Page, Error> {
        let window = &arguments.window;
        let call = Call::new("triage", DOCUMENT)
            .with_some("lookback", "interval", window.lookback.as_ref())
            .with_some("as_of", "timestamptz", window.as_of.as_ref());
        let rows = work.fetch(&call)?;
        match rows.rows.into_iter().flatten().next() {
            Some(Value::Json(document)) => Page::of(document, arguments),
            _ => Err(Error::Unexpected("triage() gave no document".to_owned())),
        }
    }

    /// The page of a document.
    pub fn of(document: Json, arguments: &TriageArguments) -> Result<Page, Error> {
        let time = |key: &str| document["window"][key].as_str().and_then(Timestamp::of_json);
        let (Some(since), Some(as_of)) = (time("from"), time("until")) else {
            return Err(Error::Unexpected("triage() gave no window".to_owned()));
        };
        let given = &arguments.window;
        let lookback = given.lookback.clone().or_else(|| since.until(as_of).map(time::length));
        let section = |key: &str, columns: &[Column]| match &document[key] {
            Json::Null => Err(document["withheld"][key].as_str().unwrap_or("no answer").to_owned()),
            list => Ok(Rows::of_json(columns, list)),
        };
        let campaigns = &document["campaigns"];
        let list = campaigns.as_array().into_iter().flatten();
        let paused: Json = list.filter(|c| !c["paused_at_source"].is_null()).cloned().collect();
        Ok(Page {
            window: Window { as_of, present: given.as_of.is_none(), lookback, since: Some(since) },
            headline: document["headline"].clone(),
            campaigns: Rows::of_json(CAMPAIGNS, campaigns),
            paused: Ok(Rows::of_json(paused::COLUMNS, &paused)),
            verdicts: Ok(Rows::of_json(&classify::COLUMNS[..classify::COLUMNS.len() - 1], campaigns)),
            batches: section("batches", BATCHES),
            clusters: section("clusters", clusters::COLUMNS),
            baseline: section("baseline", baseline::COLUMNS),
            blast_radius: section("blast_radius", blast_radius::COLUMNS),
            settlement: section("settlement", settlement::COLUMNS),
            escalations: section("escalations", escalations::COLUMNS),
            failed_attempts: section("failed_attempts", failed_attempts::COLUMNS),
        })
    }

    /// A count of the headline.
    pub fn count(&self, key: &str) -> i64 {
        self.headline[key].as_i64().unwrap_or(0)
    }

    /// Critical violations that settlement found.
    pub fn settlement_findings(&self) -> i64 {
        self.settlement.as_ref().map_or(0, |summary| settlement::violations(summary, "critical"))
    }

    /// What the page is about.
    pub fn facts(&self, database: &str, headline: String) -> Vec<Part<'_>> {
        vec![
            Part::Fact("database", Value::Text(database.to_owned())),
            Part::Fact("as_of", self.window.end()),
            Part::Fact("lookback", self.window.length()),
            Part::Fact("since", self.window.start()),
            Part::Fact("headline", Value::Text(headline)),
            Part::Fact("counts", Value::Json(self.headline.clone())),
        ]
    }
}
