//! Every record survives every kind of dump and restore. pg_restore -j loads tables in any order and at the same time.

use postgres::Client;
use promo_guard_tests::{Server, server, table};
use std::process::Command;

/// Everything that a database has on record of ours, table by table, sequences too.
pub fn records(db: &mut Client) -> Vec<(String, Vec<Vec<String>>)> {
    let places = table(
        db,
        "SELECT c.oid::regclass::text, c.relkind FROM pg_extension AS e, unnest(e.extconfig) AS t (oid) JOIN pg_class AS c ON c.oid = t.oid
         WHERE e.extname = 'promo_guard' ORDER BY 1",
    );
    let of = |place: Vec<String>| {
        let row = if place[1] == "S" { "t.last_value, t.is_called" } else { "to_jsonb(t)::text" };
        let rows = table(db, &format!("SELECT {row} FROM {} AS t ORDER BY 1", place[0]));
        (place[0].clone(), rows)
    };
    places.into_iter().map(of).collect()
}

/// An application with records in every table of ours, each made by the functions that make them. pg_restore begins with the largest
/// tables, by the statistics: the incident is restored after the actions that refer to it, which are few and soon done.
pub fn with_records(server: &Server) -> (Client, String) {
    let (mut db, name) = server.database();
    db.batch_execute(
        "INSERT INTO promo_codes (id, code_hash, code_prefix, campaign_name, promo_type, grant_premium_days, target_scope, status, valid_from, valid_until)
         SELECT g, lpad(g::text, 64, '0'), 'P', 'Campaign ' || g, 'PREMIUM_GRANT', 7, 'ALL', 'ACTIVE', now() - interval '9 days', now() + interval '9 days'
         FROM generate_series(1, 2000) AS g;
         INSERT INTO promo_attempts SELECT g, g, lpad(g::text, 64, '0'), 'ACCEPTED', 'API', now() - g * interval '1 s', '{}' FROM generate_series(1, 20000) AS g;
         SELECT promo_guard.bind(); SELECT promo_guard.attach_history();
         SELECT promo_guard.set_policy('guard_min_users', '3', 'because');
         SELECT promo_guard.open_incident('A night', 'by hand');
         SELECT promo_guard.pause(g, 'leaked') FROM generate_series(1, 20) AS g;
         SELECT promo_guard.rotate('{1}', ARRAY[repeat('e', 64)], '{E}', 'leaked', '{9001}');
         SELECT promo_guard.unpause(2, 'all is well', '{history_explains_pause,not_abuse,burst_over,guard_would_not_repause,config_converts,settlement_clean,traffic_observed,scope_known}');
         UPDATE promo_codes SET status = 'ACTIVE' WHERE id = 3;
         SELECT promo_guard.acknowledge_escalation('unpaused_outside_guard', 3, 'asked');
         SELECT promo_guard.announce(3, now(), now() + interval '1 h', 'TV spot'); SELECT promo_guard.announce_batch('Campaign 4', now(), now() + interval '1 h', 'x');
         SELECT promo_guard.withdraw_announcement(1, 'cancelled')",
    )
    .unwrap();
    db.batch_execute("VACUUM ANALYZE").unwrap();
    let empty: Vec<_> =
        records(&mut db).into_iter().filter(|(_, rows)| rows.is_empty()).map(|(t, _)| t).collect();
    assert!(empty.is_empty(), "a table without a row shows nothing: {empty:?}");
    (db, name)
}

/// Runs a program that must succeed and say nothing.
fn silent(command: &mut Command) {
    let out = command.output().unwrap();
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success() && said.trim().is_empty(), "{command:?}: {said}");
}

/// How often each is restored. The default keeps the suite short; a foreign key between two tables shows in about half of those by four and eight.
fn times() -> usize {
    std::env::var("PROMO_GUARD_RESTORES").map_or(1, |n| n.parse().expect("a number"))
}

