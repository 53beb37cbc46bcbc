//! What the connection's parameters ask of encryption.

use std::path::PathBuf;

use openssl::ssl::SslVersion;
use postgres::config::ChannelBinding;

use super::super::env::Environment;
use super::super::parameters::Values;
use crate::error::Error;

/// `sslmode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mode {
    /// Never.
    Disable,
    /// Where the server turns us away without it.
    Allow,
    /// Where the server can.
    Prefer,
    /// Always, for any server, unless there is a file of root certificates.
    Require,
    /// Always, with a server whose certificate we trust.
    VerifyCa,
    /// Always, with the server of that name.
    VerifyFull,
}

/// `sslrootcert`: whom to trust.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Roots {
    /// The machine's own authorities.
    System,
    /// Those in a file, where it exists.
    File(PathBuf),
}

/// Whether our certificate is shown: `sslcertmode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certificate {
    /// Never.
    Never,
    /// Where there is one, and the server asks.
    Allowed,
}

/// All of it. No `Debug`: it holds the key's passphrase.
#[derive(Clone)]
pub struct Tls {
    /// Whether, and what the server must prove.
    pub mode: Mode,
    /// `channel_binding`: whether the password's proof must be bound to this very encryption.
    pub channel_binding: ChannelBinding,
    /// `sslnegotiation=direct`: encryption from the first byte.
    pub direct: bool,
    /// Whom to trust; None where there is no home directory to look in.
    pub roots: Option<Roots>,
    /// Certificates that were taken back.
    pub revoked: Option<PathBuf>,
    /// Whether to show our certificate.
    pub certificate_mode: Certificate,
    /// Our certificate.
    pub certificate: Option<PathBuf>,
    /// Its key.
    pub key: Option<PathBuf>,
    /// The key's passphrase.
    pub key_password: Option<String>,
    /// The oldest protocol that will do.
    pub oldest: Option<SslVersion>,
    /// The newest.
    pub newest: Option<SslVersion>,
    /// Tell the server which name we came for.
    pub name_indication: bool,
}

/// Reads the parameters.
pub fn tls(values: &Values, environment: &Environment) -> Result<Tls, Error> {
    let roots = match values.get("sslrootcert") {
        Some("system") => Some(Roots::System),
        Some(path) => Some(Roots::File(path.into())),
        None => environment.in_home(".postgresql/root.crt").map(Roots::File),
    };
    let system = roots == Some(Roots::System);
    let mode = match values.get("sslmode") {
        // The system's authorities sign certificates for any name, so the name must be verified too.
        None if system => Mode::VerifyFull,
        None | Some("prefer") => Mode::Prefer,
        Some("disable") => Mode::Disable,
        Some("allow") => Mode::Allow,
        Some("require") => Mode::Require,
        Some("verify-ca") => Mode::VerifyCa,
        Some("verify-full") => Mode::VerifyFull,
        Some(other) => return Err(invalid("sslmode", other)),
    };
    let weak = |with: &str, instead: &str| {
        let mode = values.get("sslmode").unwrap_or("prefer");
        Err(Error::usage(format!("weak sslmode \"{mode}\" may not be used with {with} (use {instead})")))
    };
    if system && mode != Mode::VerifyFull {
        return weak("sslrootcert=system", "\"verify-full\"");
    }
    let direct = match values.get("sslnegotiation") {
        None | Some("postgres") => false,
        Some("direct") => true,
        Some(other) => return Err(invalid("sslnegotiation", other)),
    };
    if direct && mode < Mode::Require {
        return weak("sslnegotiation=direct", "\"require\", \"verify-ca\", or \"verify-full\"");
    }
    let channel_binding = match values.get("channel_binding") {
        None | Some("prefer") => ChannelBinding::Prefer,
        Some("disable") => ChannelBinding::Disable,
        Some("require") => ChannelBinding::Require,
        Some(other) => return Err(invalid("channel_binding", other)),
    };
    let certificate_mode = match values.get("sslcertmode") {
        None | Some("allow") => Certificate::Allowed,
        Some("disable") => Certificate::Never,
        // To insist that the server asked, one must see whether it did, which the driver does not show.
        Some("require") => {
            return Err(Error::usage_with_hint(
                "sslcertmode=require cannot be honoured by this program, so it does not connect",
                "Leave it out, or use psql.",
            ));
        }
        Some(other) => return Err(invalid("sslcertmode", other)),
    };
    let oldest = version(values, "ssl_min_protocol_version")?.unwrap_or(Some(SslVersion::TLS1_2));
    let newest = version(values, "ssl_max_protocol_version")?.flatten();
    if let (Some(oldest), Some(newest)) = (oldest, newest)
        && rank(oldest) > rank(newest)
    {
        return Err(Error::usage("invalid SSL protocol version range"));
    }
    let file = |keyword: &str, default: &str| {
        values
            .get(keyword)
            .map(PathBuf::from)
            .or_else(|| environment.in_home(&format!(".postgresql/{default}")))
    };
    Ok(Tls {
        mode,
        channel_binding,
        direct,
        roots,
        revoked: file("sslcrl", "root.crl"),
        certificate_mode,
        certificate: file("sslcert", "postgresql.crt"),
        key: file("sslkey", "postgresql.key"),
        key_password: values.get("sslpassword").map(str::to_owned),
        oldest,
        newest,
        name_indication: values.get("sslsni").is_none_or(|value| value.starts_with('1')),
    })
}

fn invalid(keyword: &str, value: &str) -> Error {
    Error::usage(format!("invalid {keyword} value: \"{value}\""))
}

const VERSIONS: [(&str, SslVersion); 4] = [
    ("TLSv1", SslVersion::TLS1),
    ("TLSv1.1", SslVersion::TLS1_1),
    ("TLSv1.2", SslVersion::TLS1_2),
    ("TLSv1.3", SslVersion::TLS1_3),
];

/// A protocol's version; within, None for no bound.
fn version(values: &Values, keyword: &str) -> Result<Option<Option<SslVersion>>, Error> {
    let Some(value) = values.get(keyword) else { return Ok(None) };
    VERSIONS
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(value))
        .map(|(_, version)| Some(Some(*version)))
        .ok_or_else(|| invalid(keyword, value))
}

fn rank(version: SslVersion) -> Option<usize> {
    VERSIONS.iter().position(|(_, known)| *known == version)
}
