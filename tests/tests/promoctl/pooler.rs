//! promoctl through pgbouncer in transaction mode. A server connection belongs to a client for one transaction only, so nothing may
//! depend on what an earlier transaction left in the session, and nothing may be left for the next client.

use super::contain::baking;
use super::every_command::Shop;
use postgres::NoTls;
use promo_guard_tests::{Pooler, Terminal, promoctl, server, table};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The same command, through the pooler.
fn through(pooler: &Pooler, mut command: Command) -> Command {
    command.env("PGHOST", pooler.host()).env("PGPORT", Pooler::PORT);
    command
}

/// Another application on each of so many server connections: it leaves prepared statements with the names that a driver counts up,
/// and settings that the pooler does not reset.
fn neighbour(pooler: &Pooler, database: &str, connections: usize) {
    let connect = || {
        postgres::Config::new()
            .host_path(pooler.host())
            .port(Pooler::PORT.parse().unwrap())
            .user("postgres")
            .dbname(database)
            .connect(NoTls)
            .unwrap_or_else(|error| panic!("{error}: {}", pooler.log()))
    };
    // All at once, so that each has a connection of its own.
    let mut sessions: Vec<_> = (0..connections).map(|_| connect()).collect();
    for session in &mut sessions {
        session
            .batch_execute(
                "BEGIN; DEALLOCATE ALL; SET search_path = ''; SET IntervalStyle = 'iso_8601'; SET extra_float_digits = -15; SET bytea_output = 'escape'",
            )
            .unwrap();
        for number in 0..20 {
            session.batch_execute(&format!("PREPARE s{number} AS SELECT 'of somebody else'")).unwrap();
        }
    }
    for session in &mut sessions {
        session.batch_execute("COMMIT").unwrap();
    }
}

/// Prepared statements in the server's sessions of this database, and what they were left by.
fn left_behind(pooler: &Pooler, database: &str, connections: usize) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for _ in 0..connections {
        let mut session = postgres::Config::new()
            .host_path(pooler.host())
            .port(Pooler::PORT.parse().unwrap())
            .user("postgres")
            .dbname(database)
            .connect(NoTls)
            .unwrap();
        rows.extend(table(
            &mut session,
            "SELECT name, statement FROM pg_prepared_statements WHERE statement NOT LIKE '%of somebody else%'
             UNION ALL SELECT relname::text, 'temporary' FROM pg_class WHERE relpersistence = 't'
             UNION ALL SELECT 'advisory lock', objid::text FROM pg_locks WHERE locktype = 'advisory'
             UNION ALL SELECT pg_listening_channels(), 'LISTEN'",
        ));
    }
    rows
}

fn every_command(connections: usize) {
    let shop = Shop::new();
    let pooler = Pooler::start(
        server(),
        &format!("pooler-{connections}"),
        &["postgres"],
        u32::try_from(connections).unwrap(),
    );
    neighbour(&pooler, &shop.name, connections);
    for (name, direct, changes) in shop.commands() {
        if name == "watch" {
            continue; // It lasts as long as a bake: below.
        }
        if changes {
            shop.prepare(&name);
        }
        let before = shop.state();
        let arguments: Vec<_> = direct.get_args().map(|a| a.to_string_lossy().into_owned()).collect();
        // Twice, where that is the same: what the first leaves in the sessions must not stop the second.
        for _ in 0..if changes { 1 } else { 2 } {
            let mut command = promoctl(server(), &shop.name);
            command.args(direct.get_args());
            for (name, value) in direct.get_envs() {
                command.env(name, value.unwrap_or_default());
            }
            let out = through(&pooler, command).stdin(Stdio::null()).output().unwrap();
            let said = format!(
                "{arguments:?} ends with {:?}\n{}{}{}",
                out.status,
                String::from_utf8_lossy(&out.stdout),
                String::from_utf8_lossy(&out.stderr),
                pooler.log()
            );
            println!("{arguments:?}: {:?}", out.status.code());
            // 1 says that there is something to look at.
            // The guard refuses to unpause in the middle of an incident.
            let expected = if changes && name != "unpause" { &[0][..] } else { &[0, 1][..] };
            assert!(out.status.code().is_some_and(|code| expected.contains(&code)), "{said}");
            assert!(!said.contains("SQLSTATE") && !said.contains("prepared statement"), "{said}");
        }
        if changes && !super::every_command::is_dry(&direct) {
            assert!(
                shop.state() != before || name == "escalations" || name == "setup",
                "{arguments:?} changed nothing"
            );
        }
    }
    assert_eq!(left_behind(&pooler, &shop.name, connections), Vec::<Vec<String>>::new());
}

