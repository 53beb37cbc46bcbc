//! What `promoctl unpause` asks a person at a terminal, and what comes of each answer.

use super::shop::shop;
use postgres::Client;
use promo_guard_tests::{Terminal, promoctl, server, table};
use std::thread;
use std::time::{Duration, Instant};

fn unpause(name: &str, more: &[&str]) -> Terminal {
    let mut command = promoctl(server(), name);
    command.env("TERM", "xterm").args(["unpause", "7", "--reason", "customers tapped twice"]).args(more);
    Terminal::run(&mut command, 40, 100)
}

/// Waits until the last line of the screen asks that, with whatever the page says before it.
fn asks(terminal: &Terminal, question: &str) -> String {
    terminal.wait_for(|lines| lines.last().is_some_and(|line| line == question)).join(" ")
}

/// Its exit status, and all that was on the screen.
fn ended(terminal: Terminal) -> (i32, String) {
    let (status, lines) = terminal.end();
    (status.code().unwrap_or(-1), lines.join(" "))
}

/// The campaign's status, and what is on record of it.
fn outcome(db: &mut Client) -> (String, Vec<Vec<String>>) {
    let status = table(db, "SELECT status FROM promo_codes WHERE id = 7")[0][0].clone();
    let recorded =
        table(db, "SELECT decision, overrides FROM promo_guard.action_log WHERE campaign_id = 7 ORDER BY id");
    (status, recorded)
}

/// What the keys type; Ctrl-D at the beginning of a line is the end of input.
const CTRL_C: &str = "\x03";
const CTRL_D: &str = "\x04";
const QUESTION: &str = "Unpause campaign 7, \"Campaign 7\"? [y/N]";

#[test]
fn yes_unpauses_and_the_plan_stands_before_the_question() {
    let (mut db, name) = shop();
    let mut terminal = unpause(&name, &[]);
    let page = asks(&terminal, QUESTION);
    assert!(page.contains("all 12 checks pass"), "{page}");
    assert_eq!(outcome(&mut db), ("PAUSED".to_owned(), vec![]), "nothing happens before the answer");
    terminal.keys("y\n");
    let (code, screen) = ended(terminal);
    assert!(code == 0 && screen.contains("Unpaused campaign 7"), "{screen}");
    assert_eq!(outcome(&mut db), ("ACTIVE".to_owned(), vec![vec!["UNPAUSED".to_owned(), "{}".to_owned()]]));
}

#[test]
fn whatever_is_not_yes_changes_nothing() {
    let (mut db, name) = shop();
    for answer in ["n\n", "\n", "yess\n", CTRL_D] {
        let mut terminal = unpause(&name, &[]);
        asks(&terminal, QUESTION);
        terminal.keys(answer);
        let (code, screen) = ended(terminal);
        assert!(
            code == 1 && screen.contains("Not confirmed: nothing was changed."),
            "{answer:?}: {code} {screen}"
        );
        assert_eq!(outcome(&mut db), ("PAUSED".to_owned(), vec![]), "{answer:?}");
    }
}

#[test]
fn ctrl_c_at_the_question_leaves_with_130_and_changes_nothing() {
    let (mut db, name) = shop();
    let mut terminal = unpause(&name, &[]);
    asks(&terminal, QUESTION);
    terminal.keys(CTRL_C);
    let (code, screen) = ended(terminal);
    assert!(code == 130 && !screen.contains("panicked"), "{code} {screen}");
    assert_eq!(outcome(&mut db), ("PAUSED".to_owned(), vec![]));
    let left = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'promoctl'";
    // The server notices the closed connection by itself, a moment later.
    let began = Instant::now();
    while table(&mut db, left) != [["0"]] {
        assert!(began.elapsed() < Duration::from_secs(60), "a session is left behind");
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn an_override_is_typed_out_in_full_before_anything_is_asked() {
    let (mut db, name) = shop();
    db.batch_execute("UPDATE promo_codes SET target_scope = 'NOWHERE' WHERE id = 7").unwrap();
    let overriding = ["--override", "scope_known", "--override", "burst_over"];
    for answer in ["y\n", "scope\n", "\n", CTRL_D] {
        let mut terminal = unpause(&name, &overriding);
        asks(&terminal, "Type scope_known to override it:");
        terminal.keys(answer);
        let (code, screen) = ended(terminal);
        assert!(
            code == 1 && screen.contains("Not confirmed") && !screen.contains("[y/N]"),
            "{answer:?}: {screen}"
        );
        assert_eq!(outcome(&mut db), ("PAUSED".to_owned(), vec![]), "{answer:?}");
    }
    let mut terminal = unpause(&name, &overriding);
    let page = asks(&terminal, "Type scope_known to override it:");
    assert!(page.contains("An override is recorded with your name, and escalated."), "{page}");
    assert!(
        page.contains("Yes: 1 check of 12 fails and is overridden."),
        "the headline and the outcome agree: {page}"
    );
    terminal.keys("scope_known\n");
    asks(&terminal, QUESTION);
    terminal.keys("yes\n");
    let (code, screen) = ended(terminal);
    assert_eq!(code, 0, "{screen}");
    assert!(!screen.contains("Type burst_over"), "what passes needs no override: {screen}");
    let recorded = vec![vec!["UNPAUSED".to_owned(), "{scope_known}".to_owned()]];
    assert_eq!(outcome(&mut db), ("ACTIVE".to_owned(), recorded));
}

#[test]
fn what_the_guard_would_undo_asks_to_confirm_that_it_is_stopped() {
    let (mut db, name) = shop();
    // a popular code: the echo of the pause keeps the application's rule true
    db.batch_execute("SELECT attempts(7, 30000, 300, 'EXPIRED', NULL, 300, '9 min', '1700 ms')").unwrap();
    let mut terminal = unpause(&name, &["--override", "guard_would_not_repause"]);
    let page = asks(&terminal, "Type guard_would_not_repause to override it:");
    assert!(page.contains("Confirm that this has been done"), "{page}");
    terminal.keys("guard_would_not_repause\n");
    asks(&terminal, QUESTION);
    terminal.keys("n\n");
    assert_eq!(ended(terminal).0, 1);
    assert_eq!(outcome(&mut db), ("PAUSED".to_owned(), vec![]));
}

#[test]
fn what_nobody_may_override_is_asked_of_nobody_and_refused_on_record() {
    let (mut db, name) = shop();
    db.batch_execute("UPDATE promo_codes SET valid_until = now() - interval '1 hour' WHERE id = 7").unwrap();
    let (code, screen) = ended(unpause(&name, &[]));
    assert!(code == 1 && screen.contains("Refused: campaign 7") && !screen.contains("[y/N]"), "{screen}");
    assert_eq!(outcome(&mut db), ("PAUSED".to_owned(), vec![vec!["REFUSED".to_owned(), "{}".to_owned()]]));
}
