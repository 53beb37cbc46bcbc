//! Certificates made for a test: an authority, and what it signs.

use openssl::asn1::{Asn1Integer, Asn1Time};
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::symm::Cipher;
use openssl::x509::extension::{BasicConstraints, SubjectAlternativeName};
use openssl::x509::{X509, X509Name, X509NameBuilder};
use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};

/// A certificate and its key.
pub struct Pair {
    pub certificate: X509,
    pub key: PKey<Private>,
}

fn key() -> PKey<Private> {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap()
}

fn name(common: &str) -> X509Name {
    let mut name = X509NameBuilder::new().unwrap();
    name.append_entry_by_nid(Nid::COMMONNAME, common).unwrap();
    name.build()
}

/// What a certificate says.
#[derive(Default)]
pub struct Says<'a> {
    pub common: &'a str,
    pub names: &'a [&'a str],
    pub addresses: &'a [&'a str],
    pub authority: bool,
    /// As `openssl x509 -req` makes it, and PostgreSQL's manual shows: version 1, with no extension.
    pub version_1: bool,
    /// Out of date since yesterday.
    pub expired: bool,
}

impl Pair {
    /// Signed by `signer`, or by itself.
    pub fn new(says: &Says<'_>, signer: Option<&Pair>) -> Pair {
        let key = key();
        let mut builder = X509::builder().unwrap();
        builder.set_version(if says.version_1 { 0 } else { 2 }).unwrap();
        let mut serial = BigNum::new().unwrap();
        serial.rand(64, openssl::bn::MsbOption::MAYBE_ZERO, false).unwrap();
        builder.set_serial_number(&Asn1Integer::from_bn(&serial).unwrap()).unwrap();
        builder.set_subject_name(&name(says.common)).unwrap();
        match signer {
            Some(signer) => builder.set_issuer_name(signer.certificate.subject_name()).unwrap(),
            None => builder.set_issuer_name(&name(says.common)).unwrap(),
        }
        let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs() as i64;
        let day = 86_400;
        let end = if says.expired { now - day } else { now + day };
        builder.set_not_before(&Asn1Time::from_unix(now - 2 * day).unwrap()).unwrap();
        builder.set_not_after(&Asn1Time::from_unix(end).unwrap()).unwrap();
        builder.set_pubkey(&key).unwrap();
        if says.authority {
            builder.append_extension(BasicConstraints::new().critical().ca().build().unwrap()).unwrap();
        }
        if !says.names.is_empty() || !says.addresses.is_empty() {
            let mut san = SubjectAlternativeName::new();
            for name in says.names {
                san.dns(name);
            }
            for address in says.addresses {
                san.ip(address);
            }
            let context = builder.x509v3_context(None, None);
            let extension = san.build(&context).unwrap();
            builder.append_extension(extension).unwrap();
        }
        builder.sign(signer.map_or(&key, |signer| &signer.key), MessageDigest::sha256()).unwrap();
        Pair { certificate: builder.build(), key }
    }

    /// Writes `name.crt` and `name.key` (with a passphrase, where there is one) for the owner of `dir`.
    pub fn write(&self, dir: &Path, name: &str, passphrase: Option<&str>) -> (PathBuf, PathBuf) {
        let (crt, key) = (dir.join(format!("{name}.crt")), dir.join(format!("{name}.key")));
        fs::write(&crt, self.certificate.to_pem().unwrap()).unwrap();
        let pem = match passphrase {
            Some(secret) => {
                self.key.private_key_to_pem_pkcs8_passphrase(Cipher::aes_256_cbc(), secret.as_bytes())
            }
            None => self.key.private_key_to_pem_pkcs8(),
        };
        fs::write(&key, pem.unwrap()).unwrap();
        fs::set_permissions(&crt, fs::Permissions::from_mode(0o644)).unwrap();
        fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
        (crt, key)
    }
}

/// Gives a file to the user as whom the server runs.
pub fn give(file: &Path, like: &Path) {
    use std::os::unix::fs::MetadataExt;
    let owner = fs::metadata(like).unwrap();
    chown(file, Some(owner.uid()), Some(owner.gid())).unwrap();
}
