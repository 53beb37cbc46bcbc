//! What cannot be done is refused with its SQLSTATE and what to do instead, and leaves nothing half done.

use super::shop::{calm, one};
use promo_guard_tests::{refused, table};

#[test]
fn bad_arguments_are_refused_with_a_hint() {
    let (mut db, _) = calm();
    let id = one(&mut db, "SELECT promo_guard.open_incident('A night', 'x')");
    db.batch_execute(&format!("SELECT promo_guard.close_incident({id}, 'over')")).unwrap();
    let closed = id;
    for (call, code) in [
        ("open_incident(NULL, 'x')".to_owned(), "22004"),
        ("open_incident('', 'x')".to_owned(), "22023"),
        ("open_incident(E' \\n\\t', 'x')".to_owned(), "22023"),
        ("open_incident(repeat('x', 201), 'x')".to_owned(), "22023"),
        ("open_incident('x', NULL)".to_owned(), "22004"),
        ("open_incident('x', '  ')".to_owned(), "22023"),
        ("open_incident('x', 'x', now() + interval '1 min')".to_owned(), "22023"),
        ("open_incident('x', 'x', 'infinity')".to_owned(), "22023"),
        ("open_incident('x', 'x', '-infinity')".to_owned(), "22023"),
        (format!("close_incident({closed}, 'again')"), "55000"),
        (format!("checkpoint({closed}, now() + interval '1 hour', 'x')"), "55000"),
        ("close_incident(999, 'x')".to_owned(), "02000"),
        ("close_incident(NULL, 'x')".to_owned(), "22004"),
        ("checkpoint(-9223372036854775808, now() + interval '1 hour', 'x')".to_owned(), "02000"),
    ] {
        let met = refused(&mut db, &format!("SELECT promo_guard.{call}"));
        assert_eq!(met.code, code, "{call}: {met:?}");
        assert!(!met.hint.is_empty(), "{call}: {met:?}");
    }
    let id = one(&mut db, "SELECT promo_guard.open_incident('A night', 'x')");
    for (call, code) in [
        (format!("checkpoint({id}, NULL, 'x')"), "22004"),
        (format!("checkpoint({id}, now() - interval '1 s', 'x')"), "22023"),
        (format!("checkpoint({id}, 'infinity', 'x')"), "22023"),
        (format!("checkpoint({id}, now() + interval '1 h', NULL)"), "22004"),
        (format!("checkpoint({id}, now() + interval '1 h', ' ')"), "22023"),
        (format!("close_incident({id}, NULL)"), "22004"),
        (format!("close_incident({id}, repeat('x', 2001))"), "22023"),
    ] {
        let met = refused(&mut db, &format!("SELECT promo_guard.{call}"));
        assert_eq!(met.code, code, "{call}: {met:?}");
        assert!(!met.hint.is_empty(), "{call}: {met:?}");
    }
    let left = "SELECT (SELECT count(*) FROM promo_guard.incident), (SELECT count(*) FROM promo_guard.action_log WHERE action LIKE '%incident' OR action = 'checkpoint'),
                (SELECT next_checkpoint_at FROM promo_guard.incident WHERE closed_at IS NULL)";
    assert_eq!(table(&mut db, left), [["2", "3", "∅"]]);
}

#[test]
fn nothing_is_changed_where_it_could_not_be_decided() {
    let (mut db, _) = calm();
    let open = "SELECT promo_guard.open_incident('A night', 'x')";
    db.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ").unwrap();
    assert_eq!(refused(&mut db, open).code, "25001");
    db.batch_execute("ROLLBACK; BEGIN READ ONLY").unwrap();
    assert_eq!(refused(&mut db, open).code, "25006");
    db.batch_execute("ROLLBACK").unwrap();
}

#[test]
fn odd_attempts_do_not_stand_in_the_way() {
    let (mut db, _) = calm();
    db.batch_execute(
        "INSERT INTO promo_attempts VALUES (-1, NULL, repeat('9', 64), 'INVALID', 'API', 'infinity', '{}'), (-2, 7, repeat('9', 64), 'INVALID', 'API', '-infinity', '{}'),
                                           (-3, 7, repeat('9', 64), 'INVALID', 'API', now() + interval '1 year', '{}'), (-4, 7, '', 'INVALID', 'API', '4714-11-24 BC', '{}');
         SELECT promo_guard.open_incident('<script>', repeat('\"; drop', 9))",
    )
    .unwrap();
    assert_eq!(table(&mut db, "SELECT started_at FROM promo_guard.incident"), [["∅"]]);
}
