//! The page as `triage()` gives it, in rows.

use serde_json::Value as Json;

use super::super::settle::summary as settlement;
use super::super::window::Window;
use super::words::count;
use crate::args::TriageArguments;
use crate::error::Error;
use crate::output::time::Timestamp;
use crate::output::{Part, Rows, Value, time};
use crate::session::{Call, Work};

/// A section: its rows, or why there are none.
pub type Section = Result<Rows, String>;

/// Campaigns on the page.
pub const CAMPAIGNS_SHOWN: usize = 6;
/// Failing codes on the page.
pub const CODES_SHOWN: usize = 6;

/// Campaigns as `promoctl paused` lists them.
const PAUSED: &str = "campaign_id campaign_name code_prefix status updated_at paused_at paused_at_source paused_by \
    failed_attempts verdict campaign_key";
/// Campaigns as `promoctl classify` lists them, without the evidence.
const VERDICTS: &str = "campaign_id campaign_name status verdict confidence action reasons campaign_key";

/// Everything on the page.
pub struct Page {
    pub window: Window,
    /// The counts of the first sentence.
    pub headline: Json,
    /// Campaigns, worst first.
    pub campaigns: Rows,
    /// Those that are paused, as `promoctl paused` lists them.
    pub paused: Rows,
    /// The verdicts, as `promoctl classify` lists them, without the evidence.
    pub verdicts: Rows,
    pub batches: Section,
    pub unpaused: Section,
    pub clusters: Section,
    pub baseline: Section,
    pub blast_radius: Section,
    pub settlement: Section,
    pub escalations: Section,
    pub failed_attempts: Section,
    /// All of it, as the server gave it.
    pub document: Json,
}

impl Page {
    /// Asks the server.
    pub fn read(arguments: &TriageArguments, work: &mut Work<'_>) -> Result<Page, Error> {
        let window = &arguments.window;
        let call = Call::new("triage").with_some("lookback", "interval", window.lookback.as_ref()).with_some(
            "as_of",
            "timestamptz",
            window.as_of.as_ref(),
        );
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
        let section = |key: &str| match &document[key] {
            Json::Null => Err(document["withheld"][key].as_str().unwrap_or("no answer").to_owned()),
            list => Ok(Rows::of_json(list)),
        };
        let campaigns = Rows::of_json(&document["campaigns"]);
        Ok(Page {
            window: Window { as_of, present: given.as_of.is_none(), lookback, since: Some(since) },
            headline: document["headline"].clone(),
            paused: campaigns.only(|row| row.text("paused_at_source").is_some()).select(PAUSED),
            verdicts: campaigns.select(VERDICTS),
            campaigns,
            unpaused: section("unpaused"),
            batches: section("batches"),
            clusters: section("clusters"),
            baseline: section("baseline"),
            blast_radius: section("blast_radius"),
            settlement: section("settlement"),
            escalations: section("escalations"),
            failed_attempts: section("failed_attempts"),
            document,
        })
    }

    /// A count of the headline.
    pub fn count(&self, key: &str) -> i64 {
        self.headline[key].as_i64().unwrap_or(0)
    }

    /// Attempts with a result that no rule knows: the result and its attempts, most first.
    pub fn unmapped(&self) -> Vec<(String, i64)> {
        let list = self.document["ingestion"]["unmapped"].as_array();
        let one = |entry: &Json| {
            (entry["result"].as_str().unwrap_or_default().to_owned(), count(entry, "attempts"))
        };
        list.into_iter().flatten().map(one).collect()
    }

    /// Critical violations that settlement found.
    pub fn settlement_findings(&self) -> i64 {
        self.settlement.as_ref().map_or(0, |summary| settlement::violations(summary, "critical"))
    }

    /// What the page is about.
    pub fn facts(&self, database: &str, headline: String) -> Vec<Part<'_>> {
        let mut facts = vec![Part::Fact("database", Value::Text(database.to_owned()))];
        facts.extend(self.window.facts());
        facts.extend([
            Part::Fact("since", self.window.since.map_or(Value::Null, Value::Time)),
            Part::Fact("headline", Value::Text(headline)),
            Part::Fact("counts", Value::Json(self.headline.clone())),
            Part::Fact("campaigns_total", Value::Int(self.document["campaigns_total"].as_i64().unwrap_or(0))),
            Part::Fact("mass_pauses", Value::Json(self.document["mass_pauses"].clone())),
            Part::Fact("unknown_codes", Value::Json(self.document["unknown_codes"].clone())),
            Part::Fact("ingestion", Value::Json(self.document["ingestion"].clone())),
            Part::Fact("withheld", Value::Json(self.document["withheld"].clone())),
        ]);
        facts
    }
}
