//! Faults, met by every function that changes something: the list is the catalog's. Nothing is lost, nothing is half done, and the
//! session goes on where there still is one. (What a crash leaves is in `unpause/crash.rs`, a connection that promoctl loses in
//! `promoctl/lost.rs`.)

mod memory;
mod parameters;
mod reading;
mod session;

use postgres::Client;
use promo_guard_tests::{Server, promoctl_path, refused, server, table};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

/// A call of each changing function that would succeed on a bound database with a paused campaign 1, and whether it waits for
/// somebody who holds the application's tables.
const CALLS: &[(&str, &str)] = &[
    ("pause", "2, 'tested'"),
    ("pause_batch", "'Campaign 2', 'tested'"),
    ("unpause", "1, 'tested'"),
    ("fix_campaign", "1, '{\"target_scope\": \"ALL\"}', 'tested'"),
    ("rotate", "ARRAY[1], ARRAY[repeat('9', 64)], ARRAY['NINE'], 'tested', ARRAY[9]"),
    ("tick", ""),
    ("open_incident", "'tested', 'tested'"),
    ("checkpoint", "1, now() + interval '1 hour', 'tested'"),
    ("close_incident", "1, 'tested'"),
    ("acknowledge_escalation", "'high_value_paused', 1, 'tested'"),
    ("announce", "1, now(), now() + interval '1 hour', 'tested'"),
    ("announce_batch", "'Campaign 1', now(), now() + interval '1 hour', 'tested'"),
    ("withdraw_announcement", "1, 'tested'"),
    ("set_policy", "'guard_min_users', '3', 'tested'"),
    ("bind", ""),
    ("unbind", ""),
    ("attach_history", ""),
    ("detach_history", ""),
    ("grant_reader", "'faults_role'"),
    ("grant_operator", "'faults_role'"),
    ("revoke_access", "'faults_role'"),
];

/// The calls of the functions that there are; a new one wants a line above.
fn calls(db: &mut Client) -> Vec<(String, String)> {
    let names = table(
        db,
        "SELECT DISTINCT proname FROM pg_proc WHERE pronamespace = 'promo_guard'::regnamespace AND provolatile = 'v'
           AND prokind = 'f' AND prorettype <> 'trigger'::regtype AND 'internal'::regtype <> ALL (proargtypes::oid[]) ORDER BY 1",
    );
    names
        .into_iter()
        .map(|mut row| {
            let name = row.remove(0);
            let (_, arguments) = CALLS
                .iter()
                .find(|(known, _)| *known == name)
                .unwrap_or_else(|| panic!("the new function {name} wants a line here"));
            let call = format!("SELECT * FROM promo_guard.{name}({arguments})");
            (name, call)
        })
        .collect()
}

fn shop(server: &Server) -> (Client, String) {
    let (mut db, name) = server.bound_database();
    db.batch_execute(
        "DO $$ BEGIN CREATE ROLE faults_role; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
         INSERT INTO promo_codes (id, code_hash, code_prefix, campaign_name, promo_type, target_scope, status, valid_from, valid_until)
         SELECT g, repeat(g::text, 64), 'P' || g, 'Campaign ' || g, 'PREMIUM_GRANT', 'ALL', CASE g WHEN 1 THEN 'PAUSED' ELSE 'ACTIVE' END,
                now() - interval '1 day', now() + interval '1 day' FROM generate_series(1, 3) AS g;
         INSERT INTO promo_guard.announcement (campaign_id, starts_at, ends_at, note, announced_at, announced_by)
         VALUES (1, now(), now() + interval '1 day', 'tested', now(), 'postgres')",
    )
    .unwrap();
    (db, name)
}

