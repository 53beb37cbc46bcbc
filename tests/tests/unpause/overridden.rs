//! A check that somebody passed over, from the unpause to whoever must know of it.

use super::shop::shop;
use promo_guard_tests::{promoctl, server, table};
use serde_json::Value;

#[test]
fn an_override_shows_in_the_log_the_escalations_the_report_and_promoctl_until_it_is_acknowledged() {
    let (mut db, name) = shop();
    db.batch_execute("UPDATE promo_codes SET target_scope = 'NOWHERE' WHERE id = 7").unwrap();
    let incident =
        &table(&mut db, "SELECT promo_guard.open_incident('Campaign paused', 'support')")[0][0].clone();
    let of_7 = "SELECT rule, severity, escalate_to, acknowledged_by IS NOT NULL, detail FROM promo_guard.escalations()
                WHERE campaign_id = 7 AND rule = 'unpaused_with_override'";
    assert!(table(&mut db, of_7).is_empty());

    let answer = table(
        &mut db,
        "SELECT decision, overridden, action_id, detail FROM promo_guard.unpause(7, 'owner says the scope is new', '{scope_known}')",
    );
    assert_eq!(answer[0][..2], ["UNPAUSED", "{scope_known}"]);
    assert!(answer[0][3].contains("The override is escalated"), "{answer:?}");
    let logged = table(
        &mut db,
        &format!(
            "SELECT overrides, reason, incident_id, (SELECT string_agg(c ->> 'name', ',') FROM jsonb_array_elements(checks) AS c WHERE NOT (c ->> 'passed')::boolean)
             FROM promo_guard.action_log WHERE id = {}",
            answer[0][2]
        ),
    );
    assert_eq!(logged, [["{scope_known}", "owner says the scope is new", incident.as_str(), "scope_known"]]);

    let escalated = table(&mut db, of_7);
    assert_eq!(
        escalated[0][..4],
        ["unpaused_with_override", "warning", "backend_on_call", "f"],
        "{escalated:?}"
    );
    assert!(escalated[0][4].contains("scope_known"), "{escalated:?}");
    let report = &table(&mut db, &format!("SELECT promo_guard.incident_report({incident})"))[0][0];
    let report: Value = serde_json::from_str(report).unwrap();
    let told =
        report["escalations"].as_array().unwrap().iter().find(|e| e["rule"] == "unpaused_with_override");
    assert_eq!(told.map(|e| &e["campaign_id"]), Some(&Value::from("7")), "{:#}", report["escalations"]);
    let action =
        report["actions"]["log"].as_array().unwrap().iter().find(|a| a["action"] == "unpause").unwrap();
    assert!(action["overrides"].to_string().contains("scope_known"), "{action:#}");
    let page = promoctl(server(), &name).arg("escalations").output().unwrap();
    let text = String::from_utf8(page.stdout).unwrap();
    assert!(page.status.code() == Some(1) && text.contains("unpaused_with_override"), "{text}");

    db.batch_execute(
        "SELECT promo_guard.acknowledge_escalation('unpaused_with_override', 7, 'the scope is live')",
    )
    .unwrap();
    assert_eq!(table(&mut db, of_7)[0][3], "t");
}

#[test]
fn overrides_of_checks_that_pass_are_not_on_record_as_overridden_and_not_escalated() {
    let (mut db, _) = shop();
    let answer = table(
        &mut db,
        "SELECT decision, overridden FROM promo_guard.unpause(7, 'x', '{burst_over,not_abuse}')",
    );
    assert_eq!(answer, [["UNPAUSED", "{}"]]);
    assert_eq!(
        table(&mut db, "SELECT overrides FROM promo_guard.action_log WHERE action = 'unpause'"),
        [["{}"]]
    );
    let escalated = "SELECT * FROM promo_guard.escalations() WHERE rule = 'unpaused_with_override'";
    assert!(table(&mut db, escalated).is_empty());
}
