//! Connection strings: `host=… dbname='…'` and `postgresql://…`, taken apart into keywords and values as libpq does.

use crate::error::Error;

/// Keywords and values in the order in which they were written; a later one overrides an earlier one.
pub type Pairs = Vec<(String, String)>;

/// Whether a `-d` value is a connection string rather than a database's name.
pub fn is_connection_string(value: &str) -> bool {
    is_uri(value) || value.contains('=')
}

fn is_uri(value: &str) -> bool {
    value.starts_with("postgresql://") || value.starts_with("postgres://")
}

/// Takes a connection string of either kind apart.
pub fn parse(value: &str) -> Result<Pairs, Error> {
    if is_uri(value) { parse_uri(value) } else { parse_keywords(value) }
}

/// `keyword = value` pairs; values may be quoted with ' and escaped with \.
fn parse_keywords(text: &str) -> Result<Pairs, Error> {
    let mut pairs = Pairs::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let end = rest.find(|c: char| c == '=' || c.is_ascii_whitespace()).unwrap_or(rest.len());
        let keyword = &rest[..end];
        let Some(after) = rest[end..].trim_start().strip_prefix('=') else {
            // Not the string itself: it may hold a password.
            return Err(Error::usage(format!("missing \"=\" after \"{keyword}\" in connection info string")));
        };
        let (value, after) = parse_value(after.trim_start())?;
        pairs.push((keyword.to_owned(), value));
        rest = after.trim_start();
    }
    Ok(pairs)
}

/// One value and what follows it.
fn parse_value(text: &str) -> Result<(String, &str), Error> {
    let quoted = text.starts_with('\'');
    let mut value = String::new();
    let mut characters = text.char_indices().skip(usize::from(quoted));
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => value.extend(characters.next().map(|(_, escaped)| escaped)),
            '\'' if quoted => return Ok((value, &text[at + 1..])),
            c if !quoted && c.is_ascii_whitespace() => return Ok((value, &text[at..])),
            c => value.push(c),
        }
    }
    if quoted {
        Err(Error::usage("unterminated quoted string in connection info string"))
    } else {
        Ok((value, ""))
    }
}

/// `postgresql://[user[:password]@][host[:port][,…]][/dbname][?keyword=value&…]`, all parts percent-encoded.
fn parse_uri(uri: &str) -> Result<Pairs, Error> {
    let mut pairs = Pairs::new();
    let rest = uri.split_once("://").map_or(uri, |(_, rest)| rest);
    // Credentials end at the first @ that stands before any /; a password may hold a ?.
    let (credentials, rest) = match rest.find(['@', '/']) {
        Some(at) if rest[at..].starts_with('@') => (Some(&rest[..at]), &rest[at + 1..]),
        _ => (None, rest),
    };
    if let Some(credentials) = credentials {
        let (user, password) = credentials.split_once(':').unwrap_or((credentials, ""));
        push_decoded(&mut pairs, "user", user)?;
        push_decoded(&mut pairs, "password", password)?;
    }
    let (rest, query) = match rest.split_once('?') {
        Some((rest, query)) => (rest, Some(query)),
        None => (rest, None),
    };
    let (hosts, database) = rest.split_once('/').unwrap_or((rest, ""));
    if !hosts.is_empty() {
        let (mut names, mut ports) = (Vec::new(), Vec::new());
        for host in hosts.split(',') {
            let (name, port) = split_host(host)?;
            names.push(decode(name)?);
            ports.push(decode(port)?);
        }
        pairs.push(("host".to_owned(), names.join(",")));
        if ports.iter().any(|port| !port.is_empty()) {
            pairs.push(("port".to_owned(), ports.join(",")));
        }
    }
    push_decoded(&mut pairs, "dbname", database)?;
    for parameter in query.into_iter().flat_map(|query| query.split('&')).filter(|part| !part.is_empty()) {
        let Some((keyword, value)) = parameter.split_once('=') else {
            return Err(Error::usage(format!(
                "missing key/value separator \"=\" in URI query parameter: \"{parameter}\""
            )));
        };
        if value.contains('=') {
            // The value is not repeated: it may be a password.
            return Err(Error::usage(format!(
                "extra key/value separator \"=\" in URI query parameter: \"{keyword}\""
            )));
        }
        let (keyword, value) = (decode(keyword)?, decode(value)?);
        // JDBC's way to say it.
        if (keyword.as_str(), value.as_str()) == ("ssl", "true") {
            pairs.push(("sslmode".to_owned(), "require".to_owned()));
        } else {
            pairs.push((keyword, value));
        }
    }
    Ok(pairs)
}

