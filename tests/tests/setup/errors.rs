//! The errors of every function as the server says them, and what doctor() finds: tests/catalogue/errors.txt and doctor.txt.

use promo_guard_tests::{Refused, golden, refused, repo, server, table};
use regex::Regex;

/// A shop with two campaigns: 1 is ACTIVE, 2 is PAUSED.
const SHOP: &str = "
    INSERT INTO promo_codes (id, code_hash, code_prefix, campaign_name, promo_type, target_scope, status, valid_from, valid_until, max_total_uses, used_total)
    SELECT g, repeat(g::text, 64), 'P' || g, 'Campaign ' || g, 'PREMIUM_GRANT', 'ALL', CASE g WHEN 2 THEN 'PAUSED' ELSE 'ACTIVE' END,
           now(), now() + interval '1 day', 100, CASE g WHEN 3 THEN 100 ELSE 0 END
    FROM generate_series(1, 3) AS g;
    UPDATE promo_codes SET status = 'PAUSED' WHERE id = 3;
    SELECT promo_guard.announce(1, '2026-01-01Z', '2026-01-02Z', 'TV spot'); SELECT promo_guard.withdraw_announcement(1, 'cancelled');
    SELECT promo_guard.open_incident('A night', 'x'); SELECT promo_guard.close_incident(1, 'over'); SELECT promo_guard.open_incident('Another night', 'x');";

/// How a call is made, and calls.
const CALLS: &[(&str, &[&str])] = &[
    (
        "Windows and ids",
        &[
            "blast_radius(lookback => '0')",
            "blast_radius(lookback => '101 years')",
            "blast_radius(as_of => NULL)",
            "blast_radius(as_of => 'infinity')",
            "paused_campaigns(max_rows => -1)",
            "reconciliation_drift(bucket => NULL)",
            "reconciliation_drift(bucket => '0')",
            "reconciliation_drift(bucket => '1 ms')",
            "find_campaigns(NULL)",
            "find_campaigns('')",
            "pause(NULL, 'x')",
            "pause(99, 'x')",
            "pause_batch(NULL, 'x')",
            "pause_batch('Campaign 9', 'x')",
            "check_unpause(99)",
            "bake_status(99)",
            "bake_series(1)",
            "probe_redeem(NULL)",
            "probe_progress('a', NULL, now())",
            "incident_report(99)",
        ],
    ),
    (
        "Texts",
        &[
            "pause(1, NULL)",
            "pause(1, ' ')",
            "pause(1, repeat('x', 2001))",
            r"pause(1, E'a\nb')",
            "open_incident(NULL, 'x')",
        ],
    ),
    (
        "Announcements",
        &[
            "announce(1, NULL, now(), 'x')",
            "announce(1, '-infinity', now(), 'x')",
            "announce(1, '2026-01-02Z', '2026-01-01Z', 'x')",
            "announce(1, '2026-01-01Z', '2026-01-02Z', '...')",
            "withdraw_announcement(NULL, 'x')",
            "withdraw_announcement(99, 'x')",
        ],
    ),
    (
        "Containment",
        &[
            "fix_campaign(1, '{\"max_total_uses\": 200}', 'x')",
            "fix_campaign(2, NULL, 'x')",
            "fix_campaign(2, '[]', 'x')",
            "fix_campaign(2, '{}', 'x')",
            "fix_campaign(2, '{\"status\": \"ACTIVE\"}', 'x')",
            "fix_campaign(2, '{\"max_total_uses\": \"5\"}', 'x')",
            "fix_campaign(2, '{\"valid_until\": \"soon\"}', 'x')",
            "fix_campaign(2, '{\"max_total_uses\": 0, \"max_uses_per_user\": 0, \"target_scope\": \"X\"}', 'x')",
            "rotate(NULL, '{}', '{}', 'x')",
            "rotate('{}', '{}', '{}', 'x')",
            "rotate('{2}', '{}', '{A}', 'x')",
            "rotate('{2}', '{abc}', '{A}', 'x')",
            "rotate('{2}', ARRAY[repeat('a', 64)], ARRAY[repeat('A', 17)], 'x')",
            "rotate('{2,2}', ARRAY[repeat('a', 64), repeat('b', 64)], '{A,B}', 'x')",
            "rotate('{99}', ARRAY[repeat('a', 64)], '{A}', 'x')",
            "rotate('{1}', ARRAY[repeat('a', 64)], '{A}', 'x')",
            "rotate('{3}', ARRAY[repeat('a', 64)], '{A}', 'x')",
            "rotate('{2}', ARRAY[repeat('1', 64)], '{A}', 'x')",
            "rotate('{2}', ARRAY[repeat('a', 64)], '{A}', 'x', '{1}')",
        ],
    ),
    (
        "Unpause",
        &[
            "unpause(2, 'x', '{NULL}')",
            "unpause(2, 'x', '{burst}')",
            "unpause(2, 'x', '{is_paused}')",
            "unpause(2, 'x', '{}', 'abc')",
            "unpause(2, 'x', '{}', NULL, '1 s')",
            "unpause(2, 'x', '{}', NULL, '1 month')",
            "unpause(2, 'x', '{}', NULL, '15 min', 'page')",
        ],
    ),
    (
        "Incidents and escalations",
        &[
            "open_incident('A third', 'x')",
            "close_incident(1, 'x')",
            "close_incident(NULL, 'x')",
            "close_incident(99, 'x')",
            "checkpoint(2, NULL, 'x')",
            "checkpoint(2, '2026-01-01Z', 'x')",
            "acknowledge_escalation(NULL, 1, 'x')",
            "acknowledge_escalation('paused', 1, 'x')",
            "acknowledge_escalation('bake_failed', 1, 'x')",
        ],
    ),
    (
        "Setup",
        &[
            "set_policy(NULL, '1', 'x')",
            "set_policy('guard_user', '1', 'x')",
            "set_policy('guard_min_users', '0', 'x')",
            "set_policy('guard_lookback', '3 s', 'x')",
            "set_policy('guard_results', '{MAYBE}', 'x')",
            "set_policy('require_history', 'maybe', 'x')",
            "grant_reader(NULL)",
            "grant_reader(4294967295::oid::regrole)",
            "bind(promo_codes => 4294967295::oid::regclass)",
            "bind(promo_codes => 'pg_class_oid_index')",
            "bind(columns => '[]')",
            "bind(columns => '{\"tries\": {}}')",
            "bind(columns => '{\"attempts\": {\"hash\": \"h\"}}')",
            "bind(columns => '{\"attempts\": {\"code_hash\": \"h\"}}')",
            "bind(columns => '{\"attempts\": {\"code_hash\": null}}')",
            "bind(columns => '{\"attempts\": {\"source\": {\"sql\": \"(SELECT 1)\"}}}')",
            "bind(columns => '{\"attempts\": {\"result\": {\"column\": \"result\", \"words\": {\"ok\": \"YES\"}}}}')",
        ],
    ),
];

