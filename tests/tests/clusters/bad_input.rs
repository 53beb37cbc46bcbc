//! Bad input is refused, with the SQLSTATE of the contract; a cancel is obeyed.

use super::shop::{AS_OF, shop, shop_where};
use promo_guard_tests::{refused, server, table};
use std::time::{Duration, Instant};

#[test]
fn bad_arguments_are_refused() {
    let (mut db, _) = shop();
    for function in ["failure_clusters", "failure_cluster_members", "baseline"] {
        for (arguments, code) in [
            ("'-1 min'", "22023"),
            ("'0 s'", "22023"),
            ("'101 years'", "22023"),
            ("NULL, NULL", "22004"),
            ("NULL, 'infinity'", "22023"),
            ("NULL, '-infinity'", "22023"),
        ] {
            let met = refused(&mut db, &format!("SELECT * FROM promo_guard.{function}({arguments})"));
            assert_eq!(met.code, code, "{function}({arguments}): {met:?}");
        }
        // the ends of time are a window like any other
        for as_of in ["'4714-11-24 BC'", "'294276-12-31'", "'2026-03-01Z'"] {
            for lookback in ["'1 us'", "'100 years'", "NULL"] {
                table(&mut db, &format!("SELECT * FROM promo_guard.{function}({lookback}, {as_of})"));
            }
        }
    }
    let met = refused(&mut db, "SELECT * FROM promo_guard.failure_clusters(max_rows => -1)");
    assert_eq!(met.code, "22023");
    db.batch_execute("SELECT promo_guard.unbind()").unwrap();
    for function in ["failure_clusters", "failure_cluster_members", "baseline"] {
        assert_eq!(refused(&mut db, &format!("SELECT * FROM promo_guard.{function}()")).code, "55000");
    }
}

#[test]
fn the_parts_of_the_aggregate_refuse_whoever_calls_them_by_hand() {
    let (mut db, _) = shop();
    for call in [
        "tally_add(NULL, 'x'::text, 1, 'INVALID', now(), now(), now(), 1)",
        "tally_merge(NULL, NULL)",
        "tally_save(NULL)",
        "tally_load('\\\\x00', NULL)",
    ] {
        // either refused for what it is, or strict and so null
        let answer = db.simple_query(&format!("SELECT promo_guard.{call}"));
        if let Err(e) = answer {
            let code = e.code().map(|c| c.code().to_owned()).unwrap_or_default();
            assert!(["55000", "22023", "42883", "42725", "0A000"].contains(&code.as_str()), "{call}: {e:?}");
        }
    }
    let null = "SELECT promo_guard.tally(code_hash, user_id, result, attempted_at, NULL, now(), 10) FROM promo_guard.attempts";
    db.batch_execute(&format!("SELECT try(code(9), 'INVALID', 5, 5, {AS_OF})")).unwrap();
    assert_eq!(refused(&mut db, null).code, "22004");
    // and whoever may read the attempts gets bytes and leaves nothing behind
    let bytes = table(
        &mut db,
        "SELECT length(promo_guard.tally(code_hash, user_id, result, attempted_at, '2026-01-01Z', '2027-01-01Z', 10)) FROM promo_guard.attempts WHERE result = 'INVALID'",
    );
    assert_eq!(bytes, [["132"]], "a header, a code, a user, an attempt");
}

#[test]
fn a_cancel_is_obeyed_and_the_session_goes_on() {
    let mut db = shop_where(
        "INSERT INTO promo_attempts (id, user_id, normalized_code_hash, result, source, attempted_at)
         SELECT g, g % 50000, code(g % 20000), 'INVALID', 'API', '2026-03-01 11:30Z'::timestamptz + g * interval '1 ms'
         FROM generate_series(1, 400000) AS g",
    );
    for milliseconds in [1, 5, 20, 60, 120] {
        db.batch_execute(&format!("SET statement_timeout = {milliseconds}")).unwrap();
        let began = Instant::now();
        let met = db.simple_query(&format!("SELECT * FROM promo_guard.failure_clusters(as_of => {AS_OF})"));
        if let Err(e) = met {
            assert_eq!(e.code().map(|c| c.code()), Some("57014"), "{e:?}");
        }
        assert!(began.elapsed() < Duration::from_secs(60), "it hangs");
        db.batch_execute("RESET statement_timeout").unwrap();
    }
    let n = table(
        &mut db,
        &format!(
            "SELECT sum(attempts) FROM promo_guard.failure_clusters(as_of => {AS_OF}, max_rows => NULL)"
        ),
    );
    assert_eq!(n, [["400000"]]);
    // all of it in a read-only transaction
    db.batch_execute(
        "BEGIN READ ONLY; SELECT promo_guard.failure_clusters(); SELECT promo_guard.baseline(); COMMIT",
    )
    .unwrap();
    let _ = server();
}
