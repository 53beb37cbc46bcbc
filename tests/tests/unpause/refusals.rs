//! Every error of section 4, what is on record, and what a fingerprint holds.

use super::shop::shop;
use promo_guard_tests::{refused, server, table};

#[test]
fn every_error_has_its_sqlstate_a_detail_and_a_hint() {
    let (mut db, name) = shop();
    let sleeping = "SELECT * FROM promo_guard.action_log WHERE campaign_id IS NOT NULL";
    for (call, code, message) in [
        ("check_unpause(99)", "02000", "no campaign with id 99"),
        ("plan_unpause(99)", "02000", "no campaign with id 99"),
        ("paused_together(99)", "02000", "no campaign with id 99"),
        ("paused_together(NULL)", "22004", "campaign_id is null"),
        ("paused_together(7)", "55000", "the status history has no record of the pause of campaign 7"),
        ("unpause(99, 'x')", "02000", "no campaign with id 99"),
        ("check_unpause(NULL)", "22004", "campaign_id is null"),
        ("plan_unpause(NULL)", "22004", "campaign_id is null"),
        ("unpause(NULL, 'x')", "22004", "campaign_id is null"),
        ("unpause(7, NULL)", "22023", "a reason is needed"),
        ("unpause(7, '  ')", "22023", "a reason is needed"),
        ("unpause(7, 'x', '{no_such_check}')", "22023", "there is no check \"no_such_check\""),
        ("unpause(7, 'x', '{is_paused}')", "22023", "the check is_paused cannot be overridden"),
        ("unpause(7, 'x', '{uses_left}')", "22023", "the check uses_left cannot be overridden"),
        ("unpause(7, 'x', '{not_abuse,NULL}')", "22004", "one of the overrides is null"),
        ("unpause(7, 'x', fingerprint => 'abc')", "22023", "the fingerprint is not valid"),
        ("unpause(7, 'x', bake => '-1 min')", "22023", ""),
        ("unpause(7, 'x', bake => '1 month')", "22023", ""),
        ("unpause(7, 'x', on_regression => 'shrug')", "22023", ""),
    ] {
        let met = refused(&mut db, &format!("SELECT * FROM promo_guard.{call}"));
        assert_eq!(met.code, code, "{call}: {met:?}");
        assert!(
            met.message.starts_with(message) && !met.detail.is_empty() && !met.hint.is_empty(),
            "{call}: {met:?}"
        );
    }
    for (begin, code) in [("BEGIN ISOLATION LEVEL REPEATABLE READ", "25001"), ("BEGIN READ ONLY", "25006")] {
        db.batch_execute(begin).unwrap();
        let met = refused(&mut db, "SELECT * FROM promo_guard.unpause(7, 'x')");
        assert!(met.code == code && !met.detail.is_empty() && !met.hint.is_empty(), "{met:?}");
        db.batch_execute("ROLLBACK").unwrap();
        // reading is allowed there
        db.batch_execute(begin).unwrap();
        assert_eq!(table(&mut db, "SELECT allowed FROM promo_guard.plan_unpause(7)"), [["t"]]);
        db.batch_execute("ROLLBACK").unwrap();
    }
    let mut other = server().connect(&name);
    other.batch_execute("BEGIN; UPDATE promo_codes SET used_total = used_total + 1 WHERE id = 7").unwrap();
    let met = refused(&mut db, "SELECT * FROM promo_guard.unpause(7, 'x')");
    assert!(
        met.code == "55P03" && met.hint.contains("pg_stat_activity") && !met.detail.is_empty(),
        "{met:?}"
    );
    assert_eq!(table(&mut db, "SHOW lock_timeout"), [["0"]], "the caller's own setting is back");
    other.batch_execute("ROLLBACK").unwrap();
    assert!(table(&mut db, sleeping).is_empty(), "an error leaves nothing behind");

    let mut nobody = server().connect_as("shop", &name);
    for call in ["check_unpause(7)", "plan_unpause(7)", "unpause(7, 'x')"] {
        // The server's own: it has neither detail nor hint.
        let met = refused(&mut nobody, &format!("SELECT * FROM promo_guard.{call}"));
        let function = call.split('(').next().unwrap();
        assert_eq!(
            (met.code, met.message),
            ("42501".to_owned(), format!("permission denied for function {function}"))
        );
    }
    let (mut unbound, _) = server().database();
    for call in ["check_unpause(7)", "plan_unpause(7)", "unpause(7, 'x')"] {
        let met = refused(&mut unbound, &format!("SELECT * FROM promo_guard.{call}"));
        assert_eq!(
            (met.code.as_str(), met.hint.as_str()),
            ("55000", "SELECT * FROM promo_guard.bind();"),
            "{call}"
        );
        assert!(met.detail.contains("There is no view promo_guard."), "{call}: {met:?}");
    }
}

