//! One server: with the password that belongs to it, encrypted or not as the mode allows, and whether it will do.

use std::error::Error as _;
use std::net::{IpAddr, ToSocketAddrs};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use postgres::config::{Config, SslMode, SslNegotiation};
use postgres::error::SqlState;
use postgres::{Client, NoTls, SimpleQueryMessage};
use postgres_openssl::MakeTlsConnector;

use super::passfile;
use super::settings::{Message, Settings, Wanted};
use super::targets::Target;
use super::tls::connector::Connector;
use super::tls::settings::Mode;
use crate::error::Error;

/// Why an attempt came to nothing, and whether another is worth it.
pub enum Failure {
    /// The server asks for a password, and none was found.
    NeedsPassword(Error),
    /// The server turned us away: another host is not tried, as in libpq.
    Final(Error),
    /// Not reached, or not the kind of server that is wanted.
    Next(Error),
}

/// An open session and the encryption that it uses.
pub type Opened = (Client, Option<MakeTlsConnector>);

/// Each address of a server's name, in the system's order.
pub fn addresses(target: &Target) -> Result<Vec<Target>, Failure> {
    if target.is_socket() || target.address.is_some() || target.host.parse::<IpAddr>().is_ok() {
        return Ok(vec![target.clone()]);
    }
    let found = (target.host.as_str(), target.port).to_socket_addrs().map_err(|error| {
        // The standard library's own words come before the system's.
        let told = error.to_string();
        let told = told.rsplit_once(": ").map_or(told.as_str(), |(_, reason)| reason);
        Failure::Next(failed(format!("could not translate host name \"{}\" to address: {told}", target.host)))
    })?;
    let mut all: Vec<Target> = Vec::new();
    for address in found {
        let one = Target { address: Some(address.ip()), looked_up: true, ..target.clone() };
        if !all.contains(&one) {
            all.push(one);
        }
    }
    Ok(all)
}

/// Opens a session with a server that will do. What failed before another way was tried goes to `failures`.
pub fn open(
    settings: &Settings,
    target: &Target,
    wanted: Wanted,
    failures: &mut Vec<Error>,
) -> Result<Opened, Failure> {
    let (mut client, tls) = encrypted_or_not(settings, target, failures)?;
    check_wanted(&mut client, wanted, target)?;
    Ok((client, tls))
}

/// How one way to reach a server ended.
enum End {
    /// The server does not speak TLS.
    NoTls,
    /// The handshake failed, or our own files for it are no good.
    Handshake(Error),
    /// Anything else.
    Other(Failure),
}

/// The ways that `sslmode` allows, in libpq's order.
fn encrypted_or_not(
    settings: &Settings,
    target: &Target,
    failures: &mut Vec<Error>,
) -> Result<Opened, Failure> {
    let attempt = Attempt::new(settings, target);
    // The mode says nothing about sockets of this machine.
    let mode = if target.is_socket() { Mode::Disable } else { settings.tls.mode };
    match mode {
        Mode::Disable => attempt.plain(),
        Mode::Allow => match attempt.plain() {
            Err(Failure::Final(first)) if is_answer(&first) => match attempt.encrypted() {
                Ok(opened) => Ok(opened),
                Err(End::NoTls) => Err(Failure::Final(first)),
                Err(End::Handshake(error)) => {
                    failures.push(first);
                    Err(Failure::Next(error))
                }
                Err(End::Other(failure)) => {
                    failures.push(first);
                    Err(failure)
                }
            },
            outcome => outcome,
        },
        Mode::Prefer => match attempt.encrypted() {
            Ok(opened) => Ok(opened),
            Err(End::NoTls) => attempt.plain(),
            Err(End::Handshake(error)) => {
                failures.push(error);
                attempt.plain()
            }
            Err(End::Other(Failure::Final(error))) if is_answer(&error) => {
                failures.push(error);
                attempt.plain()
            }
            Err(End::Other(failure)) => Err(failure),
        },
        Mode::Require | Mode::VerifyCa | Mode::VerifyFull => attempt.encrypted().map_err(|end| match end {
            End::NoTls => Failure::Next(failed(format!(
                "{}server does not support SSL, but SSL was required",
                place(target)
            ))),
            End::Handshake(error) => Failure::Next(error),
            End::Other(failure) => failure,
        }),
    }
}

