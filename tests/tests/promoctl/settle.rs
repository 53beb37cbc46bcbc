//! Runbook section 5 as somebody on call works through it: settle, drift, probe.

use promo_guard_generator::{
    Campaign, CodeHash, Config, Dataset, Defects, Micros, PEPPER, Rule, Status, generate,
};
use promo_guard_tests::load::{LoadOptions, load};
use promo_guard_tests::{Server, promoctl, server, table};
use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Command, Stdio};

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
    assert!(!page.contains(char::is_control) || page.chars().all(|c| c == '\n' || !c.is_control()), "{page}");
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
    let header = "rule,severity,campaign_id,redemption_id,purchase_id,user_id,expected,actual,detail";
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

/// A shop that is open now, and a live discount for everybody in it, with its plain code.
fn open_shop(server: &Server) -> (String, Campaign, String) {
    let now = chrono::Utc::now().timestamp_micros();
    let data = generate(&healthy(Micros(now)));
    let everybodys = |c: &&Campaign| {
        c.status == Status::Active
            && c.discount().is_some_and(|d| d.value >= 10)
            && c.max_total_uses.is_none()
            && c.applicable_products.is_none()
            && !c.new_users_only
            && !c.first_purchase_only
            && c.valid_from.0 < now
            && c.valid_until.0 > now + 3_600_000_000
    };
    let campaign = data.campaigns.iter().find(everybodys).expect("a live campaign for everybody").clone();
    let plain = data.codes.plain(campaign.code).to_owned();
    (shop(server, &data), campaign, plain)
}

/// The probe of an operator with the shop's pepper.
fn probe(server: &Server, name: &str) -> Command {
    let mut command = promoctl(server, name);
    command
        .env("PGUSER", format!("{name}_operator"))
        .env("PROMO_PEPPER", std::str::from_utf8(PEPPER).unwrap())
        .arg("probe");
    command
}

#[test]
fn probe_hashes_as_the_application_does_and_the_code_is_nowhere_to_be_found() {
    let server = Server::start(&["log_statement=all", "log_parameter_max_length=-1"]);
    let (name, campaign, plain) = open_shop(&server);
    let hash = CodeHash::of(&plain).to_string();
    let (first, last) = plain.split_at(3);
    let spelled = [
        plain.clone(),
        format!("{plain}\n"),
        format!("  {}-{}\r\n", first.to_lowercase(), last.to_lowercase()),
        format!("{first} {last}"),
    ];
    let secrets = |text: &str| {
        let text = text.to_uppercase();
        text.contains(&plain.to_uppercase()) || text.contains("NEVER A REAL ONE")
    };
    for typed in &spelled {
        let (code, out, err) = run_with(probe(&server, &name).args(["--user", "99"]), typed);
        assert_eq!((code, err.as_str()), (0, ""), "{out}");
        assert!(out.starts_with("ACCEPTED\n") && out.contains(&campaign.id.0.to_string()), "{out}");
        assert!(out.lines().all(|line| line.chars().count() <= 80), "{out}");
        assert!(!secrets(&out), "{out}");
    }
    // what the server was told, and all that it was told
    let log = server.log();
    assert!(
        log.matches(&format!("'{hash}'")).count() >= spelled.len(),
        "the hash of {plain} is not in the log"
    );
    assert!(!secrets(&log), "the plain code or the pepper is in the server's log");

    // the pepper in a file, with a line end
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("pepper");
    let write = |bytes: &[u8], mode| {
        fs::write(&file, bytes).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
    };
    let with_file = |format: &str| {
        let mut command = probe(&server, &name);
        command.env_remove("PROMO_PEPPER").arg("--pepper-file").arg(&file).args(["--output", format]);
        run_with(&mut command, &plain)
    };
    write(&[PEPPER, b"\n"].concat(), 0o600);
    let (code, json, err) = with_file("json");
    assert_eq!((code, err.as_str()), (0, ""), "{json}");
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["result"], "ACCEPTED");
    assert_eq!(json["campaign_id"], campaign.id.0.to_string());
    assert_eq!(
        with_file("csv").1.lines().next(),
        Some("result,reason,campaign_id,discount_type,discount_value")
    );
    assert!(with_file("markdown").1.contains("- result: ACCEPTED"));
    for (bytes, mode, said) in [
        (PEPPER, 0o640, "group or world access"),
        (b"\n", 0o600, "is empty"),
        (&[b'p'; 70_000], 0o600, "too long"),
    ] {
        write(bytes, mode);
        let (code, out, err) = with_file("table");
        assert!(code == 2 && out.is_empty() && err.contains(said) && !secrets(&err), "{err}");
    }
    // another pepper: the hash leads nowhere, and that is said
    write(b"salt", 0o600);
    let (code, out, _) = with_file("table");
    assert!(code == 1 && out.contains("INVALID") && out.contains("the pepper may not be the one"), "{out}");
    // the hash alone will do
    let (code, out, _) = run(promoctl(&server, &name).args(["probe", "--hash", &hash]));
    assert!(code == 0 && out.starts_with("ACCEPTED"), "{out}");
}

