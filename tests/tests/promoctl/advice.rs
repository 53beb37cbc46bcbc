//! An error that the server gives without a HINT comes with the statement to run, and that statement helps.

use promo_guard_tests::{promoctl, server, table};
use std::process::Command;

/// Runs to the end: exit status and standard error.
fn run(command: &mut Command) -> (i32, String) {
    let out = command.output().unwrap();
    (out.status.code().unwrap_or(-1), String::from_utf8(out.stderr).unwrap())
}

/// The line of a hint that starts with these words, and ends with a semicolon.
fn statement(told: &str, start: &str) -> String {
    let line = told.lines().map(str::trim).find(|line| line.starts_with(start) && line.ends_with(';'));
    line.unwrap_or_else(|| panic!("no statement {start} in\n{told}")).to_owned()
}

#[test]
fn a_role_without_grants_is_told_which_grant_it_lacks() {
    let (mut db, name) = server().bound_database();
    let role = format!("{name}_On-Call");
    db.batch_execute(&format!("CREATE ROLE \"{role}\" LOGIN")).unwrap();
    let ask = |arguments: &[&str]| run(promoctl(server(), &name).env("PGUSER", &role).args(arguments));
    for arguments in [
        &["settle"][..],
        &["classify"],
        &["triage"],
        &["doctor"],
        &["check", "7"],
        &["incident", "open", "x"],
        &["incident", "close", "x"],
    ] {
        let (code, told) = ask(arguments);
        assert_eq!(code, 3, "{arguments:?}: {told}");
        assert!(
            told.contains("permission denied") && told.contains("SQLSTATE:  42501"),
            "{arguments:?}: {told}"
        );
        statement(&told, "SELECT promo_guard.grant_reader(");
        statement(&told, "SELECT promo_guard.grant_operator(");
    }
    let (_, told) = ask(&["settle"]);
    db.batch_execute(&statement(&told, "SELECT promo_guard.grant_reader(")).unwrap();
    let (code, told) = ask(&["classify"]);
    assert_eq!((code, told.as_str()), (0, ""));
    let (code, told) = ask(&["check", "7"]);
    assert_eq!(code, 3, "a reader may not: {told}");
    db.batch_execute(&statement(&told, "SELECT promo_guard.grant_operator(")).unwrap();
    let (_, told) = ask(&["check", "7"]);
    assert!(told.contains("no campaign with id 7"), "{told}");

    // Setup takes more than a grant of ours.
    let (code, told) = ask(&["setup"]);
    assert!(code == 3 && !told.contains("grant_operator"), "{told}");
    let owner = statement(&told, "SELECT extowner");
    assert_eq!(table(&mut db, owner.trim_end_matches(';')), [["postgres"]]);
}

#[test]
fn setup_with_an_unknown_role_says_how_to_see_and_to_create_roles() {
    let (mut db, name) = server().bound_database();
    for (flag, role) in [("--reader", format!("{name}_Night")), ("--operator", format!("\"{name}_Day\""))] {
        let setup = || run(promoctl(server(), &name).args(["setup", flag, &role]));
        let (code, told) = setup();
        assert_eq!(code, 3, "{told}");
        assert!(told.contains("does not exist") && told.contains("SQLSTATE:  42704"), "{told}");
        assert!(told.contains("nothing was changed"), "{told}");
        assert!(!table(&mut db, &statement(&told, "SELECT rolname")).is_empty());
        db.batch_execute(&statement(&told, "CREATE ROLE")).unwrap();
        let (code, told) = setup();
        assert!(code < 2, "{told}");
    }
}
