//! Attaching the history records the status of every campaign. A change that no trigger saw can then be found, and what was found
//! at the attachment is never taken for the time of a pause.

use postgres::Client;
use promo_guard_tests::{Server, server, table};
use std::time::{Duration, Instant};

/// Campaigns 1 to 6: the even ones PAUSED for two hours, the odd ones ACTIVE.
const CAMPAIGNS: &str = "
    INSERT INTO promo_codes (id, code_hash, code_prefix, campaign_name, promo_type, target_scope, status, valid_from, valid_until,
                             created_at, updated_at)
    SELECT g, lpad(g::text, 64, '0'), 'P', 'Campaign ' || g, 'PREMIUM_GRANT', 'ALL', CASE g % 2 WHEN 0 THEN 'PAUSED' ELSE 'ACTIVE' END,
           now() - interval '9 days', now() + interval '9 days', now() - interval '9 days', now() - interval '2 hours'
    FROM generate_series(1, 6) AS g";
const HISTORY: &str = "SELECT campaign_id, from_status, to_status, kind FROM promo_guard.status_history ORDER BY at, campaign_id";
const OFF: &str = "SELECT campaign_id FROM promo_guard.escalations() WHERE rule = 'status_off_history' ORDER BY campaign_id";

/// A shop with campaigns, bound; the history is not attached.
fn shop() -> (Client, String) {
    let (mut db, name) = server().database();
    db.batch_execute(CAMPAIGNS).unwrap();
    db.batch_execute("SELECT promo_guard.bind()").unwrap();
    (db, name)
}

/// The same with its history attached.
fn attached() -> Client {
    let (mut db, _) = shop();
    db.batch_execute("SELECT promo_guard.attach_history()").unwrap();
    db
}

#[test]
fn attaching_records_every_status_in_the_transaction_of_the_trigger() {
    let mut db = attached();
    let found: Vec<_> = (1..=6)
        .map(|n| [n.to_string(), "∅".into(), ["PAUSED", "ACTIVE"][n % 2].into(), "baseline".into()])
        .collect();
    assert_eq!(table(&mut db, HISTORY), found);
    let same = "SELECT DISTINCT h.transaction_id::xid = t.xmin, t.tgenabled FROM promo_guard.status_history AS h, pg_trigger AS t
                WHERE t.tgname = 'promo_guard_status_history'";
    assert_eq!(table(&mut db, same), [["t", "A"]]);
    // once is enough
    db.batch_execute("SELECT promo_guard.attach_history()").unwrap();
    assert_eq!(table(&mut db, HISTORY).len(), 6);
    let log = "SELECT after ->> 'campaigns', after ->> 'baseline' FROM promo_guard.action_log WHERE action = 'attach_history' ORDER BY id";
    assert_eq!(table(&mut db, log), [["6", "6"], ["6", "0"]]);
    assert!(table(&mut db, OFF).is_empty());
}

#[test]
fn a_status_changed_past_the_trigger_is_found_also_where_none_was_ever_recorded() {
    let mut db = attached();
    db.batch_execute(
        "ALTER TABLE promo_codes DISABLE TRIGGER promo_guard_status_history;
         UPDATE promo_codes SET status = 'ACTIVE' WHERE id IN (2, 4);
         UPDATE promo_codes SET status = 'EXPIRED' WHERE id = 1;
         ALTER TABLE promo_codes ENABLE TRIGGER promo_guard_status_history",
    )
    .unwrap();
    assert_eq!(table(&mut db, OFF), [["1"], ["2"], ["4"]]);
    // ENABLE TRIGGER is not ENABLE ALWAYS, which is said
    let said = "SELECT level, remediation FROM promo_guard.doctor() WHERE topic = 'history'";
    assert_eq!(table(&mut db, said), [["warn", "SELECT promo_guard.attach_history();"]]);
    // the view metrics counts the same
    let counted = "SELECT count(*) FROM promo_guard.escalations() WHERE rule = 'status_off_history'";
    assert_eq!(table(&mut db, counted), [["3"]]);
    let metric = "SELECT value FROM promo_guard.metrics WHERE name = 'promo_guard_escalations' AND labels ->> 'rule' = 'status_off_history'";
    assert_eq!(table(&mut db, metric), [["3"]]);
    // attaching again puts them on record; who was paused or unpaused meanwhile stays listed
    db.batch_execute("SELECT promo_guard.attach_history()").unwrap();
    assert_eq!(table(&mut db, OFF), [["2"], ["4"]]);
    assert_eq!(table(&mut db, said)[0][0], "ok");
    assert_eq!(
        table(&mut db, HISTORY)[6..],
        [
            ["1", "ACTIVE", "EXPIRED", "baseline"],
            ["2", "PAUSED", "ACTIVE", "baseline"],
            ["4", "PAUSED", "ACTIVE", "baseline"]
        ]
    );
    assert!(
        table(&mut db, "SELECT FROM promo_guard.escalations() WHERE rule = 'unpaused_outside_guard'")
            .is_empty()
    );
}

