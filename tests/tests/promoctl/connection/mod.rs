//! Connections: what psql would do with the same input.

mod both;
mod certificates;
mod same_as_psql;
mod tls;

use promo_guard_tests::{Server, promoctl, promoctl_path, server};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

/// Exit status and standard error of a `doctor` run.
fn attempt(command: &mut Command) -> (Option<i32>, String) {
    let out = command.arg("doctor").output().unwrap();
    (out.status.code(), String::from_utf8(out.stderr).unwrap())
}

fn bare() -> Command {
    let mut command = Command::new(promoctl_path());
    command.env_clear().env("HOME", "/nonexistent").env("PATH", "/usr/bin:/bin");
    command
}

#[test]
fn flags_conninfo_uri_service_and_environment_all_lead_to_the_same_database() {
    let (_, name) = server().bound_database();
    let host = server().host();
    let dir = tempfile::tempdir().unwrap();
    let service = dir.path().join("services");
    fs::write(&service, format!("# services\n[shop]\nhost={host}\nuser=postgres\ndbname={name}\n")).unwrap();
    let uri = format!("postgresql://postgres@/{name}?host={}", host.replace('/', "%2F"));
    let info = format!("host='{host}' user=postgres dbname={name}");
    type Way<'a> = (&'a [&'a str], &'a [(&'a str, &'a str)]);
    let ways: [Way<'_>; 6] = [
        (&["-h", &host, "-U", "postgres", "-d", &name], &[]),
        (&["-d", &uri], &[]),
        (&["-d", &info], &[]),
        (&[], &[("PGHOST", &host), ("PGUSER", "postgres"), ("PGDATABASE", &name)]),
        (&[], &[("PGSERVICE", "shop"), ("PGSERVICEFILE", &service.to_string_lossy())]),
        // a flag wins over the environment
        (&["-h", &host], &[("PGHOST", "/nonexistent"), ("PGUSER", "postgres"), ("PGDATABASE", &name)]),
    ];
    for (arguments, environment) in ways {
        let (code, err) = attempt(bare().args(arguments).envs(environment.iter().copied()));
        assert_eq!((code, err.as_str()), (Some(0), ""), "{arguments:?} {environment:?}");
    }
}

#[test]
fn no_server_and_no_database_are_2_with_the_servers_words() {
    let (code, err) = attempt(bare().args(["-h", "/nonexistent", "-U", "postgres", "-d", "x"]));
    assert_eq!(code, Some(2), "{err}");
    assert!(err.contains("/nonexistent"), "{err}");
    let (code, err) = attempt(promoctl(server(), "no_such_database").arg("-w"));
    assert!(code == Some(2) && err.contains("database \"no_such_database\" does not exist"), "{err}");
}

#[test]
fn protection_that_cannot_be_had_is_never_quietly_left_out() {
    let (_, name) = server().bound_database();
    for (variable, value) in
        [("PGREQUIREPEER", "nobody"), ("PGGSSENCMODE", "require"), ("PGREQUIREAUTH", "scram-sha-256")]
    {
        let (code, err) = attempt(promoctl(server(), &name).env(variable, value));
        assert!(
            code == Some(2) && err.contains(value) && err.contains("does not connect"),
            "{variable}: {err}"
        );
    }
    for mode in ["disable", "allow", "prefer", "require", "verify-full"] {
        // through a socket of this machine, as psql: the mode says nothing about those
        assert_eq!(attempt(promoctl(server(), &name).env("PGSSLMODE", mode)).0, Some(0), "{mode}");
    }
}

#[test]
fn passwords_come_from_the_passfile_or_the_environment_and_a_wrong_one_is_2() {
    // scram over TCP on loopback, a port of the kernel's choice
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let dir = tempfile::tempdir().unwrap();
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let hba = dir.path().join("hba.conf");
    fs::write(&hba, "local all postgres trust\nhost all all 127.0.0.1/32 scram-sha-256\n").unwrap();
    fs::set_permissions(&hba, fs::Permissions::from_mode(0o644)).unwrap();
    let server = Server::start(&[
        "listen_addresses=127.0.0.1",
        &format!("port={port}"),
        &format!("hba_file={}", hba.display()),
    ]);
    let (mut db, name) = server.bound_database();
    db.batch_execute(
        r#"CREATE ROLE "pass:er" LOGIN PASSWORD 'a:b\c'; SELECT promo_guard.grant_operator('"pass:er"')"#,
    )
    .unwrap();
    let passfile = dir.path().join("pass");
    let write = |line: &str, mode: u32| {
        fs::write(&passfile, format!("# a comment\nother:*:*:*:wrong\n{line}\n")).unwrap();
        fs::set_permissions(&passfile, fs::Permissions::from_mode(mode)).unwrap();
    };
    let tcp = || {
        let mut command = bare();
        command.env("PGPASSFILE", &passfile).args([
            "-h",
            "127.0.0.1",
            "-p",
            &port.to_string(),
            "-U",
            "pass:er",
            "-d",
            &name,
            "-w",
        ]);
        command
    };
    write(r"127.0.0.1:*:*:pass\:er:a\:b\\c", 0o600);
    assert_eq!(attempt(&mut tcp()), (Some(0), String::new()));
    write(r"127.0.0.1:*:*:pass\:er:wrong", 0o600);
    let (code, err) = attempt(&mut tcp());
    assert!(code == Some(2) && err.contains("password authentication failed"), "{err}");
    assert!(!err.contains("wrong"), "no password in a message: {err}");
    // the environment wins over the passfile
    assert_eq!(attempt(tcp().env("PGPASSWORD", r"a:b\c")).0, Some(0));
    // a passfile that others can read is not used, and that is said
    write(r"127.0.0.1:*:*:pass\:er:a\:b\\c", 0o644);
    let (code, err) = attempt(&mut tcp());
    assert!(code == Some(2) && err.contains("group or world access"), "{err}");
    // a password with characters that a URI must escape
    let uri = format!("postgresql://pass%3Aer:a%3Ab%5Cc@127.0.0.1:{port}/{name}");
    assert_eq!(attempt(bare().args(["-d", &uri])).0, Some(0));
}
