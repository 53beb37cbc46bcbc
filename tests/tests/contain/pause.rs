//! `pause`, and with it what every changing function does: one campaign, all or nothing, on the record.

use super::shop::shop;
use promo_guard_tests::{refused, server, table};

#[test]
fn an_active_campaign_is_paused_with_its_reason_on_the_record() {
    let (mut db, name) = shop();
    let mut listener = server().connect(&name);
    listener.batch_execute("LISTEN promo_guard").unwrap();
    let answer = table(
        &mut db,
        "SELECT decision, status, action_id FROM promo_guard.pause(1, '  leaked on a forum ')",
    );
    assert_eq!(answer[0][..2], ["PAUSED", "PAUSED"]);
    assert_eq!(
        table(&mut db, "SELECT status, updated_at > now() - interval '1 min' FROM promo_codes WHERE id = 1"),
        [["PAUSED", "t"]]
    );
    let logged = table(
        &mut db,
        "SELECT l.id, l.action, l.decision, l.reason, l.actor, l.before, l.after, l.policy ->> 'guard_min_failures',
                l.transaction_id = h.transaction_id, h.from_status, h.to_status
         FROM promo_guard.action_log AS l JOIN promo_guard.status_history AS h USING (campaign_id) WHERE l.campaign_id = 1",
    );
    let id = answer[0][2].as_str();
    let expected = [
        id,
        "pause",
        "PAUSED",
        "leaked on a forum",
        "postgres",
        "{\"status\": \"ACTIVE\"}",
        "{\"status\": \"PAUSED\"}",
        "100",
        "t",
        "ACTIVE",
        "PAUSED",
    ];
    assert_eq!(logged, [expected]);
    // once more: nothing changes, and that somebody wanted it is on the record too
    let again = table(&mut db, "SELECT decision, status FROM promo_guard.pause(1, 'again')");
    assert_eq!(again, [["ALREADY_PAUSED", "PAUSED"]]);
    assert_eq!(table(&mut db, "SELECT count(*) FROM promo_guard.status_history"), [["1"]]);
    // ... and does not move the pause, with the history or without it
    let since = "SELECT paused_at = (SELECT at FROM promo_guard.action_log WHERE decision = 'PAUSED') FROM promo_guard.paused_campaigns() WHERE campaign_id = 1";
    let with_history = "SELECT paused_at = (SELECT max(at) FROM promo_guard.status_history) FROM promo_guard.paused_campaigns() WHERE campaign_id = 1";
    assert_eq!(table(&mut db, with_history), [["t"]]);
    db.batch_execute("BEGIN; ALTER TABLE promo_guard.status_history DISABLE TRIGGER ALL; DELETE FROM promo_guard.status_history").unwrap();
    assert_eq!(table(&mut db, since), [["t"]]);
    db.batch_execute("ROLLBACK").unwrap();
    let chained = "SELECT count(*), count(previous_hash), bool_and(hash = promo_guard.action_hash(l)) FROM promo_guard.action_log AS l WHERE campaign_id = 1";
    assert_eq!(table(&mut db, chained), [["2", "1", "t"]]);

    listener.simple_query("SELECT 1").unwrap();
    let heard: Vec<String> = {
        use fallible_iterator::FallibleIterator as _;
        let mut notifications = listener.notifications();
        let mut heard = Vec::new();
        let mut iter = notifications.timeout_iter(std::time::Duration::from_secs(60));
        while heard.len() < 2 {
            match iter.next().unwrap() {
                Some(n) => heard.push(n.payload().to_owned()),
                None => break,
            }
        }
        heard
    };
    assert!(
        heard[0].contains("\"decision\":\"PAUSED\"") && heard[0].contains("\"campaign_id\":\"1\""),
        "{heard:?}"
    );
}

#[test]
fn what_is_over_is_refused_and_a_rollback_does_not_hide_it() {
    let (mut db, _) = shop();
    for (id, status) in [(3, "EXPIRED"), (4, "DEPLETED")] {
        db.batch_execute("BEGIN").unwrap();
        let answer = table(
            &mut db,
            &format!("SELECT decision, status, detail, action_id FROM promo_guard.pause({id}, 'stop')"),
        );
        assert_eq!(answer[0][..2], ["REFUSED", status]);
        assert!(answer[0][2].contains(status), "{answer:?}");
        db.batch_execute("ROLLBACK").unwrap();
        let said =
            format!("promo_guard refused pause of campaign {id} to postgres (action {})", answer[0][3]);
        assert!(server().log().contains(&said), "{said} is not in the log");
        assert!(
            table(&mut db, "SELECT * FROM promo_guard.action_log WHERE campaign_id IS NOT NULL").is_empty()
        );
    }
}

