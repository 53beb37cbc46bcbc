//! What a large look at settlement costs and leaves behind: it is cancelled at once, gives its memory back, and answers the
//! same in every session.

use postgres::Client;
use promo_guard_generator::{Config, Micros, Rule, generate, plant};
use promo_guard_tests::load::{LoadOptions, load};
use promo_guard_tests::{refused, server, table};
use std::time::{Duration, Instant};

const END: Micros = Micros(1_772_414_400_000_000); // 2026-03-02 01:20 UTC

/// A simulated shop with violations, and a name for its database.
fn shop() -> (Client, String) {
    let mut data = generate(&Config::settlement(5, END, 20_000));
    plant(&mut data, Rule::ZeroDiscount, 500, 1);
    plant(&mut data, Rule::AppliedNotCredited, 500, 2);
    let (mut db, name) = server().empty_database();
    load(&mut db, &data, &LoadOptions::default().without_foreign_keys()).unwrap();
    db.batch_execute("CREATE EXTENSION promo_guard; SELECT promo_guard.bind(ledger => 'ledger')").unwrap();
    (db, name)
}

fn call(function: &str, columns: &str) -> String {
    format!("SELECT {columns} FROM promo_guard.{function}('60 days', to_timestamp({}))", END.0 / 1_000_000)
}

#[test]
fn a_cancel_is_obeyed_at_once_and_leaves_the_session_usable_with_its_own_rights() {
    let (mut db, name) = shop();
    for function in ["settlement_violations", "settlement_summary"] {
        // A lock held elsewhere, so that there is something to cancel however fast the machine is.
        let mut other = server().connect(&name);
        other.batch_execute("BEGIN; LOCK TABLE purchases IN ACCESS EXCLUSIVE MODE").unwrap();
        let pid = table(&mut db, "SELECT pg_backend_pid()")[0][0].clone();
        let canceller = std::thread::spawn(move || {
            let waits = format!("SELECT wait_event_type FROM pg_stat_activity WHERE pid = {pid}");
            while table(&mut other, &waits) != [["Lock"]] {
                // a transaction sees the activity as it was at first
                other.batch_execute("SELECT pg_stat_clear_snapshot()").unwrap();
                std::thread::sleep(Duration::from_millis(20));
            }
            let asked = Instant::now();
            assert_eq!(table(&mut other, &format!("SELECT pg_cancel_backend({pid})")), [["t"]]);
            // who still holds the lock
            (other, asked)
        });
        assert_eq!(refused(&mut db, &call(function, "*")).code, "57014", "{function}");
        let ended = Instant::now();
        let (mut other, asked) = canceller.join().unwrap();
        assert!(ended.saturating_duration_since(asked) < Duration::from_secs(20), "{function}");
        other.batch_execute("COMMIT").unwrap();
        // and in the middle of the work
        db.batch_execute("SET statement_timeout = '20ms'").unwrap();
        assert_eq!(refused(&mut db, &format!("{}, pg_sleep(1)", call(function, "*"))).code, "57014");
        db.batch_execute("RESET statement_timeout").unwrap();
        assert_eq!(table(&mut db, "SELECT current_user, session_user"), [["postgres", "postgres"]]);
        assert!(!table(&mut db, &call(function, "*")).is_empty());
    }
}

#[test]
fn the_memory_of_an_answer_is_given_back() {
    let (mut db, _) = shop();
    let held = |db: &mut Client| -> i64 {
        table(db, "SELECT sum(total_bytes) FROM pg_backend_memory_contexts")[0][0].parse().unwrap()
    };
    let sql = call("settlement_violations", "count(*)");
    assert_eq!(table(&mut db, &sql), [["1000"]]);
    let before = held(&mut db);
    for _ in 0..20 {
        db.simple_query(&sql).unwrap();
    }
    let grown = held(&mut db) - before;
    assert!(grown < 1_000_000, "{grown} bytes are left behind by 20 calls");
}