/// All that a change could leave behind: the application's rows, our records, our views, trigger and grants.
fn state(db: &mut Client) -> Vec<Vec<String>> {
    [
        "SELECT p::text FROM promo_codes AS p ORDER BY id",
        "SELECT id, action, decision FROM promo_guard.action_log ORDER BY id",
        "SELECT h::text FROM promo_guard.status_history AS h ORDER BY id",
        "SELECT i::text FROM promo_guard.incident AS i ORDER BY id",
        "SELECT b::text FROM promo_guard.binding AS b ORDER BY entity",
        "SELECT o::text FROM promo_guard.policy_override AS o ORDER BY name",
        "SELECT b::text FROM promo_guard.bake AS b ORDER BY 1",
        "SELECT a::text FROM promo_guard.announcements AS a ORDER BY id",
        "SELECT viewname, definition FROM pg_views WHERE schemaname = 'promo_guard' ORDER BY 1",
        "SELECT tgname, tgenabled FROM pg_trigger WHERE tgrelid = to_regclass('promo_codes') ORDER BY 1",
        "SELECT oid, coalesce(proacl::text, '') FROM pg_proc WHERE pronamespace = 'promo_guard'::regnamespace ORDER BY 1",
        "SELECT oid, coalesce(relacl::text, '') FROM pg_class WHERE relnamespace = 'promo_guard'::regnamespace ORDER BY 1",
    ]
    .iter()
    .flat_map(|sql| table(db, sql))
    .collect()
}

