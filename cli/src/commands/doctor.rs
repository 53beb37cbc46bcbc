//! `promoctl doctor`: what is wrong or could be better, worst first, each with the statement that fixes it.

use std::io::{self, Write};

use crate::args::{DoctorArguments, Format};
use crate::error::{Error, Status, severity_style};
use crate::output::table::{HEADING, PASTE, page_width, styled};
use crate::output::text::{counted, visible, wrapped};
use crate::output::{Printing, Rows, Value, stdout, write_rows};
use crate::session::{Call, Session};

/// Levels, the worst first.
const LEVELS: [&str; 4] = ["error", "warn", "note", "ok"];

/// How far details stand in, so that level words stand alone at the left.
const INDENT: &str = "       ";

/// The question to the server.
pub fn call() -> Call {
    Call::new("doctor")
}

/// What can be refused before connecting.
pub fn check(arguments: &DoctorArguments, printing: Printing) -> Result<(), Error> {
    if arguments.remediation && printing.format != Format::Table {
        return Err(Error::usage_with_hint(
            "--remediation prints statements as they are",
            "Leave --output out; the column remediation is in every other format too.",
        ));
    }
    Ok(())
}

/// Runs the command.
pub fn run(arguments: &DoctorArguments, session: &mut Session, printing: Printing) -> Result<Status, Error> {
    let findings = session.read(|work| work.fetch(&call()))?;

    let mut out = stdout(printing.format);
    if arguments.remediation {
        for statement in findings.values("remediation").filter_map(|value| value.text()) {
            writeln!(out, "{}", pasteable(statement, ""))?;
        }
    } else if printing.format == Format::Table {
        write_list(&mut out, &findings)?;
    } else {
        write_rows(&mut out, printing.format, &findings, printing.csv_raw)?;
    }
    out.flush()?;
    Ok(status(&findings))
}

/// 1 where there is an error. Warnings and notes leave it at 0: a job that runs doctor should not fail for them.
pub fn status(findings: &Rows) -> Status {
    if count(findings, "error") > 0 { Status::Findings } else { Status::Fine }
}

/// The list for people.
pub fn write_list(to: &mut impl Write, findings: &Rows) -> io::Result<()> {
    let width = page_width();
    let level_of = |row: &Vec<Value>| findings.get(row, "level").text().unwrap_or_default().to_owned();
    let mut rows: Vec<_> = findings.rows.iter().collect();
    // A level of a later version, which this program does not know, comes first rather than not at all.
    rows.sort_by_key(|row| LEVELS.iter().position(|level| *level == level_of(row)));
    for row in rows {
        let level = level_of(row);
        let get = |name| findings.get(row, name).text().unwrap_or_default();
        let topic = styled(HEADING, &visible(get("topic")));
        writeln!(to, "{}{topic}", styled(severity_style(&level), &format!("{:<7}", visible(&level))))?;
        for paragraph in get("detail").lines() {
            writeln!(to, "{}", wrapped(&visible(paragraph), width, INDENT))?;
        }
        if !get("remediation").is_empty() {
            writeln!(to, "{}", styled(PASTE, &pasteable(get("remediation"), INDENT)))?;
        }
        // The good news needs no air between its lines.
        if level != "ok" {
            writeln!(to)?;
        }
    }
    let counts = [("error", "error"), ("warn", "warning"), ("note", "note")]
        .map(|(level, noun)| counted(count(findings, level), noun))
        .join(", ");
    writeln!(to, "{counts}, {} ok.", count(findings, "ok"))
}

fn count(findings: &Rows, level: &str) -> i64 {
    let rows = findings.values("level").filter(|value| value.text() == Some(level)).count();
    i64::try_from(rows).unwrap_or(i64::MAX)
}

/// A statement as psql wants it: on its own lines, never wrapped, with its semicolon.
fn pasteable(statement: &str, indent: &str) -> String {
    let statement = statement.trim_end();
    // A last line may have a remark after its semicolon.
    let end = if statement.lines().last().is_some_and(|line| line.contains(';')) { "" } else { ";" };
    let lines: Vec<String> = statement.lines().map(|line| format!("{indent}{}", visible(line))).collect();
    format!("{}{end}", lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(rows: &[[&str; 4]]) -> Rows {
        let value = |text: &&str| if text.is_empty() { Value::Null } else { Value::Text((*text).to_owned()) };
        Rows {
            columns: crate::output::tests::columns("level topic detail remediation"),
            rows: rows.iter().map(|row| row.iter().map(value).collect()).collect(),
        }
    }

    #[test]
    fn the_worst_comes_first_and_statements_stay_in_one_piece() {
        let long =
            format!("CREATE INDEX CONCURRENTLY ON shop.promo_attempts USING brin ({})", "a, ".repeat(30));
        let findings = findings(&[
            ["ok", "versions", "All one.", ""],
            ["warn", "indexes", "No index serves a time window.", &long],
            ["error", "binding", "Not bound.", "SELECT * FROM promo_guard.bind();"],
        ]);
        let mut out = Vec::new();
        write_list(&mut anstream::StripStream::new(&mut out), &findings).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            format!(
                "error  binding\n       Not bound.\n       SELECT * FROM promo_guard.bind();\n\n\
                 warn   indexes\n       No index serves a time window.\n       {long};\n\n\
                 ok     versions\n       All one.\n\
                 1 error, 1 warning, 0 notes, 1 ok.\n"
            )
        );
        assert_eq!(status(&findings), Status::Findings);
    }

    #[test]
    fn warnings_alone_are_no_findings() {
        assert_eq!(status(&findings(&[["warn", "t", "d", ""]])), Status::Fine);
    }
}
