//! The examples in the help run as they stand.

use promo_guard_tests::{promoctl, server, table};
use regex::Regex;
use std::process::Command;

fn told(command: &mut Command) -> (i32, String) {
    let out = command.output().unwrap();
    let text = String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr);
    (out.status.code().unwrap_or(-1), text)
}

/// The whole help of a command.
fn help(words: &[&str]) -> String {
    let (code, text) = told(promoctl(server(), "none").args(words).arg("--help").env("COLUMNS", "100"));
    assert_eq!(code, 0, "{words:?}: {text}");
    text
}

/// Runs; what was found is no failure.
fn runs(database: &str, args: &[&str]) {
    let (code, text) = told(promoctl(server(), database).args(args));
    assert!(
        matches!(code, 0 | 1) && !text.contains("ERROR") && !text.contains("error:"),
        "{args:?}: {code} {text}"
    );
}

fn shop() -> String {
    let (mut db, name) = server().database();
    db.batch_execute(
        "ALTER TABLE promo_attempts RENAME normalized_code_hash TO hash_of_code;
         INSERT INTO promo_codes (id, code_hash, code_prefix, campaign_name, promo_type, target_scope, status, valid_from, valid_until)
         VALUES (7, repeat('7', 64), 'SEVEN', 'Seven', 'PREMIUM_GRANT', 'ALL', 'PAUSED', now() - interval '1 day', now() + interval '1 day')",
    )
    .unwrap();
    name
}

#[test]
fn the_examples_of_map_are_taken_by_setup() {
    let name = shop();
    let text = help(&["setup"]).split_whitespace().collect::<Vec<_>>().join(" ");
    let found: Vec<String> = Regex::new(r"--map ([a-z_]+\.[a-z_]+=[a-z_]*)")
        .unwrap()
        .captures_iter(&text)
        .map(|found| found[1].to_owned())
        .collect();
    assert_eq!(found, ["attempts.code_hash=hash_of_code", "campaigns.target_scope="], "{text}");
    let maps: Vec<&str> = found.iter().flat_map(|map| ["--map", map]).collect();
    runs(&name, &[&["setup"], maps.as_slice()].concat());
    let mut db = server().connect(&name);
    // No such column means a null, and what needs it says so.
    assert_eq!(table(&mut db, "SELECT target_scope FROM promo_guard.campaigns"), [["∅"]]);
    runs(&name, &["setup"]);
    assert_eq!(table(&mut db, "SELECT target_scope FROM promo_guard.campaigns"), [["∅"]], "it is remembered");
    runs(&name, &["setup", "--map", "campaigns.target_scope=target_scope"]);
    assert_eq!(table(&mut db, "SELECT target_scope FROM promo_guard.campaigns"), [["ALL"]]);
    // Nothing works without a status: that is refused, with what to write.
    let (code, text) = told(promoctl(server(), &name).args(["setup", "--map", "campaigns.status="]));
    assert!(code == 3 && text.contains("\"campaigns\".\"status\"") && text.contains("HINT"), "{code} {text}");
}

#[test]
fn the_examples_of_every_option_are_taken_by_their_command() {
    let name = shop();
    runs(&name, &["setup", "--map", "attempts.code_hash=hash_of_code"]);
    let overview = help(&[]);
    let list = overview.split("Commands:").nth(1).unwrap().split("\n\n").next().unwrap();
    let names: Vec<&str> = Regex::new(r"(?m)^  ([a-z]+)\b")
        .unwrap()
        .captures_iter(list)
        .map(|c| c.get(1).unwrap().as_str())
        .collect();
    assert!(names.len() > 15, "{names:?}");
    let fields =
        Regex::new(r"\b((?:valid_until|max_total_uses|max_uses_per_user)=(?:'[^']*'|[0-9a-z]+))").unwrap();
    let quoted = Regex::new(r#""([0-9]+ ?[a-z]+)""#).unwrap();
    let option = Regex::new(r"(?m)^ +(?:-[a-zA-Z], )?(--[a-z-]+)").unwrap();
    let mut seen = Vec::new();
    for command in names.into_iter().filter(|name| *name != "help") {
        let text = help(&[command]);
        let places: Vec<(usize, &str)> = option
            .captures_iter(&text)
            .map(|c| (c.get(1).unwrap().start(), c.get(1).unwrap().as_str()))
            .collect();
        for found in quoted.captures_iter(&text) {
            let value = found.get(1).unwrap();
            let Some((_, option)) = places.iter().rev().find(|(at, _)| *at < value.start()) else { continue };
            if *option == "--timeout" && command != "triage" {
                continue;
            }
            seen.push((command, (*option).to_owned(), value.as_str().to_owned()));
        }
        for found in fields.captures_iter(&text) {
            seen.push((command, String::new(), found[1].replace('\'', "")));
        }
    }
    assert!(seen.len() > 10, "{seen:?}");
    for (command, option, value) in &seen {
        match (*command, option.as_str()) {
            ("fix", "") => runs(&name, &["fix", "7", value, "--reason", "an example", "--dry-run"]),
            // It follows a redemption for so long: that the value is read is enough.
            ("probe", "--wait") => {
                let mut probe = promoctl(server(), &name);
                let (code, text) =
                    told(probe.args(["probe", "--wait", value]).stdin(std::process::Stdio::null()));
                assert!(code == 2 && !text.contains("invalid value"), "{text}");
            }
            ("show" | "check", option) => runs(&name, &[command, "7", option, value]),
            (command, option) => runs(&name, &[command, option, value]),
        }
    }
}

#[test]
fn the_commands_that_the_help_names_run() {
    let name = shop();
    runs(&name, &["setup", "--map", "attempts.code_hash=hash_of_code"]);
    let all = help(&[]) + &help(&["completions"]) + &help(&["man"]);
    let named = Regex::new(r"promoctl (triage|completions bash|man)\b").unwrap();
    let mut commands: Vec<String> = named.captures_iter(&all).map(|found| found[1].to_owned()).collect();
    commands.sort_unstable();
    commands.dedup();
    assert_eq!(commands, ["completions bash", "man", "triage"]);
    for command in commands {
        runs(&name, &command.split(' ').collect::<Vec<_>>());
    }
}
