//! Manners of every command, those included that nobody has written a test for: the list is `--help`'s.

use super::generated::{commands, leaves};
use promo_guard_generator::{Config, Incident, IncidentKind, Intensity, Micros, generate};
use promo_guard_tests::load::{LoadOptions, load};
use promo_guard_tests::{Server, promoctl, server, table};
use std::io::Read;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Ways to call each command, in a database where `ID` is a paused campaign. Those marked change something.
const LINES: &[(&str, &str, bool)] = &[
    ("triage", "", false),
    ("clusters", "", false),
    ("classify", "", false),
    ("announce", "", false),
    ("announce", "ID --from 2026-03-01 --until 2026-03-02 --note tested", true),
    ("paused", "", false),
    ("triage", "--full", false),
    ("show", "ID", false),
    ("check", "ID", false),
    ("unpause", "ID --reason tested --yes", true),
    ("pause", "ID --reason tested", true),
    ("pause", "--batch NAME --reason tested", true),
    ("fix", "ID max_uses_per_user=7 --reason tested", true),
    ("fix", "ID max_uses_per_user=8 --reason tested --dry-run", true),
    ("rotate", "--campaign NAME --out OUT --reason tested --again", true),
    ("watch", "ID", false),
    ("settle", "", false),
    ("drift", "", false),
    ("probe", "--hash 0000000000000000000000000000000000000000000000000000000000000000", false),
    ("incident open", "tested --trigger tested", true),
    ("incident checkpoint", "tested", true),
    ("incident close", "tested", true),
    ("report", "", false),
    ("escalations", "", false),
    ("escalations", "--acknowledge high_value_paused --campaign ID --note tested", true),
    ("doctor", "", false),
    ("setup", "", true),
    ("setup", "--dry-run", true),
    ("setup", "--scaffold", false),
];

/// Whether a line of those changes nothing in the end, although it does what a change does.
pub fn is_dry(command: &Command) -> bool {
    command.get_args().any(|word| word == "--dry-run")
}

/// These ask no server.
const ALONE: &[&str] = &["completions", "man"];

pub struct Shop {
    pub name: String,
    pub id: String,
    campaign: String,
    /// Where commands write files; gone with the test.
    dir: tempfile::TempDir,
}

impl Shop {
    pub fn new() -> Shop {
        Shop::on(server())
    }

    /// The same on a server of the caller's.
    pub fn on(server: &Server) -> Shop {
        let (mut db, name) = server.empty_database();
        let now = Micros(i64::try_from(std::time::UNIX_EPOCH.elapsed().unwrap().as_micros()).unwrap());
        let night = Config::small(5, now).with(Incident::new(IncidentKind::Hammered, Intensity::Medium, 40));
        load(&mut db, &generate(&night), &LoadOptions::default().without_foreign_keys()).unwrap();
        db.batch_execute(
            "CREATE EXTENSION promo_guard; SELECT promo_guard.bind(); SELECT promo_guard.attach_history()",
        )
        .unwrap();
        // A name that would be markup, a table's edge, emphasis and a terminal's colour.
        db.batch_execute(
            r"UPDATE promo_codes SET campaign_name = E'<script>alert(1)</script> | *x* \u001b[31m'
              WHERE campaign_name IN (SELECT campaign_name FROM promo_codes WHERE status = 'PAUSED')",
        )
        .unwrap();
        let row = table(
            &mut db,
            "SELECT id, campaign_name FROM promo_codes WHERE status = 'PAUSED' ORDER BY updated_at DESC LIMIT 1",
        );
        Shop { name, id: row[0][0].clone(), campaign: row[0][1].clone(), dir: tempfile::tempdir().unwrap() }
    }

    /// Every command that there is, with its line.
    pub fn commands(&self) -> Vec<(String, Command, bool)> {
        self.commands_at(server())
    }

    pub fn commands_at(&self, server: &Server) -> Vec<(String, Command, bool)> {
        let leaves = leaves();
        for name in leaves.iter().filter(|name| !ALONE.contains(&name.as_str())) {
            assert!(
                LINES.iter().any(|(known, ..)| known == name),
                "the new command {name} wants a line here"
            );
        }
        let known = LINES.iter().filter(|(name, ..)| leaves.iter().any(|leaf| leaf == name));
        known
            .map(|(name, line, changes)| ((*name).to_owned(), self.command(server, name, line), *changes))
            .collect()
    }

