//! A small shop by hand: some campaigns, regulars whom it knows, and quiet traffic until 12:00.

use postgres::Client;
use promo_guard_tests::{server, table};

/// The moment of every verdict here.
pub const AS_OF: &str = "2026-03-01 12:00Z";

/// 400 regulars (users 1 to 400) who came one after the other over 25 days, campaigns 101 to 108, and a success a minute on them.
pub fn shop() -> Client {
    let (mut db, _) = server().bound_database();
    for id in 101..=108 {
        campaign(&mut db, id, "'ACTIVE'");
    }
    taken(&mut db, 101, "2026-02-01 10:00Z", "90 min", "1 + g % 400", 400, "APPLIED");
    for id in 102..=108 {
        attempts(&mut db, id, "2026-03-01 04:00Z", "7 min", "1 + (g * 37) % 400", 68, "'ACCEPTED'", "NULL");
    }
    db
}

/// A campaign on which nothing is wrong; `status` may be followed by other values of the row.
pub fn campaign(db: &mut Client, id: i64, status: &str) {
    db.batch_execute(&format!(
        "INSERT INTO promo_codes (id, code_hash, code_prefix, campaign_name, promo_type, target_scope, status, valid_from, valid_until, max_uses_per_user, created_at, updated_at)
         VALUES ({id}, lpad('{id}', 64, 'c'), 'C{id}', 'Campaign {id}', 'PERCENT_DISCOUNT', 'ALL', {status}, '2026-01-01Z', '2027-01-01Z', 100, '2026-01-01Z', '2026-01-01Z')"
    ))
    .unwrap();
}

/// Changes a campaign's row.
pub fn set(db: &mut Client, id: i64, what: &str) {
    db.batch_execute(&format!("UPDATE promo_codes SET {what} WHERE id = {id}")).unwrap();
}

/// `n` attempts on a campaign's code from a moment on, one every `every`; `user` is an expression of g = 1, 2, …
#[allow(clippy::too_many_arguments, reason = "a row has that many columns")]
pub fn attempts(
    db: &mut Client,
    id: i64,
    from: &str,
    every: &str,
    user: &str,
    n: u32,
    result: &str,
    reason: &str,
) {
    db.batch_execute(&format!(
        "INSERT INTO promo_attempts (id, user_id, normalized_code_hash, result, source, attempted_at, metadata)
         SELECT (SELECT coalesce(max(id), 0) FROM promo_attempts) + g, {user}, lpad('{id}', 64, 'c'), {result}, 'COMMAND',
                '{from}'::timestamptz + (g - 1) * interval '{every}',
                jsonb_strip_nulls(jsonb_build_object('reason', {reason}::text))
         FROM generate_series(1, {n}) AS g"
    ))
    .unwrap();
}

/// Successes with what came of them.
pub fn taken(db: &mut Client, id: i64, from: &str, every: &str, user: &str, n: u32, status: &str) {
    attempts(db, id, from, every, user, n, "'ACCEPTED'", "NULL");
    let applied = if status == "APPLIED" { "r.at + interval '1 min'" } else { "NULL" };
    db.batch_execute(&format!(
        "INSERT INTO promo_redemptions (id, promo_code_id, user_id, status, created_at, applied_at, updated_at)
         SELECT gen_random_uuid(), {id}, {user}, '{status}', r.at, {applied}, r.at
         FROM generate_series(1, {n}) AS g, LATERAL (SELECT '{from}'::timestamptz + (g - 1) * interval '{every}' AS at) AS r"
    ))
    .unwrap();
}

/// 80 users who were accepted from 11:00 on send it again two or three times, until the auto-pause rule holds: 160 repeats.
pub fn hiccup(db: &mut Client, id: i64) {
    taken(db, id, "2026-03-01 11:00Z", "2500 ms", "1 + g % 80", 80, "APPLIED");
    attempts(
        db,
        id,
        "2026-03-01 11:03:20Z",
        "1 s",
        "1 + g * 7919 % 163 % 80",
        160,
        "'NOT_APPLICABLE'",
        "'ALREADY_USED'",
    );
    set(db, id, "status = 'PAUSED', updated_at = '2026-03-01 11:06Z'");
}

/// The verdict on a campaign, its action, and all its reasons.
pub fn verdict(db: &mut Client, id: i64) -> (String, String, String) {
    let rows = table(
        db,
        &format!(
            "SELECT verdict, action, array_to_string(reasons, ' ') FROM promo_guard.classify(as_of => '{AS_OF}') WHERE campaign_id = {id}"
        ),
    );
    let row =
        rows.first().map_or_else(|| vec!["no row".to_owned(), String::new(), String::new()], Clone::clone);
    (row[0].clone(), row[1].clone(), row[2].clone())
}

/// That it is this.
pub fn assert_verdict(db: &mut Client, id: i64, expected: &str) -> (String, String) {
    let (verdict, action, reasons) = verdict(db, id);
    assert_eq!(verdict, expected, "{action} {reasons}");
    (action, reasons)
}
