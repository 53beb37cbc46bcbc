//! promoctl fix, rotate and watch.

use postgres::Client;
use promo_guard_tests::{Server, promoctl, server, table};
use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;
use std::{fs, thread};

fn run(command: &mut Command) -> (i32, String, String) {
    let out = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (out.status.code().unwrap_or(-1), text(&out.stdout), text(&out.stderr))
}

/// A paused batch of so many codes named "Leaked", bound.
fn batch(server: &Server, codes: u32) -> (Client, String) {
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

fn rotation(server: &Server, name: &str, out: &Path) -> Command {
    let mut command = promoctl(server, name);
    command
        .env("PROMO_PEPPER", "salt")
        .args(["rotate", "--campaign", "Leaked", "--reason", "on a forum", "--out"])
        .arg(out);
    command
}

/// new id and code of every line.
fn codes(file: &Path) -> BTreeMap<String, String> {
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

fn rotated(db: &mut Client) -> Vec<String> {
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

/// After whatever happened: either nothing, or everything with every code in the one file.
fn all_or_nothing(db: &mut Client, file: &Path, codes_wanted: usize) -> bool {
    let partial = PathBuf::from(format!("{}.partial", file.display()));
    let new = rotated(db);
    assert_eq!(
        table(db, "SELECT count(*) FROM promo_codes WHERE code_prefix = 'LEAK' AND used_total = 0"),
        [[new.len().to_string()]]
    );
    assert!(!(file.exists() && partial.exists()) || new.len() == codes_wanted, "both names, for an instant");
    if new.is_empty() {
        assert!(!file.exists(), "a file under its name, and nothing was rotated");
        return false;
    }
    assert_eq!(new.len(), codes_wanted);
    let kept = if file.exists() { file } else { &partial };
    assert_eq!(codes(kept).into_keys().collect::<Vec<_>>(), new, "every code that is in use is in the file");
    true
}

#[test]
fn rotate_killed_at_any_point_leaves_nothing_or_everything() {
    let (mut all, mut none) = (0, 0);
    for round in 0..24_u64 {
        let (mut db, name) = batch(server(), 2_001);
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("codes.csv");
        let mut child =
            rotation(server(), &name, &file).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // spread over what it takes, whatever that is here
        thread::sleep(Duration::from_millis(round * round * 3));
        if round % 3 == 2 {
            // the server's side instead
            db.batch_execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'promoctl%' AND datname = current_database()").unwrap();
        } else {
            child.kill().unwrap();
        }
        child.wait().unwrap();
        // a server process that was left may still be at it
        let busy = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'";
        while table(&mut db, busy) != [["0"]] {
            thread::sleep(Duration::from_millis(20));
        }
        if all_or_nothing(&mut db, &file, 2_000) { all += 1 } else { none += 1 }
    }
    println!("killed 24 times: {none} times nothing, {all} times everything");
}

#[test]
fn fix_shows_before_and_after() {
    let (mut db, name) = batch(server(), 2);
    let args = ["fix", "1002", "max_total_uses=50", "valid_until=2098-01-01", "--reason", "typo"];
    let (code, out, err) = run(promoctl(server(), &name).args(args).arg("--dry-run"));
    assert_eq!(code, 0, "{err}");
    assert!(
        out.contains("would become")
            && out.contains("2098-01-01 00:00:00+00")
            && out.lines().all(|l| l.chars().count() <= 80),
        "{out}"
    );
    assert_eq!(table(&mut db, "SELECT max_total_uses FROM promo_codes WHERE id = 1002"), [["10"]]);
    let (code, out, _) = run(promoctl(server(), &name).args(args));
    assert!(code == 0 && out.starts_with("Fixed campaign 1002"), "{out}");
    assert_eq!(
        table(&mut db, "SELECT max_total_uses, status FROM promo_codes WHERE id = 1002"),
        [["50", "PAUSED"]]
    );
    let (code, _, err) =
        run(promoctl(server(), &name).args(["fix", "1002", "max_total_uses=3", "--reason", "x"]));
    assert!(code == 3 && err.contains("SQLSTATE:  22023") && err.contains("used and reserved"), "{err}");
    assert_eq!(run(promoctl(server(), &name).args(["fix", "1002", "max_total_uses", "--reason", "x"])).0, 2);
}

/// A campaign that was unpaused just now, its bake so long, with users who get in or do not.
fn baking(length: &str, outcome: &str) -> (Client, String) {
    let (mut db, name) = batch(server(), 2);
    db.batch_execute(&format!(
        "UPDATE promo_codes SET status = 'ACTIVE' WHERE id = 1002;
         INSERT INTO promo_guard.bake (campaign_id, action_id, began_by, since, until, on_regression, false_alarm, paused_at, terms)
         SELECT 1002, (SELECT max(id) FROM promo_guard.action_log), 'me', now(), now() + interval '{length}', 'alert', 0.05, now() - interval '1 h',
                jsonb_build_object('valid_from', null);
         INSERT INTO promo_attempts SELECT g, g, (SELECT code_hash FROM promo_codes WHERE id = 1002), '{outcome}', 'API', now() + g * interval '10 ms'
         FROM generate_series(1, 60) AS g;
         INSERT INTO promo_redemptions (id, promo_code_id, user_id, status, created_at, applied_at, updated_at)
         SELECT gen_random_uuid(), 1002, g, 'APPLIED', now(), now() + interval '1 s', now() FROM generate_series(1, 5) AS g"
    ))
    .unwrap();
    // the terms as they stand, so that nothing has changed
    db.batch_execute(
        "UPDATE promo_guard.bake AS b SET terms = jsonb_build_object(
             'valid_from', ((extract(epoch FROM c.valid_from) - 946684800) * 1000000)::bigint,
             'valid_until', ((extract(epoch FROM c.valid_until) - 946684800) * 1000000)::bigint,
             'target_scope', c.target_scope, 'max_total_uses', c.max_total_uses, 'max_uses_per_user', c.max_uses_per_user,
             'new_users_only', c.new_users_only, 'first_purchase_only', c.first_purchase_only, 'discount_type', c.discount_type,
             'discount_value', c.discount_value, 'discount_percent', c.discount_percent)
         FROM promo_codes AS c WHERE c.id = b.campaign_id",
    )
    .unwrap();
    (db, name)
}

#[test]
fn watch_ticks_to_the_verdict_and_its_exit_status_says_which() {
    let (mut db, name) = baking("6 s", "ACCEPTED");
    let (code, out, err) = run(promoctl(server(), &name).args(["watch", "1002"]));
    assert_eq!(code, 0, "{out}{err}");
    assert!(out.contains("PASSED: campaign 1002") && out.contains("Look "), "{out}");
    assert_eq!(table(&mut db, "SELECT state FROM promo_guard.bake"), [["PASSED"]]);

    let (_, name) = baking("5 min", "NOT_APPLICABLE");
    server()
        .connect(&name)
        .batch_execute("UPDATE promo_guard.bake SET since = since - interval '58 s'")
        .unwrap();
    let (code, out, _) = run(promoctl(server(), &name).args(["watch", "1002"]));
    assert!(code == 1 && out.contains("FAILED: campaign 1002") && out.contains("did not get in"), "{out}");

    let (code, _, err) = run(promoctl(server(), &name).args(["watch", "1001"]));
    assert!(code == 2 && err.contains("has had no bake"), "{err}");
}

#[test]
fn an_interrupted_watch_leaves_the_bake_running_and_says_how_to_resume() {
    let (mut db, name) = baking("10 min", "ACCEPTED");
    let child = promoctl(server(), &name)
        .args(["watch", "1002"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    while table(&mut db, "SELECT ticked_at IS NULL FROM promo_guard.bake") == [["t"]] {
        thread::sleep(Duration::from_millis(50));
    }
    // SAFETY: our own child's id.
    unsafe { libc::kill(i32::try_from(child.id()).unwrap(), libc::SIGINT) };
    let out = child.wait_with_output().unwrap();
    assert_eq!(out.status.code(), Some(130));
    let err = String::from_utf8(out.stderr).unwrap();
    assert!(err.contains("The bake goes on") && err.contains("watch 1002"), "{err}");
    assert_eq!(table(&mut db, "SELECT state FROM promo_guard.bake"), [["RUNNING"]]);
}

#[test]
fn unpause_with_watch_ends_with_the_bakes_verdict() {
    let (mut db, name) = batch(server(), 2);
    let mut command = promoctl(server(), &name);
    command.args(["unpause", "1002", "--yes", "--reason", "x", "--bake", "6 s", "--watch"]);
    for check in [
        "history_explains_pause",
        "not_abuse",
        "burst_over",
        "guard_would_not_repause",
        "config_converts",
        "settlement_clean",
        "traffic_observed",
    ] {
        command.args(["--override", check]);
    }
    let (code, out, err) = run(&mut command);
    assert_eq!(code, 1, "{out}{err}");
    assert!(
        out.contains("INCONCLUSIVE: campaign 1002") && out.contains("Too little traffic to tell"),
        "{out}{err}"
    );
    assert_eq!(table(&mut db, "SELECT state FROM promo_guard.bake"), [["INCONCLUSIVE"]]);
}
