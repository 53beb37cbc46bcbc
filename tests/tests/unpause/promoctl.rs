//! `promoctl check`, `unpause`, `pause` against a real server.

use super::shop::shop;
use promo_guard_tests::{promoctl, server, table};
use std::process::{Command, Stdio};

/// Runs to the end without a terminal: exit status, standard output, standard error.
fn run(name: &str, arguments: &[&str]) -> (i32, String, String) {
    ended(promoctl(server(), name).args(arguments).stdin(Stdio::null()))
}

fn ended(command: &mut Command) -> (i32, String, String) {
    let out = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (out.status.code().unwrap_or(-1), text(&out.stdout), text(&out.stderr))
}

#[test]
fn check_shows_every_check_failed_checks_first() {
    let (mut db, name) = shop();
    db.batch_execute("UPDATE promo_codes SET valid_until = now() - interval '1 hour' WHERE id = 7").unwrap();
    let (code, page, err) = run(&name, &["check", "7"]);
    println!("{page}");
    assert_eq!((code, err.as_str()), (1, ""), "{page}");
    assert!(page.lines().all(|l| l.chars().count() <= 80), "{page}");
    let first = page.lines().find(|l| l.starts_with("fail") || l.starts_with("ok")).unwrap();
    assert!(first.contains("validity_window") && first.contains("cannot be overridden"), "{page}");
    assert_eq!(page.lines().filter(|l| l.starts_with("fail") || l.starts_with("ok")).count(), 12, "{page}");
    let (_, json, _) = run(&name, &["check", "7", "--output", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["checks"].as_array().unwrap().len(), 12);
    assert_eq!(json["campaign_id"], "7");
    assert_eq!(json["failed_checks"][0], "validity_window");
    assert!(json["checks"][8]["evidence"]["min_failures"] == 100, "evidence is a document, not a text");
    assert_eq!(run(&name, &["check", "7", "--output", "csv"]).1.lines().count(), 13);
    assert_eq!(run(&name, &["check", "99"]).0, 3, "no such campaign");
}

#[test]
fn without_a_terminal_it_needs_yes_and_asks_nothing() {
    let (mut db, name) = shop();
    let (code, out, err) = run(&name, &["unpause", "7", "--reason", "clean"]);
    assert_eq!(code, 2, "{out}{err}");
    assert!(err.contains("--yes") && out.is_empty());
    assert_eq!(run(&name, &["unpause", "7", "--reason", " ", "--yes"]).0, 2);
    assert!(table(&mut db, "SELECT * FROM promo_guard.action_log WHERE campaign_id = 7").is_empty());
    let (code, page, err) = run(&name, &["unpause", "7", "--reason", "customers tapped twice", "--yes"]);
    println!("{page}");
    assert_eq!((code, err.as_str()), (0, ""), "{page}");
    assert!(page.contains("Unpaused campaign 7") && page.contains("watch 7"), "{page}");
    assert_eq!(table(&mut db, "SELECT status FROM promo_codes WHERE id = 7"), [["ACTIVE"]]);
}

#[test]
fn a_refusal_ends_with_1_says_why_and_is_on_record() {
    let (mut db, name) = shop();
    db.batch_execute("UPDATE promo_codes SET target_scope = 'NOWHERE' WHERE id = 7").unwrap();
    let (code, page, _) = run(&name, &["unpause", "7", "--reason", "x", "--yes"]);
    println!("{page}");
    assert_eq!(code, 1, "{page}");
    assert!(page.contains("Refused: campaign 7") && page.contains("NOWHERE"), "{page}");
    assert!(page.lines().all(|l| l.chars().count() <= 80 || l.starts_with("    promoctl")), "{page}");
    assert_eq!(
        table(&mut db, "SELECT decision FROM promo_guard.action_log WHERE campaign_id = 7"),
        [["REFUSED"]]
    );
    // the same with the risk taken, as JSON
    let arguments = [
        "unpause",
        "7",
        "--reason",
        "x",
        "--yes",
        "--override",
        "scope_known",
        "--on-regression",
        "pause",
        "-o",
        "json",
    ];
    let (code, json, err) = run(&name, &arguments);
    assert_eq!(code, 0, "{json}{err}");
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        (json[0]["decision"].as_str(), json[0]["overridden"][0].as_str()),
        (Some("UNPAUSED"), Some("scope_known"))
    );
    assert_eq!(table(&mut db, "SELECT on_regression FROM promo_guard.bake"), [["pause"]]);
    assert_eq!(run(&name, &["unpause", "7", "--reason", "x", "--yes", "--override", "is_paused"]).0, 3);
}

#[test]
fn several_ids_are_several_decisions() {
    let (mut db, name) = shop();
    let (code, page, _) = run(&name, &["unpause", "1", "7", "--reason", "x", "--yes"]);
    assert_eq!(code, 1, "campaign 1 is active: {page}");
    assert_eq!(
        table(
            &mut db,
            "SELECT campaign_id, decision FROM promo_guard.action_log WHERE campaign_id IS NOT NULL ORDER BY id"
        ),
        [["1", "REFUSED"], ["7", "UNPAUSED"]]
    );
    let (code, out, err) = run(&name, &["unpause", "1", "99", "--reason", "x", "--yes"]);
    assert_eq!(code, 3, "{out}");
    assert!(err.contains("no campaign with id 99") && err.contains("stopped at campaign 99"), "{err}");
}

#[test]
fn pause_says_what_it_did() {
    let (_, name) = shop();
    let (code, out, _) = run(&name, &["pause", "1", "--reason", "leaked"]);
    assert!(code == 0 && out.starts_with("Paused campaign 1"), "{out}");
    let (code, out, _) = run(&name, &["pause", "1", "--reason", "leaked"]);
    assert!(code == 0 && out.contains("paused already"), "{out}");
    assert_eq!(run(&name, &["pause", "1", "--reason", ""]).0, 3);
}
