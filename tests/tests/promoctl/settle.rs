//! Runbook section 5 as somebody on call works through it: settle, drift, probe.

mod probe;
mod progress;

use promo_guard_generator::{Config, Dataset, Defects, Micros, Rule, generate};
use promo_guard_tests::load::{LoadOptions, load};
use promo_guard_tests::{Server, promoctl, server};
use serde_json::Value;
use std::io::Write;
use std::process::{Command, Stdio};

const END: Micros = Micros(1_772_414_400_000_000); // 2026-03-02 01:20 UTC
const AS_OF: &str = "2026-03-02 01:20:00Z";

/// Runs to the end with this on standard input: exit status, standard output, standard error.
fn run_with(command: &mut Command, input: &str) -> (i32, String, String) {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // Whoever refuses the command line reads no input: a closed pipe is no failure of the test.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let out = child.wait_with_output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (out.status.code().unwrap_or(-1), text(&out.stdout), text(&out.stderr))
}

fn run(command: &mut Command) -> (i32, String, String) {
    run_with(command, "")
}

/// A shop in a fresh database, bound, with an operator and a reader named after it.
fn shop(server: &Server, data: &Dataset) -> String {
    let (mut db, name) = server.empty_database();
    load(&mut db, data, &LoadOptions::default().without_foreign_keys()).unwrap();
    db.batch_execute(&format!(
        "CREATE EXTENSION promo_guard; CREATE ROLE {name}_operator LOGIN; CREATE ROLE {name}_reader LOGIN;
         SELECT promo_guard.bind(ledger => 'ledger'); SELECT promo_guard.grant_operator('{name}_operator');
         SELECT promo_guard.grant_reader('{name}_reader');"
    ))
    .unwrap();
    name
}

fn healthy(end: Micros) -> Config {
    Config::settlement(5, end, 1_500)
}

/// A shop in which somebody broke a few settlements within the last hour.
fn broken() -> Dataset {
    let defects = |rule, count| Defects { rule, count, within_minutes: Some(55) };
    let defects = vec![
        defects(Rule::ZeroDiscount, 2),
        defects(Rule::DiscountWithoutRedemption, 1),
        defects(Rule::UsedTotalDrift, 1),
    ];
    generate(&Config { defects, pending_look_alikes: 1, ..healthy(END) })
}

fn as_role(name: &str, kind: &str) -> Command {
    let mut command = promoctl(server(), name);
    command.env("PGUSER", format!("{name}_{kind}"));
    command
}

#[test]
fn settle_shows_what_is_broken_and_ends_with_1() {
    let name = shop(server(), &broken());
    let settle =
        |more: &[&str]| run(as_role(&name, "operator").args([&["settle", "--as-of", AS_OF], more].concat()));
    let (code, page, err) = settle(&[]);
    assert_eq!((code, err.as_str()), (1, ""), "{page}");
    assert!(page.lines().all(|line| line.chars().count() <= 80 && line == line.trim_end()), "{page}");
    assert!(page.chars().all(|c| c == '\n' || !c.is_control()), "{page}");
    for said in [
        "3 critical violations by 2 rules, 1 warning by 1 rule.",
        "15 rules hold",
        "zero_discount (critical)",
        "used_total_drift (warning)",
    ] {
        assert!(page.contains(said), "{said:?} is missing in\n{page}");
    }
    let (_, all, _) = settle(&["--all"]);
    assert!(all.contains("applied_without_purchase") && !all.contains("rules hold"), "{all}");

    let (code, json, _) = settle(&["--output", "json"]);
    assert_eq!(code, 1);
    let json: Value = serde_json::from_str(&json).unwrap();
    let keys: Vec<&String> = json.as_object().unwrap().keys().collect();
    assert_eq!(keys.len(), 4, "{keys:?}");
    assert_eq!(json["as_of"], "2026-03-02T01:20:00Z");
    assert_eq!(json["lookback"], "1 hour");
    assert_eq!(json["summary"].as_array().unwrap().len(), 18);
    let violations = json["violations"].as_array().unwrap();
    assert_eq!(violations.len(), 4);
    assert_eq!(violations[0]["severity"], "critical", "critical ones first");
    let of = |rule: &str| violations.iter().filter(|v| v["rule"] == rule).collect::<Vec<_>>();
    assert_eq!(of("zero_discount").len(), 2);
    assert!(of("zero_discount").iter().all(|v| v["redemption_id"].as_str().unwrap().len() == 36));
    assert!(violations.iter().all(|v| v["campaign_id"].is_string()), "63 bits do not survive a double");
    // on the page ids are short, and they are the ends of these
    let short = &of("zero_discount")[0]["purchase_id"].as_str().unwrap()[28..];
    assert!(page.contains(&format!("…{short}")), "{short}\n{page}");

    let (code, csv, _) = settle(&["--output", "csv"]);
    assert_eq!(code, 1);
    let header =
        "rule,severity,campaign_id,redemption_id,purchase_id,user_id,expected,actual,detail,campaign_key";
    assert_eq!(csv.lines().next().unwrap(), header);
    assert_eq!(csv.lines().count(), 5);
    assert_eq!(settle(&["--output", "csv", "--max-rows", "1"]).1.lines().count(), 2);
    let (_, markdown, _) = settle(&["--output", "markdown"]);
    assert_eq!(markdown.lines().filter(|line| line.starts_with('|')).count(), 18 + 4 + 4, "{markdown}");
    let (code, few, _) = settle(&["--max-rows", "1"]);
    assert!(code == 1 && few.contains("1 of 4 (--max-rows)."), "{few}");

    // one campaign: its own violations decide, whatever the others'
    for campaign in violations.iter().map(|v| v["campaign_id"].as_str().unwrap()) {
        let mine = || violations.iter().filter(|v| v["campaign_id"] == campaign);
        let critical = mine().any(|v| v["severity"] == "critical");
        let (code, page, _) = settle(&["--campaign", campaign]);
        assert_eq!(code, i32::from(critical), "{page}");
        assert!(page.contains(&format!("Violations of campaign {campaign}")), "{page}");
        let listed = page.lines().filter(|line| line.contains(", is ")).count();
        assert_eq!(listed, mine().count(), "{page}");
    }
    let (code, page, _) = settle(&["--campaign", "1"]);
    assert!(code == 0 && page.contains("Violations of campaign 1\nNone."), "{page}");
}