/// Without what differs from run to run and from release to release: moments, object ids, action ids, the version.
fn fixed(text: &str) -> String {
    let text = &text.replace(concat!("promo_guard ", env!("CARGO_PKG_VERSION")), "promo_guard <version>");
    let moment = Regex::new(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}(\.\d+)?(\+00|Z)").unwrap();
    let text = moment.replace_all(text, "<time>");
    Regex::new(r"pg_temp_\d+").unwrap().replace_all(&text, "pg_temp").into_owned()
}

fn add(page: &mut String, call: &str, met: &Refused) {
    page.push_str(&format!("  {call}\n    {}  {}\n", met.code, fixed(&met.message)));
    for (name, text) in [("DETAIL", &met.detail), ("HINT", &met.hint)] {
        for (line, text) in fixed(text).lines().enumerate() {
            page.push_str(&format!("    {}  {text}\n", if line == 0 { name } else { "      " }));
        }
    }
}

#[test]
fn the_catalogue_has_the_errors_of_every_function() {
    let (mut db, _) = server().bound_database();
    db.batch_execute(SHOP).unwrap();
    db.batch_execute("SET TimeZone = 'UTC'").unwrap();
    let (mut unbound, _) = server().database();
    let mut page = String::new();
    for (heading, calls) in CALLS {
        page.push_str(&format!("{heading}\n"));
        for call in *calls {
            add(&mut page, call, &refused(&mut db, &format!("SELECT * FROM promo_guard.{call}")));
        }
    }
    page.push_str("Situations\n");
    for call in ["blast_radius()", "pause(1, 'x')", "attach_history()", "bind()"] {
        if call == "bind()" {
            unbound.batch_execute("SET search_path = pg_catalog").unwrap();
        }
        add(
            &mut page,
            &format!("not bound: {call}"),
            &refused(&mut unbound, &format!("SELECT * FROM promo_guard.{call}")),
        );
    }
    for (begin, name) in
        [("BEGIN READ ONLY", "read-only"), ("BEGIN ISOLATION LEVEL SERIALIZABLE", "serializable")]
    {
        db.batch_execute(begin).unwrap();
        let met = refused(&mut db, "SELECT * FROM promo_guard.pause(1, 'x')");
        db.batch_execute("ROLLBACK").unwrap();
        add(&mut page, &format!("{name}: pause(1, 'x')"), &met);
    }
    golden(&repo().join("tests/catalogue/errors.txt"), &page);
}

#[test]
fn the_catalogue_has_what_doctor_finds() {
    let mut page = String::new();
    for (heading, bound, change) in [
        ("not bound", false, "SELECT 1"),
        ("bound", true, "SELECT 1"),
        (
            "the history is off, a value is unknown, a row is of the future",
            true,
            "SELECT promo_guard.attach_history(); ALTER TABLE promo_codes DISABLE TRIGGER ALL;
             ALTER TABLE promo_attempts DROP CONSTRAINT promo_attempts_result_check;
             INSERT INTO promo_attempts (id, user_id, normalized_code_hash, result, source, attempted_at)
             VALUES (1, 1, repeat('a', 64), 'MAYBE', 'API', '2030-01-01Z')",
        ),
        (
            "the log was changed, a function is open to all",
            true,
            "SELECT promo_guard.set_policy('guard_min_users', '3', 'x');
             UPDATE promo_guard.action_log SET reason = 'y' WHERE action = 'set_policy'; GRANT EXECUTE ON FUNCTION promo_guard.version() TO PUBLIC",
        ),
    ] {
        let (mut db, _) = if bound { server().bound_database() } else { server().database() };
        db.batch_execute(change).unwrap();
        page.push_str(&format!("{heading}\n"));
        for row in table(&mut db, "SELECT level, topic, detail, remediation FROM promo_guard.doctor()") {
            page.push_str(&format!("  {} {}\n    {}\n", row[0], row[1], fixed(&row[2])));
            if row[3] != "∅" {
                page.push_str(&format!("    {}\n", fixed(&row[3]).replace('\n', "\n    ")));
            }
        }
        page.push('\n');
    }
    golden(&repo().join("tests/catalogue/doctor.txt"), &page);
}