    fn command(&self, server: &Server, name: &str, line: &str) -> Command {
        let mut command = promoctl(server, &self.name);
        command.args(name.split(' '));
        for word in line.split_whitespace() {
            command.arg(match word {
                "ID" => self.id.clone(),
                "NAME" => self.campaign.clone(),
                "OUT" => {
                    let fresh = std::time::UNIX_EPOCH.elapsed().unwrap().as_nanos();
                    self.dir.path().join(format!("codes-{fresh}")).display().to_string()
                }
                word => word.to_owned(),
            });
        }
        command.env("NO_COLOR", "1").env("PROMO_PEPPER", "pepper").stdin(Stdio::null());
        command
    }

    /// Each line that changes something, for more than one go: its command anew at every call.
    pub fn changing(&self) -> impl Iterator<Item = (&'static str, impl Fn() -> Command)> {
        LINES
            .iter()
            .filter(|(.., changes)| *changes)
            .map(|(name, line, _)| (*name, || self.command(server(), name, line)))
    }

    /// Sees to it that a changing command finds what it needs, and something to do.
    pub fn prepare(&self, name: &str) {
        let mut db = server().connect(&self.name);
        let incident = table(&mut db, "SELECT id FROM promo_guard.incident WHERE closed_at IS NULL");
        match (name, incident.first()) {
            ("incident open", Some(open)) => {
                drop(table(&mut db, &format!("SELECT promo_guard.close_incident({}, 'tested')", open[0])));
            }
            ("incident checkpoint" | "incident close", None) => {
                drop(table(&mut db, "SELECT promo_guard.open_incident('tested', 'tested')"));
            }
            ("setup", _) => drop(table(&mut db, "SELECT promo_guard.detach_history()")),
            _ => {}
        }
        let status = if name == "pause" { "ACTIVE" } else { "PAUSED" };
        let other = format!(
            "UPDATE promo_codes SET status = '{status}' WHERE id = {} AND status <> '{status}'",
            self.id
        );
        db.batch_execute(&other).unwrap();
    }

    /// The campaigns alone: what no dry run touches, which leaves a note in the log.
    pub fn campaigns(&self) -> Vec<Vec<String>> {
        self.state().into_iter().filter(|row| row.len() == 4).collect()
    }

    /// What no failed command may have touched.
    pub fn state(&self) -> Vec<Vec<String>> {
        self.state_at(server())
    }

