//! `promoctl clusters`: runbook 1.3, failed attempts put together by their cause.

use std::io::{self, Write};

use super::window::Window;
use crate::args::ClustersArguments;
use crate::error::{Error, Status};
use crate::output::chart::sparkline;
use crate::output::table::{ALERT, DIM, HEADING, PLAIN, PageWriter, list, nothing, page_width, styled};
use crate::output::text::{counted, grouped, number, shorten, visible};
use crate::output::{Printing, Row, Rows, Value};
use crate::session::Session;

/// Members on a page for people; other formats have them all.
const MEMBERS_SHOWN: usize = 100;
/// Digits of a hash on a page.
const HASH_SHOWN: usize = 16;

/// Runs the command.
pub fn run(
    arguments: &ClustersArguments,
    session: &mut Session,
    printing: Printing,
) -> Result<Status, Error> {
    let (window, rows) = Window::fetch(session, &arguments.window, Some("triage_lookback"), |window| {
        if arguments.members {
            window.call("failure_cluster_members")
        } else {
            window.call("failure_clusters").with("max_rows", arguments.max_rows)
        }
    })?;
    let title = if arguments.members { ("members", "Members") } else { ("clusters", "Failure clusters") };
    window.answer(printing, title, &rows, |out| {
        write_page(out, &window, &rows, &session.database, arguments)
    })?;
    Ok(Status::Fine)
}

/// The page for people.
fn write_page(
    out: &mut impl Write,
    window: &Window,
    rows: &Rows,
    database: &str,
    arguments: &ClustersArguments,
) -> io::Result<()> {
    window.write_heading(out, "Failure clusters", database)?;
    writeln!(out)?;
    if rows.is_empty() {
        return writeln!(out, "No attempt failed in this window.");
    }
    if arguments.members {
        return write_members(out, rows);
    }
    let grave = rows.count(|row| row.holds("needs_action"));
    let headline = format!(
        "{} in {}, worst first; {}.",
        counted(rows.sum("attempts"), "failed attempt"),
        counted(rows.len(), "cluster"),
        match grave {
            0 => "none needs action".to_owned(),
            n => number(n, "needs action", "need action"),
        }
    );
    out.say(if grave > 0 { ALERT } else { HEADING }, &headline)?;
    let uncounted = rows.first().int("uncounted");
    if uncounted > 0 {
        let line = format!(
            "{} were not analysed: the clusters are those of a sample. See policy cluster_max_attempts.",
            counted(uncounted, "more attempt")
        );
        out.say(ALERT, &line)?;
    }
    for row in rows.iter() {
        write_cluster(out, &row, window)?;
    }
    if rows.len() >= i64::from(arguments.max_rows) {
        writeln!(out)?;
        out.say(DIM, "There may be more: see --max-rows.")?;
    }
    Ok(())
}

/// A cluster: what and whose, when, how much, and why.
fn write_cluster(out: &mut impl Write, row: &Row<'_>, window: &Window) -> io::Result<()> {
    let kind = row.shown("kind").unwrap_or_else(nothing);
    let style = if row.holds("needs_action") { ALERT } else { HEADING };
    let active = if row.holds("active") { "  active" } else { "" };
    let room = page_width().saturating_sub(kind.len() + 2 + active.len());
    let campaign = row.get("campaign_id").int().map_or(String::new(), |id| {
        let name = row.shown("campaign_name").unwrap_or_else(|| format!("campaign {id}"));
        format!("  {}", shorten(&name, room))
    });
    writeln!(out, "\n{}{campaign}{}", styled(style, &kind), styled(ALERT, active))?;
    let times = match (row.time("first_seen"), row.time("last_seen")) {
        (Some(first), Some(last)) => {
            format!("{} to {}", first.brief(window.as_of), last.brief(window.as_of))
        }
        _ => nothing(),
    };
    let peak = format!("{times}, peak {} a minute", grouped(row.int("peak_per_minute")));
    writeln!(out, "  {}  {}", sparkline(&row.get("series").counts(), 30), styled(DIM, &peak))?;
    let mut figures = format!(
        "{} by {} on {}",
        counted(row.int("attempts"), "attempt"),
        counted(row.int("users"), "user"),
        counted(row.int("codes"), "code")
    );
    if let Value::Json(serde_json::Value::Object(results)) = row.get("results") {
        let mut results: Vec<(&String, i64)> =
            results.iter().map(|(name, n)| (name, n.as_i64().unwrap_or(0))).collect();
        results.sort_by_key(|(name, n)| (std::cmp::Reverse(*n), *name));
        let listed: Vec<String> =
            results.iter().map(|(name, n)| format!("{} {}", grouped(*n), visible(name))).collect();
        figures = format!("{figures}: {}", listed.join(", "));
    }
    let recovered = row.int("recovered_users");
    if recovered > 0 {
        figures = format!("{figures}; {} recovered", counted(recovered, "user"));
    }
    out.below(PLAIN, &format!("{figures}."))?;
    out.below(PLAIN, &row.words("explanation"))?;
    writeln!(out, "  {}", styled(DIM, &row.shown("cluster_id").unwrap_or_else(nothing)))
}