#[test]
fn a_change_that_the_application_keeps_from_happening_is_55000_and_leaves_nothing_behind() {
    let (mut db, _) = shop();
    let trigger = |body: &str| {
        format!(
            "CREATE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$;
             CREATE TRIGGER meddle BEFORE UPDATE ON promo_codes FOR EACH ROW EXECUTE FUNCTION meddle()"
        )
    };
    for (change, message) in [
        (
            trigger("new.status := old.status; RETURN new;"),
            "the status of campaign 7 did not become ACTIVE",
        ),
        (trigger("RETURN NULL;"), "0 rows were updated where campaign 7 is one"),
        ("ALTER TABLE promo_codes RENAME TO codes".to_owned(), "the bound table public.promo_codes is gone"),
        (
            "ALTER TABLE promo_codes DROP CONSTRAINT promo_codes_pkey CASCADE; INSERT INTO promo_codes
             SELECT (jsonb_populate_record(c, '{\"code_hash\": \"twin\"}')).* FROM promo_codes AS c WHERE id = 7"
                .to_owned(),
            "2 rows of public.promo_codes have the id 7",
        ),
    ] {
        db.batch_execute(&format!("BEGIN; {change}; SAVEPOINT before")).unwrap();
        let met = refused(&mut db, "SELECT * FROM promo_guard.unpause(7, 'x')");
        assert_eq!((met.code.as_str(), met.message.as_str()), ("55000", message), "{met:?}");
        assert!(!met.detail.is_empty() && !met.hint.is_empty(), "{met:?}");
        db.batch_execute("ROLLBACK TO before").unwrap();
        assert!(table(&mut db, "SELECT * FROM promo_guard.action_log WHERE action = 'unpause'").is_empty());
        db.batch_execute("ROLLBACK").unwrap();
    }
    assert_eq!(table(&mut db, "SELECT decision FROM promo_guard.unpause(7, 'x')"), [["UNPAUSED"]]);
}

#[test]
fn a_view_written_by_hand_can_be_planned_on_and_says_what_it_takes_to_change() {
    let (mut db, _) = shop();
    let view = table(&mut db, "SELECT pg_get_viewdef('promo_guard.campaigns'::regclass)")[0][0].clone();
    db.batch_execute(&format!(
        "SELECT promo_guard.unbind(); DELETE FROM promo_guard.binding; CREATE VIEW promo_guard.campaigns AS {} WHERE true;
         SELECT promo_guard.bind(columns => '{{\"campaigns\": {{\"status\": null}}}}')",
        view.trim_end_matches(';')
    ))
    .unwrap();
    assert_eq!(table(&mut db, "SELECT allowed FROM promo_guard.plan_unpause(7)"), [["t"]]);
    let met = refused(&mut db, "SELECT * FROM promo_guard.unpause(7, 'x')");
    assert!(
        met.code == "55000" && !met.detail.is_empty() && met.hint.contains("promo_guard.bind("),
        "{met:?}"
    );
}

#[test]
fn where_the_applications_owner_cannot_read_it_is_42501_with_the_grant() {
    let (mut db, _) = shop();
    db.batch_execute("ALTER TABLE promo_codes OWNER TO shop; SELECT promo_guard.bind(); REVOKE SELECT ON promo_guard.attempts FROM shop").unwrap();
    for call in ["check_unpause(7)", "plan_unpause(7)", "unpause(7, 'x')"] {
        let met = refused(&mut db, &format!("SELECT * FROM promo_guard.{call}"));
        assert!(
            met.code == "42501"
                && !met.detail.is_empty()
                && met.hint.contains("GRANT SELECT ON promo_guard.attempts TO shop"),
            "{call}: {met:?}"
        );
    }
}

#[test]
fn an_unpause_is_one_transaction_with_all_its_records() {
    let (mut db, _) = shop();
    let plan = table(&mut db, "SELECT fingerprint FROM promo_guard.plan_unpause(7)")[0][0].clone();
    db.batch_execute("BEGIN").unwrap();
    let answer = table(
        &mut db,
        &format!(
            "SELECT decision, status, failed_checks, overridden, retry_after, action_id FROM promo_guard.unpause(7, 'clean', fingerprint => '{plan}', bake => '20 min')"
        ),
    );
    assert_eq!(answer[0][..5], ["UNPAUSED", "ACTIVE", "{}", "{}", "∅"]);
    let action = &answer[0][5];
    let logged = table(
        &mut db,
        &format!(
            "SELECT l.action, l.decision, l.reason, jsonb_array_length(l.checks), l.overrides, l.before ->> 'status', l.after ->> 'status',
                    l.after ->> 'fingerprint' = '{plan}', l.policy ->> 'guard_min_failures', l.transaction_id = h.transaction_id,
                    b.until - b.since, b.on_regression, h.to_status
             FROM promo_guard.action_log AS l JOIN promo_guard.bake AS b ON b.action_id = l.id
             JOIN promo_guard.status_history AS h ON h.campaign_id = l.campaign_id AND h.kind = 'change' WHERE l.id = {action}"
        ),
    );
    assert_eq!(
        logged,
        [[
            "unpause", "UNPAUSED", "clean", "12", "{}", "PAUSED", "ACTIVE", "t", "100", "t", "00:20:00",
            "alert", "ACTIVE"
        ]]
    );
    db.batch_execute("ROLLBACK").unwrap();
    assert_eq!(table(&mut db, "SELECT status FROM promo_codes WHERE id = 7"), [["PAUSED"]]);
    assert!(table(&mut db, "SELECT * FROM promo_guard.bake").is_empty());
}

