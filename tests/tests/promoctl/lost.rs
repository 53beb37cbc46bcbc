//! The connection is cut at the worst moment: promoctl says whether the change was made.

use super::rotate::{batch, codes, rotated, rotation};
use promo_guard_tests::{Server, promoctl, server, table};
use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// When to cut the first connection.
#[derive(Clone, Copy, PartialEq)]
pub enum Cut {
    /// When the client sends these words; the server does not get them.
    BeforeServerGets(&'static [u8]),
    /// The server gets them, the client no answer.
    BeforeClientHears(&'static [u8]),
    /// When the client sends these words for the n-th time; whether the server still gets them.
    Nth(&'static [u8], usize, bool),
    /// At the n-th thing that the client sends; whether the server still gets it.
    Message(usize, bool),
}

/// What went through.
#[derive(Default)]
pub struct Passage {
    /// How many connections came.
    pub came: AtomicUsize,
    /// Whether the first was cut.
    pub cut: AtomicBool,
}

/// A socket in `dir` that leads to the tests' server.
pub fn between(dir: &Path, cut: Cut, further: bool) -> Arc<Passage> {
    between_at(server(), dir, cut, further)
}

/// A socket in `dir` that leads to a server, through somebody who cuts the first connection; how many came is counted.
/// `further` says whether later ones get through.
pub fn between_at(server: &Server, dir: &Path, cut: Cut, further: bool) -> Arc<Passage> {
    let listener = UnixListener::bind(dir.join(".s.PGSQL.5432")).unwrap();
    let behind = Path::new(&server.host()).join(".s.PGSQL.5432");
    let passage = Arc::new(Passage::default());
    let seen = Arc::clone(&passage);
    thread::spawn(move || {
        for client in listener.incoming() {
            let client = client.unwrap();
            let first = seen.came.fetch_add(1, Ordering::SeqCst) == 0;
            if !first && !further {
                drop(client);
                continue;
            }
            let upstream = UnixStream::connect(&behind).unwrap();
            let (mut answers, mut to_client) = (upstream.try_clone().unwrap(), client.try_clone().unwrap());
            thread::spawn(move || drop(std::io::copy(&mut answers, &mut to_client)));
            let seen = Arc::clone(&seen);
            thread::spawn(move || carry(client, upstream, first.then_some(cut), &seen.cut));
        }
    });
    passage
}

/// From the client to the server, until the cut.
fn carry(mut client: UnixStream, mut upstream: UnixStream, cut: Option<Cut>, was_cut: &AtomicBool) {
    let mut buffer = [0; 65536];
    let (mut messages, mut said) = (0, 0);
    while let Ok(read @ 1..) = client.read(&mut buffer) {
        let sent = &buffer[..read];
        let says = |words: &[u8]| sent.windows(words.len()).any(|part| part == words);
        messages += 1;
        let server_gets = match cut {
            Some(Cut::BeforeServerGets(words)) => says(words).then_some(false),
            Some(Cut::BeforeClientHears(words)) => says(words).then_some(true),
            Some(Cut::Nth(words, nth, server_gets)) => {
                said += usize::from(says(words));
                (said == nth).then_some(server_gets)
            }
            Some(Cut::Message(nth, server_gets)) => (messages == nth).then_some(server_gets),
            None => None,
        };
        match server_gets {
            None => upstream.write_all(sent).unwrap(),
            Some(server_gets) => {
                was_cut.store(true, Ordering::SeqCst);
                if server_gets {
                    // The client hears no more; the server works on.
                    client.shutdown(Shutdown::Both).unwrap();
                    upstream.write_all(sent).unwrap();
                    thread::sleep(Duration::from_millis(if matches!(cut, Some(Cut::Message(..))) {
                        50
                    } else {
                        500
                    }));
                }
                break;
            }
        }
    }
    let _ = upstream.shutdown(Shutdown::Both);
    let _ = client.shutdown(Shutdown::Both);
}

#[test]
#[ignore = "slow"]
fn whether_a_change_was_made_is_asked_of_the_server_and_said() {
    const COMMIT: &[u8] = b"COMMIT\0";
    for (cut, further, code, words, made) in [
        (Cut::BeforeServerGets(b"promo_guard.pause"), true, 2, "nothing was changed", false),
        (Cut::BeforeClientHears(b"promo_guard.pause"), true, 2, "nothing was changed", false),
        (Cut::BeforeServerGets(COMMIT), true, 2, "nothing was changed: the server says", false),
        (Cut::BeforeClientHears(COMMIT), true, 0, "the server says that the change was made", true),
        (Cut::BeforeServerGets(COMMIT), false, 2, "may have been made or not", false),
        (Cut::BeforeClientHears(COMMIT), false, 2, "may have been made or not", true),
    ] {
        let (mut db, name) = server().bound_database();
        db.batch_execute(
            "INSERT INTO promo_codes (id, code_hash, code_prefix, campaign_name, promo_type, target_scope, status, valid_from, valid_until)
             VALUES (1, repeat('1', 64), 'ONE', 'One', 'PREMIUM_GRANT', 'ALL', 'ACTIVE', now(), now() + interval '1 day')",
        )
        .unwrap();
        let dir = tempfile::tempdir().unwrap();
        std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        let passage = between(dir.path(), cut, further);
        let out = promoctl(server(), &name)
            .args(["pause", "1", "--reason", "tested"])
            .env("PGHOST", dir.path())
            .output()
            .unwrap();
        let err = String::from_utf8(out.stderr).unwrap();
        assert_eq!(out.status.code(), Some(code), "{words}: {err}");
        assert!(err.contains(words), "{words} is missing in {err}");
        let status = table(&mut db, "SELECT status FROM promo_codes");
        assert_eq!(status, [[if made { "PAUSED" } else { "ACTIVE" }]], "{err}");
        let logged = table(&mut db, "SELECT count(*) FROM promo_guard.action_log WHERE action = 'pause'");
        assert_eq!(logged, [[if made { "1" } else { "0" }]]);
        assert!(passage.came.load(Ordering::SeqCst) >= 1);
        if let Some(at) = err.find("SELECT pg_catalog.pg_xact_status") {
            // the statement that it says to run
            let statement = err[at..].lines().next().unwrap();
            let expected = if made { "committed" } else { "aborted" };
            assert_eq!(table(&mut db, statement), [[expected]]);
        }
    }
}

#[test]
#[ignore = "slow"]
fn a_rotation_whose_commit_is_not_heard_of_keeps_its_file_where_it_may_be_needed_and_says_how_to_tell() {
    const COMMIT: &[u8] = b"COMMIT\0";
    for (cut, further, code, words, made) in [
        (Cut::BeforeServerGets(b"promo_guard.rotate"), true, 2, "nothing was changed", false),
        (Cut::BeforeClientHears(b"promo_guard.rotate"), true, 2, "nothing was changed", false),
        (Cut::BeforeServerGets(b"xact_id_if_assigned"), true, 2, "nothing was changed", false),
        (Cut::BeforeServerGets(COMMIT), true, 2, "nothing was changed: the server says", false),
        (Cut::BeforeClientHears(COMMIT), true, 0, "the server says that the change was made", true),
        (Cut::BeforeServerGets(COMMIT), false, 2, "whether the codes were rotated is not known", false),
        (Cut::BeforeClientHears(COMMIT), false, 2, "whether the codes were rotated is not known", true),
    ] {
        let (mut db, name) = batch(server(), 41);
        let dir = tempfile::tempdir().unwrap();
        std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        between(dir.path(), cut, further);
        let file = dir.path().join("codes.csv");
        let partial = dir.path().join("codes.csv.partial");
        let out = rotation(server(), &name, &file).env("PGHOST", dir.path()).output().unwrap();
        let err = String::from_utf8(out.stderr).unwrap();
        assert_eq!(out.status.code(), Some(code), "{words}: {err}");
        assert!(err.contains(words), "{words} is missing in {err}");
        let new = rotated(&mut db);
        assert_eq!(new.len(), if made { 40 } else { 0 }, "{err}");
        let in_doubt = words.contains("not known");
        assert_eq!((file.exists(), partial.exists()), (made && !in_doubt, in_doubt), "{err}");
        if in_doubt {
            assert_eq!(codes(&partial).len(), 40);
            let statement = err.lines().find(|l| l.trim_start().starts_with("SELECT at FROM")).unwrap();
            assert_eq!(!table(&mut db, statement).is_empty(), made, "{err}");
        }
        if made {
            assert_eq!(codes(if in_doubt { &partial } else { &file }).into_keys().collect::<Vec<_>>(), new);
        }
    }
}
