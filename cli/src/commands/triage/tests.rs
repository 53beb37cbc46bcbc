//! The page as somebody sees it.

use super::*;
use crate::args::WindowArguments;
use crate::output::tests::rows;
use crate::output::time::tests::at;

fn page() -> Page {
    Page {
        window: Window {
            as_of: at("2026-11-23T20:39:00Z"),
            present: true,
            lookback: Some("30 min".to_owned()),
            since: Some(at("2026-11-23T20:09:00Z")),
        },
        blast_radius: Ok(rows(
            blast_radius::COLUMNS,
            &[
                &["ACTIVE", "181", "4", "23817", "812", "700", "221", "18200"],
                &["PAUSED", "2", "1", "2417", "2411", "1203", "12", "1830"],
                &["", "0", "0", "4211", "4211", "38", "0", "0"],
            ],
        )),
        paused: Ok(rows(
            paused::COLUMNS,
            &[
                &[
                    "7312398123981239811",
                    "<b>Black\u{1b}[31m Friday",
                    "BF26",
                    "PAUSED",
                    "2026-11-23T20:38:00Z",
                    "2026-11-23T20:15:00Z",
                    "history",
                    "promo_app",
                    "2400",
                    "",
                ],
                &[
                    "42",
                    "Welcome",
                    "HELLO",
                    "PAUSED",
                    "2026-11-20T08:00:00Z",
                    "2026-11-20T08:00:00Z",
                    "estimated",
                    "",
                    "11",
                    "",
                ],
            ],
        )),
        verdicts: Ok(rows(
            classify::COLUMNS,
            &[
                &[
                    "7312398123981239811",
                    "<b>Black\u{1b}[31m Friday",
                    "PAUSED",
                    "ABUSE_LIKELY",
                    "0.973",
                    "Keep campaign 7312398123981239811 PAUSED and rotate its code, which is leaked.",
                    "For abuse: 41 of 43 users had done nothing here before.",
                    "{}",
                ],
                &[
                    "77",
                    "Launch",
                    "ACTIVE",
                    "CONFIG_REGRESSION",
                    "0.9",
                    "Pause campaign 77, fix its target_scope, then unpause it.",
                    "For a configuration fault: nothing else has its target_scope X.",
                    "{}",
                ],
                &[
                    "42",
                    "Welcome",
                    "PAUSED",
                    "INCONCLUSIVE",
                    "0.8",
                    "Keep campaign 42 PAUSED until it is known why it was paused and what came of it.",
                    "",
                    "{}",
                ],
            ],
        )),
        clusters: Ok(rows(
            clusters::COLUMNS,
            &[&[
                "c7312398123981239811-LEAKED_CODE",
                "LEAKED_CODE",
                "7312398123981239811",
                "2400",
                "1200",
                "1",
                "{}",
                "2026-11-23T20:10:00Z",
                "2026-11-23T20:38:59Z",
                "200",
                "true",
                "3",
                "9.5",
                "A surge of successes by 1,190 strangers.",
                "[0,0,10,200,180,90]",
            ]],
        )),
        baseline: Ok(rows(
            baseline::COLUMNS,
            &[
                &["ACCEPTED", "5000", "0.5", "5100", "0.98", "7"],
                &["INVALID", "999", "0.1", "12", "83.25", "7"],
            ],
        )),
        settlement: Err("permission denied for function settlement_summary".to_owned()),
        failed_attempts: Ok(rows(
            failed_attempts::COLUMNS,
            &[
                &[
                    "6b86b273ff34fce1",
                    "7312398123981239811",
                    "EXPIRED",
                    "2400",
                    "1200",
                    "2026-11-23T20:15:00Z",
                    "2026-11-23T20:38:59Z",
                    "0",
                ],
                &[
                    "d4735e3a265e16ee",
                    "",
                    "INVALID",
                    "999",
                    "1",
                    "2026-11-23T20:15:00Z",
                    "2026-11-23T20:30:00Z",
                    "0",
                ],
            ],
        )),
    }
}

