//! `promoctl clusters`: runbook 1.3, failed attempts put together by their cause.

use std::io::{self, Write};

use super::window::Window;
use crate::args::{ClustersArguments, Format};
use crate::error::{Error, Status};
use crate::output::chart::sparkline;
use crate::output::table::{ALERT, DIM, HEADING, list, nothing, page_width, styled};
use crate::output::text::{counted, grouped, number, shorten, visible, wrapped};
use crate::output::{Part, Printing, Rows, Value, stdout, write_parts, write_rows};
use crate::session::{Argument, Call, Session};

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
    let lookback = arguments.window.lookback.as_ref();
    let call = if arguments.members {
        Call::new("failure_cluster_members")
    } else {
        Call::new("failure_clusters").with("max_rows", Argument::Int(arguments.max_rows))
    };
    let call = call.with_some("lookback", "interval", lookback);
    let (window, rows) = session.read(|work| {
        let default = work.policy("triage_lookback")?;
        let window = Window::read(work, &arguments.window, default)?;
        let rows = work.fetch(&call.clone().with("as_of", Argument::Time(window.as_of)))?;
        Ok((window, rows))
    })?;

    let mut out = stdout(printing.format);
    match printing.format {
        Format::Table => write_page(&mut out, &window, &rows, &session.database, arguments)?,
        Format::Markdown => {
            let (name, title) =
                if arguments.members { ("members", "Members") } else { ("clusters", "Failure clusters") };
            let parts = [
                Part::Fact("as_of", window.end()),
                Part::Fact("lookback", window.length()),
                Part::Table(name, title, &rows),
            ];
            write_parts(&mut out, printing.format, &parts)?;
        }
        Format::Json | Format::Csv => write_rows(&mut out, printing.format, &rows, printing.csv_raw)?,
    }
    out.flush()?;
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
    let width = page_width();
    writeln!(out, "{}", styled(HEADING, &format!("Failure clusters: database {}", visible(database))))?;
    writeln!(out, "{}", styled(DIM, &wrapped(&window.sentence(), width, "")))?;
    if rows.rows.is_empty() {
        return writeln!(out, "\nNo attempt failed in this window.");
    }
    if arguments.members {
        return write_members(out, rows);
    }
    let sum = |name| rows.values(name).filter_map(Value::int).fold(0, i64::saturating_add);
    let grave = rows.rows.iter().filter(|row| is_grave(rows, row)).count();
    let headline = format!(
        "{} in {}, worst first; {}.",
        counted(sum("attempts"), "failed attempt"),
        counted(i64::try_from(rows.rows.len()).unwrap_or(i64::MAX), "cluster"),
        match grave {
            0 => "none needs action".to_owned(),
            n => number(n as u64, "needs action", "need action"),
        }
    );
    let style = if grave > 0 { ALERT } else { HEADING };
    writeln!(out, "\n{}", styled(style, &wrapped(&headline, width, "")))?;
    let uncounted = rows.values("uncounted").find_map(Value::int).unwrap_or(0);
    if uncounted > 0 {
        let line = format!(
            "{} were not analysed: the clusters are those of a sample. See policy cluster_max_attempts.",
            counted(uncounted, "more attempt")
        );
        writeln!(out, "{}", styled(ALERT, &wrapped(&line, width, "")))?;
    }
    for row in &rows.rows {
        write_cluster(out, rows, row, window, width)?;
    }
    if rows.rows.len() >= usize::try_from(arguments.max_rows).unwrap_or(usize::MAX) {
        writeln!(out, "\n{}", styled(DIM, "There may be more: see --max-rows."))?;
    }
    Ok(())
}

/// Whether it needs action.
fn is_grave(rows: &Rows, row: &[Value]) -> bool {
    rows.get(row, "needs_action").is_true()
}

