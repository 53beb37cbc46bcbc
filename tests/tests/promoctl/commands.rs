//! What the commands say and how they end.

use promo_guard_generator::{Config, Micros, generate};
use promo_guard_tests::load::{LoadOptions, load};
use promo_guard_tests::{promoctl, server};
use serde_json::Value;
use std::process::Command;

const END: Micros = Micros(1_772_414_400_000_000); // 2026-03-02 01:20 UTC
const AS_OF: &str = "2026-03-02 01:20:00Z";

/// Runs to the end: exit status, standard output, standard error.
fn run(command: &mut Command) -> (i32, String, String) {
    let out = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (out.status.code().unwrap_or(-1), text(&out.stdout), text(&out.stderr))
}

/// A simulated night in a fresh database, not set up.
fn night() -> String {
    let (mut db, name) = server().empty_database();
    load(&mut db, &generate(&Config::demo(2, END)), &LoadOptions::default().without_foreign_keys()).unwrap();
    db.batch_execute("CREATE EXTENSION promo_guard").unwrap();
    name
}

#[test]
fn setup_binds_attaches_grants_and_ends_with_the_doctor() {
    let name = night();
    server()
        .connect(&name)
        .batch_execute("CREATE ROLE ctl_operator LOGIN; CREATE ROLE ctl_reader LOGIN")
        .unwrap();
    let (code, dry, err) = run(promoctl(server(), &name).args(["setup", "--dry-run"]));
    assert_eq!(code, 0, "{dry}{err}");
    assert_eq!(run(promoctl(server(), &name).arg("triage")).0, 3, "a dry run binds nothing");

    let arguments = ["setup", "--ledger", "ledger", "--operator", "ctl_operator", "--reader", "ctl_reader"];
    let (code, out, err) = run(promoctl(server(), &name).args(arguments));
    assert_eq!(code, 0, "{out}{err}");
    for said in [
        "campaigns",
        "21 of 21 columns",
        "promo_guard.status_history",
        "CREATE INDEX CONCURRENTLY",
        "ctl_operator",
    ] {
        assert!(out.contains(said), "{said:?} is missing in\n{out}");
    }
    assert!(out.contains("normalized_code_hash"), "a renamed column is shown\n{out}");
    assert!(!out.contains("campaign_name ="), "one of its own name is not\n{out}");
    assert!(out.lines().all(|l| l.chars().count() <= 80 || l.ends_with(';')), "{out}");

    // the reader sees the page without the section that shows hashes
    let (code, out, _) = run(promoctl(server(), &name)
        .env("PGUSER", "ctl_reader")
        .args(["triage", "--full", "--as-of", AS_OF]));
    assert_eq!(code, 0, "{out}");
    assert!(out.contains("Blast radius") && out.contains("code hashes are for operators"), "{out}");
    let (code, out, _) = run(promoctl(server(), &name)
        .env("PGUSER", "ctl_operator")
        .args(["triage", "--full", "--as-of", AS_OF]));
    assert!(code == 0 && out.contains("Failing codes") && !out.contains("for operators"), "{out}");
}

#[test]
fn triage_is_one_page_at_80_columns_and_one_object_in_json() {
    let name = night();
    run(promoctl(server(), &name).args(["setup"]));
    let (code, page, err) = run(promoctl(server(), &name).args(["triage", "--full", "--as-of", AS_OF]));
    assert_eq!((code, err.as_str()), (0, ""), "{page}");
    // commands to paste stay in one line
    assert!(page.lines().all(|l| l.chars().count() <= 80 || l.starts_with("    promoctl ")), "{page}");
    let (code, json, _) =
        run(promoctl(server(), &name).args(["triage", "--as-of", AS_OF, "--output", "json"]));
    assert_eq!(code, 0);
    let json: Value = serde_json::from_str(&json).unwrap();
    let paused = json["paused_campaigns"].as_array().unwrap();
    assert!(!paused.is_empty());
    for campaign in paused {
        let id = campaign["campaign_id"].as_str().expect("63 bits do not survive a double: ids are strings");
        assert!(page.contains(id));
        assert!(campaign["paused_at"].as_str().unwrap().ends_with('Z'));
    }
    assert!(json["failed_attempts"][0]["code_hash"].as_str().unwrap().len() == 64);
    assert_eq!(json["blast_radius"].as_array().unwrap().len(), 5);
}

#[test]
fn paused_speaks_every_format() {
    let name = night();
    run(promoctl(server(), &name).args(["setup"]));
    let columns = "campaign_id,campaign_name,code_prefix,status,updated_at,paused_at,paused_at_source,paused_by,failed_attempts,verdict,campaign_key";
    let out = |format: &str| {
        run(promoctl(server(), &name).args(["paused", "--as-of", AS_OF, "--output", format])).1
    };
    assert_eq!(out("csv").lines().next().unwrap(), columns);
    let rows = out("csv").lines().count() - 1;
    assert!(rows >= 4);
    assert_eq!(serde_json::from_str::<Value>(&out("json")).unwrap().as_array().unwrap().len(), rows);
    let markdown = out("markdown");
    assert_eq!(markdown.lines().filter(|l| l.starts_with('|')).count(), rows + 2, "{markdown}");
    assert!(out("table").contains("evidence"));
    let few = run(promoctl(server(), &name).args([
        "paused",
        "--as-of",
        AS_OF,
        "--max-rows",
        "1",
        "--output",
        "csv",
    ]))
    .1;
    assert_eq!(few.lines().count(), 2);
}

#[test]
fn doctor_ends_with_1_only_where_something_is_wrong() {
    let (mut db, name) = server().bound_database();
    assert_eq!(run(promoctl(server(), &name).arg("doctor")).0, 0, "a warning is no error");
    db.batch_execute("DROP VIEW promo_guard.attempts").unwrap();
    let (code, out, _) = run(promoctl(server(), &name).arg("doctor"));
    assert_eq!(code, 1);
    assert!(out.starts_with("error"), "the worst first\n{out}");
    let (_, statements, _) = run(promoctl(server(), &name).args(["doctor", "--remediation"]));
    db.batch_execute(&statements.replace("CONCURRENTLY ", "")).unwrap();
    assert_eq!(run(promoctl(server(), &name).arg("doctor")).0, 0, "what it said to paste mended it");
}