fn written(page: &Page, arguments: &TriageArguments) -> String {
    let mut out = Vec::new();
    write_page(&mut anstream::StripStream::new(&mut out), page, arguments, "shop", "promoctl -d shop")
        .unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn the_page_of_an_incident() {
    let expected = "\
Promo incident triage: database shop
As of 2026-11-23 20:39:00Z, looking back 30 min to 2026-11-23 20:09:00Z.

2 campaigns are paused, 1 of them within the lookback. 7,434 of 30,445 attempts
failed (24 %), 4,211 on unknown codes. Paused: 1 of abuse, 1 for reasons
unknown. 1 campaign that is not paused needs a look.

Paused campaigns, newest first
7312398123981239811  ABUSE_LIKELY, 97 % sure
  <b>Black\\u001b[31m Friday (BF26…): paused 24 min ago at 20:15:00Z (history) by
  promo_app; 2,400 failed.
  For abuse: 41 of 43 users had done nothing here before.
  Keep campaign 7312398123981239811 PAUSED and rotate its code, which is leaked.

42  INCONCLUSIVE
  Welcome (HELLO…): paused 3 d 12 h ago at 2026-11-20 08:00:00Z (estimated); 11
  failed.
  Keep campaign 42 PAUSED until it is known why it was paused and what came of
  it.
estimated: the row's updated_at, which any edit moves: the pause may be older.

Not paused, and not healthy
77  CONFIG_REGRESSION, 90 % sure
  ACTIVE, Launch
  For a configuration fault: nothing else has its target_scope X.
  Pause campaign 77, fix its target_scope, then unpause it.

What fails together, worst first
LEAKED_CODE     ··▁██▄  goes on  7312398123981239811
  A surge of successes by 1,190 strangers.

Against the same time of earlier days
result      now  usual
──────────────────────────────────────────
ACCEPTED  5,000  5,100  as usual
INVALID     999     12  83 times the usual
usual: the median of the same time of 7 earlier days.

Blast radius
status        campaigns  changed  attempts  failed  users  reserved   stars
───────────────────────────────────────────────────────────────────────────
ACTIVE              181        4    23,817     812    700       221  18,200
PAUSED                2        1     2,417   2,411  1,203        12   1,830
unknown code          -        -     4,211   4,211     38         -       -

Settlement of the last hour
Not shown: permission denied for function settlement_summary.

Failing codes, most attempts first
code                   campaign  result   failed  users  passed      last
─────────────────────────────────────────────────────────────────────────
6b86b273ff  7312398123981239811  EXPIRED    2400   1200       0  20:38:59
d4735e3a26              unknown  INVALID     999      1       0  20:30:00

Next
  Keep customers from failing on 77.
    promoctl -d shop pause 77 --reason 'configuration is wrong'
  See what is not known of 42.
    promoctl -d shop check 42
  Replace the code of 7312398123981239811.
    promoctl -d shop rotate --campaign '<b>Black Friday' --out new-codes.txt --reason 'code in the wrong hands'
  Read what speaks for and against each verdict.
    promoctl -d shop classify
  Put the paused campaigns into the incident's channel.
    promoctl -d shop paused --output markdown
  Look further back, to see when it began.
    promoctl -d shop triage --lookback '3 hours'
  Some pauses are dated by updated_at only. See what is missing to know better.
    promoctl -d shop doctor
";
    assert_eq!(written(&page(), &TriageArguments::default()), expected);
}

#[test]
fn no_line_is_wider_than_80_columns() {
    use unicode_width::UnicodeWidthStr;
    let text = written(&page(), &TriageArguments::default());
    // what is there to be pasted stays in one line
    assert!(text.lines().all(|line| line.width() <= 80 || line.starts_with("    promoctl ")), "{text}");
}

#[test]
fn a_reader_gets_the_page_without_hashes() {
    let page = Page { failed_attempts: Err(WITHHELD.to_owned()), ..page() };
    let text = written(&page, &TriageArguments::default());
    assert!(text.contains("Not shown: code hashes are for operators."), "{text}");
    assert!(!text.contains("6b86b273ff"), "{text}");
}

#[test]
fn a_page_of_the_past_says_so_and_leads_to_the_past_again() {
    let window =
        WindowArguments { as_of: Some("2026-11-23 20:10".to_owned()), lookback: Some("1 hour".to_owned()) };
    let seen = Window {
        as_of: at("2026-11-23T20:10:00Z"),
        present: false,
        since: Some(at("2026-11-23T19:10:00Z")),
        ..page().window
    };
    let text = written(&Page { window: seen, ..page() }, &TriageArguments { window, watch: None });
    assert!(text.contains("Statuses are today's."), "{text}");
    // The later pause is listed, and not counted as within the lookback.
    assert!(text.contains("2 campaigns are paused, none within the lookback."), "{text}");
    assert!(text.contains("paused 5 min after at 20:15:00Z (history)"), "{text}");
    assert!(text.contains("paused --as-of '2026-11-23 20:10' --output markdown"), "{text}");
}

#[test]
fn silence_is_not_called_calm() {
    let blast_radius = rows(blast_radius::COLUMNS, &[&["ACTIVE", "3", "0", "0", "0", "0", "0", "0"]]);
    let (blast_radius, paused, verdicts) =
        (Ok(blast_radius), Ok(rows(paused::COLUMNS, &[])), Ok(rows(classify::COLUMNS, &[])));
    let text = written(&Page { blast_radius, paused, verdicts, ..page() }, &TriageArguments::default());
    assert!(text.contains("No campaign is paused. No attempt at all was recorded"), "{text}");
}
