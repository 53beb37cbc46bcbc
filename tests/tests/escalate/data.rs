//! What the application's data say: the guard that did not fire, failures above baseline, drift, checkpoints.

use super::shop::{AS_OF, calm, of, one, shop_where};
use promo_guard_tests::table;

/// Failures on a code from a minute to another of the hour before noon, so many a minute, by so many users.
fn failures(code: &str, result: &str, from: i32, until: i32, a_minute: i32, users: i32) -> String {
    format!(
        "SELECT attempt(s % {users}, '{code}', '{result}', timestamptz '2026-03-01 11:00Z' + m * interval '1 min' + s * interval '1 min' / {a_minute})
         FROM generate_series({from}, {until} - 1) AS m, generate_series(0, {a_minute} - 1) AS s;"
    )
}

#[test]
fn a_guard_that_did_not_fire_is_told() {
    // 20 a minute from 11:30 on: the rule holds from 11:35 on
    let mut db = shop_where(&failures("1", "EXPIRED", 30, 50, 20, 9));
    assert_eq!(of(&mut db, "guard_did_not_fire", AS_OF), [["1", "11:35", "11:35", "t"]]);
    let said = table(
        &mut db,
        &format!(
            "SELECT severity, escalate_to, detail FROM promo_guard.escalations({AS_OF}) WHERE rule = 'guard_did_not_fire'"
        ),
    );
    assert_eq!(said[0][..2], ["critical", "backend_on_call"]);
    assert!(said[0][2].contains("more than 100 failures from at least 2 users in 10 min"), "{said:?}");
    // one that fired is none
    db.batch_execute("SELECT change(1, 'PAUSED', '2026-03-01 11:36Z')").unwrap();
    assert!(of(&mut db, "guard_did_not_fire", AS_OF).is_empty());
}

#[test]
fn a_guard_that_had_no_reason_or_no_time_to_fire_is_none() {
    for calm in [
        failures("1", "EXPIRED", 30, 60, 10, 9), // a hundred in ten minutes are not more than a hundred
        failures("1", "EXPIRED", 30, 60, 20, 1), // one user
        failures("1", "RATE_LIMITED", 30, 60, 20, 9), // not counted by the guard
        failures("f", "INVALID", 30, 60, 20, 9), // no campaign
        failures("1", "EXPIRED", 54, 60, 20, 9), // true for a minute: the job may not have looked yet
    ] {
        let mut db = shop_where(&calm);
        assert!(of(&mut db, "guard_did_not_fire", AS_OF).is_empty(), "{calm}");
    }
}

#[test]
fn failures_from_before_an_unpause_are_not_the_guards_to_judge_again() {
    let mut db = shop_where(&failures("1", "EXPIRED", 30, 55, 20, 9));
    db.batch_execute(
        "SELECT change(1, 'PAUSED', '2026-03-01 11:36Z'), change(1, 'ACTIVE', '2026-03-01 11:54Z')",
    )
    .unwrap();
    assert!(of(&mut db, "guard_did_not_fire", AS_OF).is_empty());
}

#[test]
fn sustained_failures_above_baseline_are_told() {
    for result in ["INVALID", "NOT_APPLICABLE", "RATE_LIMITED"] {
        let mut db = shop_where(&failures("f", result, 40, 60, 6, 30));
        assert_eq!(of(&mut db, "failures_above_baseline", AS_OF), [["∅", "11:40", "11:40", "t"]], "{result}");
    }
    let mut db = shop_where(&failures("f", "INVALID", 40, 60, 6, 30));
    let said = table(
        &mut db,
        &format!(
            "SELECT severity, escalate_to, detail FROM promo_guard.escalations({AS_OF}) WHERE rule = 'failures_above_baseline'"
        ),
    );
    assert_eq!(
        said,
        [[
            "warning",
            "backend_on_call",
            "120 attempts failed with INVALID, NOT_APPLICABLE, RATE_LIMITED in 20 min (normal: 10). Run triage(), then open an incident."
        ]]
    );
}

#[test]
fn a_moment_the_echo_of_a_pause_what_is_over_and_what_is_usual_are_none() {
    let usual: String = (0..8)
        .map(|day| {
            failures("f", "INVALID", 40, 60, 6, 30).replace("2026-03-01", &format!("2026-02-{:02}", 21 + day))
        })
        .collect();
    for calm in [
        failures("f", "INVALID", 55, 60, 60, 30),
        failures("1", "EXPIRED", 20, 60, 6, 30),
        failures("f", "INVALID", 10, 40, 6, 30),
        usual + &failures("f", "INVALID", 40, 60, 6, 30),
    ] {
        let mut db = shop_where(&calm);
        assert!(of(&mut db, "failures_above_baseline", AS_OF).is_empty(), "{calm}");
    }
}

#[test]
fn drift_is_told_with_its_size_and_what_is_settled_is_not() {
    let (mut db, _) = calm();
    db.batch_execute("SELECT sell(51, 1, 10, '2026-03-01 11:22Z')").unwrap();
    assert!(of(&mut db, "reconciliation_drift", AS_OF).is_empty());
    db.batch_execute("UPDATE purchases SET discount_stars_amount = 0 WHERE id = key(51)").unwrap();
    assert_eq!(of(&mut db, "reconciliation_drift", AS_OF), [["∅", "11:20", "11:20", "t"]]);
    let said = table(
        &mut db,
        &format!("SELECT severity, escalate_to, detail FROM promo_guard.escalations({AS_OF})"),
    );
    assert_eq!(said[0][..2], ["critical", "backend_on_call"]);
    assert!(
        said[0][2]
            .starts_with("In the last 1 hour: 1 missing discount, 0 surplus, a difference of 10 stars;"),
        "{said:?}"
    );
}