#[test]
fn a_pause_past_the_trigger_is_counted_by_the_metrics_too() {
    let mut db = attached();
    db.batch_execute(
        "ALTER TABLE promo_codes DISABLE TRIGGER ALL; UPDATE promo_codes SET status = 'PAUSED' WHERE id = 3;
         SELECT promo_guard.attach_history();
         ALTER TABLE promo_codes DISABLE TRIGGER ALL; UPDATE promo_codes SET status = 'PAUSED' WHERE id = 5;
         ALTER TABLE promo_codes ENABLE ALWAYS TRIGGER promo_guard_status_history",
    )
    .unwrap();
    assert_eq!(table(&mut db, OFF), [["3"], ["5"]]);
    let counted = "SELECT count(*) FROM promo_guard.escalations() WHERE rule = 'status_off_history'";
    assert_eq!(table(&mut db, counted), [["2"]]);
}

#[test]
fn a_campaign_that_is_new_since_or_that_we_changed_ourselves_is_not_off() {
    let mut db = attached();
    db.batch_execute(
        "INSERT INTO promo_codes (id, code_hash, code_prefix, campaign_name, promo_type, target_scope, status, valid_from, valid_until)
         VALUES (7, repeat('7', 64), 'P', 'New', 'PREMIUM_GRANT', 'ALL', 'PAUSED', now(), now() + interval '1 day');
         ALTER TABLE promo_codes DISABLE TRIGGER promo_guard_status_history;
         SELECT promo_guard.pause(1, 'leaked');
         ALTER TABLE promo_codes ENABLE ALWAYS TRIGGER promo_guard_status_history",
    )
    .unwrap();
    assert!(table(&mut db, OFF).is_empty());
    db.batch_execute("SELECT promo_guard.attach_history()").unwrap();
    assert!(table(&mut db, OFF).is_empty());
    assert_eq!(
        table(&mut db, HISTORY)[6..],
        [["1", "ACTIVE", "PAUSED", "baseline"], ["7", "∅", "PAUSED", "baseline"]]
    );
}

#[test]
fn detaching_and_attaching_again_leaves_a_record_of_what_happened_in_between() {
    let mut db = attached();
    db.batch_execute(
        "SELECT promo_guard.detach_history(); UPDATE promo_codes SET status = 'ACTIVE' WHERE id = 6;
         SELECT promo_guard.attach_history()",
    )
    .unwrap();
    assert_eq!(table(&mut db, HISTORY)[6..], [["6", "PAUSED", "ACTIVE", "baseline"]]);
    let log = "SELECT action FROM promo_guard.action_log WHERE action LIKE '%history' ORDER BY id";
    assert_eq!(table(&mut db, log), [["attach_history"], ["detach_history"], ["attach_history"]]);
    let said = "SELECT campaign_id, detail FROM promo_guard.escalations() WHERE rule = 'status_off_history'";
    let said = table(&mut db, said);
    assert!(said.len() == 1 && said[0][0] == "6", "{said:?}");
    assert!(said[0][1].starts_with("It changed from PAUSED to ACTIVE between "), "{said:?}");
}