/// Waits until the caller of this thread waits for a lock; none where it ends before.
fn wait_for_lock<T>(db: &mut Client, caller: &thread::JoinHandle<T>, function: &str) -> Option<String> {
    let waits = "SELECT pid FROM pg_stat_activity WHERE application_name = 'caller' AND datname = current_database() AND wait_event_type = 'Lock'";
    let until = Instant::now() + Duration::from_secs(20);
    loop {
        let waiting = table(db, waits);
        if let Some(pid) = waiting.first() {
            return Some(pid[0].clone());
        }
        if caller.is_finished() {
            return None;
        }
        assert!(Instant::now() < until, "{function} neither waits nor ends");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Calls each function while somebody holds all of the application's and our tables, does `meanwhile` once it waits, and gives the
/// codes of the errors; `none` where the session died of it.
fn while_held(settings: &str, meanwhile: Option<&str>, expected: &[&str]) {
    let (mut db, name) = shop(server());
    let before = state(&mut db);
    for (function, call) in calls(&mut db) {
        let mut holder = server().connect(&name);
        holder
            .batch_execute(
                "BEGIN; LOCK TABLE promo_codes, promo_attempts, promo_redemptions, purchases, promo_guard.action_log, promo_guard.binding, promo_guard.bake,
                 promo_guard.incident, promo_guard.policy_override IN ACCESS EXCLUSIVE MODE",
            )
            .unwrap();
        let mut caller = server().connect(&name);
        caller.batch_execute(&format!("SET application_name = 'caller'; {settings}")).unwrap();
        let sql = call.clone();
        let answer = thread::spawn(move || {
            let code = caller
                .simple_query(&sql)
                .err()
                .map(|error| error.code().map_or("none", |c| c.code()).to_owned());
            let usable = caller.simple_query("SELECT 1").is_ok();
            (code, usable)
        });
        if let Some(meanwhile) = meanwhile
            && let Some(pid) = wait_for_lock(&mut db, &answer, &function)
        {
            db.simple_query(&format!("SELECT {meanwhile}({pid})")).unwrap();
        }
        let (code, usable) = answer.join().unwrap();
        drop(holder);
        let code = code.unwrap_or_else(|| panic!("{function} succeeded without its tables"));
        assert!(expected.contains(&code.as_str()), "{function}: {code}");
        assert_eq!(usable, code != "57P01" && code != "none", "{function}: the session after {code}");
        assert_eq!(state(&mut db), before, "{function} left something behind after {code}");
    }
}

#[test]
#[ignore = "slow"]
fn a_statement_timeout_takes_everything_back_and_the_session_goes_on() {
    while_held("SET statement_timeout = '300ms'", None, &["57014"]);
}

#[test]
#[ignore = "slow"]
fn a_lock_timeout_takes_everything_back_and_the_session_goes_on() {
    while_held("SET lock_timeout = '200ms'", None, &["55P03"]);
}

#[test]
#[ignore = "slow"]
fn a_cancel_takes_everything_back_and_the_session_goes_on() {
    while_held("", Some("pg_cancel_backend"), &["57014"]);
}

#[test]
#[ignore = "slow"]
fn a_session_that_is_ended_leaves_nothing_behind() {
    while_held("", Some("pg_terminate_backend"), &["57P01", "none"]);
}

/// Every reading function that can be called without arguments.
fn reading(db: &mut Client) -> Vec<Vec<String>> {
    let reading = table(
        db,
        "SELECT proname FROM pg_proc WHERE pronamespace = 'promo_guard'::regnamespace AND provolatile IN ('s', 'i') AND prokind = 'f'
           AND pronargs = pronargdefaults AND 'internal'::regtype <> ALL (proargtypes::oid[]) ORDER BY 1",
    );
    assert!(reading.len() > 8, "{reading:?}");
    reading
}

#[test]
#[ignore = "slow"]
fn little_memory_and_no_room_for_temporary_files_end_in_an_answer_or_a_plain_error() {
    let (mut db, name) = shop(server());
    db.batch_execute(
        "INSERT INTO promo_attempts SELECT g, g % 5000, md5((g % 20000)::text) || md5('x'), 'INVALID', 'API', now() - g * interval '10 ms' FROM generate_series(1, 60000) AS g;
         INSERT INTO purchases (id, user_id, product_code, base_stars_amount, discount_stars_amount, stars_amount, status, created_at)
         SELECT gen_random_uuid(), g, 'P', 10, 1, 9, 'CREDITED', now() - g * interval '50 ms' FROM generate_series(1, 20000) AS g; ANALYZE",
    )
    .unwrap();
    let reading = reading(&mut db);
    let mut poor = server().connect(&name);
    poor.batch_execute("SET work_mem = '64kB'; SET temp_file_limit = '64kB'; SET max_stack_depth = '100kB'; SET statement_timeout = '60s'").unwrap();
    for row in reading {
        let function = &row[0];
        let outcome = poor.simple_query(&format!("SELECT * FROM promo_guard.{function}()"));
        let code = outcome.err().map(|error| error.code().map_or("none", |code| code.code()).to_owned());
        // no room for files, none for the stack
        assert!(
            code.is_none() || ["53400", "54001"].contains(&code.as_deref().unwrap()),
            "{function}: {code:?}"
        );
        poor.simple_query("SELECT 1").unwrap_or_else(|error| panic!("after {function}: {error}"));
    }
}

#[test]
#[ignore = "slow"]
fn a_standby_that_is_promoted_goes_on_where_the_primary_stopped() {
    let primary = Server::start(&[]);
    let (mut db, name) = shop(&primary);
    db.batch_execute("SELECT promo_guard.pause(2, 'before the failover')").unwrap();
    let standby = primary.standby();
    let promoctl = |arguments: &[&str]| {
        let hosts = format!("{},{}", primary.host(), standby.host());
        let out = Command::new(promoctl_path())
            .args(arguments)
            .env_clear()
            .env("PGHOST", hosts)
            .env("PGUSER", "postgres")
            .env("PGDATABASE", &name)
            .env("PGTARGETSESSIONATTRS", "read-write")
            .output()
            .unwrap();
        (
            out.status.code(),
            String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr),
        )
    };
    let mut there = standby.connect(&name);
    for (function, call) in calls(&mut there) {
        let met = refused(&mut there, &call);
        assert_eq!(met.code, "25006", "{function} on a standby: {met:?}");
    }
    assert_eq!(
        table(&mut there, "SELECT status FROM promo_guard.paused_campaigns() ORDER BY campaign_id"),
        [["PAUSED"], ["PAUSED"]]
    );
    let before = state(&mut db);

    primary.run_program("psql", &["-qXc", "CHECKPOINT", "postgres"]);
    let until = Instant::now() + Duration::from_secs(30);
    while state(&mut there) != before {
        assert!(Instant::now() < until, "the standby never caught up");
        thread::sleep(Duration::from_millis(20));
    }
    drop(db);
    primary.stop();
    assert_eq!(table(&mut there, "SELECT pg_promote()"), [["t"]]);
    assert_eq!(state(&mut there), before, "nothing is lost");
    let (code, said) = promoctl(&["pause", "3", "--reason", "after the failover"]);
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = promoctl(&["doctor"]);
    assert_eq!(code, Some(0), "{said}");
    let log = table(
        &mut there,
        "SELECT action, campaign_id FROM promo_guard.action_log WHERE campaign_id IS NOT NULL ORDER BY id",
    );
    assert_eq!(log, [["pause", "2"], ["pause", "3"]]);
    assert_eq!(table(&mut there, "SELECT level FROM promo_guard.doctor() WHERE topic = 'chain'"), [["ok"]]);
}