#[test]
fn the_answer_does_not_depend_on_the_session() {
    let (mut db, _) = shop();
    for function in ["settlement_violations", "settlement_summary"] {
        let sql = call(function, "*");
        let expected = table(&mut db, &sql);
        for setting in [
            "DateStyle = 'German'",
            "TimeZone = 'Asia/Tokyo'",
            "search_path = ''",
            "enable_hashjoin = off",
            "max_parallel_workers_per_gather = 0",
        ] {
            db.batch_execute(&format!("SET {setting}")).unwrap();
            assert_eq!(table(&mut db, &sql), expected, "{function}: {setting}");
            db.batch_execute("RESET ALL").unwrap();
        }
    }
}

/// The most memory that a backend has had so far, in bytes.
fn peak(pid: i32) -> i64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<i64>().unwrap() * 1024
}

#[test]
fn an_answer_of_many_violations_takes_no_more_memory_than_one_of_few() {
    let (mut db, name) = server().database();
    db.batch_execute(
        "INSERT INTO promo_codes (id, code_hash, code_prefix, campaign_name, promo_type, discount_value, target_scope, status, valid_from, valid_until, used_total)
         VALUES (1, repeat('1', 64), 'P', 'C', 'PERCENT_DISCOUNT', 20, 'ALL', 'ACTIVE', '2026-01-01Z', '2027-01-01Z', 300000);
         INSERT INTO promo_redemptions (id, promo_code_id, user_id, status, created_at, applied_at, updated_at)
         SELECT gen_random_uuid(), 1, g, 'APPLIED', '2026-03-01 11:30Z', '2026-03-01 11:30Z', '2026-03-01 11:30Z'
         FROM generate_series(1, 300000) AS g;
         ANALYZE; SELECT promo_guard.bind()",
    )
    .unwrap();
    // Each call in a session of its own. In the select list rows go straight to the client, in the FROM clause through the
    // server's own store.
    let run = |rows: &str, form: &str| {
        let mut db = server().connect(&name);
        let pid: i32 = table(&mut db, "SELECT pg_backend_pid()")[0][0].parse().unwrap();
        let call =
            format!("promo_guard.settlement_violations(as_of => '2026-03-01 12:00Z', max_rows => {rows})");
        let sql = match form {
            "list" => format!("COPY (SELECT {call}) TO '/dev/null'"),
            // what is made for one row is gone by the next, and something else lies in its place
            "beside" => {
                format!("COPY (SELECT repeat('x', (random() * 2000)::integer), {call}) TO '/dev/null'")
            }
            _ => format!("SELECT count(*), max(length(v::text)) FROM {call} AS v"),
        };
        db.batch_execute(&sql).unwrap();
        peak(pid)
    };
    let few = run("10", "list");
    for form in ["list", "beside", "from"] {
        let many = run("NULL", form);
        println!("{form}: {few} bytes for ten rows, {many} for all");
        // 300,000 rows of more than 150 bytes; collected as rows of ours they took 78 MB more than ten.
        assert!(many < few + 40_000_000, "{form}: {few} bytes for ten rows, {many} for all");
    }
    drop(db);
}

#[test]
fn an_answer_can_be_left_before_its_end_and_asked_for_again() {
    let (mut db, _) = shop();
    let all = table(&mut db, &call("settlement_violations", "*"));
    for _ in 0..3 {
        let sql = call("settlement_violations", "*").replace("SELECT * FROM", "SELECT (x).* FROM (SELECT")
            + " AS x LIMIT 7) AS y";
        assert_eq!(table(&mut db, &sql), all[..7]);
    }
    // a cursor that is closed half way, and one that outlives its statement
    db.batch_execute(&format!(
        "BEGIN; DECLARE c CURSOR FOR SELECT promo_guard.settlement_violations('60 days', to_timestamp({})); FETCH 5 FROM c; CLOSE c; COMMIT",
        END.0 / 1_000_000
    ))
    .unwrap();
    assert_eq!(table(&mut db, &call("settlement_violations", "*")), all);
    let again = format!(
        "SELECT count(*) FROM generate_series(1, 3), LATERAL ({}) AS v",
        call("settlement_violations", "*")
    );
    assert_eq!(table(&mut db, &again), [[(all.len() * 3).to_string()]]);
}