#[test]
fn a_refusal_is_on_record_and_in_the_servers_log_where_a_rollback_does_not_hide_it() {
    let (mut db, _) = shop();
    db.batch_execute("UPDATE promo_codes SET target_scope = 'NOWHERE' WHERE id = 7; BEGIN").unwrap();
    let answer = table(
        &mut db,
        "SELECT decision, status, failed_checks, overridden, action_id, detail FROM promo_guard.unpause(7, 'x', '{burst_over}')",
    );
    assert_eq!(answer[0][..4], ["REFUSED", "PAUSED", "{scope_known}", "{}"]);
    let logged = table(
        &mut db,
        "SELECT decision, overrides, after ->> 'detail', before, after ? 'status' FROM promo_guard.action_log WHERE action = 'unpause'",
    );
    assert_eq!(logged[0][..2], ["REFUSED", "{burst_over}"]);
    assert_eq!(logged[0][2..], [answer[0][5].as_str(), "{\"status\": \"PAUSED\"}", "f"]);
    db.batch_execute("ROLLBACK").unwrap();
    let log = server().log();
    let line = format!("promo_guard refused unpause of campaign 7 to postgres (action {})", answer[0][4]);
    assert!(log.contains(&line) && log.contains("scope_known fails"), "{line}");
}

#[test]
fn a_fingerprint_holds_what_was_agreed_on_and_not_what_moves_under_live_traffic() {
    let (mut db, _) = shop();
    let plan = table(&mut db, "SELECT fingerprint FROM promo_guard.plan_unpause(7)")[0][0].clone();
    // redemptions, attempts, an edit of the name
    db.batch_execute(
        "SELECT attempts(7, 6000, 5, 'EXPIRED', NULL, 5, '40 s', '3 s'); SELECT attempts(1, 6000, 5, 'ACCEPTED', NULL, 5, '20 s', '3 s');
         INSERT INTO promo_redemptions (id, promo_code_id, user_id, status, created_at, applied_at, updated_at)
         SELECT gen_random_uuid(), 7, 9000, 'APPLIED', now(), now(), now();
         UPDATE promo_codes SET used_total = used_total + 1, updated_at = now(), campaign_name = 'Other name' WHERE id = 7",
    )
    .unwrap();
    assert_eq!(table(&mut db, "SELECT fingerprint FROM promo_guard.plan_unpause(7)")[0][0], plan);
    let call = format!(
        "SELECT decision, detail FROM promo_guard.unpause(7, 'x', '{{burst_over,not_abuse}}', '{plan}')"
    );
    for change in [
        "UPDATE promo_codes SET max_total_uses = 9000 WHERE id = 7",
        "UPDATE promo_codes SET valid_until = valid_until + interval '1 day' WHERE id = 7",
        "UPDATE promo_codes SET grant_premium_days = 8, discount_value = 5 WHERE id = 7",
        "SELECT promo_guard.set_policy('guard_min_failures', '90', 'test')",
    ] {
        db.batch_execute(&format!("BEGIN; {change}")).unwrap();
        let answer = table(&mut db, &call);
        assert!(
            answer[0][0] == "REFUSED" && answer[0][1].contains("The plan changed since it was shown"),
            "{change}: {answer:?}"
        );
        db.batch_execute("ROLLBACK").unwrap();
    }
    assert_eq!(table(&mut db, &call)[0][0], "UNPAUSED");
}

#[test]
fn several_calls_in_one_statement_each_see_the_ones_before() {
    let (mut db, _) = shop();
    let answers = table(
        &mut db,
        "SELECT u.decision FROM generate_series(1, 3) AS g, promo_guard.unpause(7, 'x' || g) AS u",
    );
    assert_eq!(answers, [["UNPAUSED"], ["REFUSED"], ["REFUSED"]]);
    let chained = "SELECT count(*), count(previous_hash), bool_and(hash = promo_guard.action_hash(l)) FROM promo_guard.action_log AS l WHERE campaign_id = 7";
    assert_eq!(table(&mut db, chained), [["3", "2", "t"]]);
}

#[test]
fn what_the_application_lacks_blocks_and_is_named() {
    let (mut db, _) = shop();
    db.batch_execute("SELECT promo_guard.bind(columns => '{\"attempts\": {\"user_id\": null}, \"redemptions\": {\"promo_code_id\": null}}')").unwrap();
    let lacking = table(
        &mut db,
        "SELECT name FROM promo_guard.check_unpause(7) WHERE NOT passed AND detail LIKE '%the application has no column for%'",
    );
    for check in ["burst_over", "guard_would_not_repause", "config_converts", "uses_left"] {
        assert!(lacking.contains(&vec![check.to_owned()]), "{check} in {lacking:?}");
    }
    assert_eq!(table(&mut db, "SELECT decision FROM promo_guard.unpause(7, 'x')"), [["REFUSED"]]);
}
