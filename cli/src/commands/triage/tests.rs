//! The page as it is printed.

use super::*;
use crate::args::WindowArguments;
use serde_json::{Value as Json, json};

fn document() -> Json {
    json!({
        "window": { "from": "2026-11-23T20:09:00+00:00", "until": "2026-11-23T20:39:00+00:00" },
        "headline": {
            "attempts": 30_445, "failed_attempts": 7_434, "failed_share": 0.244, "normal_failed_share": 0.05,
            "failing_users": 1_941, "paused": 2, "paused_within": 1, "active_with_findings": 1, "need_action": 3,
            "paused_by_verdict": { "ABUSE_LIKELY": 1, "INCONCLUSIVE": 1, "HEALTHY": 0 }
        },
        "campaigns": [
            {
                "campaign_id": "77", "campaign_name": "Launch", "code_prefix": null, "status": "ACTIVE",
                "updated_at": "2026-11-20T08:00:00+00:00", "paused_at": null, "paused_at_source": null, "paused_by": null,
                "verdict": "CONFIG_REGRESSION", "confidence": 0.9, "attempts": 30, "failed_attempts": 0, "users": 0,
                "accepted": 30, "needs_action": true, "action": "Pause campaign 77, fix its target_scope, then unpause it.",
                "next_command": "promoctl pause 77 --reason 'wrong configuration'",
                "reasons": ["For a configuration fault: nothing else has its target_scope X."]
            },
            {
                "campaign_id": "7312398123981239811", "campaign_name": "<b>Black\u{1b}[31m Friday", "code_prefix": "BF26",
                "status": "PAUSED", "updated_at": "2026-11-23T20:38:00+00:00",
                "paused_at": "2026-11-23T20:15:00+00:00", "paused_at_source": "history", "paused_by": "promo_app",
                "verdict": "ABUSE_LIKELY", "confidence": 0.973, "attempts": 2_417, "failed_attempts": 2_400, "users": 1_203,
                "accepted": 17, "needs_action": true,
                "action": "Keep campaign 7312398123981239811 PAUSED and rotate its code, which appears leaked.",
                "next_command": "promoctl check 7312398123981239811",
                "reasons": ["For abuse: 95 % of its users are new."]
            },
            {
                "campaign_id": "42", "campaign_name": "Welcome", "code_prefix": "HELLO", "status": "PAUSED",
                "updated_at": "2026-11-20T08:00:00+00:00", "paused_at": "2026-11-20T08:00:00+00:00",
                "paused_at_source": "estimated", "paused_by": null, "verdict": "INCONCLUSIVE", "confidence": 0.8,
                "attempts": 11, "failed_attempts": 11, "users": 9, "accepted": 0, "needs_action": true,
                "action": "Keep campaign 42 PAUSED until it is known why it was paused and what came of it.",
                "next_command": "promoctl check 42", "reasons": []
            },
            {
                "campaign_id": "5", "campaign_name": "Calm", "status": "ACTIVE", "paused_at": null, "paused_at_source": null,
                "verdict": "HEALTHY", "confidence": 0.9, "attempts": 3, "failed_attempts": 1, "users": 1, "accepted": 2,
                "needs_action": false, "action": "Nothing to contain on campaign 5.", "next_command": null, "reasons": []
            }
        ],
        "batches": [],
        "clusters": [{
            "cluster_id": "c7312398123981239811:LEAKED_CODE", "kind": "LEAKED_CODE", "campaign_id": "7312398123981239811",
            "attempts": 2_400, "users": 1_200, "codes": 1, "results": {}, "first_seen": "2026-11-23T20:10:00+00:00",
            "last_seen": "2026-11-23T20:38:59+00:00", "peak_per_minute": 200, "active": true, "recovered_users": 3,
            "score": 9.5, "explanation": "The code appears leaked: 1,190 new users came.", "series": [0, 0, 10, 200, 180, 90]
        }],
        "baseline": [
            { "result": "ACCEPTED", "attempts": 5_000, "share": 0.5, "expected": 5_100, "ratio": 0.98, "periods": 7 },
            { "result": "INVALID", "attempts": 999, "share": 0.1, "expected": 12, "ratio": 83.25, "periods": 7 }
        ],
        "blast_radius": [
            { "status": "ACTIVE", "campaigns": 181, "changed": 4, "attempts": 23_817, "failed_attempts": 812,
              "failing_users": 700, "open_reservations": 221, "reserved_stars": 18_200 },
            { "status": "PAUSED", "campaigns": 2, "changed": 1, "attempts": 2_417, "failed_attempts": 2_411,
              "failing_users": 1_203, "open_reservations": 12, "reserved_stars": 1_830 },
            { "status": null, "campaigns": 0, "changed": 0, "attempts": 4_211, "failed_attempts": 4_211,
              "failing_users": 38, "open_reservations": 0, "reserved_stars": 0 }
        ],
        "escalations": [
            { "rule": "high_value_paused", "severity": "critical", "campaign_id": "42", "escalate_to": "product_owner",
              "since": null, "due_at": null, "overdue": true, "acknowledged_by": null, "detail": "x" }
        ],
        "failed_attempts": [
            { "code_hash": "6b86b273ff34fce1", "campaign_id": "7312398123981239811", "result": "EXPIRED", "attempts": 2_400,
              "users": 1_200, "first_seen": "2026-11-23T20:15:00+00:00", "last_seen": "2026-11-23T20:38:59+00:00",
              "accepted": 0 },
            { "code_hash": "d4735e3a265e16ee", "campaign_id": null, "result": "INVALID", "attempts": 999, "users": 1,
              "first_seen": "2026-11-23T20:15:00+00:00", "last_seen": "2026-11-23T20:30:00+00:00", "accepted": 0 }
        ],
        "withheld": { "settlement": "permission denied for table ledger" }
    })
}

