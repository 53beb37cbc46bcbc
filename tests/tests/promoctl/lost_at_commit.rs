//! The connection is lost at the commit of each command that changes something, or the server dies while any command waits: what was
//! done and what was not is said, and is true.

use super::every_command::{Shop, is_dry};
use super::lost::{Cut, between, between_at};
use super::rotate::batch;
use promo_guard_tests::{Server, promoctl, table};
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;
use std::time::{Duration, Instant};

const COMMIT: &[u8] = b"COMMIT\0";

#[test]
#[ignore = "slow"]
fn each_change_whose_commit_is_not_heard_of_is_told_as_the_server_knows_it() {
    let shop = Shop::new();
    let mut tried = Vec::new();
    for (cut, made) in [(Cut::BeforeServerGets(COMMIT), false), (Cut::BeforeClientHears(COMMIT), true)] {
        for (name, mut command, changes) in shop.commands() {
            if !changes || is_dry(&command) {
                continue;
            }
            shop.prepare(&name);
            let before = shop.state();
            let dir = tempfile::tempdir().unwrap();
            std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
            between(dir.path(), cut, true);
            let out = command.env("PGHOST", dir.path()).output().unwrap();
            let err = String::from_utf8_lossy(&out.stderr);
            assert_eq!(shop.state() != before, made, "{name}: {err}");
            let words = if made {
                "the server says that the change was made"
            } else {
                "nothing was changed: the server says that the change was rolled back"
            };
            assert!(err.contains(words) && !err.contains("may or may not"), "{name}: {err}");
            assert_eq!(out.status.code() == Some(2), !made, "{name}: {:?} {err}", out.status);
            tried.push(name);
        }
    }
    assert!(tried.len() >= 16, "{tried:?}");
}

#[test]
#[ignore = "slow"]
fn a_server_that_dies_under_a_command_leaves_nothing_half_done_and_that_is_said() {
    let mut server = Server::start(&["fsync=on", "full_page_writes=on", "synchronous_commit=on"]);
    let shop = Shop::on(&server);
    let before = shop.state_at(&server);
    let mut waited = Vec::new();
    for (name, mut command, changes) in shop.commands_at(&server) {
        if name == "watch" {
            continue; // it waits for nobody
        }
        let mut holder = server.connect(&shop.name);
        holder.batch_execute("BEGIN; LOCK TABLE promo_codes IN ACCESS EXCLUSIVE MODE").unwrap();
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut watcher = server.connect(&shop.name);
        let waits = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'promoctl' AND wait_event_type = 'Lock'";
        let until = Instant::now() + Duration::from_secs(60);
        let alone = loop {
            if table(&mut watcher, waits) == [["1"]] {
                break false;
            }
            if child.try_wait().unwrap().is_some() {
                break true;
            }
            assert!(Instant::now() < until, "{name} neither waits nor ends");
            std::thread::sleep(Duration::from_millis(10));
        };
        if alone {
            continue; // what it does without the table is done: the next begins from there
        }
        server.crash();
        waited.push(name.clone());
        let code = child.wait().unwrap().code();
        let mut err = String::new();
        child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
        assert!(matches!(code, Some(2 | 3)) && !err.contains("panicked"), "{name}: {code:?} {err}");
        assert!(err.contains("lost") || err.contains("57P0"), "{name}: {err}");
        assert_eq!(err.contains("nothing was changed"), changes, "{name}: {err}");
        let codes =
            |state: &[Vec<String>]| state.iter().filter(|row| row.len() == 4).cloned().collect::<Vec<_>>();
        assert_eq!(codes(&shop.state_at(&server)), codes(&before), "{name} left something half done");
    }
    assert!(
        waited.len() > 8 && ["unpause", "pause", "setup"].iter().all(|name| waited.iter().any(|w| w == name)),
        "{waited:?}"
    );
}

#[test]
#[ignore = "slow"]
fn a_standby_that_took_over_is_not_believed_about_a_number_that_it_gave_to_somebody_else() {
    let primary = Server::start(&["wal_level=replica", "synchronous_commit=on"]);
    let (mut db, name) = batch(&primary, 2);
    db.batch_execute("UPDATE promo_codes SET status = 'ACTIVE' WHERE id = 1001").unwrap();
    let standby = primary.standby();
    let mut there = standby.connect(&name);
    assert_eq!(table(&mut there, "SELECT pg_promote()"), [["t"]]);
    // it has taken over, goes on counting from where it was, and takes everything back
    for _ in 0..200 {
        there.batch_execute("BEGIN; SELECT pg_current_xact_id(); ROLLBACK").unwrap();
    }
    let dir = tempfile::tempdir().unwrap();
    std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    between_at(&primary, dir.path(), Cut::BeforeClientHears(COMMIT), false);
    let out = promoctl(&primary, &name)
        .args(["pause", "1001", "--reason", "tested"])
        .env("PGHOST", format!("{},{}", dir.path().display(), standby.host()))
        .output()
        .unwrap();
    let err = String::from_utf8_lossy(&out.stderr);
    assert_eq!(table(&mut db, "SELECT status FROM promo_codes WHERE id = 1001"), [["PAUSED"]], "{err}");
    assert_eq!(out.status.code(), Some(2), "{err}");
    assert!(err.contains("may have been made or not"), "{err}");
    // what the other server says of that number, which is somebody else's there
    let statement = err.lines().find(|line| line.contains("pg_xact_status")).unwrap();
    assert_eq!(table(&mut there, statement), [["aborted"]], "{err}");
}
