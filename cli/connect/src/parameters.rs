//! Which value counts: the precedence of libpq, as a pure function of the command line and the environment.
//!
//! From strongest to weakest: a conninfo or URI given to `-d`, the flags, the service file, PG* variables, defaults. That
//! a connection string beats a flag is psql's rule ("connection string parameters will override any conflicting command
//! line options").

use std::collections::HashMap;

use super::conninfo;
use super::env::Environment;
use super::keywords::{PARAMETERS, is_parameter};
use super::service::{self, ReadFile};
use crate::error::Error;

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
    /// The program's name: what the session is called where nothing else names it (`fallback_application_name`).
    pub application_name: Option<String>,
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
    if let Some(name) = &flags.application_name {
        values.entry("fallback_application_name".to_owned()).or_insert_with(|| name.clone());
    }
    Ok(Values(values))
}

fn check_keyword(keyword: &str) -> Result<(), Error> {
    if is_parameter(keyword) {
        Ok(())
    } else {
        Err(Error::usage(format!("invalid connection option \"{keyword}\"")))
    }
}
