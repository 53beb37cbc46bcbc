//! `promoctl doctor`: what is wrong or could be better, worst first, each with the statement that fixes it.

use std::io::{self, Write};

use crate::args::{DoctorArguments, Format};
use crate::error::{Error, Status, severity_style};
use crate::output::table::{HEADING, PASTE, page_width, styled};
use crate::output::text::{counted, visible, wrapped};
use crate::output::{Printing, Row, Rows, stdout, write_rows};
use crate::session::{Call, Session};

/// Levels, the worst first.
const LEVELS: [&str; 4] = ["error", "warn", "note", "ok"];

/// How far details stand in, so that level words stand alone at the left.
const INDENT: &str = "       ";

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
    let findings = session.read(|work| work.fetch(&Call::new("doctor")))?;

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
    if findings.count(|row| row.is("level", "error")) > 0 { Status::Findings } else { Status::Fine }
}

/// The list for people.
pub fn write_list(to: &mut impl Write, findings: &Rows) -> io::Result<()> {
    let width = page_width();
    let mut rows: Vec<Row<'_>> = findings.iter().collect();
    // A level of a later version, which this program does not know, comes first rather than not at all.
    rows.sort_by_key(|row| LEVELS.iter().position(|level| row.is("level", level)));
    for row in rows {
        let level = row.words("level");
        let topic = styled(HEADING, &row.words("topic"));
        writeln!(to, "{}{topic}", styled(severity_style(&level), &format!("{level:<7}")))?;
        for paragraph in row.text("detail").unwrap_or_default().lines() {
            writeln!(to, "{}", wrapped(&visible(paragraph), width, INDENT))?;
        }
        if let Some(statement) = row.text("remediation").filter(|statement| !statement.is_empty()) {
            writeln!(to, "{}", styled(PASTE, &pasteable(statement, INDENT)))?;
        }
        // The good news needs no air between its lines.
        if level != "ok" {
            writeln!(to)?;
        }
    }
    let count = |level| findings.count(|row| row.is("level", level));
    let counts = [("error", "error"), ("warn", "warning"), ("note", "note")]
        .map(|(level, noun)| counted(count(level), noun))
        .join(", ");
    writeln!(to, "{counts}, {} ok.", count("ok"))
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

    fn findings(lines: &[[&str; 4]]) -> Rows {
        let lines: Vec<&[&str]> = lines.iter().map(|line| line.as_slice()).collect();
        crate::output::tests::rows("level topic detail remediation", &lines)
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