#[test]
fn every_error_has_its_sqlstate_and_says_what_to_do() {
    let (mut db, name) = shop();
    for (call, code, message) in [
        ("pause(99, 'x')", "02000", "no campaign with id 99"),
        ("pause(NULL, 'x')", "22004", "campaign_id is null"),
        ("pause(1, NULL)", "22023", "a reason is needed"),
        ("pause(1, E' \\t\\n')", "22023", "a reason is needed"),
    ] {
        let met = refused(&mut db, &format!("SELECT * FROM promo_guard.{call}"));
        assert_eq!((met.code.as_str(), met.message.as_str()), (code, message), "{met:?}");
        assert!(!met.detail.is_empty() && !met.hint.is_empty(), "{met:?}");
    }
    for (begin, code) in [
        ("BEGIN ISOLATION LEVEL REPEATABLE READ", "25001"),
        ("BEGIN ISOLATION LEVEL SERIALIZABLE", "25001"),
        ("BEGIN READ ONLY", "25006"),
    ] {
        db.batch_execute(begin).unwrap();
        let met = refused(&mut db, "SELECT * FROM promo_guard.pause(1, 'x')");
        assert_eq!(met.code, code);
        assert!(!met.hint.is_empty(), "{met:?}");
        db.batch_execute("ROLLBACK").unwrap();
    }
    let mut other = server().connect(&name);
    other.batch_execute("BEGIN; SELECT FROM promo_codes WHERE id = 1 FOR UPDATE").unwrap();
    let met = refused(&mut db, "SELECT * FROM promo_guard.pause(1, 'x')");
    assert_eq!(met.code, "55P03");
    assert!(met.message.contains("campaign 1") && met.hint.contains("pg_stat_activity"), "{met:?}");
    other.batch_execute("ROLLBACK").unwrap();
    assert_eq!(table(&mut db, "SELECT status FROM promo_codes WHERE id = 1"), [["ACTIVE"]]);
    assert!(table(&mut db, "SELECT * FROM promo_guard.action_log WHERE campaign_id = 1").is_empty());

    let (mut unbound, _) = server().database();
    let met = refused(&mut unbound, "SELECT * FROM promo_guard.pause(1, 'x')");
    assert_eq!((met.code.as_str(), met.hint.as_str()), ("55000", "SELECT * FROM promo_guard.bind();"));
}

#[test]
fn redemptions_of_the_campaign_go_on_while_its_row_is_held() {
    let (mut db, name) = shop();
    db.batch_execute("BEGIN; SELECT promo_guard.pause(1, 'x')").unwrap();
    let mut app = server().connect_as("shop", &name);
    app.batch_execute(
        "SET lock_timeout = '5s';
         INSERT INTO promo_redemptions (id, promo_code_id, user_id, status, created_at, updated_at)
         VALUES (gen_random_uuid(), 1, 1, 'RESERVED', now(), now())",
    )
    .expect("a foreign key does not wait for FOR NO KEY UPDATE");
    db.batch_execute("COMMIT").unwrap();
}

#[test]
fn a_view_written_by_hand_over_a_table_that_is_not_known_cannot_be_changed_through() {
    let (mut db, _) = shop();
    db.batch_execute(
        "CREATE TABLE app (LIKE promo_codes); INSERT INTO app SELECT * FROM promo_codes; ALTER TABLE app OWNER TO shop;
         SELECT promo_guard.unbind(); DELETE FROM promo_guard.binding;
         CREATE VIEW promo_guard.campaigns AS SELECT * FROM app; ALTER TABLE promo_codes RENAME TO elsewhere;
         SELECT promo_guard.bind()",
    )
    .unwrap();
    let met = refused(&mut db, "SELECT * FROM promo_guard.pause(1, 'x')");
    assert_eq!(met.code, "55000", "{met:?}");
    assert!(met.message.contains("not known") && met.hint.contains("bind(promo_codes =>"), "{met:?}");
    // told which table it is, it works
    db.batch_execute("SELECT promo_guard.bind(promo_codes => 'app')").unwrap();
    assert_eq!(table(&mut db, "SELECT decision FROM promo_guard.pause(1, 'x')"), [["PAUSED"]]);
    assert_eq!(table(&mut db, "SELECT status FROM app WHERE id = 1"), [["PAUSED"]]);
}

