//! Arguments that cannot be meant, for every reading function of section 1.

use promo_guard_tests::{refused, server, table};

const FUNCTIONS: [&str; 3] = ["blast_radius", "paused_campaigns", "failed_attempts"];

#[test]
fn bad_windows_are_refused_with_a_hint() {
    let (mut db, _) = server().bound_database();
    for function in FUNCTIONS {
        for (arguments, code) in [
            ("lookback => '0'", "22023"),
            ("lookback => '-30 min'", "22023"),
            ("lookback => '101 years'", "22023"),
            ("lookback => '178000000 years'", "22023"),
            ("lookback => '-178000000 years'", "22023"),
            ("as_of => NULL", "22004"),
            ("as_of => 'infinity'", "22023"),
            ("as_of => '-infinity'", "22023"),
        ] {
            let met = refused(&mut db, &format!("SELECT * FROM promo_guard.{function}({arguments})"));
            assert_eq!(met.code, code, "{function}({arguments}): {met:?}");
            assert!(!met.hint.is_empty(), "{function}({arguments}): {met:?}");
        }
    }
    for function in ["paused_campaigns", "failed_attempts"] {
        let met = refused(&mut db, &format!("SELECT * FROM promo_guard.{function}(max_rows => -1)"));
        assert_eq!((met.code.as_str(), met.hint.as_str()), ("22023", "max_rows => NULL shows all."));
    }
}

#[test]
fn the_extremes_that_can_be_meant_are_answered() {
    let (mut db, _) = server().bound_database();
    for function in FUNCTIONS {
        for arguments in [
            "NULL",
            "lookback => '100 years'",
            "lookback => '1 microsecond'",
            "as_of => '4714-11-24 00:00:00Z BC'",
            "as_of => '294276-12-31 23:59:59Z'",
            "as_of => '4714-11-24 00:00:01Z BC', lookback => '100 years'",
        ] {
            table(&mut db, &format!("SELECT * FROM promo_guard.{function}({arguments})"));
        }
    }
    for max_rows in ["0", "1", "2147483647", "NULL"] {
        table(&mut db, &format!("SELECT * FROM promo_guard.failed_attempts(max_rows => {max_rows})"));
        table(&mut db, &format!("SELECT * FROM promo_guard.paused_campaigns(max_rows => {max_rows})"));
    }
}

#[test]
fn the_answer_does_not_depend_on_the_session() {
    let (mut db, _) = server().bound_database();
    db.batch_execute(
        "INSERT INTO promo_attempts SELECT g, g, repeat('a', 64), 'INVALID', 'API', '2026-03-01 12:00Z' FROM generate_series(1, 5) AS g",
    )
    .unwrap();
    let sql = "SELECT extract(epoch FROM first_seen), attempts FROM promo_guard.failed_attempts('1 hour', '2026-03-01 12:30Z')";
    let expected = table(&mut db, sql);
    assert_eq!(expected.len(), 1);
    for setting in [
        "TimeZone = 'Pacific/Kiritimati'",
        "DateStyle = 'German'",
        "IntervalStyle = 'sql_standard'",
        "search_path = ''",
        "standard_conforming_strings = off",
        "enable_seqscan = off",
        "bytea_output = 'escape'",
    ] {
        db.batch_execute(&format!("SET {setting}")).unwrap();
        assert_eq!(table(&mut db, sql), expected, "{setting}");
        db.batch_execute("RESET ALL").unwrap();
    }
}