/// Who is in which, the first of them.
fn write_members(out: &mut impl Write, rows: &Rows) -> io::Result<()> {
    let shown = rows
        .head(MEMBERS_SHOWN)
        .with("cluster_id", |id| Value::Text(shorten(&id.plain(), 36)))
        .with("code_hash", |hash| Value::Text(hash.plain().chars().take(HASH_SHOWN).collect()));
    let columns =
        [("cluster_id", "cluster"), ("user_id", "user"), ("code_hash", "code"), ("attempts", "failed")];
    list(out, &shown, &columns, None)?;
    let line = format!(
        "{} of {}; hashes in full{}: --output csv or json.",
        grouped(shown.len()),
        number(rows.len(), "pair of user and code", "pairs of user and code"),
        if shown.len() < rows.len() { ", and all of them" } else { "" }
    );
    writeln!(out, "{}", styled(DIM, &line))
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: &str = "cluster_id kind campaign_id:id attempts:int users:int codes:int results:json first_seen:time last_seen:time peak_per_minute:int active:bool recovered_users:int explanation accepted:int uncounted:int series:counts needs_action:bool campaign_name";
    use crate::commands::window::tests::window;
    use crate::output::tests::{page, rows};

    fn written(columns: &str, lines: &[&[&str]], arguments: &ClustersArguments) -> String {
        let window = window("2026-11-23T20:30:00Z", "30 min", "2026-11-23T20:00:00Z");
        page(|out| write_page(out, &window, &rows(columns, lines), "shop", arguments))
    }

    const ABUSED: &[&str] = &[
        "c1713838683796103676:ABUSED_CODE",
        "ABUSED_CODE",
        "1713838683796103676",
        "1938",
        "249",
        "1",
        r#"{"EXPIRED": 1803, "RATE_LIMITED": 135}"#,
        "2026-11-23T20:02:00Z",
        "2026-11-23T20:29:30Z",
        "180",
        "true",
        "1",
        "249 users keep retrying the code of campaign 1713838683796103676: 1,938 rejections, 7.8 each.",
        "0",
        "0",
        "[0, 0, 10, 20, 80, 180]",
        "true",
        "Student -25%",
    ];

    #[test]
    fn a_cluster_is_read_in_five_lines() {
        let arguments = ClustersArguments { max_rows: 50, ..ClustersArguments::default() };
        assert_eq!(
            written(COLUMNS, &[ABUSED], &arguments),
            "\
Failure clusters: database shop
As of 2026-11-23 20:30:00Z, looking back 30 min to 2026-11-23 20:00:00Z.

1,938 failed attempts in 1 cluster, worst first; 1 needs action.

ABUSED_CODE  Student -25%  active
  ··▁▁▄█  20:02:00 to 20:29:30, peak 180 a minute
  1,938 attempts by 249 users on 1 code: 1,803 EXPIRED, 135 RATE_LIMITED; 1 user
  recovered.
  249 users keep retrying the code of campaign 1713838683796103676: 1,938
  rejections, 7.8 each.
  c1713838683796103676:ABUSED_CODE
"
        );
        assert!(written(COLUMNS, &[], &arguments).ends_with("No attempt failed in this window.\n"));
    }

    #[test]
    fn a_sample_is_said_to_be_one_and_a_cut_list_too() {
        let mut line = ABUSED.to_vec();
        line[14] = "90000";
        let arguments = ClustersArguments { max_rows: 1, ..ClustersArguments::default() };
        let text = written(COLUMNS, &[&line], &arguments);
        assert!(text.contains("90,000 more attempts were not analysed"), "{text}");
        assert!(text.ends_with("There may be more: see --max-rows.\n"), "{text}");
    }

    #[test]
    fn members_are_listed_with_the_beginning_of_their_hash() {
        let arguments = ClustersArguments { members: true, ..ClustersArguments::default() };
        let hash = "ab".repeat(32);
        let text = written(
            "cluster_id user_id:id code_hash attempts:int",
            &[&["ENUMERATION:abababababab", "8566919185", &hash, "3"], &["BACKGROUND", "", &hash, "1"]],
            &arguments,
        );
        assert!(text.contains("ENUMERATION:abababababab  8566919185  abababababababab       3"), "{text}");
        assert!(text.contains("2 of 2 pairs of user and code"), "{text}");
    }
}
