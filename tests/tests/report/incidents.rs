//! Incidents: one at a time, with their start from the data, their checkpoints and their actions.

use super::shop::{burst, calm, one};
use promo_guard_tests::{refused, server, table};

const OPEN: &str = "SELECT promo_guard.open_incident('A night', 'promo_campaign_auto_paused')";

#[test]
fn the_start_is_the_first_burst_minute_apart_from_detected_and_declared() {
    let (mut db, _) = calm();
    burst(&mut db, 40, 0);
    db.batch_execute("UPDATE promo_codes SET status = 'PAUSED', updated_at = now() WHERE id = 1").unwrap();
    // the pause is one of 37 minutes ago
    db.batch_execute("UPDATE promo_guard.status_history SET at = now() - interval '37 min'").unwrap();
    let id = one(&mut db, OPEN);
    let row = table(
        &mut db,
        &format!(
            "SELECT started_at = date_trunc('minute', now()) - interval '40 min', detected_at = (SELECT at FROM promo_guard.status_history),
                    declared_at > now() - interval '1 min', declared_by, next_checkpoint_at, closed_at
             FROM promo_guard.incident WHERE id = {id}"
        ),
    );
    assert_eq!(row, [["t", "t", "t", "postgres", "∅", "∅"]]);
    let log = table(
        &mut db,
        "SELECT decision, reason, incident_id, after ->> 'incident_id', after ->> 'started_at_source', after ->> 'detected_at_source'
         FROM promo_guard.action_log WHERE action = 'open_incident'",
    );
    assert_eq!(log, [["OPENED", "A night", &id, &id, "data", "history"]]);
}

#[test]
fn without_a_history_the_evidence_tells_when_it_could_be_seen() {
    let (mut db, _) = calm();
    burst(&mut db, 40, 0);
    // EXPIRED would be the echo of a pause, and explain none
    db.batch_execute(
        "UPDATE promo_attempts SET result = 'NOT_APPLICABLE' WHERE result = 'EXPIRED';
         DELETE FROM promo_attempts WHERE result = 'ACCEPTED' AND attempted_at > now() - interval '39 min'",
    )
    .unwrap();
    db.batch_execute("SELECT promo_guard.detach_history(); UPDATE promo_codes SET status = 'PAUSED', updated_at = now() WHERE id = 1").unwrap();
    db.batch_execute(OPEN).unwrap();
    // a hundred and one failures at thirty a minute
    let seen = "SELECT detected_at - started_at BETWEEN '3 min' AND '4 min', (SELECT after ->> 'detected_at_source' FROM promo_guard.action_log WHERE action = 'open_incident')
                FROM promo_guard.incident";
    assert_eq!(table(&mut db, seen), [["t", "evidence"]]);
}

#[test]
fn a_burst_that_is_over_for_long_is_not_this_incidents_start() {
    let (mut db, _) = calm();
    burst(&mut db, 160, 120);
    db.batch_execute(OPEN).unwrap();
    let sources = "SELECT started_at, detected_at = declared_at, (SELECT (after ->> 'started_at_source') || ' ' || (after ->> 'detected_at_source')
                   FROM promo_guard.action_log WHERE action = 'open_incident') FROM promo_guard.incident";
    assert_eq!(table(&mut db, sources), [["∅", "t", "unknown declared"]]);
}

#[test]
fn a_start_that_is_given_is_taken() {
    let (mut db, _) = calm();
    burst(&mut db, 40, 0);
    db.batch_execute(
        "SELECT promo_guard.open_incident('A night', 'by hand', date_trunc('hour', now()) - interval '5 hours')",
    )
    .unwrap();
    let start =
        "SELECT started_at = date_trunc('hour', now()) - interval '5 hours' FROM promo_guard.incident";
    assert_eq!(table(&mut db, start), [["t"]]);
}

#[test]
fn at_most_one_is_open() {
    let (mut db, name) = calm();
    let first = one(&mut db, OPEN);
    let met = refused(&mut db, OPEN);
    assert_eq!(met.code, "55006", "{met:?}");
    assert!(
        met.message.contains(&first) && met.detail.contains("A night") && met.hint.contains("close_incident")
    );
    assert_eq!(table(&mut db, "SELECT count(*) FROM promo_guard.incident"), [["1"]]);
    db.batch_execute(&format!("SELECT promo_guard.close_incident({first}, 'calm again')")).unwrap();
    let second = one(&mut db, OPEN);
    assert_ne!(first, second);
    db.batch_execute(&format!("SELECT promo_guard.close_incident({second}, 'done')")).unwrap();

    // two at the same moment: one of them waits, and is then refused
    let mut other = server().connect(&name);
    db.batch_execute("BEGIN").unwrap();
    db.batch_execute(OPEN).unwrap();
    let waiting = std::thread::spawn(move || refused(&mut other, OPEN));
    let blocked = "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'advisory'
                   AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    while one(&mut db, blocked) == "0" && !waiting.is_finished() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    db.batch_execute("COMMIT").unwrap();
    let met = waiting.join().unwrap();
    assert!(matches!(met.code.as_str(), "55006" | "55P03"), "{met:?}");
    assert_eq!(table(&mut db, "SELECT count(*) FROM promo_guard.incident WHERE closed_at IS NULL"), [["1"]]);
}

