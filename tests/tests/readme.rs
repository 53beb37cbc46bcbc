//! The README shows what the demo prints.

use promo_guard_tests::{Server, promoctl_path, repo};
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
    let (shown, printed) = (comparable(&readme[begin..end]), comparable(&printed));
    for (shown, printed) in shown.iter().zip(&printed) {
        assert_eq!(shown, printed, "README.md is not what the demo prints; UPDATE_README=1 writes it anew");
    }
    assert_eq!(shown.len(), printed.len());
}

/// The lines that are the same each time. Sections 4, 6 and 7 act now and not as of a time, and their numbers follow the clock:
/// of them the commands and the names of the checks are.
fn comparable(text: &str) -> Vec<String> {
    let mut live = false;
    let named = Regex::new(r"^(\$ |(ok|fail|pass|over) {2,}\w+)").unwrap();
    without_times(text)
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

/// It promises that demo and tests clean up after themselves.
#[test]
fn nothing_is_left_of_a_throw_away_server() {
    let server = Server::start(&[]);
    let host = server.host();
    fs::write(server.beside("home/below").join("ours"), "written by whoever runs the tests").unwrap();
    assert!(fs::exists(&host).unwrap());
    drop(server);
    assert!(!fs::exists(&host).unwrap(), "{host} is still there");
}

/// The README without what the demo prints.
fn told_by_hand() -> String {
    let readme = fs::read_to_string(repo().join("README.md")).unwrap();
    let (before, rest) = readme.split_once("<!-- demo:").unwrap();
    let (_, after) = rest.split_once("<!-- end of demo -->").unwrap();
    format!("{before}{after}")
}

#[test]
fn the_readmes_examples_run_as_they_stand() {
    let readme = told_by_hand();
    let blocks: Vec<&str> = readme.split("```").skip(1).step_by(2).collect();
    let lines = blocks.iter().flat_map(|block| block.lines());
    let commands: Vec<&str> =
        lines.filter(|line| line.starts_with("psql ") || line.starts_with("promoctl ")).collect();
    assert!(commands.len() > 3, "{commands:?}");

    // What the examples take for granted: a database called shop with the application's tables, and two roles.
    let server = Server::start(&[]);
    let mut maintenance = server.connect("postgres");
    for statement in
        ["CREATE DATABASE shop", "CREATE ROLE oncall", "CREATE ROLE grafana", "CREATE ROLE shop LOGIN"]
    {
        maintenance.batch_execute(statement).unwrap();
    }
    let mut db = server.connect("shop");
    db.batch_execute("GRANT ALL ON SCHEMA public TO shop; SET ROLE shop").unwrap();
    db.batch_execute(include_str!("../../sql/reference/schema.sql")).unwrap();
    let path = format!(
        "{}:{}:/usr/bin:/bin",
        promoctl_path().parent().unwrap().display(),
        server.programs().display()
    );
    for command in commands {
        let out = Command::new("sh")
            .args(["-c", command])
            .env_clear()
            .env("PATH", &path)
            .env("HOME", "/nonexistent")
            .env("PGHOST", server.host())
            .env("PGUSER", "postgres")
            .output()
            .unwrap();
        let err = String::from_utf8_lossy(&out.stderr);
        // 1 says that something was found, which an empty shop may well have.
        assert!(matches!(out.status.code(), Some(0 | 1)), "{command}: {:?} {err}", out.status);
        assert!(!err.contains("ERROR") && !err.contains("error:"), "{command}: {err}");
    }
}

#[test]
fn what_the_readme_says_of_promoctl_in_passing_is_understood_by_it() {
    let readme = told_by_hand();
    let spans = Regex::new(r"`(promoctl [^`]+)`").unwrap();
    let mut seen = 0;
    for span in
        spans.captures_iter(&readme).map(|found| found[1].replace('\n', " ")).filter(|s| !s.contains('…'))
    {
        let line = span.replacen("promoctl", &promoctl_path().display().to_string(), 1);
        let out = Command::new("sh").args(["-c", &format!("{line} --help")]).env_clear().output().unwrap();
        assert!(out.status.success(), "{span}: {}", String::from_utf8_lossy(&out.stderr));
        seen += 1;
    }
    assert!(seen > 1, "nothing found");
}
