//! Which value counts: the precedence of libpq, as a pure function of the command line and the environment.
//!
//! From strongest to weakest: a conninfo or URI given to `-d`, the flags, the service file, PG* variables, defaults. That
//! a connection string beats a flag is psql's rule ("connection string parameters will override any conflicting command
//! line options").

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;

use super::conninfo;
use super::env::Environment;
use super::service::{self, ReadFile};
use super::targets::{Target, targets};
use crate::error::Error;

/// Every connection parameter that libpq knows, with its environment variable. Those without an effect here are accepted,
/// so that a connection string that serves psql serves us; those that would weaken security unnoticed are refused below.
const PARAMETERS: &[(&str, Option<&str>)] = &[
    ("application_name", Some("PGAPPNAME")),
    ("channel_binding", Some("PGCHANNELBINDING")),
    ("client_encoding", None),
    ("connect_timeout", Some("PGCONNECT_TIMEOUT")),
    ("dbname", Some("PGDATABASE")),
    ("fallback_application_name", None),
    ("gssdelegation", Some("PGGSSDELEGATION")),
    ("gssencmode", Some("PGGSSENCMODE")),
    ("gsslib", Some("PGGSSLIB")),
    ("host", Some("PGHOST")),
    ("hostaddr", Some("PGHOSTADDR")),
    ("keepalives", None),
    ("keepalives_count", None),
    ("keepalives_idle", None),
    ("keepalives_interval", None),
    ("krbsrvname", Some("PGKRBSRVNAME")),
    ("load_balance_hosts", Some("PGLOADBALANCEHOSTS")),
    ("options", Some("PGOPTIONS")),
    ("passfile", Some("PGPASSFILE")),
    ("password", Some("PGPASSWORD")),
    ("port", Some("PGPORT")),
    ("replication", None),
    ("require_auth", Some("PGREQUIREAUTH")),
    ("requirepeer", Some("PGREQUIREPEER")),
    ("service", Some("PGSERVICE")),
    ("ssl_max_protocol_version", Some("PGSSLMAXPROTOCOLVERSION")),
    ("ssl_min_protocol_version", Some("PGSSLMINPROTOCOLVERSION")),
    ("sslcert", Some("PGSSLCERT")),
    ("sslcertmode", Some("PGSSLCERTMODE")),
    ("sslcompression", Some("PGSSLCOMPRESSION")),
    ("sslcrl", Some("PGSSLCRL")),
    ("sslcrldir", Some("PGSSLCRLDIR")),
    ("sslkey", Some("PGSSLKEY")),
    ("sslmode", Some("PGSSLMODE")),
    ("sslnegotiation", Some("PGSSLNEGOTIATION")),
    ("sslpassword", None),
    ("sslrootcert", Some("PGSSLROOTCERT")),
    ("sslsni", Some("PGSSLSNI")),
    ("target_session_attrs", Some("PGTARGETSESSIONATTRS")),
    ("tcp_user_timeout", None),
    ("user", Some("PGUSER")),
];

/// What the command line says about the connection.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    /// `-h`
    pub host: Option<String>,
    /// `-p`
    pub port: Option<String>,
    /// `-U`
    pub user: Option<String>,
    /// `-d`: a name, a conninfo or a URI
    pub dbname: Option<String>,
}

/// Which of several servers will do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// The first that answers.
    Any,
    /// One that takes writes.
    ReadWrite,
    /// One that does not.
    ReadOnly,
    /// One that is no standby.
    Primary,
    /// A standby.
    Standby,
    /// A standby if one answers, else any.
    PreferStandby,
}

/// A connection to make. No `Debug`: it holds the password.
#[derive(Clone)]
pub struct Settings {
    /// Servers, in the order in which to try them.
    pub targets: Vec<Target>,
    /// Which of them will do.
    pub wanted: Wanted,
    /// User.
    pub user: String,
    /// Database.
    pub database: String,
    /// Password, from a connection string or PGPASSWORD.
    pub password: Option<String>,
    /// Where to look for a password otherwise.
    pub passfile: Option<PathBuf>,
    /// How this session calls itself.
    pub application_name: String,
    /// Settings for the server (`-c name=value`).
    pub options: Option<String>,
    /// How long one attempt may take; None = as long as it likes.
    pub connect_timeout: Option<Duration>,
    /// TCP keepalives.
    pub keepalives: Keepalives,
}

/// TCP keepalives; None = the operating system's default.
#[derive(Clone, Debug, Default)]
pub struct Keepalives {
    /// Switched off.
    pub off: bool,
    /// Seconds of silence before the first probe.
    pub idle: Option<Duration>,
    /// Seconds between probes.
    pub interval: Option<Duration>,
    /// Probes before the connection counts as dead.
    pub count: Option<u32>,
    /// How long sent data may stay unacknowledged.
    pub user_timeout: Option<Duration>,
}