/// A host and its port; an IPv6 address stands in brackets.
fn split_host(host: &str) -> Result<(&str, &str), Error> {
    let Some(inner) = host.strip_prefix('[') else {
        return Ok(host.split_once(':').unwrap_or((host, "")));
    };
    let hint = "Write an IPv6 address in brackets, as in postgresql://[::1]:5432/shop.";
    let refuse = |message: String| Err(Error::usage_with_hint(message, hint));
    match inner.split_once(']') {
        None => refuse(format!(
            "end of string reached when looking for matching \"]\" in IPv6 host address in URI: \"{host}\""
        )),
        Some(("", _)) => refuse(format!("IPv6 host address may not be empty in URI: \"{host}\"")),
        Some((address, "")) => Ok((address, "")),
        Some((address, after)) => match after.strip_prefix(':') {
            Some(port) => Ok((address, port)),
            None => refuse(format!(
                "unexpected character after \"]\" in URI (expected \":\" or \"/\"): \"{host}\""
            )),
        },
    }
}

fn push_decoded(pairs: &mut Pairs, keyword: &str, value: &str) -> Result<(), Error> {
    if !value.is_empty() {
        pairs.push((keyword.to_owned(), decode(value)?));
    }
    Ok(())
}

/// Percent-decodes, strictly: half a token or an encoded zero byte is an error, as in libpq.
fn decode(text: &str) -> Result<String, Error> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        if byte != b'%' {
            bytes.push(byte);
            rest = after;
            continue;
        }
        let digits = after.get(..2).and_then(|pair| std::str::from_utf8(pair).ok());
        let decoded = digits
            .filter(|pair| pair.bytes().all(|digit| digit.is_ascii_hexdigit()))
            .and_then(|pair| u8::from_str_radix(pair, 16).ok())
            .filter(|&decoded| decoded != 0);
        // The text is not repeated: it may be a password.
        bytes.push(decoded.ok_or_else(|| {
            Error::usage_with_hint(
                "invalid percent-encoded token in the connection URI",
                "Write a literal % as %25.",
            )
        })?);
        rest = &after[2..];
    }
    String::from_utf8(bytes).map_err(|_| Error::usage("the connection URI is not UTF-8 once percent-decoded"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Vec<(String, String)> {
        parse(text).unwrap()
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        expected.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn keywords_quotes_and_escapes() {
        for (text, expected) in [
            ("dbname=shop", pairs(&[("dbname", "shop")])),
            ("  host = /tmp\tport=5433 ", pairs(&[("host", "/tmp"), ("port", "5433")])),
            ("dbname='my shop' user=o\\'neil", pairs(&[("dbname", "my shop"), ("user", "o'neil")])),
            ("password='a\\\\b\\'c'", pairs(&[("password", "a\\b'c")])),
            ("host= dbname=x", pairs(&[("host", "dbname=x")])),
            ("host='' dbname=x", pairs(&[("host", ""), ("dbname", "x")])),
        ] {
            assert_eq!(parsed(text), expected, "{text}");
        }
        assert!(parse("dbname='open").is_err());
        assert!(parse("dbname = x stray").is_err());
    }

    #[test]
    fn uris() {
        for (text, expected) in [
            ("postgresql://", pairs(&[])),
            ("postgres://h/d", pairs(&[("host", "h"), ("dbname", "d")])),
            (
                "postgresql://us%40er:p%3Ass%2F@h:1,[::1]:2/d%20b?application_name=x&ssl=true",
                pairs(&[
                    ("user", "us@er"),
                    ("password", "p:ss/"),
                    ("host", "h,::1"),
                    ("port", "1,2"),
                    ("dbname", "d b"),
                    ("application_name", "x"),
                    ("sslmode", "require"),
                ]),
            ),
            ("postgresql:///d?host=/tmp", pairs(&[("dbname", "d"), ("host", "/tmp")])),
            ("postgresql://%2Ftmp/d", pairs(&[("host", "/tmp"), ("dbname", "d")])),
            ("postgresql://u:a?b@h", pairs(&[("user", "u"), ("password", "a?b"), ("host", "h")])),
            ("postgresql://u@/d", pairs(&[("user", "u"), ("dbname", "d")])),
        ] {
            assert_eq!(parsed(text), expected, "{text}");
        }
        for wrong in [
            "postgresql://u:%zz@h",
            "postgresql://h/%0",
            "postgresql://h/%00",
            "postgresql://[::1/d",
            "postgres://h?x",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_password_never_appears_in_an_error() {
        for wrong in ["postgresql://u:secret%zz@h", "password='secret"] {
            assert!(!format!("{:?}", parse(wrong).unwrap_err()).contains("secret"), "{wrong}");
        }
    }
}
