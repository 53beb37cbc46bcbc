//! `make demo`: a night at a promo shop, simulated, and the runbook's sections in order as far as they exist.
//!
//! Everything is real: the server, the extension, promoctl. The data come from the generator with a fixed seed and end now;
//! so every number is the same at every run, and only the times differ. `--keep` leaves the server up, `--stop` ends it.

use postgres::Client;
use promo_guard_generator::{Config, Dataset, IncidentKind, Micros, generate};
use promo_guard_tests::load::{LoadOptions, load};
use promo_guard_tests::{Server, promoctl, promoctl_path, repo};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use std::{env, error::Error, fs};

const SEED: u64 = 1;
const DATABASE: &str = "shop";
/// Owns the application's tables.
const APPLICATION: &str = "shop";
/// Is on call: an operator, without any right on the application's tables.
const ON_CALL: &str = "oncall";

fn main() -> ExitCode {
    let done = match env::args().nth(1).as_deref() {
        None => demo(false),
        Some("--keep") => demo(true),
        Some("--stop") => stop(),
        Some(other) => Err(format!("unknown argument {other}; there are --keep and --stop").into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("demo: {error}");
            ExitCode::FAILURE
        }
    }
}

fn demo(keep: bool) -> Result<(), Box<dyn Error>> {
    if keep && let Some((_, dir)) = kept()? {
        return Err(
            format!("a demo server is up already in {}; `make demo-stop` ends it", dir.display()).into()
        );
    }
    let server = Server::start(&[]);
    server
        .connect("postgres")
        .batch_execute(&format!("CREATE ROLE {APPLICATION} LOGIN; CREATE ROLE {ON_CALL} LOGIN"))?;
    server.connect("postgres").batch_execute(&format!("CREATE DATABASE {DATABASE} OWNER {APPLICATION}"))?;
    let now = chrono::Utc::now().timestamp() / 60 * 60;
    let data = generate(&Config::demo(SEED, Micros(now * 1_000_000)));
    let loaded = load(
        &mut server.connect_as(APPLICATION, DATABASE),
        &data,
        &LoadOptions::default().without_foreign_keys(),
    )?;
    server.connect(DATABASE).batch_execute("CREATE EXTENSION promo_guard")?;
    println!(
        "A promo shop's database: {} campaigns, {} attempts, {} redemptions, {} purchases.",
        loaded.promo_codes, loaded.promo_attempts, loaded.promo_redemptions, loaded.purchases
    );
    println!("It is night, and the automatic guard has paused campaigns.");

    let end = chrono::DateTime::from_timestamp(now, 0).ok_or("a clock beyond all calendars")?;
    let as_of = end.format("%Y-%m-%d %H:%M:%SZ").to_string();
    let dba = |arguments: &[&str]| show(&server, "postgres", arguments);
    let on_call = |arguments: &[&str]| show(&server, ON_CALL, &[arguments, &["--as-of", &as_of]].concat());

    // Changes are made now, and not as of a time.
    let now = |arguments: &[&str]| show(&server, ON_CALL, arguments);
    let paused_by = |kind| about(&data, kind);
    let (hammered, popular) = (paused_by(IncidentKind::Hammered)?, paused_by(IncidentKind::PauseEcho)?);

    section("Setup, once, by the database's owner");
    dba(&["setup", "--ledger", "ledger", "--operator", ON_CALL])?;
    section("1 Immediate triage");
    on_call(&["triage"])?;
    on_call(&["clusters"])?;
    section("2 Classify: what is going on, and how sure is that?");
    on_call(&["classify"])?;
    section("4 Safe unpause: the right thing in one command, the wrong one refused with its reasons");
    now(&["incident", "open", "Campaigns paused at night"])?;
    // The data end with a minute; the shop goes on, or the silence since would be a reason to refuse.
    server.connect_as(APPLICATION, DATABASE).batch_execute(
        "INSERT INTO promo_attempts (id, user_id, normalized_code_hash, result, source, attempted_at)
         SELECT 3000000000000000000 + g, 8000000000 + g, code_hash, 'ACCEPTED', 'BUTTON', clock_timestamp()
         FROM (SELECT code_hash FROM promo_codes WHERE status = 'ACTIVE' ORDER BY id LIMIT 1) AS c, generate_series(1, 20) AS g",
    )?;
    now(&["unpause", &hammered, "--reason", "customers complain", "--yes"])?;
    now(&[
        "unpause",
        &popular,
        "--reason",
        "a false alarm: the pause itself causes the failures, and the job is stopped",
        "--override",
        "guard_would_not_repause",
        "--bake",
        "1 min",
        "--yes",
    ])?;
    let customers = customers(server.connect_as(APPLICATION, DATABASE), popular.parse()?);
    now(&["watch", &popular])?;
    customers.join().map_err(|_| "the customers of the bake stumbled")??;
    section("5 Post-incident validation: is every discount accounted for?");
    on_call(&["settle"])?;
    on_call(&["drift", "--bucket", "10 min"])?;
    section("6 Communication: what the others are told");
    now(&["report"])?;
    section("7 Escalation: who must know");
    now(&["escalations"])?;

    if keep {
        let report = state_file().with_file_name("demo-report.html");
        let _ = fs::remove_file(&report);
        let path = report.display().to_string();
        show(&server, ON_CALL, &["report", "--format", "html", "--out", &path])?;
        let (pid, dir) = server.keep();
        fs::write(state_file(), format!("{pid}\n{}\n", dir.display()))?;
        println!("\nThe server stays up. Connect with");
        println!("  psql -h {} -U postgres {DATABASE}", dir.display());
        println!(
            "  {} -h {} -U {ON_CALL} -d {DATABASE} triage --as-of '{as_of}'",
            promoctl_path().display(),
            dir.display()
        );
        println!("and end it with\n  make demo-stop");
    }
    Ok(())
}

