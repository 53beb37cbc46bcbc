//! The status history sees every change, whoever makes it, and never stands in the application's way.

use promo_guard_tests::{refused, server, table};

const CAMPAIGN: &str = "INSERT INTO promo_codes (id, code_hash, code_prefix, campaign_name, promo_type, target_scope, status, valid_from, valid_until)
    VALUES (7, repeat('7', 64), 'SEVEN', 'Seven', 'PREMIUM_GRANT', 'ALL', 'ACTIVE', now(), now() + interval '1 day')";

#[test]
fn every_change_of_status_is_recorded_with_its_transaction_and_nothing_else_is() {
    let (mut db, name) = server().bound_database();
    db.batch_execute(CAMPAIGN).unwrap();
    let mut app = server().connect_as("shop", &name);
    app.batch_execute(
        "SET application_name = 'pause job'; UPDATE promo_codes SET used_total = used_total + 1",
    )
    .unwrap();
    assert!(table(&mut db, "SELECT * FROM promo_guard.status_history").is_empty());
    app.batch_execute(
        "BEGIN; UPDATE promo_codes SET status = 'PAUSED'; UPDATE promo_codes SET status = 'PAUSED'",
    )
    .unwrap();
    let xid = table(&mut app, "SELECT pg_current_xact_id()");
    app.batch_execute("COMMIT").unwrap();
    let rows = table(
        &mut db,
        "SELECT campaign_id, from_status, to_status, actor, application_name, transaction_id FROM promo_guard.status_history",
    );
    assert_eq!(rows, [["7", "ACTIVE", "PAUSED", "shop", "pause job", xid[0][0].as_str()]]);

    let paused = table(
        &mut db,
        "SELECT paused_at_source, paused_by, paused_at > now() - interval '1 min' FROM promo_guard.paused_campaigns()",
    );
    assert_eq!(paused, [["history", "shop (pause job)", "t"]]);
}

#[test]
fn a_status_set_by_a_before_trigger_is_recorded_too() {
    let (mut db, name) = server().bound_database();
    db.batch_execute(CAMPAIGN).unwrap();
    let mut app = server().connect_as("shop", &name);
    app.batch_execute(
        "CREATE FUNCTION deplete() RETURNS trigger LANGUAGE plpgsql AS
             $$ BEGIN IF NEW.used_total >= 10 THEN NEW.status := 'DEPLETED'; END IF; RETURN NEW; END $$;
         CREATE TRIGGER deplete BEFORE UPDATE ON promo_codes FOR EACH ROW EXECUTE FUNCTION deplete();
         UPDATE promo_codes SET used_total = 10;",
    )
    .unwrap();
    assert_eq!(table(&mut db, "SELECT to_status FROM promo_guard.status_history"), [["DEPLETED"]]);
}

#[test]
fn a_history_that_cannot_be_written_warns_and_lets_the_update_pass() {
    let (mut db, name) = server().bound_database();
    db.batch_execute(CAMPAIGN).unwrap();
    db.batch_execute(
        "ALTER TABLE promo_guard.status_history ADD CONSTRAINT full_up CHECK (campaign_id <> 7)",
    )
    .unwrap();
    let mut app = server().connect_as("shop", &name);
    app.batch_execute("UPDATE promo_codes SET status = 'PAUSED'").unwrap();
    assert_eq!(table(&mut app, "SELECT status FROM promo_codes"), [["PAUSED"]]);
    assert!(server().log().contains("promo_guard could not record a status change of campaign 7"));
}

#[test]
fn attaching_waits_for_its_lock_no_longer_than_it_says() {
    let (mut db, name) = server().bound_database();
    db.batch_execute("SELECT promo_guard.detach_history()").unwrap();
    let mut app = server().connect_as("shop", &name);
    app.batch_execute("BEGIN; LOCK TABLE promo_codes IN ROW EXCLUSIVE MODE").unwrap();
    let began = std::time::Instant::now();
    assert_eq!(refused(&mut db, "SELECT promo_guard.attach_history()").code, "55P03");
    assert!(began.elapsed().as_secs() < 60);
    assert_eq!(table(&mut db, "SHOW lock_timeout"), [["0"]], "the caller's own setting is back");
    app.batch_execute("COMMIT").unwrap();
    db.batch_execute("SELECT promo_guard.attach_history(); SELECT promo_guard.attach_history()").unwrap();
    let triggers = "SELECT count(*) FROM pg_trigger WHERE tgname = 'promo_guard_status_history'";
    assert_eq!(table(&mut db, triggers), [["1"]]);
    db.batch_execute("SELECT promo_guard.detach_history(); SELECT promo_guard.detach_history()").unwrap();
    assert_eq!(table(&mut db, triggers), [["0"]]);
}

#[test]
fn a_disabled_trigger_is_found_and_attached_again() {
    let (mut db, _) = server().bound_database();
    db.batch_execute("ALTER TABLE promo_codes DISABLE TRIGGER promo_guard_status_history").unwrap();
    let found = "SELECT level, remediation FROM promo_guard.doctor() WHERE topic = 'history'";
    assert_eq!(table(&mut db, found), [["warn", "SELECT promo_guard.attach_history();"]]);
    db.batch_execute("SELECT promo_guard.attach_history()").unwrap();
    assert_eq!(table(&mut db, found)[0][0], "ok");
    db.batch_execute(
        "SELECT promo_guard.set_policy('require_history', 'on', 'rules'); SELECT promo_guard.detach_history()",
    )
    .unwrap();
    assert_eq!(table(&mut db, found)[0][0], "error");
}
