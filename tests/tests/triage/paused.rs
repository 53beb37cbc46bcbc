//! Since when a campaign is paused, and how that is known.

use postgres::Client;
use promo_guard_tests::{server, table};

fn campaign(db: &mut Client, id: i64, updated_at: &str) {
    db.batch_execute(&format!(
        "INSERT INTO promo_codes (id, code_hash, code_prefix, campaign_name, promo_type, target_scope, status, valid_from, valid_until, updated_at)
         VALUES ({id}, lpad('{id}', 64, 'c'), 'C{id}', 'Campaign {id}', 'PREMIUM_GRANT', 'ALL', 'PAUSED', '2026-01-01Z', '2027-01-01Z', '{updated_at}')"
    ))
    .unwrap();
}

/// `n` failures of ten users from a moment on, one every `every`.
fn failures(db: &mut Client, id: i64, from: &str, every: &str, n: u32, result: &str) {
    db.batch_execute(&format!(
        "INSERT INTO promo_attempts (id, user_id, normalized_code_hash, result, source, attempted_at)
         SELECT (SELECT coalesce(max(id), 0) FROM promo_attempts) + g, g % 10, lpad('{id}', 64, 'c'), '{result}', 'API',
                '{from}'::timestamptz + (g - 1) * interval '{every}' FROM generate_series(1, {n}) AS g"
    ))
    .unwrap();
}

fn paused(db: &mut Client, arguments: &str) -> Vec<Vec<String>> {
    table(
        db,
        &format!(
            "SELECT campaign_id, to_char(paused_at, 'DD HH24:MI:SS'), paused_at_source, failed_attempts FROM promo_guard.paused_campaigns({arguments})"
        ),
    )
}

#[test]
fn trap_1_the_evidence_is_the_start_of_the_stretch_and_not_its_end() {
    let (mut db, _) = server().bound_database();
    campaign(&mut db, 1, "2026-03-02 02:02Z");
    // an attack of five minutes, then forty minutes of the campaign's own customers meeting a paused code
    failures(&mut db, 1, "2026-03-02 02:00Z", "1 s", 300, "NOT_APPLICABLE");
    failures(&mut db, 1, "2026-03-02 02:05Z", "4 s", 600, "EXPIRED");
    let since = paused(&mut db, "as_of => '2026-03-02 02:45Z'");
    assert_eq!(since, [["1", "02 02:01:40", "evidence", "450"]], "the 101st failure of the attack");
}

#[test]
fn trap_2_an_edit_moves_updated_at_and_not_the_pause() {
    let (mut db, _) = server().bound_database();
    campaign(&mut db, 1, "2026-03-02 02:40Z"); // edited half an hour after the pause
    failures(&mut db, 1, "2026-03-02 02:00Z", "1 s", 300, "NOT_APPLICABLE");
    failures(&mut db, 1, "2026-03-02 02:05Z", "4 s", 600, "EXPIRED");
    assert_eq!(paused(&mut db, "as_of => '2026-03-02 02:45Z'")[0][1..3], ["02 02:01:40", "evidence"]);
    // without evidence it is all there is, and is called what it is
    campaign(&mut db, 2, "2026-03-02 01:00Z");
    assert_eq!(paused(&mut db, "as_of => '2026-03-02 02:45Z'")[1], ["2", "02 01:00:00", "estimated", "0"]);
}

#[test]
fn an_echo_that_lasts_for_days_is_followed_to_its_start() {
    let (mut db, _) = server().bound_database();
    campaign(&mut db, 1, "2026-03-05 12:00Z");
    failures(&mut db, 1, "2026-03-02 12:00Z", "4 s", 64_800, "EXPIRED"); // three days of echo
    db.batch_execute("ANALYZE").unwrap();
    // its own echo explains no pause, but the first of it dates it
    assert_eq!(paused(&mut db, "as_of => '2026-03-05 12:00Z'")[0][1..3], ["02 12:00:00", "estimated"]);
}

#[test]
fn only_the_last_stretch_counts_and_one_after_as_of_does_not() {
    let (mut db, _) = server().bound_database();
    campaign(&mut db, 1, "2026-03-02 05:00Z");
    failures(&mut db, 1, "2026-03-02 01:00Z", "1 s", 200, "NOT_APPLICABLE");
    failures(&mut db, 1, "2026-03-02 03:00Z", "1 s", 200, "NOT_APPLICABLE");
    assert_eq!(paused(&mut db, "as_of => '2026-03-02 05:10Z'")[0][1], "02 03:01:40");
    assert_eq!(paused(&mut db, "as_of => '2026-03-02 02:00Z'")[0][1], "02 01:01:40");
}

#[test]
fn the_history_knows_better_than_the_evidence_but_not_when_it_was_walked_around() {
    let (mut db, _) = server().bound_database();
    campaign(&mut db, 1, "2026-03-02 02:02Z");
    failures(&mut db, 1, "2026-03-02 02:00Z", "1 s", 300, "NOT_APPLICABLE");
    db.batch_execute("UPDATE promo_codes SET status = 'ACTIVE'; UPDATE promo_codes SET status = 'PAUSED'")
        .unwrap();
    assert_eq!(paused(&mut db, "")[0][2], "history");
    // paused again past the trigger: its last record says ACTIVE, so it does not explain this pause
    db.batch_execute(
        "UPDATE promo_codes SET status = 'ACTIVE'; ALTER TABLE promo_codes DISABLE TRIGGER promo_guard_status_history;
         UPDATE promo_codes SET status = 'PAUSED'",
    )
    .unwrap();
    assert_eq!(paused(&mut db, "as_of => '2026-03-02 02:45Z'")[0][1..3], ["02 02:01:40", "evidence"]);
}

