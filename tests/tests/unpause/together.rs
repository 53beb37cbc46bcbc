//! One statement that pauses everything is one event: it is told as one, and undone by one command, each campaign by its own checks.

use super::shop::{failed, shop};
use postgres::Client;
use promo_guard_tests::{promoctl, server, table};
use serde_json::Value;

/// Campaigns 8 and 9 were paused last week, 4 is over, and somebody has just paused all there is.
fn mass_pause(db: &mut Client) {
    db.batch_execute(
        "UPDATE promo_codes SET status = 'ACTIVE' WHERE id = 7;
         UPDATE promo_codes SET status = 'PAUSED', updated_at = now() - interval '7 days' WHERE id IN (8, 9);
         UPDATE promo_guard.status_history SET at = at - interval '7 days' WHERE campaign_id IN (8, 9);
         UPDATE promo_codes SET valid_until = now() - interval '1 day' WHERE id = 4;
         UPDATE promo_codes SET status = 'PAUSED', updated_at = now() WHERE status IN ('ACTIVE', 'PAUSED')",
    )
    .unwrap();
}

fn together(db: &mut Client, id: i64) -> Vec<String> {
    let rows = table(db, &format!("SELECT campaign_id FROM promo_guard.paused_together({id}) ORDER BY 1"));
    rows.into_iter().flatten().collect()
}

#[test]
fn what_one_actor_pauses_at_once_is_one_event() {
    let (mut db, name) = shop();
    mass_pause(&mut db);
    assert_eq!(together(&mut db, 1), ["1", "2", "3", "4", "5", "6", "7"]);
    assert_eq!(together(&mut db, 8), ["8", "9"], "last week's decision is another event");
    // Nothing but the question who decided it stands in the way of a campaign that nothing is found against.
    let checks: Vec<String> = failed(&mut db, 1).into_iter().map(|(name, _)| name).collect();
    assert_eq!(checks, ["history_explains_pause"]);
    let checks: Vec<String> = failed(&mut db, 8).into_iter().map(|(name, _)| name).collect();
    assert_eq!(checks, ["history_explains_pause", "not_abuse"]);

    let page: Value = serde_json::from_str(&table(&mut db, "SELECT promo_guard.triage()")[0][0]).unwrap();
    let events = page["mass_pauses"].as_array().unwrap();
    assert_eq!(events.len(), 1, "{events:?}");
    let stands_for = events[0]["campaign_id"].as_str().unwrap();
    let members = page["campaigns"].as_array().unwrap().iter().filter(|c| c["paused_with"] == *stands_for);
    assert_eq!(events[0]["campaigns"], members.count());
    let out = promoctl(server(), &name).arg("triage").output().unwrap();
    let screen = String::from_utf8(out.stdout).unwrap();
    assert!(
        screen.contains(" more ") && screen.contains("mass pause") && screen.contains("unpause --together"),
        "{screen}"
    );
}

#[test]
fn one_command_unpauses_what_passes_its_own_checks_and_reports_each() {
    let (mut db, name) = shop();
    mass_pause(&mut db);
    let run = |more: &[&str]| {
        let out = promoctl(server(), &name)
            .args(["unpause", "--together", "2", "--reason", "the pause was a mistake", "--yes"])
            .args(more)
            .output()
            .unwrap();
        (out.status.code(), String::from_utf8(out.stdout).unwrap() + &String::from_utf8_lossy(&out.stderr))
    };
    let paused = "SELECT count(*) FROM promo_codes WHERE status = 'PAUSED'";
    let (status, told) = run(&[]);
    assert!(status == Some(1) && told.contains("Unpaused 0 of 7 campaigns."), "{told}");
    assert_eq!(table(&mut db, paused), [["9"]]);
    let (status, told) = run(&["--override", "history_explains_pause"]);
    assert!(status == Some(1) && told.contains("campaign 4, \"Campaign 4\": validity_window"), "{told}");
    let left: Vec<Vec<String>> =
        table(&mut db, "SELECT id FROM promo_codes WHERE status = 'PAUSED' ORDER BY 1");
    assert_eq!(left, [["4"], ["8"], ["9"]], "{told}");
    assert!(told.contains("Unpaused 6 of 7 campaigns."), "{told}");
    // Each has a decision of its own, with the reason.
    let actions = table(
        &mut db,
        "SELECT decision, count(DISTINCT campaign_id), count(DISTINCT transaction_id) FROM promo_guard.action_log
         WHERE reason = 'the pause was a mistake' AND overrides <> '{}' GROUP BY 1 ORDER BY 1",
    );
    assert_eq!(actions, [["REFUSED", "1", "1"], ["UNPAUSED", "6", "6"]]);
}

#[test]
fn without_a_record_of_the_pause_nothing_is_taken_together() {
    let (mut db, _) = shop();
    db.batch_execute("SELECT promo_guard.detach_history()").unwrap();
    db.batch_execute("UPDATE promo_codes SET status = 'PAUSED', updated_at = now()").unwrap();
    let met = promo_guard_tests::refused(&mut db, "SELECT * FROM promo_guard.paused_together(1)");
    assert!(met.code == "55000" && met.hint.contains("attach_history"), "{met:?}");
    let page = table(&mut db, "SELECT promo_guard.triage() -> 'mass_pauses'");
    assert_eq!(page, [["[]"]]);
    let checks: Vec<String> = failed(&mut db, 1).into_iter().map(|(name, _)| name).collect();
    assert!(
        checks.contains(&"not_abuse".to_owned()),
        "edits at one time are no record of a pause: {checks:?}"
    );
}
