//! What `promoctl probe --wait` asks again and again: one user's redemption, step by step.

use promo_guard_tests::{refused, server, table};

/// Step, state and detail for user 77 and campaign 1, whose hash is all ones.
fn progress(db: &mut postgres::Client) -> Vec<Vec<String>> {
    table(
        db,
        "SELECT step, state, detail FROM promo_guard.probe_progress(repeat('1', 64), 77, '2026-03-01 12:00Z')",
    )
}

#[test]
fn progress_follows_the_state_machines() {
    let (mut db, _) = server().bound_database();
    db.batch_execute(
        "INSERT INTO promo_codes (id, code_hash, code_prefix, campaign_name, promo_type, target_scope, status, valid_from, valid_until)
         VALUES (1, repeat('1', 64), 'P', 'Test', 'PERCENT_DISCOUNT', 'ANY', 'ACTIVE', '2026-01-01Z', '2027-01-01Z');
         -- before, of another user, of another code
         INSERT INTO promo_attempts VALUES (1, 77, repeat('1', 64), 'ACCEPTED', 'API', '2026-03-01 11:59Z'),
             (2, 78, repeat('1', 64), 'ACCEPTED', 'API', '2026-03-01 12:01Z'), (3, 77, repeat('2', 64), 'INVALID', 'API', '2026-03-01 12:01Z'),
             (4, NULL, repeat('1', 64), 'ACCEPTED', 'API', '2026-03-01 12:01Z')",
    )
    .unwrap();
    let waiting = |step: &str| vec![step.to_owned(), "WAITING".into(), "nothing yet".into()];
    assert_eq!(progress(&mut db), ["attempt", "redemption", "settlement"].map(waiting));
    db.batch_execute(
        r#"INSERT INTO promo_attempts VALUES (5, 77, repeat('1', 64), 'EXPIRED', 'BUTTON', '2026-03-01 12:02Z', '{"reason": "PAUSED"}')"#,
    )
    .unwrap();
    assert_eq!(progress(&mut db)[0], ["attempt", "FAILED", "EXPIRED (PAUSED), by BUTTON"]);
    db.batch_execute("INSERT INTO promo_attempts VALUES (6, 77, repeat('1', 64), 'ACCEPTED', 'BUTTON', '2026-03-01 12:01Z')")
        .unwrap();
    assert_eq!(progress(&mut db)[0], ["attempt", "DONE", "ACCEPTED, by BUTTON"], "the one that led on");

    db.batch_execute(
        "INSERT INTO purchases VALUES (gen_random_uuid(), 77, 'p', 100, 20, 80, 'CREATED', 1, '2026-03-01 12:03Z');
         INSERT INTO promo_redemptions SELECT gen_random_uuid(), 1, 77, 'RESERVED', '2026-03-01 12:18Z', id, '{}', '2026-03-01 12:03Z', NULL,
             '2026-03-01 12:03Z' FROM purchases",
    )
    .unwrap();
    for (redemption, purchase, states) in [
        ("CREATED", "CREATED", ["PENDING", "PENDING"]),
        ("VALIDATED", "INVOICE_SENT", ["PENDING", "PENDING"]),
        ("RESERVED", "PRECHECKOUT_OK", ["PENDING", "PENDING"]),
        ("RESERVED", "PAID_UNCREDITED", ["PENDING", "PENDING"]),
        ("RESERVED", "CREDITED", ["PENDING", "PENDING"]),
        ("APPLIED", "PAID_UNCREDITED", ["DONE", "PENDING"]),
        ("APPLIED", "CREDITED", ["DONE", "DONE"]),
        ("APPLIED", "REFUNDED", ["DONE", "FAILED"]),
        ("RESERVED", "FAILED", ["PENDING", "FAILED"]),
        ("RESERVED", "FAILED_CREDIT_PENDING_REVIEW", ["PENDING", "FAILED"]),
        ("EXPIRED", "CREATED", ["FAILED", "PENDING"]),
        ("REJECTED", "CREATED", ["FAILED", "PENDING"]),
        ("REVOKED", "CREDITED", ["FAILED", "PENDING"]),
    ] {
        db.batch_execute(&format!(
            "UPDATE promo_redemptions SET status = '{redemption}'; UPDATE purchases SET status = '{purchase}'"
        ))
        .unwrap();
        let rows = progress(&mut db);
        assert_eq!([&rows[1][1], &rows[2][1]], states, "{redemption} {purchase}");
        assert!(rows[1][2].starts_with(redemption), "{rows:?}");
        assert_eq!(rows[2][2], format!("{purchase}, 20 stars off 100"));
    }
    // a grant has no purchase
    db.batch_execute(
        "UPDATE promo_codes SET promo_type = 'PREMIUM_GRANT'; UPDATE promo_redemptions SET status = 'APPLIED', applied_purchase_id = NULL",
    )
    .unwrap();
    assert_eq!(progress(&mut db)[2], ["settlement", "DONE", "a grant, with no purchase to settle"]);
}

#[test]
fn progress_refuses_what_it_cannot_follow() {
    let (mut db, _) = server().bound_database();
    for arguments in ["NULL, 1, now()", "'x', NULL, now()", "'x', 1, NULL"] {
        let met = refused(&mut db, &format!("SELECT * FROM promo_guard.probe_progress({arguments})"));
        assert!(met.code == "22004" && !met.hint.is_empty(), "{met:?}");
    }
    db.batch_execute("ALTER TABLE promo_attempts DROP COLUMN user_id CASCADE; SELECT promo_guard.bind()")
        .unwrap();
    let met = refused(&mut db, "SELECT * FROM promo_guard.probe_progress('x', 1, now())");
    assert!(met.code == "55000" && met.detail.contains("attempts.user_id"), "{met:?}");
    // hashes as bytes, given in hex; whatever is none is nobody's
    let (mut db, _) = server().database();
    db.batch_execute(
        "ALTER TABLE promo_codes ALTER code_hash TYPE bytea USING decode(code_hash, 'hex');
         ALTER TABLE promo_attempts ALTER normalized_code_hash TYPE bytea USING decode(normalized_code_hash, 'hex');
         INSERT INTO promo_codes (id, code_hash, code_prefix, campaign_name, promo_type, target_scope, status, valid_from, valid_until)
         VALUES (1, decode(repeat('1', 64), 'hex'), 'P', 'T', 'PREMIUM_GRANT', 'ANY', 'ACTIVE', '2026-01-01Z', '2027-01-01Z');
         INSERT INTO promo_attempts VALUES (1, 77, decode(repeat('1', 64), 'hex'), 'ACCEPTED', 'API', '2026-03-01 12:01Z');
         SELECT promo_guard.bind()",
    )
    .unwrap();
    assert_eq!(progress(&mut db)[0][1], "DONE");
    let none = table(&mut db, "SELECT state FROM promo_guard.probe_progress('no hex', 77, '2026-03-01Z')");
    assert_eq!(none, [["WAITING"], ["WAITING"], ["WAITING"]]);
}
