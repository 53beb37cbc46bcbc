//! What was done to a campaign's status, by whom, and whether the guard knew.

use super::shop::{AS_OF, calm, escalations, of, shop_where};
use promo_guard_tests::{server, table};

/// Campaign 1, paused and unpaused by an action of ours, written as unpause() writes it; `$$` stands for more in the same
/// transaction.
fn unpaused_by_us(more: &str) -> String {
    format!(
        "SELECT change(1, 'PAUSED', '2026-03-01 11:00Z');
         BEGIN;
         SELECT change(1, 'ACTIVE', '2026-03-01 11:30Z');
         INSERT INTO promo_guard.action_log (at, action, campaign_id, decision, actor, transaction_id, hash)
         VALUES ('2026-03-01 11:30Z', 'unpause', 1, 'UNPAUSED', 'oncall', pg_current_xact_id(), '');
         {more}
         COMMIT;"
    )
}

#[test]
fn a_raw_update_past_the_guard_is_seen() {
    let (mut db, name) = calm();
    db.batch_execute("SELECT change(2, 'PAUSED', '2026-03-01 11:00Z')").unwrap();
    assert!(of(&mut db, "unpaused_outside_guard", AS_OF).is_empty());
    // the application's own role, by hand
    let mut shop = server().connect_as("shop", &name);
    shop.batch_execute(
        "SET application_name = 'psql'; UPDATE promo_codes SET status = 'ACTIVE' WHERE id = 2",
    )
    .unwrap();
    let found = table(
        &mut db,
        "SELECT rule, severity, campaign_id, escalate_to, overdue, since > now() - interval '1 min', due_at = since,
                detail LIKE '%from PAUSED to ACTIVE at % by shop (psql), without promo_guard and its checks.%'
         FROM promo_guard.escalations()",
    );
    assert_eq!(found, [["unpaused_outside_guard", "critical", "2", "backend_on_call", "t", "t", "t", "t"]]);
    // a day later it is history
    let later = "now() + interval '25 hours'";
    assert!(of(&mut db, "unpaused_outside_guard", later).is_empty());
    db.batch_execute("SELECT promo_guard.set_policy('escalate_lookback', '2 days', 'test')").unwrap();
    assert_eq!(of(&mut db, "unpaused_outside_guard", later).len(), 1);
}

#[test]
fn what_the_guard_did_is_none() {
    let mut db = shop_where(&unpaused_by_us(""));
    assert!(escalations(&mut db, AS_OF).is_empty());
}

#[test]
fn an_action_accounts_for_one_change_of_one_campaign() {
    // another campaign in the transaction of an unpause
    let mut db = shop_where(&unpaused_by_us(
        "SELECT change(2, 'PAUSED', '2026-03-01 11:30Z'), change(2, 'ACTIVE', '2026-03-01 11:31Z');",
    ));
    assert_eq!(of(&mut db, "unpaused_outside_guard", AS_OF), [["2", "11:31", "11:31", "t"]]);
    // the same campaign again
    let mut db = shop_where(&unpaused_by_us(
        "SELECT change(1, 'PAUSED', '2026-03-01 11:31Z'); SELECT change(1, 'ACTIVE', '2026-03-01 11:32Z');",
    ));
    assert_eq!(of(&mut db, "unpaused_outside_guard", AS_OF), [["1", "11:32", "11:32", "t"]]);
    // a transaction of that number in the cluster that the data came from
    let mut db = shop_where(&unpaused_by_us(
        "UPDATE promo_guard.action_log SET at = '2026-02-20Z' WHERE decision = 'UNPAUSED';",
    ));
    assert_eq!(of(&mut db, "unpaused_outside_guard", AS_OF).len(), 1);
    // a refused unpause accounts for nothing
    let mut db = shop_where(&unpaused_by_us(
        "UPDATE promo_guard.action_log SET decision = 'REFUSED' WHERE action = 'unpause';",
    ));
    assert_eq!(of(&mut db, "unpaused_outside_guard", AS_OF).len(), 1);
}

#[test]
fn leaving_paused_for_anything_is_leaving_it() {
    let mut db = shop_where(
        "SELECT change(1, 'PAUSED', '2026-03-01 11:00Z'); SELECT change(1, 'EXPIRED', '2026-03-01 11:30Z')",
    );
    assert_eq!(of(&mut db, "unpaused_outside_guard", AS_OF), [["1", "11:30", "11:30", "t"]]);
    // and neither a pause nor the ordinary end of an active campaign is
    let mut db = shop_where(
        "SELECT change(2, 'PAUSED', '2026-03-01 11:00Z'), change(3, 'EXPIRED', '2026-03-01 11:30Z')",
    );
    assert!(of(&mut db, "unpaused_outside_guard", AS_OF).is_empty());
}