#[test]
fn checkpoints_move_on_and_the_log_keeps_them_all() {
    let (mut db, _) = calm();
    let id = one(&mut db, OPEN);
    let promise = |minutes: i32, note: &str| {
        format!(
            "SELECT next_checkpoint_at = date_trunc('hour', now()) + interval '{minutes} min', note, closed_at
             FROM promo_guard.checkpoint({id}, date_trunc('hour', now()) + interval '{minutes} min', '{note}')"
        )
    };
    assert_eq!(table(&mut db, &promise(90, "looking")), [["t", "looking", "∅"]]);
    assert_eq!(table(&mut db, &promise(120, "found it")), [["t", "found it", "∅"]]);
    let closed = table(
        &mut db,
        &format!(
            "SELECT next_checkpoint_at, closed_at IS NOT NULL, note FROM promo_guard.close_incident({id}, 'over')"
        ),
    );
    assert_eq!(closed, [["∅", "t", "over"]]);
    let log = table(
        &mut db,
        "SELECT action, decision, reason, incident_id = (after ->> 'incident_id')::bigint,
                (after ->> 'next_checkpoint_at')::timestamptz - date_trunc('hour', now()), after ->> 'closed_at' IS NOT NULL
         FROM promo_guard.action_log WHERE action IN ('checkpoint', 'close_incident') ORDER BY id",
    );
    assert_eq!(
        log,
        [
            ["checkpoint", "NOTED", "looking", "t", "01:30:00", "f"],
            ["checkpoint", "NOTED", "found it", "t", "02:00:00", "f"],
            ["close_incident", "CLOSED", "over", "t", "∅", "t"],
        ]
    );
    assert_eq!(
        table(&mut db, "SELECT count(*) FROM promo_guard.doctor() WHERE topic = 'chain' AND level <> 'ok'"),
        [["0"]]
    );
}

#[test]
fn what_is_done_while_it_is_open_belongs_to_it() {
    let (mut db, _) = calm();
    let policy =
        |value: i32| format!("SELECT promo_guard.set_policy('guard_min_failures', '{value}', 'test')");
    db.batch_execute(&policy(101)).unwrap();
    let id = one(&mut db, OPEN);
    db.batch_execute(&policy(102)).unwrap();
    db.batch_execute(&format!("SELECT promo_guard.close_incident({id}, 'over')")).unwrap();
    db.batch_execute(&policy(103)).unwrap();
    let log = table(
        &mut db,
        "SELECT incident_id FROM promo_guard.action_log WHERE action = 'set_policy' ORDER BY id",
    );
    assert_eq!(log, [["∅"], [&id], ["∅"]]);
}

#[test]
fn an_incident_can_be_declared_before_anything_is_bound() {
    let (mut db, _) = server().database();
    db.batch_execute(OPEN).unwrap();
    assert_eq!(
        table(&mut db, "SELECT started_at, detected_at = declared_at FROM promo_guard.incident"),
        [["∅", "t"]]
    );
}

#[test]
fn operators_may_and_readers_may_not() {
    let (mut db, name) = calm();
    db.batch_execute(
        "CREATE ROLE report_reader LOGIN; CREATE ROLE report_operator LOGIN;
         SELECT promo_guard.grant_reader('report_reader'); SELECT promo_guard.grant_operator('report_operator')",
    )
    .unwrap();
    assert_eq!(refused(&mut server().connect_as("report_reader", &name), OPEN).code, "42501");
    let mut operator = server().connect_as("report_operator", &name);
    let id = one(&mut operator, OPEN);
    operator
        .batch_execute(&format!("SELECT promo_guard.checkpoint({id}, now() + interval '1 hour', 'on it')"))
        .unwrap();
    operator.batch_execute(&format!("SELECT promo_guard.close_incident({id}, 'over')")).unwrap();
    assert_eq!(table(&mut db, "SELECT declared_by FROM promo_guard.incident"), [["report_operator"]]);
    assert_eq!(refused(&mut operator, "DELETE FROM promo_guard.incident").code, "42501");
}