#[test]
fn newest_first_and_no_more_than_asked_for() {
    let (mut db, _) = server().bound_database();
    for id in 1..=60 {
        campaign(&mut db, id, &format!("2026-03-02 01:{:02}Z", id % 60));
    }
    let ids: Vec<_> = paused(&mut db, "as_of => '2026-03-02 02:00Z'")
        .into_iter()
        .map(|r| r[0].parse::<i64>().unwrap())
        .collect();
    assert_eq!(ids, (1..60).rev().chain([60]).take(50).collect::<Vec<_>>(), "50 unless told otherwise");
    assert_eq!(paused(&mut db, "as_of => '2026-03-02 02:00Z', max_rows => NULL").len(), 60);
    assert_eq!(paused(&mut db, "as_of => '2026-03-02 02:00Z', max_rows => 0").len(), 0);
    // a lookback shows only what was paused within it
    assert_eq!(paused(&mut db, "'10 min', '2026-03-02 02:00Z'").len(), 10);
}

#[test]
fn an_active_campaign_that_expired_was_paused_by_the_guard_and_not_when_it_expired() {
    let (mut db, _) = server().bound_database();
    // It ended at 02:00, customers still came, and the job paused it at 02:08.
    campaign(&mut db, 1, "2026-03-02 02:08Z");
    failures(&mut db, 1, "2026-03-01 12:00Z", "4 min", 200, "ACCEPTED");
    db.batch_execute("UPDATE promo_codes SET valid_until = '2026-03-02 02:00Z'; DELETE FROM promo_attempts WHERE attempted_at >= '2026-03-02 02:00Z'")
        .unwrap();
    failures(&mut db, 1, "2026-03-02 02:01Z", "4 s", 300, "EXPIRED");
    // Others came after the job.
    db.batch_execute(
        "UPDATE promo_attempts SET user_id = user_id + 100 WHERE attempted_at > '2026-03-02 02:08Z'",
    )
    .unwrap();
    let as_of = "as_of => '2026-03-02 02:25Z'";
    assert_eq!(paused(&mut db, as_of)[0][1..3], ["02 02:07:40", "evidence"], "the 101st failure");
    let page: serde_json::Value =
        db.query_one(&format!("SELECT promo_guard.triage({as_of}) -> 'campaigns' -> 0"), &[]).unwrap().get(0);
    assert_eq!(page["paused_at"], "2026-03-02T02:07:40+00:00");
    assert_eq!(
        (&page["paused_not_before"], &page["paused_not_after"]),
        (&"2026-03-02T01:16:00+00:00".into(), &"2026-03-02T02:08:00+00:00".into())
    );
    assert_eq!(page["paused_by"], "auto-pause guard (inferred)");
    // What failed before the job came was not caused by the pause.
    let clusters = table(
        &mut db,
        "SELECT kind, attempts, to_char(first_seen, 'HH24:MI:SS') FROM promo_guard.failure_clusters(as_of => '2026-03-02 02:25Z') ORDER BY 1",
    );
    assert_eq!(clusters, [["BACKGROUND", "106", "02:01:00"], ["PAUSE_ECHO", "194", "02:08:04"]]);
}

#[test]
fn many_pauses_by_one_person_are_told_with_the_person_and_the_time_and_older_ones_keep_theirs() {
    let (mut db, name) = server().bound_database();
    for id in 1..=6 {
        campaign(&mut db, id, "2026-03-02 01:00Z");
    }
    db.batch_execute(
        "UPDATE promo_codes SET status = 'ACTIVE';
         UPDATE promo_codes SET status = 'PAUSED' WHERE id <= 2;
         UPDATE promo_guard.status_history SET at = at - interval '7 days' WHERE to_status = 'PAUSED';
         DO $$ BEGIN CREATE ROLE marketing LOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
         GRANT SELECT, UPDATE ON promo_codes TO marketing",
    )
    .unwrap();
    server()
        .connect_as("marketing", &name)
        .batch_execute(
            "SET application_name = 'admin'; UPDATE promo_codes SET status = 'PAUSED', updated_at = now()",
        )
        .unwrap();
    let said = table(
        &mut db,
        "SELECT campaign_id, paused_by, paused_at_source, paused_at > now() - interval '1 hour' FROM promo_guard.paused_campaigns() ORDER BY 1",
    );
    for (row, id) in said.iter().zip(1..) {
        let [by, recent] = if id <= 2 { ["postgres", "f"] } else { ["marketing (admin)", "t"] };
        assert!(row[1].starts_with(by), "{row:?}");
        assert_eq!(
            (row[0].as_str(), row[2].as_str(), row[3].as_str()),
            (id.to_string().as_str(), "history", recent)
        );
    }
    let same = table(
        &mut db,
        "SELECT count(*) FROM promo_guard.paused_campaigns() AS p
         JOIN jsonb_array_elements(promo_guard.triage() -> 'campaigns') AS t ON t ->> 'campaign_id' = p.campaign_id::text
         WHERE (t ->> 'paused_at')::timestamptz = p.paused_at AND t ->> 'paused_by' = p.paused_by",
    );
    assert_eq!(same, [["6"]]);
}
