use super::*;
use serde_json::json;

/// A small report in which everything that can be hostile is.
fn report() -> Value {
    let hostile = "<script>alert(1)</script> | *x* \u{1b}[31m @here `c` ~s~ _u_";
    let row = |start: &str, expired: i64| {
        json!({ "start": start, "attempts": expired + 3, "accepted": 3, "invalid": 0, "expired": expired, "not_applicable": 0,
                "rate_limited": 0, "other": 0, "failing_users": expired, "recovered_users": 1 })
    };
    json!({
        "as_of": "2026-03-02T02:00:00+00:00",
        "window": { "from": "2026-03-02T01:00:00+00:00", "until": "2026-03-02T02:00:00+00:00", "series_from": "2026-03-02T00:30:00+00:00" },
        "incident": { "id": "1", "title": hostile, "trigger": hostile, "state": "OPEN", "started_at": "2026-03-02T01:00:00+00:00",
            "started_at_source": "data", "detected_at": "2026-03-02T01:03:00+00:00", "detected_at_source": "evidence",
            "declared_at": "2026-03-02T01:10:00+00:00", "declared_by": "oncall", "closed_at": null, "note": hostile },
        "affected": { "count": 1, "campaigns": [{ "campaign_id": "9223372036854775807", "campaign_name": hostile, "status": "PAUSED",
            "why": ["paused"], "paused_at": "2026-03-02T01:03:00+00:00", "paused_at_source": "evidence", "verdict": "ABUSE_LIKELY",
            "failed_attempts": 1234, "failing_users": 56 }] },
        "user_impact": { "failing": 56, "recovered": 6, "suspected_attackers": 20, "estimate_low": 30, "estimate_high": 50, "method": "See there." },
        "actions": { "paused": ["9223372036854775807"], "unpaused": [], "rotated": [], "fixed": [], "refused": 0, "log": [] },
        "verdicts": [{ "campaign_id": "9223372036854775807", "campaign_name": hostile, "verdict": "ABUSE_LIKELY", "confidence": 0.97, "action": hostile, "reasons": [hostile] }],
        "clusters": [{ "rank": 1, "kind": "ABUSED_CODE", "campaign_id": "9223372036854775807", "attempts": 1234, "users": 56, "codes": 1, "explanation": hostile }],
        "funnel": { "attempts": 1243, "accepted": 9, "redemptions": 9, "applied": 4, "open": 5, "expired": 0, "rejected": 0, "revoked": 0 },
        "settlement": { "from": "2026-03-02T01:00:00+00:00", "until": "2026-03-02T02:00:00+00:00", "critical": 1, "warnings": 0, "pending": 2, "skipped": 0,
            "rules": [{ "rule": "zero_discount", "severity": "critical", "checked": 9, "violations": 1, "pending": 2, "skipped": null }],
            "drift": { "missing": 1, "surplus": 0, "abs_drift_stars": 40 } },
        "escalations": [{ "rule": "high_value_paused", "severity": "critical", "campaign_id": "9223372036854775807", "escalate_to": "product_owner",
            "since": "2026-03-02T01:03:00+00:00", "due_at": "2026-03-02T01:33:00+00:00", "overdue": true, "acknowledged_by": null, "detail": hostile }],
        "next_checkpoint": "2026-03-02T02:10:00+00:00",
        "timeline": [{ "at": "2026-03-02T01:00:00+00:00", "kind": "start", "campaign_id": null, "what": "The incident began.", "known_from": "data" },
                     { "at": "2026-03-02T01:03:00+00:00", "kind": "paused", "campaign_id": "9223372036854775807", "what": hostile, "known_from": "evidence" }],
        "series": { "bucket": "30 min", "bucket_seconds": 1800, "rows": [row("2026-03-02T00:30:00+00:00", 0), row("2026-03-02T01:00:00+00:00", 1200), row("2026-03-02T01:30:00+00:00", 34)] },
        "basis": { "facts": [], "estimates": [] },
        "campaign_names": { "9223372036854775807": hostile },
    })
}

