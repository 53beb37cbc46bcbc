//! The plan of an unpause as a person sees it: what fails first, with what would change it.

use std::io::{self, Write};

use crate::args::WindowArguments;
use crate::error::{Error, severity_style};
use crate::output::table::{ALERT, DIM, HEADING, PASTE, page_width, styled};
use crate::output::text::{number, visible, wrapped};
use crate::output::time::{Timestamp, relative};
use crate::output::{Rows, Value};
use crate::reference::Campaign;
use crate::session::{Argument, Call, Work};

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
        let of = |function| Call::new(function).with("campaign_id", Argument::Id(campaign.id));
        let summary = work.fetch(&of("plan_unpause"))?;
        let checks = work.fetch(&of("check_unpause"))?;
        Ok(Plan { called: campaign.called(), summary, checks, as_of })
    }

    fn get(&self, name: &str) -> &Value {
        self.summary.rows.first().map_or(&Value::Null, |row| self.summary.get(row, name))
    }

    /// Whether nothing fails.
    pub fn allowed(&self) -> bool {
        self.get("allowed").is_true()
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
        writeln!(to, "{}", styled(HEADING, &wrapped(&asks, page_width(), "")))?;
        let verdict = self.get("verdict").text().map_or_else(|| "none".to_owned(), visible);
        writeln!(to, "As of {}, verdict {verdict}.\n{status}{since}.\n", self.as_of)?;
        let total = self.checks.rows.len();
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
        let failing = |row: &&Vec<Value>| !self.checks.get(row, "passed").is_true();
        for row in self.checks.rows.iter().filter(failing) {
            let may =
                if self.checks.get(row, "overridable").is_true() { "" } else { "  cannot be overridden" };
            self.write_check(to, row, "fail", "error", may)?;
        }
        if all {
            for row in self.checks.rows.iter().filter(|row| !failing(row)) {
                self.write_check(to, row, "ok", "ok", "")?;
            }
        }
        Ok(())
    }

    fn write_check(
        &self,
        to: &mut impl Write,
        row: &[Value],
        word: &str,
        level: &str,
        more: &str,
    ) -> io::Result<()> {
        let get = |name| self.checks.get(row, name).text().unwrap_or_default();
        let word = styled(severity_style(level), &format!("{word:<6}"));
        writeln!(to, "{word}{}{}", styled(HEADING, &visible(get("name"))), styled(DIM, more))?;
        writeln!(to, "{}", wrapped(&visible(get("detail")), page_width(), INDENT))
    }

    /// What to type next.
    pub fn write_next(&self, to: &mut impl Write, again: &str) -> io::Result<()> {
        let id = self.get("campaign_id").plain();
        let overridable = |name: &String| {
            self.checks.rows.iter().any(|row| {
                self.checks.get(row, "name").text() == Some(name)
                    && self.checks.get(row, "overridable").is_true()
            })
        };
        writeln!(to, "\n{}", styled(HEADING, "Next"))?;
        if self.allowed() {
            writeln!(to, "  Unpause it.")?;
            let command = format!("    {again} unpause {id} --reason '…'");
            return writeln!(to, "{}", styled(PASTE, &command));
        }
        if let Some(field) = self.failed().iter().find_map(|name| field_to_fix(name)) {
            writeln!(to, "  Fix its configuration.")?;
            let command = format!("    {again} fix {id} {field} --reason '…'");
            writeln!(to, "{}", styled(PASTE, &command))?;
        }
        if !self.failed().iter().all(overridable) {
            let says = "First fix what cannot be overridden, then check again.";
            writeln!(to, "  {says}")?;
            return writeln!(to, "{}", styled(PASTE, &format!("    {again} check {id}")));
        }
        let says = "Do what the checks say, then check again. To override a check, with a reason:";
        writeln!(to, "{}", wrapped(says, page_width(), "  "))?;
        let overrides: Vec<String> =
            self.failed().iter().map(|name| format!(" --override {}", visible(name))).collect();
        // One long line: it is pasted as a whole.
        let command = format!("    {again} unpause {id} --reason '…'{}", overrides.concat());
        writeln!(to, "{}", styled(PASTE, &command))
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
