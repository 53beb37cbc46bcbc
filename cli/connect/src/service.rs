//! The service file: named groups of connection parameters in `~/.pg_service.conf` or the machine's `pg_service.conf`.

use std::io;
use std::path::{Path, PathBuf};

use super::conninfo::Pairs;
use super::env::Environment;
use super::keywords::is_parameter;
use crate::error::Error;

/// Reads a file; injected, so that precedence can be tested without one.
pub type ReadFile<'a> = &'a dyn Fn(&Path) -> io::Result<String>;

/// The parameters of a service. The user's file comes first; where it lacks the group, the machine's.
pub fn lookup(service: &str, environment: &Environment, read: ReadFile<'_>) -> Result<Pairs, Error> {
    let named = environment.get("PGSERVICEFILE").map(PathBuf::from);
    if let Some(path) = &named
        && let Err(error) = read(path)
    {
        let path = path.display();
        return Err(Error::usage(match error.kind() {
            io::ErrorKind::NotFound => format!("service file \"{path}\" not found"),
            _ => format!("service file \"{path}\" cannot be read: {error}"),
        }));
    }
    let user = named.or_else(|| environment.in_home(".pg_service.conf"));
    let machine = environment.system_directory().join("pg_service.conf");
    for path in user.into_iter().chain([machine]) {
        if let Ok(text) = read(&path)
            && let Some(pairs) = group(&text, service, &path)?
        {
            return Ok(pairs);
        }
    }
    Err(Error::usage(format!("definition of service \"{service}\" not found")))
}

/// The pairs under `[service]`, None where there is no such group. The first group of a name counts.
fn group(text: &str, service: &str, path: &Path) -> Result<Option<Pairs>, Error> {
    let mut found: Option<Pairs> = None;
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(header) = line.strip_prefix('[') {
            if found.is_some() {
                break;
            }
            // As libpq: what follows the bracket does not matter.
            if header.strip_prefix(service).is_some_and(|rest| rest.starts_with(']')) {
                found = Some(Pairs::new());
            }
        } else if let Some(pairs) = &mut found {
            let place = || format!("in service file \"{}\", line {}", path.display(), number + 1);
            let Some((keyword, value)) = line.split_once('=') else {
                return Err(Error::usage(format!("syntax error {}", place())));
            };
            // As libpq: blanks around the = belong to the keyword and to the value.
            if keyword == "service" {
                return Err(Error::usage(format!("nested service specifications not supported {}", place())));
            }
            if !is_parameter(keyword) {
                return Err(Error::usage(format!("syntax error {}", place())));
            }
            // The first one of a keyword counts.
            if !pairs.iter().any(|(known, _)| known == keyword) {
                pairs.push((keyword.to_owned(), value.to_owned()));
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str =
        "# ours\n[other]\nhost=elsewhere\n\n[shop]\nhost=db.example\nport=6000\nport=7000\n[shop]\nuser=no\n";

    #[test]
    fn the_first_group_and_its_first_values_count() {
        let pairs = group(FILE, "shop", Path::new("f")).unwrap().unwrap();
        assert_eq!(
            pairs,
            [("host".to_owned(), "db.example".to_owned()), ("port".to_owned(), "6000".to_owned())]
        );
        assert_eq!(group(FILE, "absent", Path::new("f")).unwrap(), None);
    }

    #[test]
    fn mistakes_name_file_and_line() {
        for wrong in ["[s]\nservice=t\n", "[s]\nnonsense\n", "[s]\nhost = h\n", "[s]\ncolour=red\n"] {
            let error = format!("{:?}", group(wrong, "s", Path::new("/etc/f")).unwrap_err());
            assert!(error.contains("/etc/f") && error.contains("line 2"), "{error}");
        }
    }

    #[test]
    fn the_users_file_comes_before_the_machines() {
        let environment = Environment { home: Some("/home/u".into()), ..Environment::default() };
        let files = |path: &Path| match path.to_str() {
            Some("/home/u/.pg_service.conf") => Ok("[mine]\nhost=mine\n".to_owned()),
            Some("/etc/postgresql-common/pg_service.conf") => {
                Ok("[mine]\nhost=no\n[all]\nhost=all\n".to_owned())
            }
            _ => Err(io::ErrorKind::NotFound.into()),
        };
        let host = |service| lookup(service, &environment, &files).map(|pairs| pairs[0].1.clone());
        assert_eq!(host("mine").unwrap(), "mine");
        assert_eq!(host("all").unwrap(), "all");
        assert!(host("none").is_err());
    }
}