#[test]
#[ignore = "slow"]
fn every_row_survives_plain_custom_and_directory_dumps_restored_by_one_four_and_eight() {
    let server = server();
    let (mut db, name) = with_records(server);
    let before = records(&mut db);
    let dir = server.beside(&format!("dumps-{name}"));
    let file = |what: &str| dir.join(what).display().to_string();
    let (plain, custom, directory) = (file("plain"), file("custom"), file("directory"));
    server.run_program("pg_dump", &["-Fp", "-f", &plain, &name]);
    server.run_program("pg_dump", &["-Fc", "-f", &custom, &name]);
    server.run_program("pg_dump", &["-Fd", "-j", "4", "-f", &directory, &name]);
    let mut restored_so_far = 0;
    let mut restored = |program: &str, args: &[&str]| {
        restored_so_far += 1;
        let copy = format!("{name}_restored_{restored_so_far}");
        server
            .connect("postgres")
            .batch_execute(&format!("CREATE DATABASE {copy} TEMPLATE template0"))
            .unwrap();
        silent(server.program(program).args(["-d", &copy]).args(args).stdout(std::process::Stdio::null()));
        let mut db = server.connect(&copy);
        for (before, after) in before.iter().zip(records(&mut db)) {
            assert_eq!(before.1.len(), after.1.len(), "rows of {} after {program} {args:?}", before.0);
            assert!(*before == after, "{} differs after {program} {args:?}", before.0);
        }
        let wrong = "SELECT * FROM promo_guard.doctor() WHERE topic IN ('chain', 'records', 'history', 'binding') AND level <> 'ok'";
        assert_eq!(table(&mut db, wrong), [[""; 0]; 0]);
        assert!(
            table(&mut db, "SELECT FROM promo_guard.escalations() WHERE rule = 'status_off_history'")
                .is_empty()
        );
        drop(db);
        server.connect("postgres").batch_execute(&format!("DROP DATABASE {copy} WITH (FORCE)")).unwrap();
    };
    for _ in 0..times() {
        restored("psql", &["-qX", "-v", "ON_ERROR_STOP=1", "-f", &plain]);
        for dump in [&custom, &directory] {
            for jobs in ["1", "4", "8"] {
                restored("pg_restore", &["-e", "-j", jobs, dump]);
            }
        }
    }
}

#[test]
#[ignore = "slow"]
fn a_restore_with_triggers_disabled_records_nothing_twice_and_doctor_says_what_it_did_to_the_trigger() {
    let server = server();
    let (mut db, name) = with_records(server);
    let dump = server.beside(&format!("data-{name}")).join("dump").display().to_string();
    server.run_program("pg_dump", &["-Fc", "-f", &dump, "-t", "promo_codes", &name]);
    let before = records(&mut db);
    db.batch_execute("TRUNCATE promo_codes CASCADE").unwrap();
    silent(server.program("pg_restore").args(["--data-only", "--disable-triggers", "-d", &name, &dump]));
    assert!(records(&mut db) == before);
    let history = "SELECT level, remediation FROM promo_guard.doctor() WHERE topic = 'history'";
    assert_eq!(table(&mut db, history), [["warn", "SELECT promo_guard.attach_history();"]]);
    db.batch_execute("SELECT promo_guard.attach_history()").unwrap();
    assert_eq!(table(&mut db, history)[0][0], "ok");
}

#[test]
#[ignore = "slow"]
fn a_reference_that_leads_nowhere_is_found_and_listed() {
    let (mut db, _) = with_records(server());
    let broken = "SELECT detail, remediation FROM promo_guard.doctor() WHERE topic = 'records' AND level = 'error' ORDER BY 1";
    assert!(table(&mut db, broken).is_empty());
    db.batch_execute(
        "DELETE FROM promo_guard.incident;
         UPDATE promo_guard.bake SET action_id = 77777, repause_action_id = 88888;
         UPDATE promo_guard.rotation SET action_id = 99999",
    )
    .unwrap();
    let found = table(&mut db, broken);
    let places: Vec<&str> = found.iter().map(|row| row[0].split(' ').nth(3).unwrap()).collect();
    assert_eq!(
        places,
        ["bake.action_id", "bake.repause_action_id", "rotation.action_id", "action_log.incident_id"]
    );
    for row in found {
        assert!(!table(&mut db, &row[1]).is_empty(), "{}", row[1]);
    }
}
