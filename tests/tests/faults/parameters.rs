//! No statement of ours has an empty parameter list: PostgreSQL's own callers pass NULL, and extensions that plan statements, such
//! as Citus, crash on a list without entries. The shared test server checks every statement of every suite; here every function is
//! called, and the check itself is tested.

use super::{calls, reading, shop};
use promo_guard_tests::{parameter_check, refused, server, table};

/// These run no statement of their own.
const WITHOUT_STATEMENTS: &[&str] = &["action_hash", "policy_defaults", "version"];

#[test]
#[ignore = "slow"]
fn the_check_refuses_an_empty_list_and_lets_null_pass() {
    let (mut db, _) = server().empty_database();
    db.batch_execute(&format!(
        "CREATE FUNCTION run_with_empty_list(text) RETURNS void LANGUAGE c STRICT AS '{}'",
        parameter_check().display()
    ))
    .unwrap();
    for statement in ["SELECT 1", "TABLE pg_class", "CREATE TABLE made ()"] {
        let said = refused(&mut db, &format!("SELECT run_with_empty_list('{statement}')"));
        assert!(said.message.contains("empty parameter list"), "{said:?}");
        assert_eq!(said.detail, statement);
    }
    // Without parameters, with some, in a function of SQL's and of PL/pgSQL's.
    db.batch_execute("DO $$ BEGIN PERFORM count(*) FROM pg_class; END $$; CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1'; SELECT one()").unwrap();
    db.query("SELECT $1::int", &[&1]).unwrap();
}

#[test]
#[ignore = "slow"]
fn no_statement_of_any_function_has_an_empty_parameter_list() {
    let (mut db, _) = shop(server());
    reading::plenty(&mut db);
    let mut all: Vec<(String, String)> =
        reading::calls(&mut db).into_iter().map(|(name, call, _)| (name, call)).collect();
    all.push(("metrics".to_owned(), "SELECT * FROM promo_guard.metrics".to_owned()));
    all.extend(calls(&mut db));
    for (name, call) in all {
        let statements = |db: &mut postgres::Client| {
            table(db, "SHOW parameter_check.statements").concat().concat().parse::<u32>().unwrap()
        };
        // Rolled back each time, so that each call finds the same shop.
        db.batch_execute("BEGIN").unwrap();
        if ["checkpoint", "close_incident"].contains(&name.as_str()) {
            // The lists name incident 1.
            db.batch_execute("SELECT setval('promo_guard.incident_id_seq', 1, false), promo_guard.open_incident('tested', 'tested')").unwrap();
        }
        let before = statements(&mut db);
        db.simple_query(&call).unwrap_or_else(|error| panic!("{name}: {error:?}"));
        // The call itself is one.
        let own = statements(&mut db) - before - 1;
        db.batch_execute("ROLLBACK").unwrap();
        println!("{name}: {own} statements");
        assert!(own > 0 || WITHOUT_STATEMENTS.contains(&name.as_str()), "{name} ran no statement: {call}");
    }
}
