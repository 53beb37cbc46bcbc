//! promoctl rotate: the file and the database agree, and no plain code is anywhere else.

mod killed;

use postgres::Client;
use promo_guard_tests::{Server, Terminal, promoctl, table};
use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{fs, thread};

pub fn run(command: &mut Command) -> (i32, String, String) {
    let out = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (out.status.code().unwrap_or(-1), text(&out.stdout), text(&out.stderr))
}

/// A paused batch of so many codes named "Leaked", bound.
pub fn batch(server: &Server, codes: u32) -> (Client, String) {
    let (mut db, name) = server.bound_database();
    db.batch_execute(&format!(
        "INSERT INTO promo_codes (id, code_hash, code_prefix, campaign_name, promo_type, grant_premium_days, target_scope, status, valid_from,
                                  valid_until, max_total_uses, used_total)
         SELECT 1000 + g, md5('o' || g) || md5(g || 'o'), 'LEAK', 'Leaked', 'PREMIUM_GRANT', 7, 'PREMIUM', 'PAUSED', now() - interval '1 day',
                now() + interval '9 days', 10, CASE WHEN g = 1 THEN 10 ELSE 4 END
         FROM generate_series(1, {codes}) AS g"
    ))
    .unwrap();
    (db, name)
}

pub fn rotation(server: &Server, name: &str, out: &Path) -> Command {
    let mut command = promoctl(server, name);
    command
        .env("PROMO_PEPPER", "salt")
        .args(["rotate", "--campaign", "Leaked", "--reason", "on a forum", "--out"])
        .arg(out);
    command
}

/// new id and code of every line.
pub fn codes(file: &Path) -> BTreeMap<String, String> {
    let text = fs::read_to_string(file).unwrap();
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("old_campaign_id,new_campaign_id,code"));
    lines
        .map(|line| {
            let fields: Vec<&str> = line.split(',').collect();
            (fields[1].to_owned(), fields[2].to_owned())
        })
        .collect()
}

pub fn rotated(db: &mut Client) -> Vec<String> {
    table(db, "SELECT new_campaign_id FROM promo_guard.rotation ORDER BY new_campaign_id::text COLLATE \"C\"")
        .into_iter()
        .map(|mut row| row.remove(0))
        .collect()
}

#[test]
fn rotate_writes_a_file_that_agrees_with_the_database_and_no_code_goes_anywhere_else() {
    let counted = Server::can_load("pg_stat_statements");
    let preload = format!("shared_preload_libraries={}", if counted { "pg_stat_statements" } else { "" });
    let server = Server::start(&["log_statement=all", "log_min_duration_statement=0", &preload]);
    let (mut db, name) = batch(&server, 20);
    if counted {
        db.batch_execute("CREATE EXTENSION pg_stat_statements").unwrap();
    }
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("codes.csv");
    let (code, out, err) = run(&mut rotation(&server, &name, &file));
    assert_eq!(code, 0, "{out}{err}");
    assert!(
        out.starts_with("Rotated 19 codes of Leaked (action ") && out.contains("1 code used up"),
        "{out}"
    );
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let made = codes(&file);
    assert_eq!(made.keys().cloned().collect::<Vec<_>>(), rotated(&mut db));

    // each code is the one whose hash the server has: the application's own way of hashing finds it
    let (id, plain) = made.first_key_value().unwrap();
    let mut probe = promoctl(&server, &name);
    probe
        .env("PROMO_PEPPER", "salt")
        .args(["probe", "--output", "json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = probe.spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), plain.to_lowercase().as_bytes()).unwrap();
    let answer = child.wait_with_output().unwrap();
    let told = String::from_utf8(answer.stdout).unwrap();
    assert!(
        told.contains(id) && told.contains("PAUSED"),
        "{told}{}",
        String::from_utf8_lossy(&answer.stderr)
    );

    let statements = match counted {
        true => table(&mut db, "SELECT query FROM pg_stat_statements").concat().concat(),
        false => String::new(),
    };
    let activity = table(&mut db, "SELECT query FROM pg_stat_activity").concat().concat();
    let log = server.log();
    assert!(
        log.contains("promo_guard.rotate(") && (!counted || statements.contains("promo_guard.rotate(")),
        "it was logged"
    );
    for plain in made.values() {
        for form in [plain.clone(), plain.replace('-', "")] {
            for (place, text) in [
                ("log", &log),
                ("pg_stat_statements", &statements),
                ("pg_stat_activity", &activity),
                ("stdout", &out),
                ("stderr", &err),
            ] {
                assert!(!text.contains(&form), "a code is in {place}");
            }
        }
    }
    // the file is never overwritten
    let (code, _, err) = run(&mut rotation(&server, &name, &file));
    assert!(code == 2 && err.contains("is there already"), "{err}");
    // and there is nothing left to rotate
    let (code, _, err) = run(&mut rotation(&server, &name, &dir.path().join("more.csv")));
    assert!(code == 2 && err.contains("19 codes rotated before"), "{err}");
}

/// The highest that a process's memory ever was, in MiB; none once it is gone.
fn highest(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().trim_end_matches(" kB").parse::<u64>().ok()? / 1024)
}

/// So many codes at once, at a terminal: the bar is seen meanwhile, and the whole of the page afterwards.
fn many(count: u32) {
    let server = Server::start(&[]);
    let (mut db, name) = batch(&server, count + 1);
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("codes.csv");
    let began = Instant::now();
    let terminal = Terminal::run(rotation(&server, &name, &file).env("TERM", "xterm"), 24, 80);
    let (mut ours, mut servers) = (0, 0);
    let pid = "SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'promoctl%' AND datname = current_database()";
    while let Some(now) = highest(terminal.id()) {
        ours = now;
        if let Some(pid) = table(&mut db, pid).first() {
            servers = highest(pid[0].parse().unwrap()).unwrap_or(servers);
        }
        thread::sleep(Duration::from_millis(20));
    }
    let raw = terminal.raw();
    let (status, lines) = terminal.end();
    println!(
        "{count} codes: {:.1} s, promoctl {ours} MiB, its server process {servers} MiB",
        began.elapsed().as_secs_f64()
    );
    assert!(status.success(), "{}", lines.join("\n"));
    assert!(raw.contains("making codes") && raw.contains(&format!("of {count}")), "a bar: {raw:?}");
    assert!(lines[0].replace(',', "").starts_with(&format!("Rotated {count} codes of Leaked")), "{lines:?}");
    assert_eq!(codes(&file).into_keys().collect::<Vec<_>>(), rotated(&mut db));
    assert_eq!(rotated(&mut db).len(), count as usize);
}

#[test]
fn five_thousand_codes_are_rotated_at_a_terminal_with_a_bar() {
    many(5_000);
}

/// `cargo test --release -p promo-guard-tests --test promoctl hundred_thousand -- --ignored --nocapture`
#[test]
#[ignore = "it is for its figures"]
fn a_hundred_thousand_codes_are_rotated_in_one_go() {
    many(100_000);
}
