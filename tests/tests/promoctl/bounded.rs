//! No command waits for ever: not for a lock, not for a slow answer; and a standby that must replay is asked once more.

use super::every_command::Shop;
use promo_guard_tests::{Server, promoctl, server, table};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

fn words(out: &Output) -> (Option<i32>, String) {
    (out.status.code(), String::from_utf8(out.stderr.clone()).expect("UTF-8"))
}

#[test]
#[ignore = "slow"]
fn a_lock_on_the_campaigns_ends_every_command_at_its_timeout_and_says_so() {
    let shop = Shop::new();
    let before = shop.state();
    let mut holder = server().connect(&shop.name);
    holder.batch_execute("BEGIN; LOCK TABLE promo_codes IN ACCESS EXCLUSIVE MODE").unwrap();
    let mut waited = Vec::new();
    for (name, mut command, changes) in shop.commands() {
        let started = Instant::now();
        let (code, err) = words(&command.args(["--timeout", "700ms"]).output().unwrap());
        assert!(started.elapsed() < Duration::from_secs(15), "{name} took {:?}: {err}", started.elapsed());
        if !err.contains("700ms") {
            // it needs no lock, or its function gives up sooner by itself
            assert!(matches!(code, Some(0..=3)) && !err.contains("57014"), "{name}: {code:?} {err}");
            continue;
        }
        waited.push(name.clone());
        assert_eq!(code, Some(3), "{name}: {err}");
        // What `setup --scaffold` runs is no function of promo_guard: it may not be there yet.
        let (who, waits) = if name == "setup" && !changes {
            ("error: the server ", "gave no answer within 700ms")
        } else {
            ("error: promo_guard.", "() gave no answer within 700ms")
        };
        for expected in [who, waits, "HINT:", "pg_blocking_pids", "--timeout", "SQLSTATE:  57014"] {
            assert!(err.contains(expected), "{name} lacks {expected:?}: {err}");
        }
        assert_eq!(err.contains("nothing was changed"), changes, "{name}: {err}");
    }
    for name in ["triage", "paused", "classify", "check", "settle", "report", "pause", "unpause"] {
        assert!(waited.iter().any(|waiting| waiting == name), "{name} never waited: {waited:?}");
    }
    drop(holder);
    assert_eq!(shop.state(), before);
}

#[test]
#[ignore = "slow"]
fn a_change_gives_up_on_a_lock_after_seconds_and_says_what_to_do() {
    let shop = Shop::new();
    let before = shop.state();
    let mut holder = server().connect(&shop.name);
    holder.batch_execute("BEGIN; LOCK TABLE promo_codes IN ACCESS EXCLUSIVE MODE").unwrap();
    for (name, mut command, changes) in shop.commands() {
        if !changes || !["pause", "incident open", "setup"].contains(&name.as_str()) {
            continue;
        }
        let started = Instant::now();
        let (code, err) = words(&command.output().unwrap());
        assert!(started.elapsed() < Duration::from_secs(15), "{name} took {:?}: {err}", started.elapsed());
        assert!(
            code == Some(3) && err.contains("HINT:") && err.contains("SQLSTATE:  55P03"),
            "{name}: {code:?} {err}"
        );
    }
    drop(holder);
    assert_eq!(shop.state(), before);
}

