//! The page as it is printed.

use super::*;
use crate::commands::window::tests::window;
use crate::output::tests::rows;

const NONE: Option<&[&[&str]]> = None;

/// A page of these rules and violations.
fn page(summary: &[&[&str]], violations: Option<&[&[&str]]>) -> Page {
    Page {
        window: window("2026-11-23T20:39:00Z", "1 hour", "2026-11-23T19:39:00Z"),
        campaign: None,
        summary: rows("rule severity checked:int violations:int pending:int skipped", summary),
        violations: violations.map(|lines| {
            rows(
                "rule severity campaign_id:id redemption_id purchase_id user_id:id expected actual detail",
                lines,
            )
        }),
        more: false,
    }
}

const QUIET: &[&[&str]] = &[
    &["applied_without_purchase", "critical", "1234", "0", "0", ""],
    &["reservation_overdue", "warning", "20", "0", "3", ""],
];

const LOUD: &[&[&str]] = &[
    &["applied_without_purchase", "critical", "1234", "0", "0", ""],
    &["zero_discount", "critical", "1234567", "2", "0", ""],
    &["discount_without_redemption", "critical", "1234567", "30", "2", ""],
    &["reservation_overdue", "warning", "20", "0", "3", ""],
    &["used_total_drift", "warning", "12", "1", "0", ""],
    &["credited_not_in_ledger", "critical", "", "", "", "the application has no ledger"],
];

fn violations() -> Vec<Vec<&'static str>> {
    vec![
        vec![
            "zero_discount",
            "critical",
            "7312398123981239811",
            "0193a7b0-2c5e-7d31-9f2a-6b0c1d2e3f40",
            "0193a7b0-2c5e-7d31-9f2a-6b0c1d2e3f41",
            "9223372036854775807",
            "25",
            "0",
            "The user was promised 25 stars off 100 and paid 100.",
        ],
        vec!["zero_discount", "critical", "42", "r-\u{1b}[2J", "7", "", "25", "0", ""],
        vec!["used_total_drift", "warning", "42", "", "", "", "12", "13", ""],
    ]
}

fn written(page: &Page, arguments: &SettleArguments) -> String {
    crate::output::tests::page(|out| write_page(out, page, arguments, "shop", "promoctl -d shop"))
}

#[test]
fn the_page_of_a_broken_settlement() {
    let listed = violations();
    let listed: Vec<&[&str]> = listed.iter().map(Vec::as_slice).collect();
    let page = Page { more: true, ..page(LOUD, Some(&listed)) };
    assert_eq!(
        written(&page, &SettleArguments::default()),
        "\
Settlement: database shop
As of 2026-11-23 20:39:00Z, looking back 1 hour to 2026-11-23 19:39:00Z.

32 critical violations by 2 rules, 1 warning by 1 rule. One rule could not run.

Rules
rule                         severity  violations  pending    checked
─────────────────────────────────────────────────────────────────────
discount_without_redemption  critical          30        2  1,234,567
zero_discount                critical           2        0  1,234,567
used_total_drift             warning            1        0         12
2 rules hold; 5 cases are pending and may still settle (each rule: --all).
credited_not_in_ledger could not run: the application has no ledger

Violations
zero_discount (critical)
           campaign  redemption  expected and actual
               user  purchase    detail
────────────────────────────────────────────────────────────────────────────────
7312398123981239811  …1d2e3f40   25, is 0
9223372036854775807  …1d2e3f41   The user was promised 25 stars off 100 and paid
                                 100.
                 42  …u001b[2J   25, is 0
                  -  7

used_total_drift (warning)
campaign  redemption  expected and actual
    user  purchase    detail
─────────────────────────────────────────
      42  -           12, is 13
       -  -
3 of 33 (--max-rows).

Ids in full, and all of them:
    promoctl -d shop settle --output csv
"
    );
    assert_eq!(page.status(), Status::Findings);
}

#[test]
fn a_clean_window_is_said_in_a_line_and_an_empty_one_is_not_called_clean() {
    let text = written(&page(QUIET, Some(&[])), &SettleArguments::default());
    assert!(text.contains("Settlement is clean."), "{text}");
    assert!(text.contains("2 rules hold; 3 cases are pending"), "{text}");
    assert!(!text.contains("Violations"), "{text}");
    assert_eq!(page(QUIET, Some(&[])).status(), Status::Fine);
    let empty: &[&[&str]] = &[&["zero_discount", "critical", "0", "0", "0", ""]];
    let text = written(&page(empty, Some(&[])), &SettleArguments::default());
    assert!(text.contains("There was nothing to check in this window."), "{text}");
}

#[test]
fn every_rule_is_shown_where_asked_for() {
    let arguments = SettleArguments { all: true, ..SettleArguments::default() };
    let text = written(&page(LOUD, NONE), &arguments);
    for rule in LOUD {
        assert_eq!(text.matches(rule[0]).count(), 1, "{}\n{text}", rule[0]);
    }
    assert!(!text.contains("rules hold"), "{text}");
}

#[test]
fn a_reader_gets_the_summary_and_its_exit_status() {
    let page = page(LOUD, NONE);
    let text = written(&page, &SettleArguments::default());
    assert!(text.contains("Not shown: user ids are for operators."), "{text}");
    assert_eq!(page.status(), Status::Findings);
}

#[test]
fn warnings_alone_leave_the_exit_status_at_0() {
    let warned: &[&[&str]] = &[&["used_total_drift", "warning", "12", "1", "0", ""]];
    let text = written(&page(warned, NONE), &SettleArguments::default());
    assert!(text.contains("Nothing critical; 1 warning by 1 rule."), "{text}");
    assert_eq!(page(warned, NONE).status(), Status::Fine);
}

#[test]
fn one_campaign_is_judged_by_its_own_violations() {
    let listed: &[&[&str]] = &[&["used_total_drift", "warning", "42", "", "", "", "12", "13", ""]];
    let mine = Page { campaign: Some(42), ..page(LOUD, Some(listed)) };
    assert_eq!(mine.status(), Status::Fine);
    let arguments = SettleArguments { campaign: Some("42".into()), ..SettleArguments::default() };
    let text = written(&mine, &arguments);
    assert!(text.contains("Violations of campaign 42"), "{text}");
    assert!(text.contains("settle --campaign 42 --output csv"), "{text}");
}
