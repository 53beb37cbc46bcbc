//! psql and promoctl given the same input: what each of them came to.

use promo_guard_tests::{Server, promoctl_path};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

/// What one of them came to.
#[derive(Debug, PartialEq, Eq)]
pub struct Outcome {
    /// What each server's log says: who was let in, how encrypted; who was turned away.
    pub servers: Vec<String>,
    /// What it told, a line for each way tried, without its own name in front; nothing where it connected.
    pub told: Vec<String>,
}

/// The psql to compare with: the server's own, or Debian's where that was built without TLS, as servers from a wheel are.
pub fn psql(server: &Server) -> PathBuf {
    let built = Command::new(server.programs().join("pg_config")).arg("--configure").output().unwrap();
    if String::from_utf8_lossy(&built.stdout).contains("openssl") {
        return server.programs().join("psql");
    }
    PathBuf::from("/usr/lib/postgresql/15/bin/psql")
}

/// One input.
#[derive(Clone, Debug, Default)]
pub struct Input {
    pub arguments: Vec<String>,
    pub environment: Vec<(String, String)>,
}

impl Input {
    pub fn arguments(words: &[&str]) -> Input {
        Input { arguments: words.iter().map(|word| (*word).to_owned()).collect(), ..Input::default() }
    }

    pub fn variable(mut self, name: &str, value: &str) -> Input {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// Runs both against servers of their own, which nobody else uses.
pub struct Both<'a> {
    pub psql: PathBuf,
    pub servers: Vec<&'a Server>,
    pub home: PathBuf,
}

impl Both<'_> {
    fn logs(&self) -> Vec<String> {
        self.servers.iter().map(|server| server.log()).collect()
    }

    fn run(&self, command: &mut Command, input: &Input, name: &str) -> Outcome {
        // One at a time: the log does not say whose a session was.
        static TURN: Mutex<()> = Mutex::new(());
        let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let before: Vec<usize> = self.logs().iter().map(String::len).collect();
        let out = command
            .env_clear()
            .env("HOME", &self.home)
            .env("PATH", "/usr/bin:/bin")
            .env("LC_ALL", "C.UTF-8")
            .env("PGCONNECT_TIMEOUT", "20")
            .envs(input.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let servers = self
            .logs()
            .iter()
            .zip(before)
            .enumerate()
            .flat_map(|(number, (log, from))| {
                let said = log[from..].lines().filter(|line| !line.contains("walreceiver")).filter_map(
                    move |line| {
                        let (_, said) = line
                            .split_once("connection authorized: ")
                            .or_else(|| line.find("FATAL:").map(|at| line.split_at(at)))?;
                        Some(format!(
                            "{number}: {}",
                            said.replace(&format!("application_name={name}"), "application_name=?")
                        ))
                    },
                );
                said.collect::<Vec<_>>()
            })
            .collect();
        let err = String::from_utf8_lossy(&out.stderr).into_owned();
        let mut told = Vec::new();
        // promoctl ends with 2 where there was no session, and with 1 or 3 where there was one.
        if out.status.code() == Some(2) {
            let own = format!("{name}: error: ");
            told = err
                .lines()
                .filter(|line| !line.starts_with(['\t', ' ']))
                .filter(|line| {
                    !["HINT:", "SQLSTATE:", "DETAIL:", "WARNING:"].iter().any(|word| line.starts_with(word))
                })
                .map(|line| line.strip_prefix(&own).unwrap_or(line).to_owned())
                .collect();
        }
        Outcome { servers, told }
    }

    pub fn psql(&self, input: &Input) -> Outcome {
        let mut command = Command::new(&self.psql);
        command.args(&input.arguments).args(["-XAtc", "SELECT 1"]);
        self.run(&mut command, input, "psql")
    }

    pub fn promoctl(&self, input: &Input) -> Outcome {
        let mut command = Command::new(promoctl_path());
        command.args(&input.arguments).arg("doctor");
        self.run(&mut command, input, "promoctl")
    }

    /// Both came to the same; gives what.
    pub fn agree(&self, input: &Input) -> Outcome {
        let (theirs, ours) = (self.psql(input), self.promoctl(input));
        assert_eq!(ours, theirs, "promoctl (left) and psql (right) on {input:?}");
        ours
    }

    /// Both came to the same sessions and refusals; promoctl says it in words of its own, these among them.
    pub fn agree_but_for_the_words(&self, input: &Input, words: &str) {
        let (theirs, ours) = (self.psql(input), self.promoctl(input));
        assert_eq!(ours.servers, theirs.servers, "promoctl (left) and psql (right) on {input:?}");
        assert_eq!(ours.told.is_empty(), theirs.told.is_empty(), "{input:?}: {ours:?} {theirs:?}");
        let told = ours.told.join("\n");
        assert!(told.contains(words), "{input:?}: {words:?} is missing in {told:?}; psql: {theirs:?}");
    }
}