#[test]
#[ignore = "slow"]
fn the_statement_in_the_hint_names_the_session_that_holds_the_lock() {
    let (_, name) = server().bound_database();
    let mut holder = server().connect(&name);
    holder.batch_execute("BEGIN; LOCK TABLE promo_codes IN ACCESS EXCLUSIVE MODE").unwrap();
    let pid = table(&mut holder, "SELECT pg_backend_pid()");
    let waiting = |timeout: &str| {
        let mut command = promoctl(server(), &name);
        command.args(["paused", "--timeout", timeout]).stdout(Stdio::null()).stderr(Stdio::piped());
        command.spawn().unwrap()
    };
    let (_, err) = words(&waiting("300ms").wait_with_output().unwrap());
    let statement = err.lines().find_map(|line| line.trim().strip_prefix("SELECT ")).expect(&err).to_owned();
    let mut child = waiting("20s");
    let mut watcher = server().connect(&name);
    let until = Instant::now() + Duration::from_secs(15);
    while !table(&mut watcher, &format!("SELECT {statement}")).iter().any(|row| row[0] == pid[0][0]) {
        assert!(Instant::now() < until, "{statement}");
        std::thread::sleep(Duration::from_millis(50));
    }
    drop(holder);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

/// A shop whose campaigns' view calls a function of the test's. One campaign, paused.
fn shop_with(server: &Server, body: &str) -> String {
    let (mut db, name) = server.bound_database();
    db.batch_execute(&format!(
        "INSERT INTO promo_codes (id, code_hash, code_prefix, campaign_name, promo_type, target_scope, status, valid_from, valid_until)
         VALUES (1, repeat('1', 64), 'ONE', 'One', 'PREMIUM_GRANT', 'ALL', 'PAUSED', now(), now() + interval '1 day');
         CREATE FUNCTION public.on_the_way() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN {body} RETURN true; END $$;
         CREATE TABLE public.churn (x integer)"
    ))
    .unwrap();
    let definition =
        table(&mut db, "SELECT rtrim(pg_get_viewdef('promo_guard.campaigns'), ';')")[0][0].clone();
    db.batch_execute(&format!(
        "CREATE OR REPLACE VIEW promo_guard.campaigns AS {definition} WHERE public.on_the_way()"
    ))
    .unwrap();
    name
}

#[test]
#[ignore = "slow"]
fn reads_have_30_seconds_and_a_shorter_limit_of_the_role_stays() {
    let name = shop_with(server(), "RAISE EXCEPTION 'statement %.', current_setting('statement_timeout');");
    let mut db = server().connect(&name);
    db.batch_execute(
        "DO $$ BEGIN CREATE ROLE hurried LOGIN SUPERUSER; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
         ALTER ROLE hurried SET statement_timeout = '1500ms'",
    )
    .unwrap();
    let met = |user: &str, arguments: &[&str]| {
        words(&promoctl(server(), &name).env("PGUSER", user).args(arguments).output().unwrap()).1
    };
    for (user, arguments, expected) in [
        ("postgres", &["paused"][..], "statement 30s."),
        ("postgres", &["paused", "--timeout", "2min"], "statement 2min."),
        ("postgres", &["paused", "--timeout", "0"], "statement 0."),
        ("postgres", &["check", "1"], "statement 30s."),
        ("postgres", &["pause", "1", "--reason", "x"], "statement 0."),
        ("postgres", &["pause", "1", "--reason", "x", "--timeout", "2min"], "statement 2min."),
        ("hurried", &["paused"], "statement 1500ms."),
        ("hurried", &["paused", "--timeout", "2min"], "statement 2min."),
        ("hurried", &["paused", "--timeout", "0"], "statement 0."),
        ("hurried", &["pause", "1", "--reason", "x"], "statement 1500ms."),
    ] {
        let err = met(user, arguments);
        assert!(err.contains(expected), "{user} {arguments:?}: {expected}: {err}");
    }
}

#[test]
#[ignore = "slow"]
fn the_page_takes_no_longer_than_its_timeout_and_names_what_did_not_answer() {
    let name = shop_with(server(), "PERFORM pg_sleep(2);");
    let started = Instant::now();
    let out = promoctl(server(), &name).args(["triage", "--timeout", "1s"]).output().unwrap();
    assert!(started.elapsed() < Duration::from_secs(4), "{:?}", started.elapsed());
    let (code, err) = words(&out);
    assert!(err.contains("promo_guard.triage() gave no answer within 1s"), "{err}");
    assert!(code == Some(3) && err.contains("--timeout 2min"), "{code:?} {err}");
}

/// A standby that never lets a query hold up replay, and its primary.
fn pair(body: &str) -> (Server, Server, String) {
    let primary = Server::start(&["wal_level=replica", "autovacuum=off"]);
    let name = shop_with(&primary, body);
    let standby = primary.standby_with(&["max_standby_streaming_delay=0", "hot_standby_feedback=off"]);
    (primary, standby, name)
}

/// Removes rows for good that a query on the standby could still see.
fn remove_rows(db: &mut postgres::Client) {
    db.batch_execute("INSERT INTO public.churn SELECT g FROM generate_series(1, 100) AS g").unwrap();
    db.batch_execute("DELETE FROM public.churn").unwrap();
    db.batch_execute("VACUUM public.churn").unwrap();
}

fn on(standby: &Server, name: &str, arguments: &[&str]) -> Command {
    let mut command = promoctl(standby, name);
    let port = table(&mut standby.connect(name), "SHOW port")[0][0].clone();
    command.env("PGPORT", port).args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

#[test]
#[ignore = "slow"]
fn a_conflict_with_recovery_is_met_by_another_try_and_the_second_one_has_a_hint() {
    let (primary, standby, name) = pair("PERFORM pg_sleep(0.3);");
    let mut db = primary.connect(&name);
    let mut watcher = standby.connect(&name);
    let until = Instant::now() + Duration::from_secs(60);
    while table(&mut watcher, "SELECT count(*) FROM pg_proc WHERE proname = 'on_the_way'") != [["1"]] {
        assert!(Instant::now() < until, "the standby does not catch up");
        std::thread::sleep(Duration::from_millis(50));
    }
    // Within a subtransaction, as triage() has, the standby cannot cancel the query alone: it ends the session.
    for (arguments, question) in [
        (&["paused"][..], "paused_campaigns"),
        (&["triage"], "promo_guard.triage"),
        (&["report", "--format", "json"], "incident_report"),
    ] {
        let running = format!(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'promoctl' AND state = 'active' AND query LIKE '%{question}%'"
        );
        for always in [false, true] {
            let mut child = on(&standby, &name, arguments).spawn().unwrap();
            let until = Instant::now() + Duration::from_secs(60);
            let mut conflicts = 0;
            while child.try_wait().unwrap().is_none() {
                assert!(Instant::now() < until, "{arguments:?} does not end");
                if (always || conflicts == 0) && table(&mut watcher, &running) == [["1"]] {
                    remove_rows(&mut db);
                    conflicts += 1;
                }
                std::thread::sleep(Duration::from_millis(10));
            }
            let out = child.wait_with_output().unwrap();
            let (code, err) = words(&out);
            assert!(conflicts > 0, "{arguments:?} never ran {question}");
            if !always {
                assert!(
                    code == Some(0) && err.is_empty() && !out.stdout.is_empty(),
                    "{arguments:?}: {code:?} {err}"
                );
                continue;
            }
            // A session that is ended between two statements may not hear why.
            let heard =
                err.contains("conflict with recovery") && err.contains("SQLSTATE:  40001") && code == Some(3);
            let unheard = arguments == ["triage"]
                && err.contains("the connection to the server was lost")
                && code == Some(2);
            assert!(heard || unheard, "{arguments:?}: {code:?} {err}");
            for expected in ["HINT:", "on the primary", "max_standby_streaming_delay"] {
                assert!(err.contains(expected), "{arguments:?} lacks {expected:?}: {err}");
            }
        }
    }
}