#[test]
fn what_was_found_at_the_attachment_is_not_the_time_of_a_pause() {
    let (mut db, _) = shop();
    db.batch_execute(
        "SELECT promo_guard.pause(1, 'leaked'); SELECT pg_sleep(0.01); SELECT promo_guard.attach_history();
         -- an edit later on: the pause is older than the attachment
         UPDATE promo_codes SET updated_at = now() + interval '1 s', max_total_uses = 7 WHERE id = 4",
    )
    .unwrap();
    let attached_at = "(SELECT min(at) FROM promo_guard.status_history)";
    let pauses = format!(
        "SELECT campaign_id, paused_at_source, paused_at = updated_at, paused_at <= {attached_at}, paused_by
         FROM promo_guard.paused_campaigns() WHERE campaign_id IN (2, 4) ORDER BY campaign_id"
    );
    assert_eq!(
        table(&mut db, &pauses),
        [["2", "estimated", "t", "t", "∅"], ["4", "estimated", "f", "t", "∅"]]
    );
    let planned = format!(
        "SELECT p.campaign_id, p.paused_at = c.updated_at, p.paused_at <= {attached_at}
         FROM promo_codes AS c, promo_guard.plan_unpause(c.id) AS p WHERE c.id IN (2, 4) ORDER BY 1"
    );
    assert_eq!(table(&mut db, &planned), [["2", "t", "t"], ["4", "f", "t"]]);
    // our own pause from before is still its cause, and a decision that no rule explains
    let cause = "SELECT passed, evidence -> 'cause' ->> 'action', evidence ->> 'paused_at_source'
                 FROM promo_guard.check_unpause(1) WHERE name = 'history_explains_pause'";
    assert_eq!(table(&mut db, cause), [["f", "pause", "history"]]);
    // nothing was paused just now, by anybody
    db.batch_execute("SELECT promo_guard.open_incident('x', 'x', now() - interval '1 hour')").unwrap();
    let detected =
        "SELECT after ->> 'detected_at_source' FROM promo_guard.action_log WHERE action = 'open_incident'";
    assert_eq!(table(&mut db, detected), [["declared"]]);
    let timeline = "SELECT t FROM jsonb_array_elements(promo_guard.incident_report() -> 'timeline') AS t
                    WHERE t ->> 'campaign_id' IN ('2', '4', '6') AND t ->> 'known_from' <> 'estimated'";
    assert_eq!(table(&mut db, timeline), [[""; 0]; 0]);
    let escalated = format!(
        "SELECT e FROM promo_guard.escalations() AS e WHERE rule IN ('unpaused_outside_guard', 'repaused_after_unpause', 'status_off_history')
         OR since >= {attached_at} AND campaign_id IN (2, 4, 6)"
    );
    assert_eq!(table(&mut db, &escalated), [[""; 0]; 0]);
}

#[test]
fn a_status_that_is_padded_is_recorded_as_it_reads() {
    let (mut db, _) = shop();
    db.batch_execute(
        "SELECT promo_guard.unbind(); ALTER TABLE promo_codes ALTER status TYPE char(12); SELECT promo_guard.bind();
         SELECT promo_guard.attach_history(); UPDATE promo_codes SET status = 'PAUSED' WHERE id = 1",
    )
    .unwrap();
    assert_eq!(table(&mut db, HISTORY)[6..], [["1", "ACTIVE", "PAUSED", "change"]]);
    assert!(table(&mut db, OFF).is_empty());
    let source = "SELECT paused_at_source FROM promo_guard.paused_campaigns() WHERE campaign_id = 1";
    assert_eq!(table(&mut db, source), [["history"]]);
}

#[test]
fn a_session_in_the_role_of_a_replica_is_recorded_like_any_other() {
    let mut db = attached();
    db.batch_execute(
        "SET session_replication_role = replica; UPDATE promo_codes SET status = 'ACTIVE' WHERE id = 2;
         UPDATE promo_codes SET status = 'PAUSED' WHERE id = 1; RESET session_replication_role",
    )
    .unwrap();
    assert_eq!(
        table(&mut db, HISTORY)[6..],
        [["2", "PAUSED", "ACTIVE", "change"], ["1", "ACTIVE", "PAUSED", "change"]]
    );
    let told = "SELECT rule, campaign_id FROM promo_guard.escalations() WHERE campaign_id = 2";
    assert_eq!(table(&mut db, told), [["unpaused_outside_guard", "2"]]);
    let paused =
        "SELECT paused_at_source, paused_by FROM promo_guard.paused_campaigns() WHERE campaign_id = 1";
    assert_eq!(table(&mut db, paused), [["history", "postgres (promo-guard-tests)"]]);
}

