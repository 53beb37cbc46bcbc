//! docs/DEMO.md shows what the demo prints, and README.md a piece of it.

use super::page;
use promo_guard_tests::repo;
use regex::Regex;
use std::process::Command;
use std::{env, fs};

/// The times are those of the run; everything else is the same each time.
fn without_times(text: &str) -> String {
    let moments = Regex::new(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}Z")
        .unwrap()
        .replace_all(text, "<moment>")
        .into_owned();
    let times =
        Regex::new(r"\b\d{2}:\d{2}(:\d{2})?Z?\b").unwrap().replace_all(&moments, "<time>").into_owned();
    let days = Regex::new(r"\d{4}-\d{2}-\d{2}").unwrap().replace_all(&times, "<day>").into_owned();
    // Files of codes are named by the minute.
    Regex::new(r"codes-(\d+)-\d{4}\.txt").unwrap().replace_all(&days, "codes-$1-<time>.txt").into_owned()
}

#[test]
#[ignore = "slow"]
fn the_demo_page_shows_what_the_demo_prints() {
    let out = Command::new(env!("CARGO_BIN_EXE_demo")).output().unwrap();
    let printed = String::from_utf8(out.stdout).unwrap();
    assert!(out.status.success(), "{printed}{}", String::from_utf8_lossy(&out.stderr));

    let path = repo().join("docs/DEMO.md");
    let page = fs::read_to_string(&path).unwrap();
    let begin = page
        .find("<!-- demo -->")
        .and_then(|i| Some(i + page[i..].find("```\n")? + 4))
        .expect("where the demo begins");
    let end = begin + page[begin..].find("```\n<!-- end of demo -->").expect("where the demo ends");
    if env::var_os("UPDATE_DEMO").is_some() {
        fs::write(&path, format!("{}{printed}{}", &page[..begin], &page[end..])).unwrap();
        update_excerpt();
        return;
    }
    let (shown, printed) = (comparable(&page[begin..end]), comparable(&printed));
    for (shown, printed) in shown.iter().zip(&printed) {
        assert_eq!(shown, printed, "docs/DEMO.md is not what the demo prints; UPDATE_DEMO=1 writes it anew");
    }
    assert_eq!(shown.len(), printed.len());
}

/// The lines that are the same each time. Sections 4, 6 and 7 act now and not as of a time, and their numbers follow the clock:
/// of them the commands and the names of the checks are.
fn comparable(text: &str) -> Vec<String> {
    let mut live = false;
    let named = Regex::new(r"^(\$ |(ok|fail|pass|over) {2,}\w+)").unwrap();
    // What is usual is learned by days and half hours of UTC, so it moves with the clock a little.
    let usual = Regex::new(r"normal for \d+ bursts of this shop: \d+ to \d+ %|normal: [\d,]+\)").unwrap();
    usual
        .replace_all(&without_times(text), "<normal>")
        .lines()
        .filter(|line| {
            if let Some(section) = line.strip_prefix("== ") {
                live = section.starts_with(['4', '6', '7']);
            }
            !live || line.starts_with("== ") || named.is_match(line)
        })
        .map(str::to_owned)
        .collect()
}

/// At most so many lines of it.
const EXCERPT: usize = 15;
const BEGIN: &str = "<!-- excerpt of docs/DEMO.md -->\n```\n";
const END: &str = "```\n<!-- end of excerpt -->";

/// As many lines of the demo as README.md shows, from the same first line on.
fn update_excerpt() {
    let (readme, demo) = (page("README.md"), page("docs/DEMO.md"));
    let begin = readme.find(BEGIN).expect("where the excerpt begins") + BEGIN.len();
    let end = readme.find(END).expect("where the excerpt ends");
    let first = readme[begin..end].lines().next().unwrap_or_default();
    let lines = demo.lines().skip_while(|line| *line != first).take(readme[begin..end].lines().count());
    let excerpt: String = lines.map(|line| format!("{line}\n")).collect();
    assert!(!excerpt.is_empty(), "{first:?} is no line of the demo any more: choose another excerpt");
    fs::write(repo().join("README.md"), format!("{}{excerpt}{}", &readme[..begin], &readme[end..])).unwrap();
}

#[test]
#[ignore = "slow"]
fn the_readme_shows_a_piece_of_the_demo() {
    if env::var_os("UPDATE_DEMO").is_some() {
        // The other test is writing both pages.
        return;
    }
    let (readme, demo) = (page("README.md"), page("docs/DEMO.md"));
    let (_, rest) = readme.split_once(BEGIN).expect("where the excerpt begins");
    let (excerpt, _) = rest.split_once(END).expect("where the excerpt ends");
    assert!((8..=EXCERPT).contains(&excerpt.lines().count()), "{} lines", excerpt.lines().count());
    assert!(demo.contains(excerpt), "the excerpt in README.md is not in docs/DEMO.md");
}
