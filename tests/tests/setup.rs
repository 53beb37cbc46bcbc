//! Setup, against a real server.

use promo_guard_tests::{refused, server, table};

#[test]
fn a_bound_application_answers() {
    let (mut db, _) = server().bound_database();
    let rows = table(&mut db, "SELECT status, campaigns FROM promo_guard.blast_radius()");
    assert_eq!(rows.len(), 5, "{rows:?}");
    println!("{:#?}", table(&mut db, "SELECT * FROM promo_guard.doctor()"));
    println!(
        "{:#?}",
        table(&mut db, "SELECT * FROM promo_guard.set_policy('guard_lookback', '00:20:00', 'test')")
    );
    println!(
        "{:#?}",
        refused(&mut db, "SELECT * FROM promo_guard.set_policy('guard_lookbac', '00:20:00', 'test')")
    );
}
