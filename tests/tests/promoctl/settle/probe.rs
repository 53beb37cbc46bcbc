//! The probe: the hash and nothing else reaches the server; and a real redemption followed, made by the test in the
//! application's place.

use super::{healthy, run, run_with, shop};
use promo_guard_generator::{Campaign, CodeHash, Micros, PEPPER, Stars, Status, generate};
use promo_guard_tests::{Server, promoctl, server, table};
use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Command, Stdio};

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
        Some("result,reason,campaign_id,discount_type,discount_value,campaign_key")
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
    assert!(code == 1 && out.contains("INVALID") && out.contains("the pepper may be wrong"), "{out}");
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
    assert!(code == 1 && out.starts_with("EXPIRED (PAUSED)") && out.contains("promoctl show"), "{out}");
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
    campaign.discount().unwrap().on(Stars(999)).0
}

#[test]
fn a_real_redemption_is_followed_to_its_settlement() {
    let (name, campaign, plain) = open_shop(server());
    let mut db = server().connect(&name);
    let mut waiting = Waiting::start(&name, &plain, "10m");
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
    let waiting = Waiting::start(&name, &plain, "10m");
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
    let waiting = Waiting::start(&name, &plain, "10m");
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

    let mut waiting = Waiting::start(&name, &plain, "10m");
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
