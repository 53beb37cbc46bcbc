//! The plan of an unpause as a person sees it: what fails first, with what would change it.

use std::io::{self, Write};

use crate::args::WindowArguments;
use crate::error::{Error, severity_style};
use crate::output::table::{ALERT, DIM, HEADING, PLAIN, PageWriter, page_width, styled};
use crate::output::text::{number, visible, wrapped};
use crate::output::time::{Timestamp, relative};
use crate::output::{Rows, Value};
use crate::reference::Campaign;
use crate::session::{Call, Work};

const INDENT: &str = "      ";

/// What `unpause` would decide, and why.
pub struct Plan {
    /// What a page calls the campaign.
    called: String,
    /// The row of `plan_unpause`.
    pub summary: Rows,
    /// The rows of `check_unpause`.
    pub checks: Rows,
    /// When.
    pub as_of: Timestamp,
}

impl Plan {
    /// Asks for both in one transaction.
    pub fn fetch(work: &mut Work<'_>, campaign: &Campaign) -> Result<Plan, Error> {
        let (as_of, _) = work.as_of(&WindowArguments::default())?;
        let of = |function| Call::new(function).with("campaign_id", campaign.id);
        let summary = work.fetch(&of("plan_unpause"))?;
        let checks = work.fetch(&of("check_unpause"))?;
        Ok(Plan { called: campaign.called(), summary, checks, as_of })
    }

    fn get(&self, name: &str) -> &Value {
        self.summary.first().get(name)
    }

    /// Whether nothing fails.
    pub fn allowed(&self) -> bool {
        self.summary.first().holds("allowed")
    }

    /// What is agreed on.
    pub fn fingerprint(&self) -> String {
        self.get("fingerprint").plain()
    }

    /// The checks that fail.
    pub fn failed(&self) -> &[String] {
        self.get("failed_checks").list()
    }

    /// Those of these overrides that a check fails for: the ones that matter.
    pub fn needed<'a>(&'a self, overrides: &'a [String]) -> impl Iterator<Item = &'a String> {
        self.failed().iter().filter(|name| overrides.contains(name))
    }

    /// Whether nothing fails that these do not pass over.
    pub fn allowed_with(&self, overrides: &[String]) -> bool {
        self.needed(overrides).count() == self.failed().len()
    }

    /// `campaign 7, "Student -25%"`
    pub fn title(&self) -> String {
        let called = &self.called;
        match self.get("campaign_name").text() {
            Some(name) => format!("campaign {called}, \"{}\"", visible(name)),
            None => format!("campaign {called}"),
        }
    }

    /// The page: the headline, then every check, failed checks first. Without `all` only the failed checks. The headline says
    /// what would be decided with these overrides.
    pub fn write(&self, to: &mut impl Write, all: bool, overrides: &[String]) -> io::Result<()> {
        let status = self.get("status").text().map_or_else(|| "status unknown".to_owned(), visible);
        let since = self.get("paused_at").time().map_or(String::new(), |at| {
            let ago = relative(at, self.as_of, true).map_or(String::new(), |ago| format!(", {ago}"));
            format!(" since {at}{ago}")
        });
        let asks = format!("May {} be unpaused?", self.title());
        to.say(HEADING, &asks)?;
        let verdict = self.get("verdict").text().map_or_else(|| "none".to_owned(), visible);
        writeln!(to, "As of {}, verdict {verdict}.\n{status}{since}.\n", self.as_of)?;
        let total = self.checks.len();
        if self.allowed() {
            writeln!(to, "Yes: all {total} checks pass.")?;
        } else {
            let n = i64::try_from(self.failed().len()).unwrap_or(i64::MAX);
            let overridden = self.allowed_with(overrides);
            let says = if overridden {
                let one = format!("check of {total} fails and is overridden");
                format!("Yes: {}.", number(n, &one, &format!("checks of {total} fail and are overridden")))
            } else {
                let one = format!("check of {total} fails");
                format!("No: {}.", number(n, &one, &format!("checks of {total} fail")))
            };
            writeln!(to, "{}", styled(ALERT, &says))?;
            if !overridden && let Some(at) = self.get("retry_after").time() {
                let in_ = relative(at, self.as_of, true).map_or(String::new(), |r| format!(" ({r})"));
                writeln!(to, "Waiting is enough: try again at {at}{in_}.")?;
            }
        }
        writeln!(to)?;
        let (passed, failed): (Vec<_>, Vec<_>) = self.checks.iter().partition(|row| row.holds("passed"));
        for row in failed.iter().chain(passed.iter().filter(|_| all)) {
            let (word, level, more) = match (row.holds("passed"), row.holds("overridable")) {
                (true, _) => ("ok", "ok", ""),
                (false, true) => ("fail", "error", ""),
                (false, false) => ("fail", "error", "  cannot be overridden"),
            };
            let word = styled(severity_style(level), &format!("{word:<6}"));
            writeln!(to, "{word}{}{}", styled(HEADING, &row.words("name")), styled(DIM, more))?;
            writeln!(to, "{}", wrapped(&row.words("detail"), page_width(), INDENT))?;
        }
        Ok(())
    }

    /// What to type next.
    pub fn write_next(&self, to: &mut impl Write, again: &str) -> io::Result<()> {
        let id = self.get("campaign_id").plain();
        let overridable =
            |name: &String| self.checks.iter().any(|row| row.is("name", name) && row.holds("overridable"));
        to.title("Next")?;
        if self.allowed() {
            writeln!(to, "  Unpause it.")?;
            return to.paste(again, &format!("unpause {id} --reason '…'"));
        }
        if let Some(field) = self.failed().iter().find_map(|name| field_to_fix(name)) {
            writeln!(to, "  Fix its configuration.")?;
            to.paste(again, &format!("fix {id} {field} --reason '…'"))?;
        }
        if !self.failed().iter().all(overridable) {
            writeln!(to, "  First fix what cannot be overridden, then check again.")?;
            return to.paste(again, &format!("check {id}"));
        }
        to.below(PLAIN, "Do what the checks say, then check again. To override a check, with a reason:")?;
        let overrides: Vec<String> =
            self.failed().iter().map(|name| format!(" --override {}", visible(name))).collect();
        // One long line: it is pasted as a whole.
        to.paste(again, &format!("unpause {id} --reason '…'{}", overrides.concat()))
    }
}

/// What `promoctl fix` is given where this check fails because of the campaign's configuration.
fn field_to_fix(check: &str) -> Option<&'static str> {
    match check {
        "validity_window" => Some("valid_until='…'"),
        "uses_left" => Some("max_total_uses='…'"),
        "scope_known" => Some("target_scope='…'"),
        "config_converts" => Some("FIELD='…'"),
        _ => None,
    }
}