fn failed(message: String) -> Error {
    Error::Connection { message, server: None, hint: None }
}

/// Whether the server itself said no.
fn is_answer(error: &Error) -> bool {
    matches!(error, Error::Connection { server: Some(_), .. })
}

/// What is the same for every way to reach a server.
struct Attempt<'a> {
    settings: &'a Settings,
    target: &'a Target,
    from_passfile: Option<String>,
    until: Option<(Instant, Duration)>,
}

impl<'a> Attempt<'a> {
    fn new(settings: &'a Settings, target: &'a Target) -> Attempt<'a> {
        let from_passfile = match (&settings.password, &settings.passfile) {
            (None, Some(path)) => passfile::lookup(
                path,
                passfile::Key {
                    host: &target.host,
                    port: target.port,
                    database: &settings.database,
                    user: &settings.user,
                },
                &|warning| (settings.on_message)(Message::Warning(warning)),
            ),
            _ => None,
        };
        let until = settings.connect_timeout.map(|limit| (Instant::now() + limit, limit));
        Attempt { settings, target, from_passfile, until }
    }

    fn plain(&self) -> Result<Opened, Failure> {
        let mut config = self.config();
        config.ssl_mode(SslMode::Disable);
        match self.within_the_time(move || config.connect(NoTls)) {
            None => Err(Failure::Next(self.late())),
            Some(Ok(client)) => Ok((client, None)),
            Some(Err(error)) => Err(self.explain(&error)),
        }
    }

    fn encrypted(&self) -> Result<Opened, End> {
        let refuse = |why: String| End::Handshake(failed(format!("{}{why}", place(self.target))));
        let connector = Connector::new(&self.settings.tls, self.target).map_err(refuse)?;
        let mut config = self.config();
        config.ssl_mode(SslMode::Require);
        if self.settings.tls.direct {
            config.ssl_negotiation(SslNegotiation::Direct);
        }
        let make = connector.make.clone();
        match self.within_the_time(move || config.connect(make)) {
            None => Err(End::Other(Failure::Next(self.late()))),
            Some(Ok(client)) => Ok((client, Some(connector.make))),
            Some(Err(error)) => Err(match error.source() {
                // The driver has no kinds for these, only words.
                Some(cause) if cause.to_string() == "server does not support TLS" => End::NoTls,
                Some(cause) if error.to_string().starts_with("error performing TLS handshake") => {
                    refuse(connector.complaint(cause))
                }
                _ => End::Other(self.explain(&error)),
            }),
        }
    }

    fn late(&self) -> Error {
        failed(format!("{}timeout expired", place(self.target)))
    }

    /// Runs something for as long as `connect_timeout` allows. The driver's own limit ends with the TCP handshake; a server
    /// that accepts and then says nothing is the case that hurts. The thread is left behind, the process will not live long.
    fn within_the_time<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
        let Some((until, _)) = self.until else { return Some(work()) };
        let (send, receive) = mpsc::channel();
        thread::spawn(move || drop(send.send(work())));
        receive.recv_timeout(until.saturating_duration_since(Instant::now())).ok()
    }

    /// The driver's configuration.
    fn config(&self) -> Config {
        let Attempt { settings, target, .. } = *self;
        let mut config = Config::new();
        config.user(&settings.user).dbname(&settings.database).application_name(&settings.application_name);
        config.host(&target.host).port(target.port).channel_binding(settings.tls.channel_binding);
        if let Some(address) = target.address {
            config.hostaddr(address);
        }
        let password = settings.password.as_ref().or(self.from_passfile.as_ref());
        if let Some(password) = password.filter(|password| !password.is_empty()) {
            config.password(password);
        }
        if let Some(options) = &settings.options {
            config.options(options);
        }
        let keepalives = &settings.keepalives;
        config.keepalives(!keepalives.off);
        if let Some(idle) = keepalives.idle {
            config.keepalives_idle(idle);
        }
        if let Some(interval) = keepalives.interval {
            config.keepalives_interval(interval);
        }
        if let Some(count) = keepalives.count {
            config.keepalives_retries(count);
        }
        if let Some(timeout) = keepalives.user_timeout {
            config.tcp_user_timeout(timeout);
        }
        let on_message = settings.on_message;
        config.notice_callback(move |notice| on_message(Message::Notice(&notice)));
        config
    }

    /// Turns the driver's error into one that a person can act on.
    fn explain(&self, error: &postgres::Error) -> Failure {
        let place = place(self.target);
        if let Some(server) = error.as_db_error() {
            let hint = match (&self.from_passfile, &self.settings.passfile) {
                (Some(_), Some(path)) if *server.code() == SqlState::INVALID_PASSWORD => {
                    Some(format!("The password was taken from the passfile \"{}\".", path.display()))
                }
                _ => None,
            };
            let failure = Error::Connection { message: place, server: Some(Box::new(server.clone())), hint };
            return if *server.code() == SqlState::CANNOT_CONNECT_NOW {
                Failure::Next(failure)
            } else {
                Failure::Final(failure)
            };
        }
        let cause = error.source().map_or_else(|| error.to_string(), ToString::to_string);
        let failure = |message: String, hint: Option<&str>| Error::Connection {
            message,
            server: None,
            hint: hint.map(str::to_owned),
        };
        // The driver has no kind for it, only these words.
        if cause == "password missing" {
            return Failure::NeedsPassword(failure(
                format!("{place}the server asks for a password, and none was supplied"),
                Some("Set PGPASSWORD, add a line to the passfile (~/.pgpass), or use -W on a terminal."),
            ));
        }
        let socket = self.target.is_socket();
        let io = error.source().and_then(|source| source.downcast_ref::<std::io::Error>());
        let (said, hint) = match io {
            None => (cause.clone(), None),
            Some(error) => {
                // "Connection refused (os error 111)": the number is left out.
                let said = error.to_string();
                let said = said.split_once(" (os error").map_or(said.clone(), |(words, _)| words.to_owned());
                let hint = match error.kind() {
                    std::io::ErrorKind::NotFound | std::io::ErrorKind::ConnectionRefused if socket => Some(
                        "Is the server running locally and accepting connections on that socket? Try -h HOST.",
                    ),
                    std::io::ErrorKind::ConnectionRefused => {
                        Some("Is the server running on that host and accepting TCP/IP connections?")
                    }
                    _ => None,
                };
                (said, hint)
            }
        };
        Failure::Next(failure(format!("{place}{said}"), hint))
    }
}

