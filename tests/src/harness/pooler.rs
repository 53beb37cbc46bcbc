//! A connection pooler between promoctl and a server.

use super::server::{Server, command};
use std::fs;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Where Debian's package has it.
const PGBOUNCER: &str = "/usr/sbin/pgbouncer";

/// pgbouncer in transaction mode: a server connection belongs to a client for one transaction. It ends with this value, or with the
/// process.
pub struct Pooler {
    dir: PathBuf,
    supervisor: Child,
}

/// Runs pgbouncer until the end of the input, which comes with the end of whoever holds the pipe.
const SUPERVISOR: &str = r#"
trap '' INT TERM HUP
"$1" "$2/pgbouncer.ini" </dev/null >>"$2/log" 2>&1 &
pid=$!
cat >/dev/null
kill -KILL "$pid" 2>/dev/null
wait "$pid"
"#;

impl Pooler {
    /// The port of its socket.
    pub const PORT: &str = "6432";

    /// A pooler in front of `server`, for these roles, with at most so many server connections for each of them and database. They are
    /// used in turn.
    pub fn start(server: &Server, name: &str, roles: &[&str], connections: u32) -> Pooler {
        assert!(Path::new(PGBOUNCER).exists(), "{PGBOUNCER} is missing: run make test-packages");
        let dir = server.beside(name);
        let users: String = roles.iter().map(|role| format!("\"{role}\" \"\"\n")).collect();
        fs::write(dir.join("users"), users).expect("the pooler's users");
        let ini = format!(
            "[databases]\n* = host={host} port={port}\n[pgbouncer]\npool_mode = transaction\nlisten_addr =\nlisten_port = {own}\n\
             unix_socket_dir = {dir}\nauth_type = trust\nauth_file = {dir}/users\ndefault_pool_size = {connections}\n\
             server_round_robin = 1\nquery_wait_timeout = 60\n",
            host = server.host(),
            port = server.port(),
            own = Self::PORT,
            dir = dir.display(),
        );
        fs::write(dir.join("pgbouncer.ini"), ini).expect("the pooler's settings");
        let supervisor = command(Path::new("/bin/sh"))
            .args(["-c", SUPERVISOR, "sh", PGBOUNCER])
            .arg(&dir)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("sh");
        let pooler = Pooler { dir, supervisor };
        let socket = pooler.dir.join(format!(".s.PGSQL.{}", Self::PORT));
        let began = Instant::now();
        // The socket is there before anybody listens on it.
        while UnixStream::connect(&socket).is_err() {
            assert!(began.elapsed() < Duration::from_secs(30), "no pooler: {}", pooler.log());
            thread::sleep(Duration::from_millis(20));
        }
        pooler
    }

    /// The directory of its socket: the host to connect to.
    pub fn host(&self) -> &Path {
        &self.dir
    }

    /// Its log so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.dir.join("log")).unwrap_or_default()
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        drop(self.supervisor.stdin.take());
        let _ = self.supervisor.wait();
    }
}