/// The campaign that an incident of the simulation is about.
fn about(data: &Dataset, kind: IncidentKind) -> Result<String, Box<dyn Error>> {
    let incident = data.truth.incidents.iter().find(|incident| incident.kind == kind);
    let campaign =
        incident.and_then(|incident| incident.campaigns.first()).ok_or("the demo has lost an incident")?;
    Ok(data.campaign(*campaign).id.0.to_string())
}

/// The campaign's customers during the bake: the application records them, one in five seconds, as many as before the night.
fn customers(mut shop: Client, campaign: i64) -> JoinHandle<Result<(), postgres::Error>> {
    thread::spawn(move || {
        for visit in 0..12_i64 {
            shop.execute(
                "INSERT INTO promo_attempts (id, user_id, normalized_code_hash, result, source, attempted_at)
                 SELECT 4000000000000000000 + $2, 9000000000 + $2, code_hash, 'ACCEPTED', 'BUTTON', clock_timestamp()
                 FROM promo_codes WHERE id = $1",
                &[&campaign, &visit],
            )?;
            thread::sleep(Duration::from_secs(5));
        }
        Ok(())
    })
}

fn section(title: &str) {
    println!("\n== {title}");
}

/// Prints a command as a person would type it, then what it prints.
fn show(server: &Server, role: &str, arguments: &[&str]) -> Result<(), Box<dyn Error>> {
    let typed: Vec<String> = arguments
        .iter()
        .map(|a| if a.contains([' ', '*', '\'']) { format!("'{a}'") } else { (*a).to_owned() })
        .collect();
    println!("\n$ promoctl {}", typed.join(" "));
    let mut command: Command = promoctl(server, DATABASE);
    let out = command
        .env("PGUSER", role)
        .env("COLUMNS", "80")
        .env("XDG_CACHE_HOME", server.host())
        .args(arguments)
        .output()?;
    print!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    // 1 is "findings": an incident has some.
    match out.status.code() {
        Some(0 | 1) => Ok(()),
        _ => Err(format!("promoctl {} ended with {}", arguments.join(" "), out.status).into()),
    }
}

/// Where a kept server is noted down.
fn state_file() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| repo().join("target"), PathBuf::from).join("demo-server")
}

/// The kept server's process and directory, where it still runs.
fn kept() -> Result<Option<(i32, PathBuf)>, Box<dyn Error>> {
    let Ok(state) = fs::read_to_string(state_file()) else { return Ok(None) };
    let mut lines = state.lines();
    let (Some(pid), Some(dir)) = (lines.next(), lines.next()) else { return Ok(None) };
    let pid: i32 = pid.parse()?;
    // The id may be another process's by now: only one that was started with our directory is ours.
    let line =
        fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("cmdline")).unwrap_or_default();
    Ok(line.contains(dir).then(|| (pid, dir.into())))
}

fn stop() -> Result<(), Box<dyn Error>> {
    let Some((pid, dir)) = kept()? else {
        println!("No demo server is up.");
        let _ = fs::remove_file(state_file());
        return Ok(());
    };
    // SAFETY: sends a signal to the process that `kept` has just recognised as our server.
    unsafe { libc::kill(pid, libc::SIGQUIT) };
    while Path::new("/proc").join(pid.to_string()).exists() {
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    fs::remove_dir_all(&dir)?;
    fs::remove_file(state_file())?;
    println!("Stopped the demo server of {}.", dir.display());
    Ok(())
}
