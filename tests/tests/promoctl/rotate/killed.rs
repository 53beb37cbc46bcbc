//! A rotation is ended at any moment of it, by the death of promoctl, of its server process or of the whole server, or by a person.

use super::{batch, codes, rotated, rotation};
use postgres::Client;
use promo_guard_tests::{Server, table};
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

const CODES: usize = 3_000;
/// Letters of a code that nobody else knows.
const SECRET: usize = 12;

fn partial(file: &Path) -> PathBuf {
    PathBuf::from(format!("{}.partial", file.display()))
}

/// After whatever happened: either nothing, or everything with every code in the one file.
fn all_or_nothing(db: &mut Client, file: &Path) -> bool {
    let partial = partial(file);
    let new = rotated(db);
    assert_eq!(
        table(db, "SELECT count(*) FROM promo_codes WHERE code_prefix = 'LEAK' AND used_total = 0"),
        [[new.len().to_string()]]
    );
    assert_eq!(
        table(db, "SELECT count(*) FROM promo_guard.action_log WHERE action = 'rotate'"),
        [[if new.is_empty() { "0" } else { "1" }]]
    );
    assert!(!(file.exists() && partial.exists()) || new.len() == CODES, "both names, for an instant");
    if new.is_empty() {
        assert!(!file.exists(), "a file under its name, and nothing was rotated");
        return false;
    }
    assert_eq!(new.len(), CODES);
    let kept = if file.exists() { file } else { &partial };
    assert_eq!(codes(kept).into_keys().collect::<Vec<_>>(), new, "every code that is in use is in the file");
    true
}

/// A number below `n`, other for every seed.
fn below(n: u64, seed: u64) -> u64 {
    let mut z = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    (z ^ (z >> 31)) % n
}

/// The secret letters of every code in a file, which may have been cut short.
fn secrets(file: &Path) -> HashSet<[u8; SECRET]> {
    let text = fs::read_to_string(file).unwrap_or_default();
    let whole = text.lines().skip(1).filter_map(|line| line.split(',').nth(2));
    whole
        .filter_map(|code| {
            let letters: Vec<u8> = code.bytes().filter(|c| *c != b'-').collect();
            letters[letters.len().saturating_sub(SECRET)..].try_into().ok()
        })
        .collect()
}

/// Looks for them at every place of a text, in capitals or not, with dashes or without.
fn nowhere_in(secrets: &HashSet<[u8; SECRET]>, place: &str, text: &str) {
    let letters: Vec<u8> = text
        .bytes()
        .map(|c| c.to_ascii_uppercase())
        .filter(|c| !matches!(c, b'-' | b' ' | b'\n' | b'\r' | b'\t'))
        .collect();
    for window in letters.windows(SECRET) {
        assert!(
            !secrets.contains::<[u8; SECRET]>(window.try_into().unwrap()),
            "a plain code is in {place}: {}",
            String::from_utf8_lossy(window)
        );
    }
}

/// What ends it.
#[derive(Clone, Copy, PartialEq, Debug)]
enum End {
    Promoctl,
    Interrupt,
    ServerProcess,
    Server,
}