#[test]
fn hostile_names_are_text_in_every_form() {
    for format in [ReportFormat::Markdown, ReportFormat::Slack, ReportFormat::Html, ReportFormat::Json] {
        let text = rendered(&report(), format, "shop").unwrap();
        assert!(!text.contains('\u{1b}'), "{format:?}");
        match format {
            ReportFormat::Json => assert!(text.contains("\\u001b[31m") && text.contains("<script>")),
            ReportFormat::Html => {
                assert!(!text.contains("<script") && text.contains("&lt;script&gt;"), "{text}");
                assert!(
                    !text.contains("javascript:") && !text.contains("http://") && !text.contains("https://")
                );
            }
            ReportFormat::Markdown => {
                assert!(!text.contains("<script") && text.contains("\\| \\*x\\*"), "{text}");
            }
            ReportFormat::Slack => {
                assert!(
                    !text.contains("<script") && !text.contains("*x*") && !text.contains("@here"),
                    "{text}"
                );
            }
        }
    }
}

#[test]
fn the_words_of_the_template_are_all_there() {
    let text = rendered(&report(), ReportFormat::Markdown, "shop").unwrap();
    for said in [
        "**Incident start:** 2026-03-02 01:00:00Z (data)",
        "**Affected campaigns:** 1",
        "30 to 50 users (56 failed, 6 of them recovered, 20 are suspected attackers)",
        "(9223372036854775807); unpaused none; rotated none",
        "**Next checkpoint:** 2026-03-02 02:10:00Z",
    ] {
        assert!(text.contains(said), "{said:?} is missing in\n{text}");
    }
    assert!(!text.contains("\n\n\n"), "{text}");
}

/// Every id of a campaign has its name beside it; without a name it says so.
#[test]
fn an_id_is_never_alone() {
    const ID: &str = "9223372036854775807";
    let mut report = report();
    report["affected"]["campaigns"] = json!([]);
    report["verdicts"] = json!([]);
    for (names, name) in [(json!({ ID: "Spring" }), "Spring"), (Value::Null, "no name")] {
        report["campaign_names"] = names;
        for format in [ReportFormat::Markdown, ReportFormat::Slack, ReportFormat::Html] {
            let text = rendered(&report, format, "shop").unwrap();
            let between = [" (", " <span class=\"soft\">", "<br> <span class=\"soft\">"];
            let beside = between.iter().map(|between| text.matches(&format!("{name}{between}{ID}")).count());
            let (ids, beside) = (text.matches(ID).count(), beside.sum::<usize>());
            assert!(ids > 1 && ids == beside, "{format:?}: {beside} of {ids} in\n{text}");
        }
    }
}

#[test]
fn a_report_of_nothing_is_written_too() {
    let empty = json!({ "as_of": null, "window": {}, "incident": null, "affected": { "count": 0, "campaigns": [] }, "user_impact": {},
        "actions": { "paused": [], "unpaused": [], "rotated": [] }, "verdicts": [], "clusters": [], "funnel": {}, "settlement": { "rules": [], "drift": {} },
        "escalations": [], "next_checkpoint": null, "timeline": [], "series": { "bucket": "1 min", "rows": [] }, "basis": { "estimates": [] } });
    for format in [ReportFormat::Markdown, ReportFormat::Slack, ReportFormat::Html, ReportFormat::Json] {
        rendered(&empty, format, "shop").unwrap();
    }
}

/// Redemptions are counted by their own time, so there can be more of them than accepted attempts: no share of those is shown.
#[test]
fn no_step_of_the_funnel_is_more_than_all_of_the_one_before() {
    let mut report = report();
    report["funnel"] = json!({ "attempts": 15214, "accepted": 1933, "redemptions": 1949, "applied": 1424 });
    let text = rendered(&report, ReportFormat::Html, "shop").unwrap();
    assert!(!text.contains("101 %"), "{text}");
    for said in
        ["1,933 · 13 % of the attempts", "1,949 · in the same time", "1,424 · 73 % of the redemptions"]
    {
        assert!(text.contains(said), "{said}");
    }
}
