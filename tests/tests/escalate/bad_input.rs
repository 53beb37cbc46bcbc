//! What cannot be answered is refused; extremes are answered.

use super::shop::calm;
use promo_guard_tests::{refused, server, table};

#[test]
fn bad_arguments_are_refused_and_extremes_are_answered() {
    let (mut db, _) = calm();
    for (call, code) in [("NULL", "22004"), ("'infinity'", "22023"), ("'-infinity'", "22023")] {
        let met = refused(&mut db, &format!("SELECT * FROM promo_guard.escalations({call})"));
        assert_eq!(met.code, code, "{call}");
    }
    for at in ["'294276-12-31 23:59:59Z'", "'4714-11-24 BC'", "'0001-01-01Z'"] {
        table(&mut db, &format!("SELECT * FROM promo_guard.escalations({at})"));
    }
    let (mut db, _) = server().database();
    let met = refused(&mut db, "SELECT * FROM promo_guard.escalations()");
    assert_eq!((met.code.as_str(), met.hint.as_str()), ("55000", "SELECT * FROM promo_guard.bind();"));
}

#[test]
fn it_writes_nothing() {
    let (mut db, _) = calm();
    db.batch_execute("BEGIN READ ONLY; SELECT * FROM promo_guard.escalations(); COMMIT").unwrap();
}