/// The page of the document, changed in one part.
fn page(part: &str, value: Json, arguments: &TriageArguments) -> Page {
    let mut document = document();
    if !part.is_empty() {
        document[part] = value;
    }
    Page::of(document, arguments).unwrap()
}

fn shown(part: &str, value: Json) -> String {
    let arguments = TriageArguments::default();
    written(&page(part, value, &arguments), &arguments)
}

fn written(page: &Page, arguments: &TriageArguments) -> String {
    let mut out = Vec::new();
    full::write(&mut anstream::StripStream::new(&mut out), page, arguments, "shop", "promoctl -d shop")
        .unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn the_page_of_an_incident() {
    let expected = "\
Promo incident triage: database shop
As of 2026-11-23 20:39:00Z, looking back 30 min to 2026-11-23 20:09:00Z.

2 campaigns are paused, 1 of them within the lookback. 7,434 of 30,445 attempts
failed (24 %, normal 5 %), 1,941 users. Paused: 1 for abuse, 1 unclear. 1 active
campaign needs action.

Campaigns, worst first
77  CONFIG_REGRESSION, 90 % sure
  Launch: ACTIVE.
  For a configuration fault: nothing else has its target_scope X.
  Pause campaign 77, fix its target_scope, then unpause it.

7312398123981239811  ABUSE_LIKELY, 97 % sure
  <b>Black\\u001b[31m Friday (BF26…): paused 24 min ago at 20:15:00Z (history) by
  promo_app; 2,400 failed by 1,203 users.
  For abuse: 95 % of its users are new.
  Keep campaign 7312398123981239811 PAUSED and rotate its code, which appears
  leaked.

42  INCONCLUSIVE
  Welcome (HELLO…): paused 3 d 12 h ago at 2026-11-20 08:00:00Z (estimated); 11
  failed by 9 users.
  Keep campaign 42 PAUSED until it is known why it was paused and what came of
  it.
estimated: an upper bound, the first pause-induced failure or the last edit.

Failures by cause, worst first
LEAKED_CODE     ··▁██▄  ongoing  7312398123981239811
  The code appears leaked: 1,190 new users came.

Against the same time of earlier days
result      now  normal
────────────────────────────────────────
ACCEPTED  5,000   5,100  normal
INVALID     999      12  83 times normal
normal: the median of the same time of 7 earlier days.

Blast radius
status        campaigns  changed  attempts  failed  users  reserved   stars
───────────────────────────────────────────────────────────────────────────
ACTIVE              181        4    23,817     812    700       221  18,200
PAUSED                2        1     2,417   2,411  1,203        12   1,830
unknown code          0        0     4,211   4,211     38         0       0

Settlement of the last hour
Not shown: permission denied for table ledger.

Escalations
1 escalation, 1 of them overdue: promoctl escalations

Failing codes, most attempts first
code                   campaign  result   failed  users  passed      last
─────────────────────────────────────────────────────────────────────────
6b86b273ff  7312398123981239811  EXPIRED   2,400  1,200       0  20:38:59
d4735e3a26                    -  INVALID     999      1       0  20:30:00

Next
  Launch: CONFIG_REGRESSION.
    promoctl -d shop pause 77 --reason 'wrong configuration'
  <b>Black\\u001b[31m Friday: ABUSE_LIKELY.
    promoctl -d shop check 7312398123981239811
  Welcome: INCONCLUSIVE.
    promoctl -d shop check 42
  Read what speaks for and against each verdict.
    promoctl -d shop classify
  Put the paused campaigns into the incident's channel.
    promoctl -d shop paused --output markdown
  Look further back, to see when it began.
    promoctl -d shop triage --lookback '3 hours'
  Some pause times are upper bounds. See what is missing.
    promoctl -d shop doctor
";
    assert_eq!(shown("", Json::Null), expected);
}

#[test]
fn no_line_is_wider_than_80_columns() {
    use unicode_width::UnicodeWidthStr;
    let text = shown("", Json::Null);
    // what is there to be pasted stays in one line
    assert!(text.lines().all(|line| line.width() <= 80 || line.starts_with("    promoctl ")), "{text}");
}

#[test]
fn a_reader_gets_the_page_without_hashes() {
    let mut document = document();
    document.as_object_mut().unwrap().remove("failed_attempts");
    document["withheld"]["failed_attempts"] = json!("code hashes are for operators");
    let arguments = TriageArguments::default();
    let text = written(&Page::of(document, &arguments).unwrap(), &arguments);
    assert!(text.contains("Not shown: code hashes are for operators."), "{text}");
    assert!(!text.contains("6b86b273ff"), "{text}");
}

#[test]
fn a_page_of_the_past_says_so_and_leads_to_the_past_again() {
    let window =
        WindowArguments { as_of: Some("2026-11-23 20:10".to_owned()), lookback: Some("1 hour".to_owned()) };
    let arguments = TriageArguments { window, ..TriageArguments::default() };
    let seen = json!({ "from": "2026-11-23T19:10:00+00:00", "until": "2026-11-23T20:10:00+00:00" });
    let text = written(&page("window", seen, &arguments), &arguments);
    assert!(text.contains("Statuses are as of now."), "{text}");
    assert!(text.contains("paused 5 min after at 20:15:00Z (history)"), "{text}");
    assert!(text.contains("paused --as-of '2026-11-23 20:10' --output markdown"), "{text}");
}

#[test]
fn silence_is_not_called_calm() {
    let text = shown("headline", json!({ "attempts": 0, "paused": 0 }));
    assert!(text.contains("No campaign is paused. No attempts were recorded"), "{text}");
}

#[test]
fn a_column_that_the_server_adds_is_in_the_answer() {
    let seen = json!([{ "reserved_stars": 5, "campaigns": 2, "added_later": "x", "status": "ACTIVE" }]);
    let page = page("blast_radius", seen, &TriageArguments::default());
    let mut out = Vec::new();
    write_parts(&mut out, Format::Markdown, &parts(&page, "shop")).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert!(text.contains("| status | added_later | campaigns | reserved_stars |"), "{text}");
}