#[test]
fn a_reader_gets_the_summary_without_the_violations() {
    let name = shop(server(), &broken());
    let settle =
        |format: &str| run(as_role(&name, "reader").args(["settle", "--as-of", AS_OF, "--output", format]));
    let (code, page, err) = settle("table");
    assert_eq!((code, err.as_str()), (1, ""), "{page}");
    assert!(page.contains("Not shown: user ids are for operators."), "{page}");
    assert!(page.contains("zero_discount") && !page.contains("zero_discount (critical)"), "{page}");
    let json: Value = serde_json::from_str(&settle("json").1).unwrap();
    assert!(json["violations"].is_null() && json["summary"].is_array());
    let (code, csv, err) = settle("csv");
    assert!(code == 3 && csv.is_empty() && err.contains("42501"), "{err}");
}

#[test]
fn a_healthy_shop_ends_with_0_and_so_does_its_drift() {
    let name = shop(server(), &generate(&healthy(END)));
    let (code, page, err) =
        run(as_role(&name, "operator").args(["settle", "--as-of", AS_OF, "--lookback", "2 days"]));
    assert_eq!((code, err.as_str()), (0, ""), "{page}");
    assert!(page.contains("Settlement is clean.") && page.contains("18 rules hold"), "{page}");
    let arguments = ["drift", "--as-of", AS_OF, "--lookback", "2 days", "--bucket", "2 hours"];
    let (code, page, err) = run(as_role(&name, "reader").args(arguments));
    assert_eq!((code, err.as_str()), (0, ""), "{page}");
    assert!(page.contains("No drift: ") && page.contains("Purchases and the ledger"), "{page}");
    assert!(page.lines().all(|line| line.chars().count() <= 80 && line == line.trim_end()), "{page}");
    // nothing within a minute of the far past
    let (code, page, _) = run(as_role(&name, "reader").args(["settle", "--as-of", "2020-01-01"]));
    assert!(code == 0 && page.contains("There was nothing to check in this window."), "{page}");
}

#[test]
fn drift_is_a_row_a_bucket_with_a_picture_and_ends_with_1() {
    let name = shop(server(), &broken());
    let drift =
        |more: &[&str]| run(as_role(&name, "reader").args([&["drift", "--as-of", AS_OF], more].concat()));
    let (code, page, err) = drift(&[]);
    assert_eq!((code, err.as_str()), (1, ""), "{page}");
    assert!(page.lines().all(|line| line.chars().count() <= 80 && line == line.trim_end()), "{page}");
    assert!(page.contains('█') && page.contains('░') && page.contains('▚'), "{page}");
    assert!(page.contains("2 discounts missing, 1 surplus"), "{page}");
    assert_eq!(page.lines().filter(|line| line.starts_with("   total")).count(), 2, "{page}");
    let (code, csv, _) = drift(&["--output", "csv", "--bucket", "10 min"]);
    assert_eq!((code, csv.lines().count()), (1, 7), "{csv}");
    let json: Value = serde_json::from_str(&drift(&["--output", "json"]).1).unwrap();
    let sum =
        |name: &str| json.as_array().unwrap().iter().map(|row| row[name].as_i64().unwrap()).sum::<i64>();
    assert_eq!((sum("missing"), sum("surplus")), (2, 1));
    assert!(
        sum("abs_drift_stars") > sum("drift_stars").abs(),
        "opposite errors cancel in one and not in the other"
    );
    let (_, markdown, _) = drift(&["--output", "markdown"]);
    assert_eq!(markdown.lines().filter(|line| line.starts_with('|')).count(), 14, "{markdown}");
    let (_, colours, _) = drift(&["--color", "always"]);
    assert!(colours.contains('\u{1b}'));
    let (_, plain, _) = run(as_role(&name, "reader").env("NO_COLOR", "1").args(["drift", "--as-of", AS_OF]));
    assert!(!plain.contains('\u{1b}'));

    // without a ledger its columns are left out
    server()
        .connect(&name)
        .batch_execute("SELECT promo_guard.unbind(); DROP TABLE ledger; SELECT promo_guard.bind()")
        .unwrap();
    let (_, page, _) = drift(&[]);
    assert!(page.contains("No ledger is bound") && !page.contains("credits"), "{page}");
}

#[test]
fn a_bad_window_is_the_servers_to_refuse() {
    let (_, name) = server().bound_database();
    for arguments in [
        &["settle", "--lookback=-1 hour"][..],
        &["drift", "--bucket", "0 min"],
        &["drift", "--bucket", "soon"],
    ] {
        let (code, out, err) = run(promoctl(server(), &name).args(arguments));
        assert!(code == 3 && out.is_empty() && err.starts_with("ERROR:"), "{arguments:?}: {err}");
    }
}

#[test]
fn a_missing_extension_says_what_to_do() {
    let (_, name) = server().empty_database();
    for arguments in [&["settle"][..], &["drift"], &["probe", "--hash", &"0".repeat(64)]] {
        let (code, out, err) = run(promoctl(server(), &name).args(arguments));
        assert!(code == 3 && out.is_empty() && err.contains("CREATE EXTENSION promo_guard"), "{err}");
    }
}
