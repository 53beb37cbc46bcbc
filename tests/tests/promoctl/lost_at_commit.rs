//! The connection is lost at the commit of each command that changes something, or the server dies while any command waits: what was
//! done and what was not is said, and is true.

use super::every_command::Shop;
use super::lost::{Cut, between};
use promo_guard_tests::{Server, server, table};
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;
use std::time::{Duration, Instant};

const COMMIT: &[u8] = b"COMMIT\0";

#[test]
fn each_change_whose_commit_is_not_heard_of_is_told_as_the_server_knows_it() {
    let shop = Shop::new();
    let mut tried = Vec::new();
    for (cut, made) in [(Cut::BeforeServerGets(COMMIT), false), (Cut::BeforeClientHears(COMMIT), true)] {
        for (name, mut command, changes) in shop.commands() {
            if !changes {
                continue;
            }
            let mut db = server().connect(&shop.name);
            // each finds what it needs, and something to do
            let incident = table(&mut db, "SELECT id FROM promo_guard.incident WHERE closed_at IS NULL");
            match (name.as_str(), incident.first()) {
                ("incident open", Some(open)) => {
                    drop(table(
                        &mut db,
                        &format!("SELECT promo_guard.close_incident({}, 'tested')", open[0]),
                    ));
                }
                ("incident checkpoint" | "incident close", None) => {
                    drop(table(&mut db, "SELECT promo_guard.open_incident('tested', 'tested')"));
                }
                ("setup", _) => drop(table(&mut db, "SELECT promo_guard.detach_history()")),
                _ => {}
            }
            let status = if name == "pause" { "ACTIVE" } else { "PAUSED" };
            let other = format!(
                "UPDATE promo_codes SET status = '{status}' WHERE id = {} AND status <> '{status}'",
                shop.id
            );
            db.batch_execute(&other).unwrap();
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
                "nothing was changed: the server says that the change was taken back"
            };
            assert!(err.contains(words) && !err.contains("may or may not"), "{name}: {err}");
            // setup has the doctor look afterwards, which it cannot any more, and says so
            let fails = !made || name == "setup";
            assert_eq!(out.status.code() == Some(2), fails, "{name}: {:?} {err}", out.status);
            tried.push(name);
        }
    }
    assert!(tried.len() >= 16, "{tried:?}");
}

#[test]
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
        let until = Instant::now() + Duration::from_secs(30);
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
