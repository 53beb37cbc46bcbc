//! The passfile: `hostname:port:database:username:password` a line, `*` for anything, `\` before a `:` or `\`.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// The socket directory of libpq's build; connections through it are called `localhost` in a passfile.
pub const SOCKET_DIRECTORY: &str = "/var/run/postgresql";

/// Who asks for a password.
#[derive(Clone, Copy, Debug)]
pub struct Key<'a> {
    /// The host's name as given, else its address, else the socket's directory.
    pub host: &'a str,
    /// The port.
    pub port: u16,
    /// The database.
    pub database: &'a str,
    /// The user.
    pub user: &'a str,
}

/// Looks a password up. A file that others may read is not used, with psql's warning; one that is absent is no error.
pub fn lookup(path: &Path, key: Key<'_>, warn: &dyn Fn(&str)) -> Option<String> {
    let metadata = fs::metadata(path).ok()?;
    if !metadata.is_file() {
        warn(&format!("password file \"{}\" is not a plain file", path.display()));
        return None;
    }
    if metadata.permissions().mode() & 0o077 != 0 {
        warn(&format!(
            "password file \"{}\" has group or world access; permissions should be u=rw (0600) or less",
            path.display()
        ));
        return None;
    }
    let bytes = fs::read(path).ok()?;
    find(&String::from_utf8_lossy(&bytes), key)
}

/// The password of the first line that matches.
pub fn find(text: &str, key: Key<'_>) -> Option<String> {
    let host = if key.host.is_empty() || key.host == SOCKET_DIRECTORY { "localhost" } else { key.host };
    let port = key.port.to_string();
    text.lines().filter(|line| !line.starts_with('#')).find_map(|line| {
        let mut rest = line;
        for expected in [host, &port, key.database, key.user] {
            rest = after_match(rest, expected)?;
        }
        let (password, _) = field(rest);
        Some(password)
    })
}

/// What follows a line's first field where that matches.
fn after_match<'a>(line: &'a str, expected: &str) -> Option<&'a str> {
    if let Some(rest) = line.strip_prefix("*:") {
        return Some(rest);
    }
    let (value, rest) = field(line);
    rest.filter(|_| value == expected)
}

/// The first field without its escapes, and what follows its colon.
fn field(line: &str) -> (String, Option<&str>) {
    let mut value = String::new();
    let mut characters = line.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => value.push(characters.next().map_or('\\', |(_, escaped)| escaped)),
            ':' => return (value, Some(&line[at + 1..])),
            other => value.push(other),
        }
    }
    (value, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: Key<'_> = Key { host: "db", port: 5432, database: "shop", user: "on:call" };

    #[test]
    fn wildcards_escapes_and_the_first_match() {
        for (file, expected) in [
            ("db:5432:shop:on\\:call:plain", Some("plain")),
            ("*:*:*:*:any", Some("any")),
            ("# db:*:*:*:no\nother:*:*:*:no\n*:*:shop:*:a\\:b\\\\c\n*:*:*:*:later", Some("a:b\\c")),
            ("db:5433:*:*:no", None),
            ("db:5432:shop:on:call:no", None),
            ("db:5432:shop", None),
            ("", None),
            ("*:*:*:*:pass word:ignored", Some("pass word")),
        ] {
            assert_eq!(find(file, KEY).as_deref(), expected, "{file}");
        }
    }

    #[test]
    fn the_default_socket_is_localhost_and_others_are_their_directory() {
        let file = "localhost:*:*:*:default\n/tmp:*:*:*:tmp";
        assert_eq!(find(file, Key { host: SOCKET_DIRECTORY, ..KEY }).as_deref(), Some("default"));
        assert_eq!(find(file, Key { host: "", ..KEY }).as_deref(), Some("default"));
        assert_eq!(find(file, Key { host: "/tmp", ..KEY }).as_deref(), Some("tmp"));
    }
}
