//! The connection is lost at whatever the client sends: each command that changes something says what was done and what was not,
//! and it is true.

use super::contain::{baking, override_all};
use super::every_command::{Shop, is_dry};
use super::lost::{Cut, between};
use super::rotate::batch;
use promo_guard_tests::{promoctl, server, table};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::atomic::Ordering;

/// Runs a command through somebody who cuts its first connection; whether that came to pass.
fn cut(command: &mut Command, dir: &Path, cut: Cut, further: bool) -> (Output, bool) {
    std::fs::set_permissions(dir, std::fs::Permissions::from_mode(0o755)).unwrap();
    let passage = between(dir, cut, further);
    let out = command.env("PGHOST", dir).output().unwrap();
    (out, passage.cut.load(Ordering::SeqCst))
}

#[test]
#[ignore = "slow"]
fn wherever_a_change_loses_its_connection_what_it_says_is_true() {
    let shop = Shop::new();
    let mut tried = 0;
    for (name, command) in shop.changing() {
        for server_gets in [false, true] {
            for message in 1.. {
                assert!(message < 100, "{name} never ends");
                let mut command = command();
                let dry = is_dry(&command);
                shop.prepare(name);
                let state = || if dry { shop.campaigns() } else { shop.state() };
                let before = state();
                let dir = tempfile::tempdir().unwrap();
                let (out, was_cut) = cut(&mut command, dir.path(), Cut::Message(message, server_gets), true);
                let err = String::from_utf8_lossy(&out.stderr);
                let changed = state() != before;
                let context =
                    format!("{name}, message {message}, {server_gets}: {:?} {changed} {err}", out.status);
                assert!(!err.contains("panicked") && !err.contains("may or may not"), "{context}");
                let unchanged = err.contains("nothing was changed") || err.contains("connection to server");
                match out.status.code() {
                    // done, although it was not heard of; or the cut was behind all that matters
                    Some(0 | 1) => {
                        assert!(changed != dry && !unchanged, "{context}");
                        assert!(!dry || !err.contains("was made"), "{context}");
                    }
                    Some(2 | 3) => {
                        assert!(was_cut && !(changed && unchanged), "{context}");
                        assert!(unchanged || err.contains("setup is complete"), "{context}");
                    }
                    _ => panic!("{context}"),
                }
                tried += 1;
                if !was_cut {
                    break;
                }
            }
        }
    }
    println!("{tried} cuts");
    assert!(tried > 100, "{tried}");
}

/// Three campaigns that may be unpaused if all that fails is taken upon oneself.
fn three() -> (postgres::Client, String, Command) {
    let (db, name) = batch(server(), 4);
    let mut command = promoctl(server(), &name);
    command.args(["unpause", "1002", "1003", "1004", "--yes", "--reason", "x"]);
    override_all(&mut command);
    (db, name, command)
}

#[test]
#[ignore = "slow"]
fn an_unpause_of_several_says_which_were_lifted_which_not_and_which_nobody_knows() {
    const COMMIT: &[u8] = b"COMMIT\0";
    const CALL: &[u8] = b"promo_guard.unpause(";
    for (how, further, code, lifted, words) in [
        // the commit of the second got through: it is asked for, and the third goes on over another connection
        (
            Cut::Nth(COMMIT, 2, true),
            true,
            0,
            &["1002", "1003", "1004"][..],
            &["says that the change was made"][..],
        ),
        (
            Cut::Nth(COMMIT, 2, false),
            true,
            2,
            &["1002"],
            &[
                "stopped at campaign 1003",
                "unpaused: 1002 (action",
                "not tried: 1004",
                "unpause 1004 --reason",
                "nothing was changed",
            ],
        ),
        (
            Cut::Nth(CALL, 2, true),
            true,
            2,
            &["1002"],
            &["stopped at campaign 1003", "unpaused: 1002 (action", "not tried: 1004", "nothing was changed"],
        ),
        // nobody can be asked
        (
            Cut::Nth(COMMIT, 2, true),
            false,
            2,
            &["1002", "1003"],
            &[
                "stopped at campaign 1003",
                "unpaused: 1002 (action",
                "not tried: 1004",
                "may have been made or not",
            ],
        ),
        (
            Cut::Nth(COMMIT, 1, false),
            false,
            2,
            &[],
            &["stopped at campaign 1002", "not tried: 1003, 1004", "may have been made or not"],
        ),
    ] {
        let (mut db, _, mut command) = three();
        let dir = tempfile::tempdir().unwrap();
        let (out, was_cut) = cut(&mut command, dir.path(), how, further);
        let (page, err) = (String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
        assert!(was_cut, "{page}{err}");
        assert_eq!(out.status.code(), Some(code), "{words:?}: {page}{err}");
        for words in words {
            assert!(err.contains(words), "{words} is missing in {err}");
        }
        let active =
            table(&mut db, "SELECT id FROM promo_codes WHERE status = 'ACTIVE' AND id > 1001 ORDER BY id");
        assert_eq!(active.concat(), lifted, "{err}");
        for id in lifted.iter().filter(|id| code == 0 || err.contains(&format!("unpaused: {id}"))) {
            assert!(page.contains(&format!("Unpaused campaign {id}")), "{page}{err}");
        }
    }
}

#[test]
#[ignore = "slow"]
fn one_that_is_refused_does_not_keep_the_others_from_being_watched() {
    let (mut db, _, mut command) = three();
    db.batch_execute("UPDATE promo_codes SET status = 'ACTIVE' WHERE id = 1003").unwrap();
    let out = command.args(["--bake", "5 s", "--watch"]).output().unwrap();
    let (page, err) = (String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    assert_eq!(out.status.code(), Some(1), "{page}{err}");
    assert!(page.contains("Refused: campaign 1003"), "{page}{err}");
    for id in [1002, 1004] {
        assert!(page.contains(&format!("INCONCLUSIVE: campaign {id}")), "{page}{err}");
    }
}

#[test]
#[ignore = "slow"]
fn a_watch_that_loses_its_connection_goes_on_to_the_verdict() {
    let cuts = [
        (&b"promo_guard.tick("[..], true),
        (b"COMMIT\0", false),
        (b"COMMIT\0", true),
        (b"promo_guard.bake_status(", true),
        (b"promo_guard.bake_series(", false),
    ];
    // the first look, and one in the middle; all at once, since each lasts as long as its bake
    std::thread::scope(|scope| {
        for (words, server_gets) in cuts {
            for nth in [1, 2] {
                scope.spawn(move || a_watch_that_is_cut(words, nth, server_gets));
            }
        }
    });
}

fn a_watch_that_is_cut(words: &'static [u8], nth: usize, server_gets: bool) {
    let (mut db, name) = baking("20 s", "ACCEPTED");
    let dir = tempfile::tempdir().unwrap();
    let mut command = promoctl(server(), &name);
    let (out, was_cut) =
        cut(command.args(["watch", "1002"]), dir.path(), Cut::Nth(words, nth, server_gets), true);
    let (page, err) = (String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    let context = format!("{} {nth} {server_gets}: {page}{err}", String::from_utf8_lossy(words));
    assert!(was_cut, "{context}");
    assert_eq!(out.status.code(), Some(0), "{context}");
    assert!(page.contains("The connection is lost") && page.contains("PASSED: campaign 1002"), "{context}");
    assert!(!err.contains("change"), "{context}");
    assert_eq!(table(&mut db, "SELECT state FROM promo_guard.bake"), [["PASSED"]]);
}