/// Works out the connection from flags, surroundings and, where one is named, the service file.
pub fn resolve(flags: &Flags, environment: &Environment, read: ReadFile<'_>) -> Result<Settings, Error> {
    let values = collect(flags, environment, read)?;
    refuse_what_is_not_built_in(&values)?;

    let user =
        values.get("user").map(str::to_owned).or_else(|| environment.os_user.clone()).ok_or_else(|| {
            Error::usage_with_hint("the user's name is not known to this system", "Give one with -U.")
        })?;
    let passfile = values.get("passfile").map(PathBuf::from).or_else(|| environment.in_home(".pgpass"));
    let application_name = values
        .get("application_name")
        .or_else(|| values.get("fallback_application_name"))
        .unwrap_or("promoctl")
        .to_owned();
    Ok(Settings {
        targets: targets(values.get("host"), values.get("hostaddr"), values.get("port"))?,
        wanted: wanted(&values)?,
        database: values.get("dbname").unwrap_or(&user).to_owned(),
        user,
        password: values.get("password").map(str::to_owned),
        passfile,
        application_name,
        options: values.get("options").map(str::to_owned),
        connect_timeout: connect_timeout(&values)?,
        keepalives: keepalives(&values)?,
    })
}

/// Parameters and what they came to. An empty value hides weaker sources, as in libpq, and then counts as not given.
struct Values(HashMap<String, String>);

impl Values {
    fn get(&self, keyword: &str) -> Option<&str> {
        self.0.get(keyword).map(String::as_str).filter(|value| !value.is_empty())
    }

    fn number<T: std::str::FromStr>(&self, keyword: &str) -> Result<Option<T>, Error> {
        self.get(keyword)
            .map(|value| {
                value.trim().parse().map_err(|_| {
                    Error::usage(format!(
                        "invalid integer value \"{value}\" for connection option \"{keyword}\""
                    ))
                })
            })
            .transpose()
    }
}

/// Merges the sources, the strongest first.
fn collect(flags: &Flags, environment: &Environment, read: ReadFile<'_>) -> Result<Values, Error> {
    let mut values = HashMap::new();
    let given =
        [("host", &flags.host), ("port", &flags.port), ("user", &flags.user), ("dbname", &flags.dbname)];
    for (keyword, value) in given {
        if let Some(value) = value.as_deref().filter(|value| !value.is_empty()) {
            values.insert(keyword.to_owned(), value.to_owned());
        }
    }
    if let Some(string) = flags.dbname.as_deref().filter(|value| conninfo::is_connection_string(value)) {
        values.remove("dbname");
        for (keyword, value) in conninfo::parse(string)? {
            check_keyword(&keyword)?;
            values.insert(keyword, value);
        }
    }

    let service = values.get("service").map(String::as_str).or_else(|| environment.get("PGSERVICE"));
    if let Some(service) = service.filter(|service| !service.is_empty()) {
        for (keyword, value) in service::lookup(service, environment, read)? {
            check_keyword(&keyword)?;
            values.entry(keyword).or_insert(value);
        }
    }

    for (keyword, variable) in PARAMETERS {
        if let Some(value) = variable.and_then(|variable| environment.get(variable)) {
            values.entry((*keyword).to_owned()).or_insert_with(|| value.to_owned());
        }
    }
    // The old way to say sslmode=require.
    if environment.get("PGREQUIRESSL").is_some_and(|value| value.starts_with('1')) {
        values.entry("sslmode".to_owned()).or_insert_with(|| "require".to_owned());
    }
    Ok(Values(values))
}

fn check_keyword(keyword: &str) -> Result<(), Error> {
    if PARAMETERS.iter().any(|(known, _)| *known == keyword) {
        Ok(())
    } else {
        Err(Error::usage(format!("invalid connection option \"{keyword}\"")))
    }
}

