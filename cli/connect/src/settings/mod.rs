//! What to connect to, worked out without touching anything.

use std::path::PathBuf;
use std::time::Duration;

use postgres::error::DbError;

use super::env::Environment;
use super::parameters::{Flags, Values, collect};
use super::service::ReadFile;
use super::targets::{Target, targets};
use super::tls::settings::{Tls, tls};
use crate::error::Error;

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

/// Something to tell the user that is no error.
#[derive(Clone, Copy, Debug)]
pub enum Message<'a> {
    /// A file of settings is not used, with the reason.
    Warning(&'a str),
    /// A notice of the server.
    Notice(&'a DbError),
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
    /// Encryption, and who the server must prove to be.
    pub(crate) tls: Tls,
    /// Receives notices of the server and warnings about the passfile.
    pub on_message: fn(Message<'_>),
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
        .unwrap_or_default()
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
        tls: tls(&values, environment)?,
        on_message: |_| (),
    })
}

/// Fails closed: a protection that was asked for and is not built in here means no connection instead of an open one.
fn refuse_what_is_not_built_in(values: &Values) -> Result<(), Error> {
    for (keyword, harmless) in [
        ("gssencmode", &["disable", "prefer"][..]),
        ("requirepeer", &[]),
        ("require_auth", &[]),
        ("replication", &[]),
        ("sslcrldir", &[]),
    ] {
        if let Some(value) = values.get(keyword).filter(|value| !harmless.contains(value)) {
            return Err(Error::usage_with_hint(
                format!("{keyword}={value} cannot be honoured by this program, so it does not connect"),
                "Leave it out, or use psql.",
            ));
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
mod tests;
