//! Runbook 4.4: the bake, against a real server.

mod decision;
mod records;
#[path = "../unpause/shop.rs"]
mod shop;
mod simulation;
mod survival;

use postgres::Client;
use promo_guard_tests::table;

/// Unpauses campaign 7 with a bake of 15 minutes, and moves it so many minutes into the past: its looks are placed by its row.
fn unpaused(db: &mut Client, on_regression: &str, minutes_ago: u32) {
    // What the checks say is another test's matter.
    let overrides = "{history_explains_pause,not_abuse,burst_over,guard_would_not_repause,config_converts,settlement_clean,traffic_observed}";
    let answer = table(
        db,
        &format!(
            "SELECT decision, detail FROM promo_guard.unpause(7, 'clean', '{overrides}', on_regression => '{on_regression}')"
        ),
    );
    assert_eq!(answer[0][0], "UNPAUSED", "{answer:?}");
    db.batch_execute(&format!(
        "DELETE FROM promo_attempts WHERE result = 'EXPIRED'; -- the pause's own echo is no part of what was moved
         UPDATE promo_guard.bake SET since = since - interval '{minutes_ago} min', until = until - interval '{minutes_ago} min'"
    ))
    .unwrap();
}

/// Users from `first` on try campaign 7's code, one every two seconds from so many minutes ago on.
fn tries(db: &mut Client, first: u32, users: u32, outcome: &str, minutes_ago: u32) {
    db.batch_execute(&format!(
        "SELECT attempts(7, {first}, {users}, '{outcome}', NULL, {users}, '{minutes_ago} min', '2 s');"
    ))
    .unwrap();
}

/// Customers who get in, three a minute, with a redemption each.
fn customers(db: &mut Client, first: u32, users: u32, minutes_ago: u32) {
    db.batch_execute(&format!(
        "SELECT attempts(7, {first}, {users}, 'ACCEPTED', NULL, {users}, '{minutes_ago} min', '20 s')"
    ))
    .unwrap();
    db.batch_execute(&format!(
        "INSERT INTO promo_redemptions (id, promo_code_id, user_id, status, created_at, applied_at, updated_at)
         SELECT gen_random_uuid(), 7, {first} + g, 'APPLIED', now() - interval '{minutes_ago} min' + g * interval '20 s',
                now() - interval '{minutes_ago} min' + g * interval '20 s', now()
         FROM generate_series(0, {users} - 1) AS g"
    ))
    .unwrap();
}

/// What a tick changed.
fn tick(db: &mut Client) -> Vec<Vec<String>> {
    table(db, "SELECT campaign_id, state FROM promo_guard.tick()")
}

/// One column of the bake's status.
fn status(db: &mut Client, column: &str) -> String {
    table(db, &format!("SELECT {column} FROM promo_guard.bake_status(7)"))[0][0].clone()
}
