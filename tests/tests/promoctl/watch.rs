//! promoctl watch as a person sees it: at a terminal, on a standby, while the server goes away.

use super::contain::{baking, baking_on};
use postgres::Client;
use promo_guard_tests::{Server, Terminal, promoctl, server, table};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

fn watch(server: &Server, name: &str) -> Command {
    let mut command = promoctl(server, name);
    command.env("TERM", "xterm-256color").args(["watch", "1002"]);
    command
}

/// A bake of ten minutes as if it had begun so long ago, and all that happened five minutes earlier than it did.
const OVER: &str = "BEGIN;
    UPDATE promo_guard.bake SET since = since - interval '10 min', until = until - interval '10 min';
    UPDATE promo_attempts SET attempted_at = attempted_at - interval '5 min';
    UPDATE promo_redemptions SET applied_at = applied_at - interval '5 min';
    COMMIT";

/// Waits until a condition holds in the database.
pub fn until(db: &mut Client, condition: &str) {
    let began = Instant::now();
    while table(db, &format!("SELECT {condition}")) != [["t"]] {
        assert!(began.elapsed() < Duration::from_secs(60), "{condition}");
        thread::sleep(Duration::from_millis(50));
    }
}

fn has(lines: &[String], words: &str) -> bool {
    lines.iter().any(|line| line.contains(words))
}

#[test]
fn the_picture_is_drawn_in_place_fits_the_terminal_and_ctrl_c_says_that_the_bake_goes_on() {
    let (mut db, name) = baking("10 min", "ACCEPTED");
    db.batch_execute(
        "INSERT INTO promo_attempts SELECT 900 + g, 900 + g, (SELECT code_hash FROM promo_codes WHERE id = 1002), 'NOT_APPLICABLE', 'API', now()
         FROM generate_series(1, 3) AS g",
    )
    .unwrap();
    let mut terminal = Terminal::run(&mut watch(server(), &name), 24, 80);
    // three pictures at least
    let pictures = |terminal: &Terminal| terminal.raw().matches("Ctrl-C leaves it running").count();
    let began = Instant::now();
    while pictures(&terminal) < 3 {
        assert!(began.elapsed() < Duration::from_secs(60), "{}", terminal.raw());
        thread::sleep(Duration::from_millis(50));
    }
    let lines = terminal.wait_for(|lines| has(lines, "Ctrl-C leaves it running"));
    assert_eq!(lines.iter().filter(|l| l.contains("Campaign 1002 bakes: 9 min")).count(), 1, "{lines:?}");
    assert!(lines[0].ends_with("left of 10 min") && lines[1].contains('░'), "{lines:?}");
    for words in ["attempts ", "failures ", "applied ", "ACCEPTED 60, NOT_APPLICABLE 3", "Look 0 of 10"] {
        assert!(has(&lines, words), "{words}: {lines:?}");
    }
    assert!(lines.iter().all(|line| line.chars().count() < 80), "{lines:?}");
    // another size: what comes next is as narrow
    let before = pictures(&terminal);
    terminal.resize(24, 44);
    while pictures(&terminal) < before + 2 {
        assert!(began.elapsed() < Duration::from_secs(120), "{}", terminal.raw());
        thread::sleep(Duration::from_millis(50));
    }
    let raw = terminal.raw();
    let last = &raw[raw.rfind("Campaign 1002 bakes").unwrap()..];
    let plain = regex::Regex::new("\x1b\\[[0-9;]*[A-Za-z]").unwrap().replace_all(last, "").into_owned();
    assert!(plain.lines().all(|line| line.trim_end().chars().count() < 44), "{plain}");

    terminal.keys("\x03");
    let (status, lines) = terminal.end();
    assert_eq!(status.code(), Some(130), "{lines:?}");
    assert!(has(&lines, "The bake continues") && has(&lines, "promoctl watch 1002"), "{lines:?}");
    assert!(!has(&lines, "leaves it running"), "the picture is taken away: {lines:?}");
    assert_eq!(table(&mut db, "SELECT state FROM promo_guard.bake"), [["RUNNING"]]);
}

