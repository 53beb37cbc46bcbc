//! The commands in the pages run, and promoctl understands what is said of it in passing.

use super::{PAGES, told_by_hand};
use promo_guard_tests::{Server, promoctl_path};
use regex::Regex;
use std::fs;
use std::process::Command;

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

#[test]
fn the_examples_of_every_page_run_as_they_stand() {
    let pages: Vec<String> = PAGES.iter().map(|path| told_by_hand(path)).collect();
    let blocks = pages.iter().flat_map(|page| page.split("```").skip(1).step_by(2));
    let lines = blocks.flat_map(|block| block.lines());
    let commands: Vec<&str> =
        lines.filter(|line| line.starts_with("psql ") || line.starts_with("promoctl ")).collect();
    assert!(commands.len() > 3, "{commands:?}");

    // What the examples take for granted: a database called shop with the application's tables, a paused campaign 7, and two roles.
    let server = Server::start(&[]);
    let mut maintenance = server.connect("postgres");
    for statement in
        ["CREATE DATABASE shop", "CREATE ROLE oncall", "CREATE ROLE grafana", "CREATE ROLE shop LOGIN"]
    {
        maintenance.batch_execute(statement).unwrap();
    }
    let mut db = server.connect("shop");
    db.batch_execute("GRANT ALL ON SCHEMA public TO shop; SET ROLE shop").unwrap();
    db.batch_execute(include_str!("../../../sql/reference/schema.sql")).unwrap();
    db.batch_execute(
        "INSERT INTO promo_codes (id, code_hash, code_prefix, campaign_name, promo_type, target_scope, status, valid_from, valid_until)
         VALUES (7, repeat('7', 64), 'SEVEN', 'Seven', 'PREMIUM_GRANT', 'ALL', 'PAUSED', now() - interval '1 day', now() + interval '1 day')",
    )
    .unwrap();
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
fn what_the_pages_say_of_promoctl_in_passing_is_understood_by_it() {
    let all: String = PAGES.iter().map(|path| told_by_hand(path)).collect();
    let spans = Regex::new(r"`(promoctl [^`]+)`").unwrap();
    let mut seen = 0;
    for span in
        spans.captures_iter(&all).map(|found| found[1].replace('\n', " ")).filter(|s| !s.contains('…'))
    {
        let line = span.replacen("promoctl", &promoctl_path().display().to_string(), 1);
        let out = Command::new("sh").args(["-c", &format!("{line} --help")]).env_clear().output().unwrap();
        assert!(out.status.success(), "{span}: {}", String::from_utf8_lossy(&out.stderr));
        seen += 1;
    }
    assert!(seen > 1, "nothing found");
}
