//! Errors as psql prints them, closed pipes, Ctrl-C, and hostile names.

use promo_guard_tests::{promoctl, server};
use std::io::Read;
use std::process::Stdio;
use std::time::{Duration, Instant};

#[test]
fn a_server_error_shows_message_detail_hint_and_sqlstate() {
    let (_, name) = server().database();
    let out = promoctl(server(), &name).arg("triage").output().unwrap();
    let err = String::from_utf8(out.stderr).unwrap();
    assert_eq!(out.status.code(), Some(3), "{err}");
    assert!(out.stdout.is_empty());
    for line in ["ERROR:  promo_guard is not bound", "DETAIL:  ", "HINT:  ", "55000"] {
        assert!(err.contains(line), "{line:?} is missing in\n{err}");
    }
}

#[test]
fn usage_is_2_and_a_missing_extension_says_what_to_do() {
    let (_, name) = server().empty_database();
    for arguments in [
        &["no-such-command"][..],
        &["triage", "--no-such-flag"],
        &["triage", "--output", "xml"],
        &["--password=secret", "triage"],
    ] {
        assert_eq!(
            promoctl(server(), &name).args(arguments).output().unwrap().status.code(),
            Some(2),
            "{arguments:?}"
        );
    }
    let out = promoctl(server(), &name).arg("triage").output().unwrap();
    let err = String::from_utf8(out.stderr).unwrap();
    assert_eq!(out.status.code(), Some(3), "{err}");
    assert!(err.contains("CREATE EXTENSION promo_guard"), "{err}");
}

#[test]
fn a_bad_lookback_is_the_servers_to_refuse() {
    let (_, name) = server().bound_database();
    let out = promoctl(server(), &name).args(["triage", "--lookback", "-30 min"]).output().unwrap();
    let err = String::from_utf8(out.stderr).unwrap();
    assert!(matches!(out.status.code(), Some(2 | 3)), "{err}");
    let out = promoctl(server(), &name).args(["triage", "--lookback=-30 min"]).output().unwrap();
    let err = String::from_utf8(out.stderr).unwrap();
    assert!(
        out.status.code() == Some(3) && err.contains("lookback must be positive") && err.contains("22023"),
        "{err}"
    );
}

#[test]
fn a_closed_pipe_is_no_error() {
    let (_, name) = server().bound_database();
    let mut child = promoctl(server(), &name)
        .arg("doctor")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let out = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&out.stderr), "");
    assert_ne!(out.status.code(), Some(101), "a panic");
}

#[test]
fn interrupted_it_cancels_its_query_and_ends_with_130() {
    let (mut db, name) = server().bound_database();
    db.batch_execute("BEGIN; LOCK TABLE promo_codes IN ACCESS EXCLUSIVE MODE").unwrap();
    let mut child =
        promoctl(server(), &name).arg("triage").stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'promoctl' AND datname = current_database() AND wait_event_type = 'Lock'";
    let mut watcher = server().connect(&name);
    let until = Instant::now() + Duration::from_secs(60);
    while promo_guard_tests::table(&mut watcher, waiting) != [["1"]] {
        assert!(Instant::now() < until, "promoctl never came to wait");
        std::thread::sleep(Duration::from_millis(20));
    }
    // SAFETY: signals the child that was started just above.
    unsafe { libc::kill(i32::try_from(child.id()).unwrap(), libc::SIGINT) };
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let mut err = String::new();
    child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    assert!(!err.contains("panicked"), "{err}");
    let until = Instant::now() + Duration::from_secs(60);
    while promo_guard_tests::table(&mut watcher, waiting) != [["0"]] {
        assert!(Instant::now() < until, "the query goes on without anybody waiting for it");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn hostile_names_do_nothing_in_any_format() {
    let (mut db, name) = server().bound_database();
    db.execute(
        "INSERT INTO promo_codes (id, code_hash, code_prefix, campaign_name, promo_type, target_scope, status, valid_from, valid_until)
         VALUES (1, repeat('1', 64), E'A\\u0007B', $1, 'PREMIUM_GRANT', 'ALL', 'PAUSED', now(), now() + interval '1 day')",
        &[&"=<script>alert(1)</script> | *x* \u{1b}[31m\u{202e}red\r\n=1+1"],
    )
    .unwrap();
    for format in ["table", "markdown", "csv", "json"] {
        let out = promoctl(server(), &name)
            .args(["paused", "--output", format, "--color", "never"])
            .output()
            .unwrap();
        let text = String::from_utf8(out.stdout).unwrap();
        assert!(out.status.success());
        assert!(
            !text.contains('\u{1b}') && !text.contains('\u{7}') && !text.contains('\u{202e}'),
            "{format}: {text:?}"
        );
        if format == "csv" {
            assert!(text.contains(",'=<script>"), "a spreadsheet would run it: {text:?}");
            let raw = promoctl(server(), &name).args(["paused", "-o", "csv", "--csv-raw"]).output().unwrap();
            let raw = String::from_utf8(raw.stdout).unwrap();
            assert!(raw.contains(",=<script>") && !raw.contains('\u{1b}'), "{raw:?}");
        }
        if format == "markdown" {
            assert!(
                !text.contains("<script>") && text.lines().filter(|l| l.starts_with('|')).count() == 3,
                "{text}"
            );
        }
        if format == "json" {
            let json: serde_json::Value = serde_json::from_str(&text).unwrap();
            assert!(json[0]["campaign_name"].as_str().unwrap().contains('\u{1b}'), "JSON loses nothing");
        }
    }
}
