//! A PostgreSQL server that ends with the process that started it, whichever way that ends.

use super::prefix;
use postgres::{Client, NoTls};
use std::io::Write as _;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use std::{fs, thread};

/// A throw-away server with the extension's files installed.
pub struct Server {
    dir: PathBuf,
    bin: PathBuf,
    port: u16,
    /// Holds the pipe whose end ends the server.
    supervisor: Option<Child>,
}

/// The user as whom everything of PostgreSQL's runs: initdb and postgres refuse root.
fn unprivileged() -> Option<(u32, u32)> {
    // SAFETY: geteuid reads one number of this process's.
    if unsafe { libc::geteuid() } != 0 {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").expect("/etc/passwd");
    let line = users
        .lines()
        .find(|l| l.starts_with("postgres:"))
        .expect("a user postgres, made by Debian's package");
    let fields: Vec<&str> = line.split(':').collect();
    Some((fields[2].parse().expect("uid"), fields[3].parse().expect("gid")))
}

/// A program as that user, with nothing of our environment.
pub fn command(program: &Path) -> Command {
    let mut command = Command::new(program);
    if let Some((uid, gid)) = unprivileged() {
        command.uid(uid).gid(gid);
    }
    command.current_dir("/").env_clear().env("PATH", "/usr/bin:/bin").env("LC_ALL", "C.UTF-8");
    command
}

fn must(command: &mut Command) -> String {
    let out = command.output().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    assert!(out.status.success(), "{command:?}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8_lossy(&out.stdout).into_owned()
}

fn fresh_dir() -> PathBuf {
    let dir =
        tempfile::Builder::new().prefix("promo-guard-").tempdir().expect("a temporary directory").keep();
    fs::set_permissions(&dir, fs::Permissions::from_mode(0o755)).expect("permissions");
    if let Some((uid, gid)) = unprivileged() {
        chown(&dir, Some(uid), Some(gid)).expect("chown");
    }
    dir
}

/// Makes a cluster (of its own, a copy of the server that $3 connects to, or where $3 is `upgrade PROGRAMS FILES` one that pg_upgrade
/// makes of those), runs a server on it, waits for the end of
/// its input, which comes with the end of whoever holds the pipe (Ctrl-C and SIGKILL included), then stops the server at
/// once and removes its files. A line of input kills the server with SIGKILL, or ends it in order where the line is
/// `restart`, and starts it again on the same files. All that leaves anything behind happens in here, so that nothing is left
/// behind.
const SUPERVISOR: &str = r#"
trap '' INT TERM HUP
bin=$1 dir=$2 source=$3; shift 3
{
    init() {
        "$bin/initdb" -A trust -U postgres --no-sync -E UTF8 --locale=C.UTF-8 "$@" -D "$dir/data"
    }
    case $source in
    "") init ;;
    upgrade\ *)
        # From 18 on there are checksums unless they are declined; both clusters must be alike.
        if "$bin/initdb" --help | grep -q no-data-checksums; then init --no-data-checksums; else init; fi &&
            set -- "$bin" "$dir" $source "$@" && cd "$dir" &&
            { "$bin/pg_upgrade" -b "$4" -B "$bin" -d "$5" -D "$dir/data" -U postgres -s "$dir" ||
                { tail -n 20 "$dir"/data/pg_upgrade_output.d/*/log/pg_upgrade_dump_*.log; false; }; } && shift 5 ;;
    *) "$bin/pg_basebackup" -d "$source" -c fast -X stream -R --no-sync -D "$dir/data" ;;
    esac
} </dev/null >"$dir/preparation" 2>&1 && {
    start() {
        "$bin/postgres" -D "$dir/data" "$@" </dev/null >>"$dir/log" 2>&1 &
        pid=$!
        echo $pid >"$dir/pid"
    }
    start "$@"
    while read -r how; do
        children=
        if [ "$how" = restart ]; then
            kill -INT "$pid"
        else
            # all at once, as when the machine dies: no backend of ours lives on to finish anything
            children=$(cat "/proc/$pid/task/$pid/children")
            kill -KILL "$pid" $children
        fi
        wait "$pid"
        # the memory they share is free once the last of them is gone
        for child in $children; do
            while grep -q '^State:[[:space:]]*[^ZX[:space:]]' "/proc/$child/status" 2>/dev/null; do sleep 0.02; done
        done
        start "$@"
    done
    kill -QUIT "$pid" 2>/dev/null
    wait "$pid"
}
cat >/dev/null
rm -rf "$dir"
"#;

impl Server {
    /// A new cluster. `settings` are `name=value`, beyond those that make it quick to start and to throw away;
    /// a name in capitals is one of its environment.
    pub fn start(settings: &[&str]) -> Self {
        Self::run(prefix::install(), "", 5432, settings)
    }

    /// Whether the installation has this library of PostgreSQL's own extras; servers from a wheel have none.
    pub fn can_load(library: &str) -> bool {
        let said = must(Command::new(prefix::install().join("pg_config")).arg("--pkglibdir"));
        Path::new(said.trim()).join(format!("{library}.so")).exists()
    }

    /// A hot standby of this server, caught up with it as of now.
    pub fn standby(&self) -> Self {
        self.standby_with(&[])
    }

    /// The same with settings of its own, such as a port.
    pub fn standby_with(&self, settings: &[&str]) -> Self {
        let source = format!("host={} port={} user=postgres", self.host(), self.port);
        Self::run(self.bin.clone(), &source, self.port, &[&["hot_standby=on"], settings].concat())
    }

    /// The major versions that `make servers` has fetched.
    pub fn fetched() -> Vec<u32> {
        prefix::fetched_versions()
    }

    /// This cluster, shut down in order, as pg_upgrade carries it to another major version that was fetched. It can be upgraded
    /// again: its files are copied.
    pub fn upgraded(&mut self, major: u32) -> Self {
        self.shut_down();
        let source = format!("upgrade {} {}", self.bin.display(), self.dir.join("data").display());
        Self::run(prefix::install_for(major), &source, self.port, &[])
    }

    /// Ends it in order, if it runs.
    fn shut_down(&self) {
        let running = self.dir.join("data/postmaster.pid");
        if running.exists() {
            let pid: i32 = self.file("pid").trim().parse().expect("a process id");
            // SAFETY: signals the server that the supervisor of this very value started, and waits for.
            unsafe { libc::kill(pid, libc::SIGINT) };
        }
        let began = Instant::now();
        while running.exists() {
            assert!(began.elapsed() < Duration::from_secs(60), "the server goes on: {}", self.log());
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn run(bin: PathBuf, source: &str, port: u16, settings: &[&str]) -> Self {
        let dir = fresh_dir();
        let (environment, settings): (Vec<&str>, Vec<&str>) =
            settings.iter().partition(|s| s.starts_with(|first: char| first.is_ascii_uppercase()));
        let port = settings.iter().find_map(|s| s.strip_prefix("port=")?.parse().ok()).unwrap_or(port);
        let mut supervisor = command(Path::new("/bin/sh"));
        supervisor.args(["-c", SUPERVISOR, "sh"]).arg(&bin).arg(&dir).arg(source);
        let quick = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=100"];
        let here = [
            "listen_addresses=".to_owned(),
            format!("unix_socket_directories={}", dir.display()),
            format!("port={port}"),
        ];
        for setting in here.iter().map(String::as_str).chain(quick).chain(settings.iter().copied()) {
            supervisor.args(["-c", setting]);
        }
        // A group of its own: Ctrl-C at the terminal must not reach the server before us.
        let child = supervisor
            .envs(environment.iter().filter_map(|variable| variable.split_once('=')))
            .env("PGPORT", port.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .expect("sh");
        let server = Self { dir, bin, port, supervisor: Some(child) };
        let started = Instant::now();
        while server.try_connect("postgres").is_err() {
            assert!(
                started.elapsed() < Duration::from_secs(120),
                "no server: {}{}",
                server.file("preparation"),
                server.log()
            );
            thread::sleep(Duration::from_millis(20));
        }
        server
    }

    /// Kills the server and all its processes with SIGKILL, and starts it again on the same files; back when it takes
    /// connections. Only of worth with `fsync=on`, `full_page_writes=on` and `synchronous_commit=on`.
    pub fn crash(&mut self) {
        self.again("crash");
    }

    /// Stops the server in order, open sessions and all (`pg_ctl restart -m fast`), and starts it again; back when it takes
    /// connections.
    pub fn restart(&mut self) {
        self.again("restart");
    }

    fn again(&mut self, how: &str) {
        let before = self.file("pid");
        let pipe = self.supervisor.as_mut().and_then(|child| child.stdin.as_mut()).expect("a running server");
        pipe.write_all(format!("{how}\n").as_bytes()).expect("the supervisor");
        let started = Instant::now();
        while self.file("pid") == before || self.try_connect("postgres").is_err() {
            assert!(started.elapsed() < Duration::from_secs(120), "it does not come back: {}", self.log());
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Leaves the server up after this process; gives the id of its process and its directory.
    pub fn keep(mut self) -> (u32, PathBuf) {
        let mut child = self.supervisor.take().expect("a running server");
        let pid = self.file("pid").trim().parse().expect("a process id");
        // Kill the supervisor alone; the server stays.
        child.kill().expect("the supervisor");
        let _ = child.wait();
        (pid, self.dir.clone())
    }

    fn file(&self, name: &str) -> String {
        // A log may hold bytes of a database of another encoding.
        String::from_utf8_lossy(&fs::read(self.dir.join(name)).unwrap_or_default()).into_owned()
    }

    /// A directory beside the cluster for whatever a test writes; it goes when the cluster goes, which is the server's user's to
    /// remove.
    pub fn beside(&self, name: &str) -> PathBuf {
        let mut dir = self.dir.clone();
        for part in Path::new(name) {
            dir.push(part);
            if !dir.exists() {
                fs::create_dir(&dir).expect("a directory");
                if let Some((uid, gid)) = unprivileged() {
                    chown(&dir, Some(uid), Some(gid)).expect("chown");
                }
            }
        }
        dir
    }

    /// The directory of its socket: the host to connect to.
    pub fn host(&self) -> String {
        self.dir.display().to_string()
    }

    /// The port of its socket.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Stops it at once, as a crash would.
    pub fn stop(&self) {
        let pid: i32 = self.file("pid").trim().parse().expect("a process id");
        // SAFETY: signals the server that the supervisor of this very value started, and waits for.
        unsafe { libc::kill(pid, libc::SIGQUIT) };
        let started = Instant::now();
        while self.try_connect("postgres").is_ok() {
            assert!(started.elapsed() < Duration::from_secs(60), "the server goes on");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// The directory of PostgreSQL's programs.
    pub fn programs(&self) -> &Path {
        &self.bin
    }

    /// One of PostgreSQL's programs, connected to this server.
    pub fn program(&self, name: &str) -> Command {
        let mut command = command(&self.bin.join(name));
        command.env("PGHOST", &self.dir).env("PGPORT", self.port.to_string()).env("PGUSER", "postgres");
        command
    }

    /// Runs one of PostgreSQL's programs to its end; gives what it printed.
    pub fn run_program(&self, name: &str, args: &[&str]) -> String {
        must(self.program(name).args(args))
    }

    /// The server's log so far.
    pub fn log(&self) -> String {
        self.file("log")
    }

    /// A connection as superuser.
    ///
    /// # Errors
    /// Whatever the server says.
    pub fn try_connect(&self, database: &str) -> Result<Client, postgres::Error> {
        self.try_connect_as("postgres", database)
    }

    /// A connection as some role.
    ///
    /// # Errors
    /// Whatever the server says.
    pub fn try_connect_as(&self, role: &str, database: &str) -> Result<Client, postgres::Error> {
        let mut config = postgres::Config::new();
        config
            .host_path(&self.dir)
            .port(self.port)
            .user(role)
            .dbname(database)
            .application_name("promo-guard-tests");
        config.connect(NoTls)
    }

    /// A connection as superuser, to a database that is there.
    pub fn connect(&self, database: &str) -> Client {
        self.try_connect(database).unwrap_or_else(|e| panic!("{database}: {e}"))
    }

    /// A connection as some role, to a database that is there.
    pub fn connect_as(&self, role: &str, database: &str) -> Client {
        self.try_connect_as(role, database).unwrap_or_else(|e| panic!("{role}@{database}: {e}"))
    }

    /// A new database with nothing in it, and its name.
    pub fn empty_database(&self) -> (Client, String) {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let name = format!("db{}", NEXT.fetch_add(1, Ordering::Relaxed));
        self.connect("postgres").batch_execute(&format!("CREATE DATABASE {name}")).expect("CREATE DATABASE");
        (self.connect(&name), name)
    }

    /// A new database with the extension and the reference schema, which belongs to the role `shop`; not bound yet.
    pub fn database(&self) -> (Client, String) {
        let (mut client, name) = self.empty_database();
        client
            .batch_execute(
                "DO $$ BEGIN CREATE ROLE shop LOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
                 GRANT ALL ON SCHEMA public TO shop; SET ROLE shop;",
            )
            .expect("role shop");
        client
            .batch_execute(include_str!("../../../sql/reference/schema.sql"))
            .expect("the reference schema");
        client.batch_execute(include_str!("../../../sql/reference/indexes.sql")).expect("the usual indexes");
        client.batch_execute("RESET ROLE; CREATE EXTENSION promo_guard").expect("CREATE EXTENSION");
        (client, name)
    }

    /// The same, bound, with its status history attached.
    pub fn bound_database(&self) -> (Client, String) {
        let (mut client, name) = self.database();
        client
            .batch_execute("SELECT promo_guard.bind(); SELECT promo_guard.attach_history()")
            .expect("setup");
        (client, name)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut child) = self.supervisor.take() {
            drop(child.stdin.take());
            let _ = child.wait();
        }
    }
}

/// The server that the tests of one process share. Each test has a database of its own in it. Every statement of every test that
/// uses it is checked for an empty parameter list (`parameter_check.c`).
pub fn server() -> &'static Server {
    static SHARED: OnceLock<Server> = OnceLock::new();
    SHARED.get_or_init(|| {
        let check = prefix::parameter_check();
        Server::start(&[&format!("session_preload_libraries={}", check.display())])
    })
}