/// `PROMO_GUARD_KILLS=200` does it more often.
#[test]
#[ignore = "slow"]
fn killed_at_any_moment_it_leaves_nothing_or_everything_and_no_plain_code_outside_the_file() {
    let kills: u64 = env::var("PROMO_GUARD_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(36);
    let counted = Server::can_load("pg_stat_statements");
    let preload = format!("shared_preload_libraries={}", if counted { "pg_stat_statements" } else { "" });
    let mut server = Server::start(&[
        // killed processes take nothing along that was written, so this is enough
        "synchronous_commit=on",
        "log_statement=all",
        "log_min_duration_statement=0",
        "track_activity_query_size=1MB",
        &preload,
    ]);
    let dir = tempfile::tempdir().unwrap();
    // how long it takes here
    let (_, name) = batch(&server, CODES as u32 + 1);
    let began = Instant::now();
    let whole = rotation(&server, &name, &dir.path().join("whole.csv")).output().unwrap();
    assert!(whole.status.success(), "{whole:?}");
    let takes = u64::try_from(began.elapsed().as_micros()).unwrap();

    let mut outcomes = std::collections::BTreeMap::new();
    let mut read_to = 0;
    for round in 0..kills {
        let end = [End::Promoctl, End::Server, End::ServerProcess, End::Interrupt][round as usize % 4];
        let (mut db, name) = batch(&server, CODES as u32 + 1);
        if counted {
            db.batch_execute("CREATE EXTENSION pg_stat_statements").unwrap();
        }
        let file = dir.path().join(format!("codes{round}.csv"));
        let over = AtomicBool::new(false);
        let mut onlooker = server.connect(&name);
        let (out, seen) = thread::scope(|scope| {
            let over = &over;
            let onlooker = scope.spawn(move || {
                let mut seen = String::new();
                while !over.load(Ordering::SeqCst) {
                    let activity =
                        "SELECT DISTINCT query FROM pg_stat_activity WHERE application_name LIKE 'promoctl%'";
                    // it ends with the server
                    let Ok(rows) = onlooker.query(activity, &[]) else { break };
                    rows.iter().for_each(|row| seen.push_str(row.get(0)));
                    thread::sleep(Duration::from_millis(5));
                }
                seen
            });
            let mut child = rotation(&server, &name, &file)
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            thread::sleep(Duration::from_micros(below(takes * 11 / 10, round)));
            match end {
                End::Promoctl => child.kill().unwrap(),
                // SAFETY: our own child's id, which has not been waited for.
                End::Interrupt => unsafe {
                    libc::kill(i32::try_from(child.id()).unwrap(), libc::SIGINT);
                },
                End::ServerProcess => db
                    .batch_execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'promoctl%' AND datname = current_database()")
                    .unwrap(),
                End::Server => server.crash(),
            }
            let out = child.wait_with_output().unwrap();
            over.store(true, Ordering::SeqCst);
            (out, onlooker.join().unwrap())
        });
        drop(db);
        let mut db = server.connect(&name);
        // a server process that was left may still be at it
        let busy = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'";
        let began = Instant::now();
        while table(&mut db, busy) != [["0"]] {
            assert!(
                began.elapsed() < Duration::from_secs(120),
                "{end:?} in round {round}: somebody is still at it"
            );
            thread::sleep(Duration::from_millis(20));
        }
        let all = all_or_nothing(&mut db, &file);
        let (stdout, stderr) =
            (String::from_utf8(out.stdout).unwrap(), String::from_utf8(out.stderr).unwrap());
        let about = format!("{end:?} in round {round}, {all}: {:?} {stdout}{stderr}", out.status);
        // it says what is so, where it could say anything
        let in_doubt = stderr.contains("whether the codes were rotated is not known");
        if out.status.success() {
            assert!(all && file.exists() && !partial(&file).exists(), "{about}");
        } else if in_doubt {
            assert!(partial(&file).exists() && stderr.contains(".csv.partial"), "{about}");
        } else if end == End::Server || end == End::ServerProcess {
            assert!(!all && !file.exists() && !partial(&file).exists(), "{about}");
            let told = ["nothing was changed", "connect", "starting up", "shut down", "terminating"];
            assert!(told.iter().any(|words| stderr.contains(words)), "{about}");
        }
        if partial(&file).exists() && !file.exists() {
            // the next one says what to do about it, with a statement that tells
            let next = rotation(&server, &name, &file).output().unwrap();
            let said = String::from_utf8(next.stderr).unwrap();
            assert!(next.status.code() == Some(2) && said.contains("is there already"), "{said}");
            if let Some(statement) = said.lines().find_map(|line| line.strip_prefix("HINT:  "))
                && !statement.contains("in it")
            {
                assert_eq!(!table(&mut db, statement).is_empty(), all, "{said}");
            }
        }
        *outcomes.entry((format!("{end:?}"), if all { "everything" } else { "nothing" })).or_insert(0) += 1;

        let mut made = secrets(&file);
        made.extend(secrets(&partial(&file)));
        let log = server.log();
        nowhere_in(&made, "the server's log", &log[read_to..]);
        read_to = log.len();
        nowhere_in(&made, "pg_stat_activity", &seen);
        nowhere_in(&made, "promoctl's output", &(stdout + &stderr));
        if counted {
            let statements = table(&mut db, "SELECT query FROM pg_stat_statements").concat().concat();
            nowhere_in(&made, "pg_stat_statements", &statements);
        }
    }
    println!("{kills} ends within {takes} µs of {CODES} codes: {outcomes:?}");
    let log = server.log();
    assert!(log.contains("promo_guard.rotate("), "statements were logged");
    let count =
        |what: &str| outcomes.iter().filter(|((_, all), _)| *all == what).map(|(_, n)| *n).sum::<u64>();
    assert_eq!(count("nothing") + count("everything"), kills);
    assert!(count("nothing") > 0);
}