/// `connection to … failed: `, in libpq's words.
pub fn place(target: &Target) -> String {
    let Target { host, port, .. } = target;
    if target.is_socket() {
        return format!("connection to server on socket \"{host}/.s.PGSQL.{port}\" failed: ");
    }
    match target.address {
        Some(address) if target.looked_up => {
            format!("connection to server at \"{host}\" ({address}), port {port} failed: ")
        }
        Some(address) => format!("connection to server at \"{address}\", port {port} failed: "),
        None => format!("connection to server at \"{host}\", port {port} failed: "),
    }
}

/// Asks a server whether it is what `target_session_attrs` wants.
fn check_wanted(client: &mut Client, wanted: Wanted, target: &Target) -> Result<(), Failure> {
    let (question, expected, complaint) = match wanted {
        Wanted::Any | Wanted::PreferStandby => return Ok(()),
        Wanted::ReadWrite => ("SHOW transaction_read_only", "off", "session is read-only"),
        Wanted::ReadOnly => ("SHOW transaction_read_only", "on", "session is not read-only"),
        Wanted::Primary => ("SELECT pg_catalog.pg_is_in_recovery()", "f", "server is in hot standby mode"),
        Wanted::Standby => {
            ("SELECT pg_catalog.pg_is_in_recovery()", "t", "server is not in hot standby mode")
        }
    };
    let answer = client.simple_query(question).map_err(|error| {
        let server = error.as_db_error().map(|server| Box::new(server.clone()));
        let said = if server.is_some() { String::new() } else { error.to_string() };
        Failure::Final(Error::Connection { message: format!("{}{said}", place(target)), server, hint: None })
    })?;
    let met = answer.iter().any(
        |message| matches!(message, SimpleQueryMessage::Row(row) if row.try_get(0).ok().flatten() == Some(expected)),
    );
    if met { Ok(()) } else { Err(Failure::Next(failed(format!("{}{complaint}", place(target))))) }
}