/// A cluster: what and whose, when, how much, and why.
fn write_cluster(
    out: &mut impl Write,
    rows: &Rows,
    row: &[Value],
    window: &Window,
    width: usize,
) -> io::Result<()> {
    let get = |name| rows.get(row, name);
    let number = |name| get(name).int().unwrap_or(0);
    let kind = get("kind").text().map_or_else(nothing, visible);
    let style = if is_grave(rows, row) { ALERT } else { HEADING };
    let active = if get("active").is_true() { "  active" } else { "" };
    let room = width.saturating_sub(kind.len() + 2 + active.len());
    let campaign = get("campaign_id").int().map_or(String::new(), |id| {
        let name = get("campaign_name").text().map_or_else(|| format!("campaign {id}"), visible);
        format!("  {}", shorten(&name, room))
    });
    writeln!(out, "\n{}{campaign}{}", styled(style, &kind), styled(ALERT, active))?;
    let series: Vec<i64> = match get("series") {
        Value::Json(serde_json::Value::Array(counts)) => {
            counts.iter().filter_map(serde_json::Value::as_i64).collect()
        }
        _ => Vec::new(),
    };
    let times = match (get("first_seen").time(), get("last_seen").time()) {
        (Some(first), Some(last)) => {
            format!("{} to {}", first.brief(window.as_of), last.brief(window.as_of))
        }
        _ => nothing(),
    };
    let peak = format!("{times}, peak {} a minute", grouped(number("peak_per_minute")));
    writeln!(out, "  {}  {}", sparkline(&series, 30), styled(DIM, &peak))?;
    let mut figures = format!(
        "{} by {} on {}",
        counted(number("attempts"), "attempt"),
        counted(number("users"), "user"),
        counted(number("codes"), "code")
    );
    if let Value::Json(serde_json::Value::Object(results)) = get("results") {
        let mut results: Vec<(&String, i64)> =
            results.iter().map(|(name, n)| (name, n.as_i64().unwrap_or(0))).collect();
        results.sort_by_key(|(name, n)| (std::cmp::Reverse(*n), *name));
        let listed: Vec<String> =
            results.iter().map(|(name, n)| format!("{} {}", grouped(*n), visible(name))).collect();
        figures = format!("{figures}: {}", listed.join(", "));
    }
    let recovered = number("recovered_users");
    if recovered > 0 {
        figures = format!("{figures}; {} recovered", counted(recovered, "user"));
    }
    writeln!(out, "{}", wrapped(&format!("{figures}."), width, "  "))?;
    let explanation = get("explanation").text().map(visible).unwrap_or_default();
    writeln!(out, "{}", wrapped(&explanation, width, "  "))?;
    writeln!(out, "  {}", styled(DIM, &get("cluster_id").text().map_or_else(nothing, visible)))
}

/// Who is in which, the first of them.
fn write_members(out: &mut impl Write, rows: &Rows) -> io::Result<()> {
    writeln!(out)?;
    let mut shown = rows
        .with("cluster_id", |id| Value::Text(shorten(&id.plain(), 36)))
        .with("code_hash", |hash| Value::Text(hash.plain().chars().take(HASH_SHOWN).collect()));
    shown.rows.truncate(MEMBERS_SHOWN);
    let columns =
        [("cluster_id", "cluster"), ("user_id", "user"), ("code_hash", "code"), ("attempts", "failed")];
    list(out, &shown, &columns, None)?;
    let all = i64::try_from(rows.rows.len()).unwrap_or(i64::MAX);
    let shown = i64::try_from(MEMBERS_SHOWN).unwrap_or(i64::MAX).min(all);
    let line = format!(
        "{} of {}; hashes in full{}: --output csv or json.",
        grouped(shown),
        number(all, "pair of user and code", "pairs of user and code"),
        if shown < all { ", and all of them" } else { "" }
    );
    writeln!(out, "{}", styled(DIM, &line))
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: &str = "cluster_id kind campaign_id:id attempts:int users:int codes:int results:json first_seen:time last_seen:time peak_per_minute:int active:bool recovered_users:int explanation accepted:int uncounted:int series:counts needs_action:bool campaign_name";
    use crate::output::tests::rows;
    use crate::output::time::tests::at;
    use unicode_width::UnicodeWidthStr;

    fn written(columns: &str, lines: &[&[&str]], arguments: &ClustersArguments) -> String {
        let window = Window {
            as_of: at("2026-11-23T20:30:00Z"),
            present: true,
            lookback: Some("30 min".to_owned()),
            since: Some(at("2026-11-23T20:00:00Z")),
        };
        let mut out = Vec::new();
        let mut plain = anstream::StripStream::new(&mut out);
        write_page(&mut plain, &window, &rows(columns, lines), "shop", arguments).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.lines().all(|line| line.width() <= 80 && line == line.trim_end()), "{text}");
        text
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
