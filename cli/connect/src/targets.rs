//! The servers to try, in order: lists of hosts, addresses and ports that belong together.

use std::net::IpAddr;

use super::passfile::SOCKET_DIRECTORY;
use crate::error::Error;

/// The port where none is given.
const DEFAULT_PORT: u16 = 5432;

/// One server to try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Host name, address, or directory of a Unix socket.
    pub host: String,
    /// An address that spares the look-up of the name, or what came of the look-up.
    pub address: Option<IpAddr>,
    /// Whether it came of the look-up.
    pub looked_up: bool,
    /// Port.
    pub port: u16,
    /// Whether `host` was given as such, and is not the address put in its place: only then can a certificate be its own.
    pub named: bool,
}

impl Target {
    /// Whether it is reached through a socket of this machine.
    pub fn is_socket(&self) -> bool {
        self.address.is_none() && self.host.starts_with('/')
    }
}

/// Pairs the lists `host`, `hostaddr` and `port`, as libpq does: one port serves all hosts, else the counts must match.
pub fn targets(
    hosts: Option<&str>,
    addresses: Option<&str>,
    ports: Option<&str>,
) -> Result<Vec<Target>, Error> {
    let (hosts, addresses, ports) = (list(hosts), list(addresses), list(ports));
    let count = if addresses.is_empty() { hosts.len().max(1) } else { addresses.len() };
    if !addresses.is_empty() && !hosts.is_empty() && hosts.len() != count {
        return Err(Error::usage(format!(
            "could not match {} host names to {count} hostaddr values",
            hosts.len()
        )));
    }
    if ports.len() > 1 && ports.len() != count {
        return Err(Error::usage(format!("could not match {} port numbers to {count} hosts", ports.len())));
    }
    (0..count)
        .map(|index| {
            let given = |list: &[&'_ str], index: usize| {
                list.get(index).filter(|part| !part.is_empty()).map(|part| (*part).to_owned())
            };
            let address = given(&addresses, index).map(|text| parse_address(&text)).transpose()?;
            let port = given(&ports, if ports.len() == 1 { 0 } else { index });
            let name = given(&hosts, index);
            let named = name.is_some();
            let host = name
                .or_else(|| address.map(|address| address.to_string()))
                .unwrap_or_else(|| SOCKET_DIRECTORY.to_owned());
            Ok(Target {
                host,
                address,
                port: port.map_or(Ok(DEFAULT_PORT), |text| parse_port(&text))?,
                named,
                looked_up: false,
            })
        })
        .collect()
}

fn list(value: Option<&str>) -> Vec<&str> {
    value.map(|value| value.split(',').map(str::trim).collect()).unwrap_or_default()
}

fn parse_address(text: &str) -> Result<IpAddr, Error> {
    text.parse().map_err(|_| Error::usage(format!("could not parse network address \"{text}\" of hostaddr")))
}

fn parse_port(text: &str) -> Result<u16, Error> {
    let number: i64 = text.parse().map_err(|_| {
        Error::usage(format!("invalid integer value \"{text}\" for connection option \"port\""))
    })?;
    let port = u16::try_from(number).ok().filter(|&port| port != 0);
    port.ok_or_else(|| Error::usage(format!("invalid port number: \"{text}\"")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(host: &str, address: Option<&str>, port: u16) -> Target {
        let named = Some(host) != address && host != SOCKET_DIRECTORY;
        Target {
            host: host.to_owned(),
            address: address.map(|text| text.parse().unwrap()),
            port,
            named,
            looked_up: false,
        }
    }

    #[test]
    fn hosts_addresses_and_ports_pair_up() {
        for (hosts, addresses, ports, expected) in [
            (None, None, None, vec![target(SOCKET_DIRECTORY, None, 5432)]),
            (Some("a,b"), None, Some("1,2"), vec![target("a", None, 1), target("b", None, 2)]),
            (Some("a,b"), None, Some("1"), vec![target("a", None, 1), target("b", None, 1)]),
            (Some("a,"), None, Some(",2"), vec![target("a", None, 5432), target(SOCKET_DIRECTORY, None, 2)]),
            (None, Some("::1"), None, vec![target("::1", Some("::1"), 5432)]),
            (Some("n"), Some("10.0.0.1"), None, vec![target("n", Some("10.0.0.1"), 5432)]),
        ] {
            assert_eq!(targets(hosts, addresses, ports).unwrap(), expected);
        }
    }

    #[test]
    fn what_does_not_pair_up_is_an_error() {
        for (hosts, addresses, ports) in [
            (Some("a,b,c"), None, Some("1,2")),
            (Some("a,b"), Some("10.0.0.1"), None),
            (None, None, Some("0")),
            (None, None, Some("x")),
            (None, None, Some("65536")),
            (None, Some("nonsense"), None),
        ] {
            assert!(targets(hosts, addresses, ports).is_err(), "{hosts:?} {addresses:?} {ports:?}");
        }
    }
}