#[test]
fn at_a_terminal_that_cannot_move_or_shows_no_colour_it_does_without() {
    let (_db, name) = baking("10 min", "ACCEPTED");
    let mut terminal = Terminal::run(watch(server(), &name).env("TERM", "dumb"), 24, 80);
    terminal.wait_for(|lines| has(lines, "Look 0 of 10"));
    terminal.keys("\x03");
    terminal.wait_for(|lines| has(lines, "The bake continues"));
    assert!(!terminal.raw().contains('\x1b'), "{:?}", terminal.raw());
    let mut terminal = Terminal::run(watch(server(), &name).env("NO_COLOR", "1"), 24, 80);
    terminal.wait_for(|lines| has(lines, "Look 0 of 10"));
    terminal.keys("\x03");
    terminal.wait_for(|lines| has(lines, "The bake continues"));
    let raw = terminal.raw();
    assert!(!regex::Regex::new("\x1b\\[[0-9;]*m").unwrap().is_match(&raw), "{raw:?}");
}

#[test]
fn ctrl_c_in_the_middle_of_a_tick_says_the_same() {
    let (mut db, name) = baking("10 min", "ACCEPTED");
    // a tick waits for this one's lock on the log's table for as long as it takes
    let mut other = server().connect(&name);
    other.batch_execute("BEGIN; LOCK TABLE promo_guard.bake IN ACCESS EXCLUSIVE MODE").unwrap();
    let child = watch(server(), &name).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    until(
        &mut db,
        "EXISTS (SELECT FROM pg_stat_activity WHERE application_name LIKE 'promoctl%' AND wait_event_type = 'Lock' AND datname = current_database())",
    );
    // SAFETY: our own child's id.
    unsafe { libc::kill(i32::try_from(child.id()).unwrap(), libc::SIGINT) };
    let out = child.wait_with_output().unwrap();
    let err = String::from_utf8(out.stderr).unwrap();
    assert_eq!(out.status.code(), Some(130), "{err}");
    assert!(err.contains("The bake continues") && err.contains("watch 1002"), "{err}");
    assert!(!err.contains("nothing was changed"), "{err}");
}

#[test]
fn a_server_that_is_restarted_is_waited_for_and_the_bake_comes_to_its_verdict() {
    let mut server = Server::start(&["synchronous_commit=on"]);
    let (mut db, name) = baking_on(&server, "10 min", "ACCEPTED");
    let child = watch(&server, &name).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    until(&mut db, "(SELECT ticked_at IS NOT NULL FROM promo_guard.bake)");
    drop(db);
    server.restart();
    // its time is over
    server.connect(&name).batch_execute(OVER).unwrap();
    let out = child.wait_with_output().unwrap();
    let told = String::from_utf8(out.stdout).unwrap();
    assert_eq!(out.status.code(), Some(0), "{told}{}", String::from_utf8_lossy(&out.stderr));
    assert!(told.contains("The connection is lost") && told.contains("PASSED: campaign 1002"), "{told}");
}

#[test]
fn on_a_standby_the_bake_is_followed_and_it_is_said_that_it_is_not_ticked_there() {
    let primary = Server::start(&["wal_level=replica", "synchronous_commit=on"]);
    let (mut db, name) = baking_on(&primary, "10 min", "ACCEPTED");
    let standby = primary.standby();
    let child = watch(&standby, &name).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut terminal = Terminal::run(&mut watch(&standby, &name), 24, 80);
    let lines = terminal.wait_for(|lines| has(lines, "Ctrl-C leaves it running"));
    assert!(has(&lines, "This server is a standby") && has(&lines, "Look 0 of 10"), "{lines:?}");
    terminal.keys("\x03");
    let (status, lines) = terminal.end();
    assert_eq!(status.code(), Some(130), "{lines:?}");
    // the verdict is given on the primary, and seen here
    db.batch_execute(OVER).unwrap();
    assert_eq!(table(&mut db, "SELECT state FROM promo_guard.tick()"), [["PASSED"]]);
    let out = child.wait_with_output().unwrap();
    let told = String::from_utf8(out.stdout).unwrap();
    assert_eq!(out.status.code(), Some(0), "{told}{}", String::from_utf8_lossy(&out.stderr));
    assert!(told.contains("This server is a standby") && told.contains("PASSED: campaign 1002"), "{told}");
}