/// Waits until a query answers so.
fn until(db: &mut Client, sql: &str, expected: &str) {
    let began = Instant::now();
    while table(db, sql) != [[expected]] {
        assert!(began.elapsed() < Duration::from_secs(60), "{sql}: {:?}", table(db, sql));
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn what_a_subscription_applies_is_recorded_once() {
    let server = Server::start(&["wal_level=logical"]);
    for (published, of_the_publisher) in
        [("promo_codes", false), ("promo_codes, promo_guard.status_history, promo_guard.action_log", true)]
    {
        let [(mut publisher, from), (mut subscriber, _)] = [server.database(), server.database()];
        for db in [&mut publisher, &mut subscriber] {
            db.batch_execute(CAMPAIGNS).unwrap();
            db.batch_execute("SELECT promo_guard.bind()").unwrap();
        }
        subscriber.batch_execute("SELECT promo_guard.attach_history()").unwrap();
        if of_the_publisher {
            // as after a dump and restore of the publisher: the same records on both sides
            subscriber.batch_execute("TRUNCATE promo_guard.status_history, promo_guard.action_log").unwrap();
        }
        publisher.batch_execute(&format!("CREATE PUBLICATION p FOR TABLE {published}")).unwrap();
        let slot = format!("SELECT pg_create_logical_replication_slot('{from}', 'pgoutput')");
        publisher.batch_execute(&slot).unwrap();
        subscriber
            .batch_execute(&format!(
                "CREATE SUBSCRIPTION s_{from} CONNECTION 'host={} dbname={from} user=postgres'
                 PUBLICATION p WITH (create_slot = false, slot_name = '{from}', copy_data = false)",
                server.host()
            ))
            .unwrap();
        publisher
            .batch_execute(
                "SELECT promo_guard.attach_history(); SELECT promo_guard.pause(1, 'leaked');
                 UPDATE promo_codes SET status = 'ACTIVE' WHERE id = 2",
            )
            .unwrap();
        until(&mut subscriber, "SELECT status FROM promo_codes WHERE id = 2", "ACTIVE");
        // a change of the subscriber's own that follows would meet the id of a second record
        publisher.batch_execute("UPDATE promo_codes SET status = 'EXPIRED' WHERE id = 3").unwrap();
        until(&mut subscriber, "SELECT status FROM promo_codes WHERE id = 3", "EXPIRED");
        let changes = table(
            &mut subscriber,
            "SELECT campaign_id, from_status, to_status FROM promo_guard.status_history WHERE kind = 'change' ORDER BY campaign_id",
        );
        assert_eq!(
            changes,
            [["1", "ACTIVE", "PAUSED"], ["2", "PAUSED", "ACTIVE"], ["3", "ACTIVE", "EXPIRED"]],
            "{published}"
        );
        // by the transaction that wrote it here, or with the publisher's action beside it
        let matched = "SELECT count(*) FROM promo_guard.status_history AS h JOIN promo_guard.action_log AS l USING (campaign_id, transaction_id) WHERE h.kind = 'change'";
        assert_eq!(table(&mut subscriber, matched), [[if of_the_publisher { "1" } else { "0" }]]);
        let told = "SELECT campaign_id FROM promo_guard.escalations() WHERE rule = 'unpaused_outside_guard'";
        assert_eq!(table(&mut subscriber, told), [["2"]], "{published}");
        subscriber
            .batch_execute(&format!(
                "ALTER SUBSCRIPTION s_{from} DISABLE; ALTER SUBSCRIPTION s_{from} SET (slot_name = NONE); DROP SUBSCRIPTION s_{from}"
            ))
            .unwrap();
    }
}
