//! OpenSSL told what the connection's parameters ask, in libpq's order and with its complaints.

use std::fs;
use std::io::ErrorKind;
use std::net::IpAddr;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use openssl::error::ErrorStack;
use openssl::pkey::PKey;
use openssl::ssl::{SslConnector, SslConnectorBuilder, SslFiletype, SslMethod, SslVerifyMode};
use openssl::x509::X509;
use openssl::x509::store::{X509Lookup, X509StoreBuilder};
use openssl::x509::verify::X509VerifyFlags;
use postgres_openssl::MakeTlsConnector;

use super::super::targets::Target;
use super::name;
use super::settings::{Certificate, Mode, Roots, Tls};

/// Encryption for one server.
#[derive(Clone)]
pub struct Connector {
    /// For the driver.
    pub make: MakeTlsConnector,
    /// What was wrong with the server's certificate, once it was looked at.
    complaint: Arc<Mutex<Option<String>>>,
}

impl Connector {
    /// For a server, with all its files read.
    ///
    /// # Errors
    /// What is wrong with them, as libpq says it.
    pub fn new(tls: &Tls, target: &Target) -> Result<Connector, String> {
        let text = |error: ErrorStack| format!("could not set up SSL: {}", reason(&error));
        let mut builder = SslConnector::builder(SslMethod::tls_client()).map_err(text)?;
        builder.set_min_proto_version(tls.oldest).map_err(text)?;
        builder.set_max_proto_version(tls.newest).map_err(text)?;
        if tls.direct {
            postgres_openssl::set_postgresql_alpn(&mut builder).map_err(text)?;
        }
        let verify = trust(&mut builder, tls)?;
        if tls.certificate_mode == Certificate::Allowed {
            present(&mut builder, tls)?;
        }
        builder.set_verify(if verify { SslVerifyMode::PEER } else { SslVerifyMode::NONE });
        let named = tls.mode == Mode::VerifyFull;
        if named && !target.named {
            return Err("host name must be specified for a verified SSL connection".to_owned());
        }

        let complaint = Arc::new(Mutex::new(None));
        let noted = Arc::clone(&complaint);
        // An address is no name to ask for.
        let indicate = tls.name_indication && target.host.parse::<IpAddr>().is_err();
        let mut make = MakeTlsConnector::new(builder.build());
        make.set_callback(move |ssl, host| {
            ssl.set_use_server_name_indication(indicate);
            // OpenSSL would not look at a common name for an address, as libpq does: the name is checked below.
            ssl.set_verify_hostname(false);
            if verify {
                let (host, noted) = (host.to_owned(), Arc::clone(&noted));
                ssl.set_verify_callback(SslVerifyMode::PEER, move |trusted, chain| {
                    let outcome = if !trusted {
                        Err(format!("SSL error: certificate verify failed ({})", chain.error()))
                    } else if named && chain.error_depth() == 0 {
                        chain.current_cert().map_or_else(
                            || Err("certificate could not be obtained".to_owned()),
                            |certificate| name::check(certificate, &host),
                        )
                    } else {
                        Ok(())
                    };
                    let met = outcome.is_ok();
                    if let Err(complaint) = outcome {
                        *noted.lock().unwrap_or_else(PoisonError::into_inner) = Some(complaint);
                    }
                    met
                });
            }
            Ok(())
        });
        Ok(Connector { make, complaint })
    }