#[test]
#[ignore = "slow"]
fn every_command_on_one_server_connection_that_others_use_too() {
    every_command(1);
}

#[test]
#[ignore = "slow"]
fn every_command_on_several_server_connections_in_turn() {
    every_command(3);
}

#[test]
#[ignore = "slow"]
fn a_bake_is_watched_live_and_to_its_verdict_while_others_use_the_pool() {
    let (mut db, name) = baking("10 min", "ACCEPTED");
    let pooler = Pooler::start(server(), "pooler-watch", &["postgres"], 2);
    neighbour(&pooler, &name, 2);
    let mut watch = through(&pooler, promoctl(server(), &name));
    watch.env("TERM", "xterm-256color").args(["watch", "1002"]);
    let mut terminal = Terminal::run(&mut watch, 24, 80);
    let began = Instant::now();
    while terminal.raw().matches("Ctrl-C leaves it running").count() < 3 {
        assert!(began.elapsed() < Duration::from_secs(60), "{}\n{}", terminal.raw(), pooler.log());
        let out = through(&pooler, promoctl(server(), &name)).arg("triage").output().unwrap();
        assert_eq!(out.status.code(), Some(0), "{}", String::from_utf8_lossy(&out.stderr));
    }
    terminal.keys("\x03");
    let (status, lines) = terminal.end();
    assert_eq!(status.code(), Some(130), "{lines:?}");
    assert!(lines.iter().any(|line| line.contains("The bake continues")), "{lines:?}");
    assert_eq!(
        table(&mut db, "SELECT state, ticked_at IS NOT NULL FROM promo_guard.bake"),
        [["RUNNING", "t"]]
    );

    let (mut db, name) = baking("6 s", "ACCEPTED");
    let mut watch = through(&pooler, promoctl(server(), &name));
    let out = watch.args(["watch", "1002"]).output().unwrap();
    let told = String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr);
    assert_eq!(out.status.code(), Some(0), "{told}");
    assert!(told.contains("PASSED: campaign 1002"), "{told}");
    assert_eq!(table(&mut db, "SELECT state FROM promo_guard.bake"), [["PASSED"]]);
}

#[test]
#[ignore = "slow"]
fn an_unpause_that_was_agreed_on_is_carried_out_through_the_pool() {
    let shop = Shop::new();
    shop.prepare("unpause");
    let pooler = Pooler::start(server(), "pooler-unpause", &["postgres"], 3);
    neighbour(&pooler, &shop.name, 3);
    let run = |words: &[&str]| {
        let out = through(&pooler, promoctl(server(), &shop.name)).args(words).output().unwrap();
        let err = String::from_utf8_lossy(&out.stderr).into_owned();
        (out.status.code(), String::from_utf8_lossy(&out.stdout).into_owned(), err)
    };
    // The plan, with its fingerprint, and the unpause that names it are transactions on different server connections.
    let (code, plan, err) = run(&["check", &shop.id, "--output", "json"]);
    assert_eq!(code, Some(1), "{plan}{err}");
    let mut db = server().connect(&shop.name);
    let failed = table(
        &mut db,
        &format!("SELECT name FROM promo_guard.check_unpause({}) WHERE NOT passed AND overridable", shop.id),
    );
    let mut words = vec!["unpause", &shop.id, "--reason", "tested", "--yes"];
    for row in &failed {
        words.extend(["--override", &row[0]]);
    }
    let (code, out, err) = run(&words);
    assert_eq!(code, Some(0), "{out}{err}");
    let status = format!("SELECT status FROM promo_codes WHERE id = {}", shop.id);
    assert_eq!(table(&mut db, &status), [["ACTIVE"]], "{out}");
}
