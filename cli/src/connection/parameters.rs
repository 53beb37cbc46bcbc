//! Which value counts: the precedence of libpq, as a pure function of the command line and the environment.
//!
//! From strongest to weakest: a conninfo or URI given to `-d`, the flags, the service file, PG* variables, defaults. That
//! a connection string beats a flag is psql's rule ("connection string parameters will override any conflicting command
//! line options").

use std::collections::HashMap;

use super::conninfo;
use super::env::Environment;
use super::service::{self, ReadFile};
use crate::error::Error;

/// Every connection parameter that libpq knows, with its environment variable. Those without an effect here are accepted,
/// so that a connection string that serves psql serves us; those whose absence would weaken security are refused.
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

/// Parameters and what they came to. An empty value hides weaker sources, as in libpq, and then counts as not given.
pub struct Values(HashMap<String, String>);

impl Values {
    /// A parameter's value, where it has one.
    pub fn get(&self, keyword: &str) -> Option<&str> {
        self.0.get(keyword).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The same as a number.
    pub fn number<T: std::str::FromStr>(&self, keyword: &str) -> Result<Option<T>, Error> {
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
pub fn collect(flags: &Flags, environment: &Environment, read: ReadFile<'_>) -> Result<Values, Error> {
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
    if let Some(service) = service {
        for (keyword, value) in service::lookup(service, environment, read)? {
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

/// Whether libpq knows such a parameter.
pub fn is_parameter(keyword: &str) -> bool {
    PARAMETERS.iter().any(|(known, _)| *known == keyword)
}

fn check_keyword(keyword: &str) -> Result<(), Error> {
    if is_parameter(keyword) {
        Ok(())
    } else {
        Err(Error::usage(format!("invalid connection option \"{keyword}\"")))
    }
}