#[test]
fn several_times_are_one_line_with_the_first_and_the_last() {
    let mut db = shop_where(
        "SELECT change(1, 'PAUSED', '2026-03-01 08:00Z'); SELECT change(1, 'ACTIVE', '2026-03-01 09:00Z');
         SELECT change(1, 'PAUSED', '2026-03-01 10:00Z'); SELECT change(1, 'ACTIVE', '2026-03-01 11:00Z')",
    );
    let found = table(
        &mut db,
        &format!(
            "SELECT to_char(since, 'HH24:MI'), detail FROM promo_guard.escalations({AS_OF}) WHERE rule = 'unpaused_outside_guard'"
        ),
    );
    assert_eq!(found.len(), 1);
    assert_eq!(found[0][0], "09:00");
    assert!(
        found[0][1].contains("at 2026-03-01 11:00:00Z") && found[0][1].contains("(2 times since then)"),
        "{found:?}"
    );
}

#[test]
fn a_pause_within_the_watch_after_an_unpause_is_told_and_a_later_one_is_not() {
    let mut db = shop_where(&unpaused_by_us(""));
    db.batch_execute("SELECT change(1, 'PAUSED', '2026-03-01 11:45Z')").unwrap();
    assert_eq!(of(&mut db, "repaused_after_unpause", AS_OF), [["1", "11:45", "11:45", "t"]]);
    let said = table(
        &mut db,
        &format!(
            "SELECT severity, escalate_to, detail FROM promo_guard.escalations({AS_OF}) WHERE rule = 'repaused_after_unpause'"
        ),
    );
    assert_eq!(said[0][..2], ["warning", "backend_on_call"]);
    assert!(
        said[0][2].contains("unpaused at 2026-03-01 11:30:00Z and paused again at 2026-03-01 11:45:00Z"),
        "{said:?}"
    );

    let mut db = shop_where(&unpaused_by_us(""));
    db.batch_execute("SELECT change(1, 'PAUSED', '2026-03-01 11:45:01Z')").unwrap();
    assert!(of(&mut db, "repaused_after_unpause", AS_OF).is_empty());
    // a first pause is none either
    let mut db = shop_where("SELECT change(2, 'PAUSED', '2026-03-01 11:45Z')");
    assert!(of(&mut db, "repaused_after_unpause", AS_OF).is_empty());
}

#[test]
fn an_override_is_told_with_its_checks_and_an_ordinary_unpause_is_not() {
    let mut db = shop_where(&unpaused_by_us(
        "UPDATE promo_guard.action_log SET overrides = '{not_abuse,burst_over}' WHERE decision = 'UNPAUSED';",
    ));
    let found = table(
        &mut db,
        &format!(
            "SELECT rule, severity, campaign_id, escalate_to, to_char(since, 'HH24:MI'), detail FROM promo_guard.escalations({AS_OF})"
        ),
    );
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0][..5], ["unpaused_with_override", "warning", "1", "backend_on_call", "11:30"]);
    assert!(
        found[0][5].starts_with(
            "oncall unpaused it at 2026-03-01 11:30:00Z and overrode not_abuse, burst_over (action "
        ),
        "{found:?}"
    );

    for overrides in ["'{}'", "NULL"] {
        let mut db = shop_where(&unpaused_by_us(&format!(
            "UPDATE promo_guard.action_log SET overrides = {overrides} WHERE decision = 'UNPAUSED';"
        )));
        assert!(of(&mut db, "unpaused_with_override", AS_OF).is_empty());
    }
}

#[test]
fn a_bake_that_failed_is_told_until_the_next_one_and_one_that_passed_is_not() {
    let mut db = shop_where(&unpaused_by_us(""));
    let bake = |state: &str, since: &str| {
        format!(
            "INSERT INTO promo_guard.bake (campaign_id, action_id, began_by, since, until, on_regression, false_alarm, paused_at, terms,
                                           state, decided_at, detail)
             SELECT 1, max(id), 'oncall', '2026-03-01 {since}Z', '2026-03-01 {since}Z'::timestamptz + interval '15 min', 'alert', 0.05,
                    '2026-03-01 11:00Z', '{{}}', '{state}', '2026-03-01 {since}Z'::timestamptz + interval '9 min', '8 of 9 users failed.'
             FROM promo_guard.action_log"
        )
    };
    db.batch_execute(&bake("PASSED", "11:30")).unwrap();
    assert!(of(&mut db, "bake_failed", AS_OF).is_empty());
    db.batch_execute(&bake("FAILED", "11:40")).unwrap();
    assert!(of(&mut db, "bake_failed", "'2026-03-01 11:48Z'").is_empty(), "not decided yet");
    let said = table(
        &mut db,
        &format!(
            "SELECT rule, severity, campaign_id, escalate_to, to_char(since, 'HH24:MI'), overdue, detail FROM promo_guard.escalations({AS_OF})"
        ),
    );
    assert_eq!(
        said,
        [[
            "bake_failed",
            "critical",
            "1",
            "backend_on_call",
            "11:49",
            "t",
            "8 of 9 users failed. It was not paused again. Pause it, or record why not."
        ]]
    );
    db.batch_execute(&bake("PASSED", "11:50")).unwrap();
    assert!(of(&mut db, "bake_failed", AS_OF).is_empty());
}