    /// What was wrong with the server's certificate, or what the driver's error says of the handshake.
    pub fn complaint(&self, error: &(dyn std::error::Error + 'static)) -> String {
        if let Some(complaint) = self.complaint.lock().unwrap_or_else(PoisonError::into_inner).take() {
            return complaint;
        }
        let mut cause = Some(error);
        while let Some(error) = cause {
            if let Some(ssl) = error.downcast_ref::<openssl::ssl::Error>() {
                return match ssl.ssl_error() {
                    Some(stack) => format!("SSL error: {}", reason(stack)),
                    None => "SSL connection has been closed unexpectedly".to_owned(),
                };
            }
            cause = error.source();
        }
        format!("SSL error: {error}")
    }
}

/// OpenSSL's own word for what went wrong.
fn reason(stack: &ErrorStack) -> String {
    stack.errors().first().map_or_else(
        || "unknown SSL error".to_owned(),
        |error| error.reason().map_or_else(|| error.to_string(), str::to_owned),
    )
}

/// Whom to trust; gives whether the server must prove who it is. A file of roots is used wherever it is, and only
/// demanded where verification is: so says the manual, "for backward compatibility".
fn trust(builder: &mut SslConnectorBuilder, tls: &Tls) -> Result<bool, String> {
    // The builder starts out with the machine's authorities, whom libpq does not trust unasked.
    let mut store = X509StoreBuilder::new().map_err(|error| reason(&error))?;
    let verify = match &tls.roots {
        Some(Roots::System) => {
            store.set_default_paths().map_err(|error| {
                format!("could not load system root certificate paths: {}", reason(&error))
            })?;
            true
        }
        Some(Roots::File(path)) if fs::metadata(path).is_ok() => {
            let refuse = |error: String| {
                format!("could not read root certificate file \"{}\": {error}", path.display())
            };
            let bytes = fs::read(path).map_err(|error| refuse(error.to_string()))?;
            let roots = X509::stack_from_pem(&bytes).map_err(|error| refuse(reason(&error)))?;
            if roots.is_empty() {
                return Err(refuse("no certificate or crl found".to_owned()));
            }
            for root in roots {
                store.add_cert(root).map_err(|error| refuse(reason(&error)))?;
            }
            if let Some(path) = tls.revoked.as_deref().filter(|path| path.exists()) {
                let lookup = store.add_lookup(X509Lookup::file()).map_err(|error| reason(&error))?;
                // Like libpq: a list that cannot be read is passed over.
                if lookup.load_crl_file(path, SslFiletype::PEM).is_ok() {
                    store
                        .set_flags(X509VerifyFlags::CRL_CHECK | X509VerifyFlags::CRL_CHECK_ALL)
                        .map_err(|error| reason(&error))?;
                }
            }
            true
        }
        roots if tls.mode >= Mode::VerifyCa => {
            let way_out = "Either provide the file, use the system's trusted roots with sslrootcert=system, or change \
                           sslmode to disable server certificate verification.";
            return Err(match roots {
                Some(Roots::File(path)) => {
                    format!("root certificate file \"{}\" does not exist\n{way_out}", path.display())
                }
                _ => format!("could not get home directory to locate root certificate file\n{way_out}"),
            });
        }
        _ => false,
    };
    builder.set_cert_store(store.build());
    Ok(verify)
}

/// Our own certificate and its key, where there is one.
fn present(builder: &mut SslConnectorBuilder, tls: &Tls) -> Result<(), String> {
    let Some(certificate) = &tls.certificate else { return Ok(()) };
    match fs::metadata(certificate) {
        Ok(_) => {}
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(()),
        Err(error) => {
            return Err(format!("could not open certificate file \"{}\": {error}", certificate.display()));
        }
    }
    builder.set_certificate_chain_file(certificate).map_err(|error| {
        format!("could not read certificate file \"{}\": {}", certificate.display(), reason(&error))
    })?;
    let Some(path) = &tls.key else {
        return Err("certificate present, but not private key file".to_owned());
    };
    check_key_file(path)?;
    let refuse = |why: String| format!("could not load private key file \"{}\": {why}", path.display());
    let bytes = fs::read(path).map_err(|error| refuse(error.to_string()))?;
    let passphrase = tls.key_password.clone().unwrap_or_default();
    let key = PKey::private_key_from_pem_passphrase(&bytes, passphrase.as_bytes())
        .or_else(|error| PKey::private_key_from_der(&bytes).map_err(|_| error))
        .map_err(|error| refuse(reason(&error)))?;
    builder.set_private_key(&key).and_then(|()| builder.check_private_key()).map_err(|error| {
        format!("certificate does not match private key file \"{}\": {}", path.display(), reason(&error))
    })
}

/// A key that others may read is not used.
fn check_key_file(path: &Path) -> Result<(), String> {
    let Ok(metadata) = fs::metadata(path) else {
        return Err(format!("certificate present, but not private key file \"{}\"", path.display()));
    };
    if !metadata.is_file() {
        return Err(format!("private key file \"{}\" is not a regular file", path.display()));
    }
    let forbidden = if metadata.uid() == 0 { 0o037 } else { 0o077 };
    if metadata.mode() & forbidden != 0 {
        return Err(format!(
            "private key file \"{}\" has group or world access; file must have permissions u=rw (0600) or less if owned \
             by the current user, or permissions u=rw,g=r (0640) or less if owned by root",
            path.display()
        ));
    }
    Ok(())
}