#[test]
fn what_probe_cannot_use_is_2_before_anything_is_asked_of_a_server() {
    let nowhere = || {
        let mut command = promoctl(server(), "no_such_database");
        command.env("PROMO_PEPPER", "salt").arg("probe");
        command
    };
    for (arguments, input, said) in [
        (&["SUMMER26"][..], "", "not taken from the command line"),
        (&["--", "SUMMER26"], "", "not taken from the command line"),
        (&[], "", "no code was given"),
        (&[], " - \n", "no code was given"),
        (&[], "SUMMER26\nSUMMER27\n", "more than one line"),
        (&["--pepper-env", "NO_SUCH"], "SUMMER26", "NO_SUCH is not set"),
        (&["--pepper-env", "SUMMER26!"], "", "not the name of an environment variable"),
        (&["--pepper-file", "/no/such/file"], "SUMMER26", "/no/such/file"),
        (&["--pepper-file", "/dev"], "SUMMER26", "not a plain file"),
        (&["--hash", "SUMMER26"], "", "64 hex digits"),
        (&["--wait", "5m"], "SUMMER26", "--user"),
        (&["--user", "7", "--wait", "soon"], "SUMMER26", "5m"),
    ] {
        let (code, out, err) = run_with(nowhere().args(arguments), input);
        assert!(code == 2 && out.is_empty() && err.contains(said), "{arguments:?}: {err}");
        assert!(!err.contains("SUMMER"), "{err}");
    }
    let (code, _, err) = run_with(nowhere().env("PROMO_PEPPER", ""), "SUMMER26");
    assert!(code == 2 && err.contains("PROMO_PEPPER is empty"), "{err}");
}

#[test]
fn an_answer_other_than_accepted_is_1_and_a_reader_gets_none() {
    let (name, campaign, plain) = open_shop(server());
    let mut db = server().connect(&name);
    let ask = |more: &[&str]| run_with(probe(server(), &name).args(more), &plain);
    db.execute("UPDATE promo_codes SET status = 'PAUSED' WHERE id = $1", &[&campaign.id.0]).unwrap();
    let (code, out, _) = ask(&[]);
    assert!(code == 1 && out.starts_with("EXPIRED (PAUSED)") && out.contains("promoctl triage"), "{out}");
    // there is nothing to wait for
    let (code, out, _) = ask(&["--user", "7", "--wait", "1h"]);
    assert!(code == 1 && out.contains("Not waiting"), "{out}");
    let (code, json, _) = ask(&["--user", "7", "--wait", "1h", "--output", "json"]);
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!((code, &json["verdict"]), (1, &Value::from("NOT_WAITED")));
    let (code, out, err) = run_with(probe(server(), &name).env("PGUSER", format!("{name}_reader")), &plain);
    assert!(code == 3 && out.is_empty() && err.contains("42501"), "{err}");
}

/// A probe that waits for user 77, up to the line that asks for the redemption.
struct Waiting {
    child: Child,
    out: BufReader<std::process::ChildStdout>,
}

impl Waiting {
    fn start(name: &str, plain: &str, wait: &str) -> Waiting {
        let mut child = probe(server(), name)
            .args(["--user", "77", "--wait", wait])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(plain.as_bytes()).unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let mut waiting = Waiting { child, out };
        waiting.until("Redeem it now");
        waiting
    }

    /// Reads on to a line that says this.
    fn until(&mut self, said: &str) {
        let mut line = String::new();
        while !line.contains(said) {
            line.clear();
            assert!(self.out.read_line(&mut line).unwrap() > 0, "{said:?} was never said");
        }
    }

    /// The exit status and all that is still to come.
    fn end(mut self) -> (i32, String, String) {
        let (mut out, mut err) = (String::new(), String::new());
        self.out.read_to_string(&mut out).unwrap();
        self.child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
        assert!(!out.contains('\u{1b}') && !err.contains('\u{1b}'), "no spinner in a pipe: {err:?}");
        (self.child.wait().unwrap().code().unwrap_or(-1), out, err)
    }
}

const REDEMPTION: &str = "00000000-0000-4000-8000-000000000077";
const PURCHASE: &str = "00000000-0000-4000-8000-000000000078";

/// What the application does when user 77 comes: three moments.
fn attempt(db: &mut postgres::Client, campaign: &Campaign, result: &str) {
    db.batch_execute(&format!(
        "INSERT INTO promo_attempts SELECT max(id) + 1, 77, (SELECT code_hash FROM promo_codes WHERE id = {}), '{result}',
             'BUTTON', now(), '{{}}' FROM promo_attempts",
        campaign.id.0
    ))
    .unwrap();
}

fn reserve(db: &mut postgres::Client, campaign: &Campaign, off: i32) {
    let terms = campaign.discount().unwrap();
    db.batch_execute(&format!(
        "INSERT INTO purchases VALUES ('{PURCHASE}', 77, 'stars_1000', 999, {off}, 999 - {off}, 'INVOICE_SENT', {id}, now());
         INSERT INTO promo_redemptions VALUES ('{REDEMPTION}', {id}, 77, 'RESERVED', now() + interval '15 min', '{PURCHASE}',
             '{{\"discount_type\": \"{kind}\", \"discount_value\": {value}}}', now(), NULL, now())",
        id = campaign.id.0,
        kind = terms.kind,
        value = terms.value
    ))
    .unwrap();
}