#[test]
fn a_checkpoint_that_has_passed_is_told_and_one_to_come_is_not() {
    let (mut db, _) = calm();
    let id = one(&mut db, "SELECT promo_guard.open_incident('A night', 'x')");
    let rule = |db: &mut _, at: &str| of(db, "checkpoint_overdue", at).len();
    assert_eq!(rule(&mut db, "now()"), 0);
    assert_eq!(rule(&mut db, "now() + interval '31 min'"), 1, "none was promised");
    db.batch_execute(&format!("SELECT promo_guard.checkpoint({id}, now() + interval '1 hour', 'looking')"))
        .unwrap();
    assert_eq!(rule(&mut db, "now() + interval '59 min'"), 0);
    assert_eq!(rule(&mut db, "now() + interval '61 min'"), 1);
    let said = table(
        &mut db,
        "SELECT severity, escalate_to, campaign_id, since = due_at, overdue, detail FROM promo_guard.escalations(now() + interval '61 min')
         WHERE rule = 'checkpoint_overdue'",
    );
    assert_eq!(said[0][..5], ["warning", "product_owner", "∅", "t", "t"]);
    assert!(said[0][5].contains(&format!("promo_guard.checkpoint({id}, next_at, note)")), "{said:?}");
    // a new promise, and the end of the incident
    db.batch_execute(&format!("SELECT promo_guard.checkpoint({id}, now() + interval '2 hours', 'still')"))
        .unwrap();
    assert_eq!(rule(&mut db, "now() + interval '61 min'"), 0);
    db.batch_execute(&format!("SELECT promo_guard.close_incident({id}, 'over')")).unwrap();
    assert_eq!(rule(&mut db, "now() + interval '3 hours'"), 0);
}

#[test]
fn a_batch_that_many_more_users_take_than_usual_is_told_until_it_is_announced_or_paused() {
    // 700 single-use codes: 100 taken over six days, 300 within 25 minutes by users nobody knows
    let mut db = shop_where(
        "INSERT INTO promo_codes (id, code_hash, code_prefix, campaign_name, promo_type, discount_type, discount_value, target_scope,
                                  status, valid_from, valid_until, max_total_uses, created_at, updated_at)
         SELECT 5000 + n, md5(n::text) || md5('b' || n), 'B', 'Partner''s codes', 'PERCENT_DISCOUNT', 'PERCENT', 20, 'ALL', 'ACTIVE',
                '2026-02-01Z', '2037-01-01Z', 1, '2026-02-01Z', '2026-02-01Z' FROM generate_series(1, 700) AS n;
         INSERT INTO promo_redemptions (id, promo_code_id, user_id, status, created_at, updated_at)
         SELECT key(9000 + n), 5000 + n, 7000 + n, 'RESERVED', at, at
         FROM (SELECT n, CASE WHEN n <= 100 THEN timestamptz '2026-02-23 12:00Z' + n * interval '85 min'
                              ELSE timestamptz '2026-03-01 11:33Z' + n * interval '4 s' END AS at
               FROM generate_series(1, 400) AS n) AS u",
    );
    let rule = |db: &mut _| of(db, "batch_in_use", AS_OF);
    assert_eq!(rule(&mut db), [["5101", "11:39", "11:39", "t"]]);
    let said = table(
        &mut db,
        &format!(
            "SELECT severity, escalate_to, detail FROM promo_guard.escalations({AS_OF}) WHERE rule = 'batch_in_use'"
        ),
    );
    assert_eq!(said[0][..2], ["warning", "product_owner"]);
    for part in ["300 users took", "\"Partner's codes\" in 30 min", "pause_batch('Partner''s codes', '...')"]
    {
        assert!(said[0][2].contains(part), "{part}: {said:?}");
    }
    // the same 300 are few where the batch is used like that since it is valid
    db.batch_execute(
        "BEGIN; UPDATE promo_codes SET valid_from = '2026-03-01 10:30Z' WHERE id > 5000;
         INSERT INTO promo_redemptions (id, promo_code_id, user_id, status, created_at, updated_at)
         SELECT key(9500 + n), 5400 + n, 8000 + n, 'RESERVED', '2026-03-01 11:00Z', '2026-03-01 11:00Z' FROM generate_series(1, 300) AS n",
    )
    .unwrap();
    assert!(rule(&mut db).is_empty(), "as many came before");
    db.batch_execute("ROLLBACK; BEGIN; UPDATE promo_codes SET status = 'PAUSED' WHERE id > 5000").unwrap();
    assert!(rule(&mut db).is_empty(), "paused");
    db.batch_execute(
        "ROLLBACK; SELECT promo_guard.announce_batch('Partner''s codes', '2026-03-01 11:00Z', '2026-03-01 13:00Z', 'the partner mails them');
         SET session_replication_role = replica; UPDATE promo_guard.announcement SET announced_at = '2026-03-01 10:00Z'",
    )
    .unwrap();
    assert!(rule(&mut db).is_empty(), "announced");
}