    pub fn state_at(&self, server: &Server) -> Vec<Vec<String>> {
        let mut db = server.connect(&self.name);
        let mut state =
            table(&mut db, "SELECT id, status, target_scope, valid_until FROM promo_codes ORDER BY id");
        state.extend(table(&mut db, "SELECT id, action FROM promo_guard.action_log ORDER BY id"));
        state.extend(table(&mut db, "SELECT id, title FROM promo_guard.incident ORDER BY id"));
        state
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

#[test]
fn every_command_is_tried_here() {
    let shop = Shop::new();
    let mut tried: Vec<String> = shop.commands().into_iter().map(|(name, ..)| name).collect();
    assert_eq!(tried.len(), LINES.len(), "a line here is of no command");
    tried.extend(ALONE.iter().map(|name| (*name).to_owned()));
    tried.sort();
    tried.dedup();
    assert!(tried == leaves() && leaves().len() <= commands().len(), "{tried:?}");
}

#[test]
fn a_reader_that_has_gone_is_no_error() {
    let shop = Shop::new();
    for (name, mut command, _) in shop.commands() {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let out = child.wait_with_output().unwrap();
        let err = text(&out.stderr);
        assert!(!err.contains("panicked") && !err.contains("Broken pipe"), "{name}: {err}");
        assert!(matches!(out.status.code(), Some(0..=3)), "{name}: {:?}", out.status);
    }
}

#[test]
fn without_a_server_there_is_an_error_on_stderr_and_2() {
    let shop = Shop::new();
    for (name, mut command, _) in shop.commands() {
        let out = command.env("PGHOST", "/nowhere").output().unwrap();
        let err = text(&out.stderr);
        assert_eq!((out.status.code(), text(&out.stdout).as_str()), (Some(2), ""), "{name}: {err}");
        assert!(err.contains("/nowhere"), "{name}: {err}");
    }
}

#[test]
fn every_format_of_every_command() {
    let shop = Shop::new();
    for format in ["table", "json", "csv", "markdown"] {
        for (name, mut command, _) in shop.commands() {
            if name == "watch" {
                continue; // it lasts as long as a bake
            }
            let out = command.args(["--output", format]).output().unwrap();
            let (said, err) = (text(&out.stdout), text(&out.stderr));
            let code = out.status.code();
            assert!(
                matches!(code, Some(0..=3)) && !err.contains("panicked"),
                "{name} {format}: {code:?} {err}"
            );
            assert!(said.chars().all(|c| c == '\n' || !c.is_control()), "{name} {format}: {said:?}");
            if said.is_empty() {
                assert!(!err.is_empty() || format == "csv", "{name} {format} says nothing at all");
                continue;
            }
            match format {
                "json" => drop(
                    serde_json::from_str::<serde_json::Value>(&said)
                        .unwrap_or_else(|e| panic!("{name}: {e}: {said}")),
                ),
                // the report is Markdown for a ticket there, whose lines are as long as their sentences
                "table" if name != "report" => {
                    // what is there to be pasted stays in one line
                    let long = said
                        .lines()
                        .find(|l| l.chars().count() > 80 && !l.ends_with(';') && !l.starts_with("    "));
                    assert!(long.is_none(), "{name}: {long:?}\n{said}");
                }
                _ => {}
            }
        }
    }
}

/// Runs each command while somebody holds the campaigns' table, does `meanwhile` once it waits, and looks at how it ends. A command
/// that does not touch the table ends by itself.
fn while_waiting(meanwhile: impl Fn(&mut postgres::Client, u32), expected: &[i32], words: &[&str]) {
    let shop = Shop::new();
    let before = shop.state();
    let mut waited = Vec::new();
    for (name, mut command, changes) in shop.commands() {
        if name == "watch" {
            continue;
        }
        let mut holder = server().connect(&shop.name);
        holder.batch_execute("BEGIN; LOCK TABLE promo_codes IN ACCESS EXCLUSIVE MODE").unwrap();
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut watcher = server().connect(&shop.name);
        let waits = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'promoctl' AND datname = current_database() AND wait_event_type = 'Lock'";
        let until = Instant::now() + Duration::from_secs(60);
        let mut alone = false;
        while table(&mut watcher, waits) != [["1"]] {
            if child.try_wait().unwrap().is_some() {
                alone = true;
                break;
            }
            assert!(Instant::now() < until, "{name} neither waits nor ends");
            std::thread::sleep(Duration::from_millis(10));
        }
        if !alone {
            meanwhile(&mut watcher, child.id());
            waited.push(name.clone());
        }
        let code = child.wait().unwrap().code();
        let mut err = String::new();
        child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
        drop(holder);
        if alone {
            assert!(matches!(code, Some(0..=3)), "{name}: {code:?} {err}");
            continue;
        }
        assert!(code.is_some_and(|code| expected.contains(&code)), "{name}: {code:?} {err}");
        assert!(words.iter().any(|words| err.contains(words)) && !err.contains("panicked"), "{name}: {err}");
        assert_eq!(err.contains("nothing was changed"), changes, "{name}: {err}");
        assert_eq!(shop.state(), before, "{name} left something half done");
    }
    for changing in ["unpause", "pause", "setup"] {
        assert!(waited.iter().any(|name| name == changing), "{changing} never waited: {waited:?}");
    }
}

#[test]
fn a_session_that_the_server_ends_leaves_nothing_half_done_and_that_is_said() {
    let kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'promoctl' AND datname = current_database()";
    while_waiting(
        |watcher, _| drop(table(watcher, kill)),
        &[2, 3],
        &["57P01", "the connection to the server was lost"],
    );
}

#[test]
fn ctrl_c_leaves_nothing_half_done_and_that_is_said() {
    let interrupt = |_: &mut postgres::Client, pid: u32| {
        // SAFETY: signals the child that was started just above.
        let _ = unsafe { libc::kill(i32::try_from(pid).unwrap(), libc::SIGINT) };
    };
    while_waiting(interrupt, &[130], &["interrupted"]);
}