fn credit(db: &mut postgres::Client, campaign: &Campaign) {
    db.batch_execute(&format!(
        "BEGIN;
         UPDATE purchases SET status = 'CREDITED', paid_at = now(), credited_at = now() WHERE id = '{PURCHASE}';
         UPDATE promo_redemptions SET status = 'APPLIED', applied_at = now(), updated_at = now() WHERE id = '{REDEMPTION}';
         UPDATE promo_codes SET used_total = used_total + 1 WHERE id = {};
         INSERT INTO ledger SELECT (SELECT max(id) + 1 FROM ledger), id, 'CREDIT', stars_amount, now() FROM purchases
             WHERE id = '{PURCHASE}' AND stars_amount > 0;
         COMMIT",
        campaign.id.0
    ))
    .unwrap();
}

/// The discount that the campaign owes on the product of these tests.
fn due(campaign: &Campaign) -> i32 {
    campaign.discount().unwrap().on(promo_guard_generator::Stars(999)).0
}

#[test]
fn a_real_redemption_is_followed_to_its_settlement() {
    let (name, campaign, plain) = open_shop(server());
    let mut db = server().connect(&name);
    let mut waiting = Waiting::start(&name, &plain, "1m");
    // Somebody who looks at the session finds no code.
    let seen = table(&mut db, "SELECT query FROM pg_stat_activity WHERE application_name = 'promoctl'");
    assert!(!seen.iter().any(|row| row[0].contains(&plain)), "{seen:?}");
    // Another user's redemption is not ours.
    db.batch_execute(
        "UPDATE promo_attempts SET attempted_at = now() WHERE id = (SELECT max(id) FROM promo_attempts)",
    )
    .unwrap();
    attempt(&mut db, &campaign, "ACCEPTED");
    waiting.until("attempt     done     ACCEPTED");
    reserve(&mut db, &campaign, due(&campaign));
    waiting.until("redemption  pending  RESERVED");
    waiting.until("settlement  pending  INVOICE_SENT");
    credit(&mut db, &campaign);
    waiting.until("redemption  done     APPLIED");
    waiting.until("settlement  done     CREDITED");
    let (code, out, err) = waiting.end();
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    assert!(out.starts_with("Passed: attempted, redeemed and settled within"), "{out}");
}

#[test]
fn a_redemption_that_settles_against_the_rules_is_not_passed() {
    let (name, campaign, plain) = open_shop(server());
    let mut db = server().connect(&name);
    let waiting = Waiting::start(&name, &plain, "1m");
    attempt(&mut db, &campaign, "ACCEPTED");
    reserve(&mut db, &campaign, 0);
    credit(&mut db, &campaign);
    let (code, out, err) = waiting.end();
    assert_eq!((code, err.as_str()), (1, ""), "{out}");
    let expected = format!("zero_discount (expected {}, is 0)", due(&campaign));
    assert!(out.replace('\n', " ").contains(&expected), "{expected}\n{out}");
}

#[test]
fn a_refused_attempt_ends_the_wait_at_once() {
    let (name, campaign, plain) = open_shop(server());
    let waiting = Waiting::start(&name, &plain, "1m");
    attempt(&mut server().connect(&name), &campaign, "RATE_LIMITED");
    let (code, out, _) = waiting.end();
    assert_eq!(code, 1);
    assert!(out.contains("Failed at the attempt: RATE_LIMITED"), "{out}");
}

#[test]
fn time_over_and_ctrl_c_say_how_far_it_came() {
    let (name, campaign, plain) = open_shop(server());
    let mut db = server().connect(&name);
    let (code, out, _) = Waiting::start(&name, &plain, "1s").end();
    assert!(code == 1 && out.contains("no attempt of user 77 on this code has come"), "{out}");

    let mut waiting = Waiting::start(&name, &plain, "1m");
    attempt(&mut db, &campaign, "ACCEPTED");
    reserve(&mut db, &campaign, due(&campaign));
    waiting.until("settlement  pending");
    // SAFETY: signals the child that was started just above.
    unsafe { libc::kill(i32::try_from(waiting.child.id()).unwrap(), libc::SIGINT) };
    let (code, out, err) = waiting.end();
    assert_eq!(code, 130, "{out}{err}");
    assert!(err.contains("Interrupted after") && err.contains("RESERVED"), "{err}");
    // the redemption that stands from before is not taken for a new one
    db.batch_execute("DELETE FROM promo_redemptions WHERE user_id = 77").unwrap();
    let mut command = probe(server(), &name);
    let (code, json, _) =
        run_with(command.args(["--user", "77", "--wait", "1s", "--output", "json"]), &plain);
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        (code, &json["verdict"], json["steps"].as_array().unwrap().len()),
        (1, &Value::from("TIME_OVER"), 0)
    );
}
