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
        let token = db.cancel_token();
        let canceller = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(300));
            token.cancel_query(postgres::NoTls).unwrap();
        });
        let began = Instant::now();
        assert_eq!(refused(&mut db, &call(function, "*")).code, "57014", "{function}");
        assert!(began.elapsed() < Duration::from_secs(20));
        canceller.join().unwrap();
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
