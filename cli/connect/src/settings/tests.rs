//! Precedence, and what is refused.

use std::io;
use std::path::Path;

use super::super::tls::settings::Mode;
use super::*;

fn environment(variables: &[(&str, &str)]) -> Environment {
    Environment {
        variables: variables.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
        home: Some("/home/u".into()),
        os_user: Some("os".to_owned()),
    }
}

fn files(path: &Path) -> io::Result<String> {
    match path.to_str() {
        Some("/home/u/.pg_service.conf") => {
            Ok("[s]\nhost=service\nport=7\nuser=service\ndbname=service\n".into())
        }
        _ => Err(io::ErrorKind::NotFound.into()),
    }
}

/// `h`, `p`, `U`, `d` in that order; an empty one is not given.
fn flags(given: [&str; 4]) -> Flags {
    let [host, port, user, dbname] = given.map(|value| (!value.is_empty()).then(|| value.to_owned()));
    Flags { host, port, user, dbname, application_name: Some("my_tool".to_owned()) }
}

fn resolved(given: [&str; 4], variables: &[(&str, &str)]) -> Result<Settings, Error> {
    resolve(&flags(given), &environment(variables), &files)
}

/// `user@host:port/database`
fn summary(settings: &Settings) -> String {
    let target = &settings.targets[0];
    format!("{}@{}:{}/{}", settings.user, target.host, target.port, settings.database)
}

#[test]
fn the_strongest_source_counts() {
    let pg = [("PGHOST", "env"), ("PGPORT", "9"), ("PGUSER", "env"), ("PGDATABASE", "env")];
    let with_service = [pg.as_slice(), &[("PGSERVICE", "s")]].concat();
    for (given, variables, expected) in [
        (["", "", "", ""], &[][..], "os@/var/run/postgresql:5432/os"),
        (["", "", "", ""], &pg, "env@env:9/env"),
        (["", "", "", ""], &with_service, "service@service:7/service"),
        (["flag", "1", "flag", "flag"], &with_service, "flag@flag:1/flag"),
        (["flag", "1", "", ""], &pg, "env@flag:1/env"),
        // As psql: a connection string overrides the other options.
        (["flag", "1", "flag", "host=c user=c"], &pg, "c@c:1/env"),
        (["flag", "", "", "postgresql://u@uri:2/d"], &pg, "u@uri:2/d"),
        (["", "", "", "service=s host=mine"], &pg, "service@mine:7/service"),
        // The database has the name of the user.
        (["", "", "ann", ""], &[], "ann@/var/run/postgresql:5432/ann"),
        (["", "", "", "host='' "], &pg, "env@/var/run/postgresql:9/env"),
        (["", "", "", ""], &[("PGHOST", ""), ("PGUSER", "")], "os@/var/run/postgresql:5432/os"),
    ] {
        let settings = resolved(given, variables).map_err(|error| format!("{error:?}")).unwrap();
        assert_eq!(summary(&settings), expected, "{given:?} {variables:?}");
    }
}

#[test]
fn protections_that_cannot_be_given_are_refused_not_ignored() {
    for (variables, string) in [
        (&[][..], "gssencmode=require"),
        (&[("PGREQUIREPEER", "postgres")], "host=h"),
        (&[], "require_auth=scram-sha-256"),
        (&[], "sslcertmode=require"),
        (&[], "sslmode=nonsense"),
        (&[], "sslmode=require sslrootcert=system"),
        (&[], "sslnegotiation=direct"),
        (&[], "channel_binding=perhaps"),
        (&[], "ssl_min_protocol_version=TLSv1.3 ssl_max_protocol_version=TLSv1.2"),
        (&[], "ssl_max_protocol_version=SSLv3"),
    ] {
        let error = resolved(["", "", "", string], variables).err();
        assert!(matches!(error, Some(Error::Usage { .. })), "{string}");
    }
}

#[test]
fn how_much_protection_is_asked_for() {
    for (variables, string, expected) in [
        (&[][..], "host=h", Mode::Prefer),
        (&[("PGREQUIRESSL", "1")], "host=h", Mode::Require),
        (&[("PGSSLMODE", "allow")], "host=h", Mode::Allow),
        (&[("PGSSLMODE", "disable")], "postgresql://h/d?ssl=true", Mode::Require),
        (&[], "sslmode=verify-ca", Mode::VerifyCa),
        (&[], "sslrootcert=system", Mode::VerifyFull),
        (&[], "sslmode=require sslnegotiation=direct", Mode::Require),
    ] {
        let settings =
            resolved(["", "", "", string], variables).map_err(|error| format!("{error:?}")).unwrap();
        assert_eq!(settings.tls.mode, expected, "{variables:?} {string}");
    }
}

#[test]
fn the_rest_of_the_environment() {
    let settings = resolved(
        ["", "", "", ""],
        &[
            ("PGPASSWORD", "p"),
            ("PGPASSFILE", "/f"),
            ("PGAPPNAME", "cron"),
            ("PGCONNECT_TIMEOUT", "1"),
            ("PGOPTIONS", "-c work_mem=1MB"),
            ("PGTARGETSESSIONATTRS", "prefer-standby"),
        ],
    );
    let settings = settings.map_err(|error| format!("{error:?}")).unwrap();
    assert_eq!(settings.password.as_deref(), Some("p"));
    assert_eq!(settings.passfile, Some("/f".into()));
    assert_eq!(settings.application_name, "cron");
    assert_eq!(settings.connect_timeout, Some(Duration::from_secs(2)));
    assert_eq!(settings.options.as_deref(), Some("-c work_mem=1MB"));
    assert_eq!(settings.wanted, Wanted::PreferStandby);
    let settings = resolved(["", "", "", ""], &[]).map_err(|error| format!("{error:?}")).unwrap();
    assert_eq!(settings.passfile, Some("/home/u/.pgpass".into()));
    assert_eq!(settings.application_name, "my_tool");
    assert_eq!(settings.connect_timeout, None);
}

#[test]
fn unknown_options_and_services_are_errors() {
    for string in ["colour=red", "connect_timeout=soon", "target_session_attrs=best", "service=absent"] {
        assert!(resolved(["", "", "", string], &[]).is_err(), "{string}");
    }
}
