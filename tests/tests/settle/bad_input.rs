//! What cannot be answered is refused with its SQLSTATE and what to do instead.

use super::shop::shop;
use promo_guard_tests::{refused, server, table};

#[test]
fn bad_arguments_are_refused_with_a_hint() {
    let mut db = shop();
    for (call, code) in [
        ("settlement_violations('0 min')", "22023"),
        ("settlement_violations('-1 hour')", "22023"),
        ("settlement_violations('101 years')", "22023"),
        ("settlement_violations(as_of => NULL)", "22004"),
        ("settlement_violations(as_of => 'infinity')", "22023"),
        ("settlement_violations(max_rows => -1)", "22023"),
        ("settlement_summary('0 min')", "22023"),
        ("settlement_summary(as_of => NULL)", "22004"),
        ("reconciliation_drift('0 min')", "22023"),
        ("reconciliation_drift(as_of => '-infinity')", "22023"),
        ("reconciliation_drift(bucket => NULL)", "22004"),
        ("reconciliation_drift(bucket => '0 s')", "22023"),
        ("reconciliation_drift(bucket => '-5 min')", "22023"),
        ("reconciliation_drift('1 day', bucket => '1 s')", "22023"),
        ("reconciliation_drift('100 years', bucket => '1 microsecond')", "22023"),
        ("probe_redeem(NULL)", "22004"),
    ] {
        let met = refused(&mut db, &format!("SELECT * FROM promo_guard.{call}"));
        assert_eq!(met.code, code, "{call}: {met:?}");
        assert!(!met.hint.is_empty(), "{call}: {met:?}");
    }
    let met = refused(&mut db, "SELECT * FROM promo_guard.reconciliation_drift('1 day', bucket => '1 s')");
    assert_eq!(met.hint, "bucket => '9 s', or a shorter lookback.");
    assert_eq!(
        table(&mut db, "SELECT count(*) FROM promo_guard.reconciliation_drift('1 day', bucket => '9 s')"),
        [["9600"]]
    );
}

#[test]
fn extremes_are_answered() {
    let mut db = shop();
    for call in [
        "settlement_violations('100 years', '294276-12-31 23:59:59Z', 9223372036854775807, 0)",
        "settlement_violations('100 years', '4714-11-24 BC', -9223372036854775808, 2147483647)",
        "settlement_summary('1 microsecond', '0001-01-01Z')",
        "reconciliation_drift('100 years', '294276-12-31 23:59:59Z', '1 year')",
        "reconciliation_drift('1 microsecond', '4713-01-01Z BC', '178000000 years')",
        "reconciliation_drift('1 hour', '2026-03-01 12:00Z', '7 min')",
        "probe_redeem('', -9223372036854775808, '')",
        "probe_redeem(repeat('1', 100000), 9223372036854775807, repeat('x', 100000))",
    ] {
        table(&mut db, &format!("SELECT * FROM promo_guard.{call}"));
    }
}

#[test]
fn an_unbound_database_says_how_to_bind() {
    let (mut db, _) = server().database();
    for call in
        ["settlement_violations()", "settlement_summary()", "reconciliation_drift()", "probe_redeem('x')"]
    {
        let met = refused(&mut db, &format!("SELECT * FROM promo_guard.{call}"));
        assert_eq!(
            (met.code.as_str(), met.hint.as_str()),
            ("55000", "SELECT * FROM promo_guard.bind();"),
            "{call}"
        );
    }
}
