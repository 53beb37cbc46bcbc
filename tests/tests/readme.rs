//! The README shows what the demo prints.

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
    Regex::new(r"\d{4}-\d{2}-\d{2}").unwrap().replace_all(&times, "<day>").into_owned()
}

#[test]
fn the_readme_shows_what_the_demo_prints() {
    let out = Command::new(env!("CARGO_BIN_EXE_demo")).output().unwrap();
    let printed = String::from_utf8(out.stdout).unwrap();
    assert!(out.status.success(), "{printed}{}", String::from_utf8_lossy(&out.stderr));

    let path = repo().join("README.md");
    let readme = fs::read_to_string(&path).unwrap();
    let begin = readme
        .find("<!-- demo:")
        .and_then(|i| Some(i + readme[i..].find("```\n")? + 4))
        .expect("where the demo begins");
    let end = begin + readme[begin..].find("```\n<!-- end of demo -->").expect("where the demo ends");
    if env::var_os("UPDATE_README").is_some() {
        fs::write(&path, format!("{}{printed}{}", &readme[..begin], &readme[end..])).unwrap();
        return;
    }
    let shown = &readme[begin..end];
    for (shown, printed) in without_times(shown).lines().zip(without_times(&printed).lines()) {
        assert_eq!(shown, printed, "README.md is not what the demo prints; UPDATE_README=1 writes it anew");
    }
    assert_eq!(shown.lines().count(), printed.lines().count());
}
