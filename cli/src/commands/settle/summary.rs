//! What every rule found: those with findings, those that could not run, and how many hold.

use std::io::{self, Write};

use crate::output::table::{DIM, PLAIN, PageWriter, list, styled};
use crate::output::text::{counted, grouped};
use crate::output::{Row, Rows, Value};

/// How many violations rules of this severity found.
pub fn violations(summary: &Rows, severity: &str) -> i64 {
    summary.only(|row| row.is("severity", severity)).sum("violations")
}

/// The first sentence of the page, and whether it is bad news.
pub fn headline(summary: &Rows) -> (String, bool) {
    let (critical, warnings) = (violations(summary, "critical"), violations(summary, "warning"));
    let by = |severity: &str| {
        let rules = summary.count(|row| row.is("severity", severity) && row.int("violations") > 0);
        counted(rules, "rule")
    };
    let skipped = summary.count(is_skipped);
    let unless = match skipped {
        0 => String::new(),
        1 => " One rule could not run.".to_owned(),
        _ => format!(" {skipped} rules could not run."),
    };
    let checked = summary.sum("checked");
    let found = match (critical, warnings) {
        // Nothing in the window is no proof that settlement works.
        (0, 0) if checked == 0 => "There was nothing to check in this window.".to_owned(),
        (0, 0) => "Settlement is clean.".to_owned(),
        (0, _) => format!("Nothing critical; {} by {}.", counted(warnings, "warning"), by("warning")),
        (_, 0) => format!("{} by {}.", counted(critical, "critical violation"), by("critical")),
        _ => format!(
            "{} by {}, {} by {}.",
            counted(critical, "critical violation"),
            by("critical"),
            counted(warnings, "warning"),
            by("warning")
        ),
    };
    (found + &unless, critical > 0)
}

/// The section on the page. With `all` every rule has its line.
pub fn write(to: &mut impl Write, summary: &Rows, all: bool) -> io::Result<()> {
    let mut shown = summary.only(|row| !is_skipped(row) && (all || row.int("violations") > 0));
    // The worst first: critical before warning, then by number. The sort keeps the server's order among equals.
    shown.sort_by_key(|row| {
        let found = row.int("violations");
        (found == 0, !row.is("severity", "critical"), -found)
    });
    if !shown.is_empty() {
        let same = |name| (name, name);
        list(to, &shown, &["rule", "severity", "violations", "pending", "checked"].map(same), None)?;
    }
    if !all {
        write_quiet(to, summary)?;
    }
    for row in summary.iter().filter(is_skipped) {
        to.say(PLAIN, &format!("{} could not run: {}", row.words("rule"), row.words("skipped")))?;
    }
    Ok(())
}

/// One line for the rules that ran and found nothing.
fn write_quiet(to: &mut impl Write, summary: &Rows) -> io::Result<()> {
    let quiet = summary.count(|row| !is_skipped(row) && row.int("violations") == 0);
    let pending = summary.sum("pending");
    let holds = match quiet {
        0 => return Ok(()),
        1 => "1 rule holds".to_owned(),
        _ => format!("{quiet} rules hold"),
    };
    let pending = match pending {
        0 => String::new(),
        1 => "; 1 case is pending and may still settle".to_owned(),
        _ => format!("; {} cases are pending and may still settle", grouped(pending)),
    };
    writeln!(to, "{}", styled(DIM, &format!("{holds}{pending} (each rule: --all).")))
}

/// Whether a rule could not run.
pub fn is_skipped(row: &Row<'_>) -> bool {
    *row.get("skipped") != Value::Null
}