/// Fails closed: whoever asks for a protection that this build lacks gets no connection instead of an open one.
fn refuse_what_is_not_built_in(values: &Values) -> Result<(), Error> {
    let refuse = |keyword: &str, value: &str, hint: &str| {
        Err(Error::usage_with_hint(
            format!(
                "{keyword}={value} cannot be honoured by this version of promoctl, so it does not connect"
            ),
            hint,
        ))
    };
    const NO_TLS: &str = "TLS is not built in yet. Connect through a Unix socket or an SSH tunnel, with sslmode=prefer \
                          (the default) or disable.";
    match values.get("sslmode") {
        None | Some("disable" | "allow" | "prefer") => {}
        Some(mode @ ("require" | "verify-ca" | "verify-full")) => return refuse("sslmode", mode, NO_TLS),
        Some(other) => return Err(Error::usage(format!("invalid sslmode value: \"{other}\""))),
    }
    for (keyword, harmless) in [
        ("channel_binding", &["disable", "prefer"][..]),
        ("gssencmode", &["disable", "prefer"]),
        ("sslnegotiation", &["postgres"]),
        ("sslcertmode", &["disable", "allow"]),
    ] {
        if let Some(value) = values.get(keyword).filter(|value| !harmless.contains(value)) {
            return refuse(keyword, value, NO_TLS);
        }
    }
    for keyword in ["requirepeer", "require_auth", "replication"] {
        if let Some(value) = values.get(keyword) {
            return refuse(keyword, value, "Leave it out, or use psql.");
        }
    }
    Ok(())
}

fn wanted(values: &Values) -> Result<Wanted, Error> {
    Ok(match values.get("target_session_attrs") {
        None | Some("any") => Wanted::Any,
        Some("read-write") => Wanted::ReadWrite,
        Some("read-only") => Wanted::ReadOnly,
        Some("primary") => Wanted::Primary,
        Some("standby") => Wanted::Standby,
        Some("prefer-standby") => Wanted::PreferStandby,
        Some(other) => return Err(Error::usage(format!("invalid target_session_attrs value: \"{other}\""))),
    })
}

/// Zero and less wait for ever; one second is two, as in libpq.
fn connect_timeout(values: &Values) -> Result<Option<Duration>, Error> {
    let seconds = values.number::<i32>("connect_timeout")?.unwrap_or(0);
    Ok(u64::try_from(seconds)
        .ok()
        .filter(|&seconds| seconds > 0)
        .map(|seconds| Duration::from_secs(seconds.max(2))))
}

fn keepalives(values: &Values) -> Result<Keepalives, Error> {
    let seconds = |keyword| -> Result<Option<Duration>, Error> {
        Ok(values.number::<u32>(keyword)?.filter(|&n| n > 0).map(|n| Duration::from_secs(n.into())))
    };
    Ok(Keepalives {
        off: values.number::<i32>("keepalives")? == Some(0),
        idle: seconds("keepalives_idle")?,
        interval: seconds("keepalives_interval")?,
        count: values.number::<u32>("keepalives_count")?.filter(|&n| n > 0),
        user_timeout: values
            .number::<u32>("tcp_user_timeout")?
            .filter(|&n| n > 0)
            .map(|n| Duration::from_millis(n.into())),
    })
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::path::Path;

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
        Flags { host, port, user, dbname }
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
            // The database is called as the user, whoever that is.
            (["", "", "ann", ""], &[], "ann@/var/run/postgresql:5432/ann"),
            (["", "", "", "host='' "], &pg, "env@/var/run/postgresql:9/env"),
            (["", "", "", ""], &[("PGHOST", ""), ("PGUSER", "")], "os@/var/run/postgresql:5432/os"),
        ] {
            let settings = resolved(given, variables).map_err(|error| format!("{error:?}")).unwrap();
            assert_eq!(summary(&settings), expected, "{given:?} {variables:?}");
        }
    }

    #[test]
    fn protections_that_are_not_built_in_are_refused_not_ignored() {
        for (variables, string) in [
            (&[][..], "sslmode=require"),
            (&[], "sslmode=verify-ca"),
            (&[], "postgresql://h/d?sslmode=verify-full"),
            (&[], "postgresql://h/d?ssl=true"),
            (&[("PGSSLMODE", "require")], "host=h"),
            (&[("PGREQUIRESSL", "1")], "host=h"),
            (&[("PGCHANNELBINDING", "require")], "host=h"),
            (&[], "gssencmode=require"),
            (&[], "requirepeer=postgres"),
            (&[], "sslmode=nonsense"),
        ] {
            let error = resolved(["", "", "", string], variables).err();
            assert!(matches!(error, Some(Error::Usage { .. })), "{string}");
        }
        for string in ["sslmode=disable", "sslmode=allow", "sslmode=prefer sslrootcert=/x"] {
            assert!(resolved(["", "", "", string], &[]).is_ok(), "{string}");
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
        assert_eq!(settings.application_name, "promoctl");
        assert_eq!(settings.connect_timeout, None);
    }

    #[test]
    fn unknown_options_and_services_are_errors() {
        for string in ["colour=red", "connect_timeout=soon", "target_session_attrs=best", "service=absent"] {
            assert!(resolved(["", "", "", string], &[]).is_err(), "{string}");
        }
    }
}
