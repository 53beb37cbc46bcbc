//! Whether a certificate is that of the server that was asked for: libpq's rules, of RFC 6125 and the older custom of a
//! common name.

use std::net::IpAddr;

use openssl::nid::Nid;
use openssl::x509::X509Ref;

/// Nothing where the certificate names `host`; otherwise what is wrong, in libpq's words.
pub fn check(certificate: &X509Ref, host: &str) -> Result<(), String> {
    let address = host.parse::<IpAddr>().ok();
    let mut named = Names::default();
    // Names of the same kind as the host in the certificate: its common name is then not looked at.
    let mut same_kind = false;
    for name in certificate.subject_alt_names().iter().flatten() {
        if let Some(text) = name.dnsname() {
            same_kind |= address.is_none();
            if named.matches(text, host) {
                return Ok(());
            }
        } else if let Some(bytes) = name.ipaddress() {
            same_kind |= address.is_some();
            let theirs = <[u8; 4]>::try_from(bytes)
                .map(IpAddr::from)
                .or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from));
            if let Ok(theirs) = theirs
                && named.seen(theirs.to_string(), Some(theirs) == address)
            {
                return Ok(());
            }
        }
    }
    if !same_kind
        && let Some(common) = certificate.subject_name().entries_by_nid(Nid::COMMONNAME).next()
        && let Ok(text) = std::str::from_utf8(common.data().as_slice())
        && named.matches(text, host)
    {
        return Ok(());
    }
    Err(named.complaint(host))
}

/// The names looked at so far.
#[derive(Default)]
struct Names {
    first: Option<String>,
    count: usize,
}

impl Names {
    fn seen(&mut self, name: String, met: bool) -> bool {
        self.first.get_or_insert(name);
        self.count += 1;
        met
    }

    fn matches(&mut self, name: &str, host: &str) -> bool {
        // A zero byte would hide the rest of the name from the signer.
        self.seen(name.to_owned(), !name.contains('\0') && covers(name, host))
    }

    fn complaint(&self, host: &str) -> String {
        let Some(first) = &self.first else {
            return "could not get server's host name from server certificate".to_owned();
        };
        let others = match self.count - 1 {
            0 => String::new(),
            1 => " (and 1 other name)".to_owned(),
            more => format!(" (and {more} other names)"),
        };
        format!("server certificate for \"{first}\"{others} does not match host name \"{host}\"")
    }
}

/// Whether a name, perhaps with `*.` for its first label, covers a host.
fn covers(name: &str, host: &str) -> bool {
    if name.eq_ignore_ascii_case(host) {
        return true;
    }
    let Some(domain) = name.strip_prefix('*').filter(|domain| domain.starts_with('.') && domain.len() > 1)
    else {
        return false;
    };
    match host.split_once('.') {
        Some((label, rest)) => !label.is_empty() && rest.eq_ignore_ascii_case(&domain[1..]),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_one_label() {
        for (name, host, met) in [
            ("db.example", "DB.example", true),
            ("*.example", "db.example", true),
            ("*.example", "a.db.example", false),
            ("*.example", ".example", false),
            ("*.example", "example", false),
            ("d*.example", "db.example", false),
            ("*", "db", false),
            ("*.", "db.", false),
            ("", "", true),
        ] {
            assert_eq!(covers(name, host), met, "{name} {host}");
        }
    }
}