#[test]
fn odd_names_and_types_are_changed_as_they_are() {
    let (mut db, name) = shop();
    db.batch_execute("SELECT promo_guard.detach_history(); SELECT promo_guard.unbind()").unwrap();
    server()
        .connect_as("shop", &name)
        .batch_execute(
            "CREATE TYPE mood AS ENUM ('ACTIVE', 'PAUSED', 'EXPIRED', 'DEPLETED');
             ALTER TABLE promo_codes DROP CONSTRAINT promo_codes_status_check;
             ALTER TABLE promo_codes ALTER status TYPE mood USING status::mood, ALTER updated_at TYPE timestamp USING updated_at AT TIME ZONE 'UTC';
             ALTER TABLE promo_codes RENAME status TO \"St'at\"\"us\"; ALTER TABLE promo_codes RENAME TO \"Promo; \"\"codes\"\"\"",
        )
        .unwrap();
    db.batch_execute(
        "SELECT promo_guard.bind(promo_codes => '\"Promo; \"\"codes\"\"\"',
             columns => '{\"campaigns\": {\"status\": \"St''at\\\"us\"}}')",
    )
    .unwrap();
    db.batch_execute("SET TimeZone = 'Asia/Tokyo'").unwrap();
    assert_eq!(
        table(&mut db, "SELECT decision, status FROM promo_guard.pause(1, 'x')"),
        [["PAUSED", "PAUSED"]]
    );
    let stored = "SELECT \"St'at\"\"us\", abs(extract(epoch FROM updated_at - (clock_timestamp() AT TIME ZONE 'UTC'))) < 60 FROM \"Promo; \"\"codes\"\"\" WHERE id = 1";
    assert_eq!(table(&mut db, stored), [["PAUSED", "t"]]);
}

#[test]
fn the_applications_triggers_run_on_their_owners_path_and_an_undone_change_is_an_error() {
    let (mut db, name) = shop();
    let mut app = server().connect_as("shop", &name);
    app.batch_execute(
        "CREATE TABLE audit (what text, who name);
         CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
             $$ BEGIN INSERT INTO audit VALUES (NEW.status, current_user); RETURN NEW; END $$;
         CREATE TRIGGER note AFTER UPDATE ON promo_codes FOR EACH ROW EXECUTE FUNCTION note()",
    )
    .unwrap();
    // a caller's temporary table of that name would take the trigger's rows, and run the caller's own trigger as the owner
    db.batch_execute("CREATE TEMP TABLE audit (what text, who name); SELECT promo_guard.pause(1, 'x')")
        .unwrap();
    assert_eq!(table(&mut db, "SELECT count(*) FROM pg_temp.audit"), [["0"]]);
    assert_eq!(table(&mut db, "SELECT what, who FROM public.audit"), [["PAUSED", "shop"]]);

    app.batch_execute(
        "UPDATE promo_codes SET status = 'ACTIVE' WHERE id = 1;
         CREATE FUNCTION never() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.status := OLD.status; RETURN NEW; END $$;
         CREATE TRIGGER never BEFORE UPDATE ON promo_codes FOR EACH ROW EXECUTE FUNCTION never()",
    )
    .unwrap();
    let met = refused(&mut db, "SELECT * FROM promo_guard.pause(1, 'x')");
    assert!(met.code == "55000" && met.detail.contains("ACTIVE"), "{met:?}");
    app.batch_execute(
        "CREATE OR REPLACE FUNCTION never() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$",
    )
    .unwrap();
    let met = refused(&mut db, "SELECT * FROM promo_guard.pause(1, 'x')");
    assert!(met.code == "55000" && met.message.starts_with("0 rows"), "{met:?}");
    assert_eq!(
        table(&mut db, "SELECT count(*) FROM promo_guard.action_log WHERE campaign_id = 1"),
        [["1"]],
        "only the first"
    );
}

#[test]
fn an_operator_may_pause_and_still_not_touch_the_table() {
    let (mut db, name) = shop();
    db.batch_execute("CREATE ROLE pauser LOGIN; SELECT promo_guard.grant_operator('pauser')").unwrap();
    let mut operator = server().connect_as("pauser", &name);
    assert_eq!(table(&mut operator, "SELECT decision FROM promo_guard.pause(1, 'x')"), [["PAUSED"]]);
    assert_eq!(refused(&mut operator, "UPDATE promo_codes SET status = 'ACTIVE'").code, "42501");
    assert_eq!(refused(&mut operator, "DELETE FROM promo_guard.action_log").code, "42501");
    let by = "SELECT l.actor, h.actor FROM promo_guard.action_log AS l JOIN promo_guard.status_history AS h USING (transaction_id)";
    assert_eq!(table(&mut db, by), [["pauser", "pauser"]]);
    server().connect_as("shop", &name); // the owner has no need of a grant to read its views
    assert_eq!(
        refused(&mut server().connect_as("shop", &name), "SELECT promo_guard.pause(1, 'x')").code,
        "42501"
    );
}
