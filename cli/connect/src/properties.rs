//! Properties that hold for every input.

use std::io;
use std::path::Path;

use proptest::prelude::*;

use super::conninfo;
use super::env::Environment;
use super::parameters::Flags;
use super::passfile::{Key, find};
use super::service;
use super::settings::resolve;
use super::targets::targets;
use crate::error::Error;

/// Text such as connections are made of, and what is not.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z0-9 =:/@?&%,'\\\\\\[\\]#\\*\t\n]{0,60}",
        "(postgresql|postgres)://[a-z0-9=:/@?&%,'\\[\\]]{0,60}",
        "\\PC{0,40}",
    ]
}

/// Every byte of it, percent-encoded.
fn percent(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect()
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// As it stands in a passfile.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace(':', "\\:")
}

proptest! {
    #[test]
    fn no_text_makes_any_reader_panic(text in text(), more in text()) {
        let _ = conninfo::parse(&text);
        let _ = targets(Some(&text), Some(&more), Some(&more));
        let _ = targets(Some(&text), None, Some(&more));
        let _ = find(&text, Key { host: &more, port: 1, database: &more, user: &text });
        let environment = Environment { home: Some("/home/u".into()), os_user: Some("os".into()), ..Environment::default() };
        let files = |path: &Path| match path.ends_with(".pg_service.conf") {
            true => Ok(more.clone()),
            false => Err(io::Error::from(io::ErrorKind::NotFound)),
        };
        let _ = service::lookup(&text, &environment, &files);
        let flags = Flags { dbname: Some(text.clone()), host: Some(more.clone()), port: Some(text.clone()), user: Some(more.clone()), ..Flags::default() };
        let _ = resolve(&flags, &environment, &files);
    }

    #[test]
    fn what_was_quoted_is_read_back(values in prop::collection::vec("\\PC{0,20}", 1..5)) {
        let words = ["dbname", "user", "host", "password"];
        let written: Vec<String> = values.iter().zip(words).map(|(value, word)| format!("{word} = {}", quoted(value))).collect();
        let read = conninfo::parse(&written.join(" ")).map_err(|error| TestCaseError::fail(format!("{error:?}")))?;
        let expected: Vec<(String, String)> = values.into_iter().zip(words).map(|(value, word)| (word.to_owned(), value)).collect();
        prop_assert_eq!(read, expected);
    }

    #[test]
    fn what_was_percent_encoded_is_read_back(user in "\\PC{1,20}", password in "\\PC{1,20}", host in "\\PC{1,20}", database in "\\PC{1,20}", name in "\\PC{1,20}") {
        let uri = format!(
            "postgresql://{}:{}@{}:5433/{}?application_name={}",
            percent(&user), percent(&password), percent(&host), percent(&database), percent(&name)
        );
        let read = conninfo::parse(&uri).map_err(|error| TestCaseError::fail(format!("{error:?}")))?;
        let expected = [("user", user), ("password", password), ("host", host), ("port", "5433".to_owned()), ("dbname", database), ("application_name", name)];
        prop_assert_eq!(read, expected.map(|(word, value)| (word.to_owned(), value)).to_vec());
    }

    #[test]
    fn a_password_is_never_in_an_error(before in "[a-z0-9=:/@?&%,' ]{0,20}", after in "[a-z0-9=:/@?&%' ]{0,20}") {
        for string in [
            format!("postgresql://u:S3CRET{after}@{before}/d"),
            format!("user=u password='S3CRET' {before}"),
            format!("postgresql://h/d?password=S3CRET&{before}"),
        ] {
            if let Err(Error::Usage { message, hint }) = conninfo::parse(&string) {
                prop_assert!(!message.contains("S3CRET") && !hint.unwrap_or_default().contains("S3CRET"), "{} {}", string, message);
            }
        }
    }

    #[test]
    fn an_escaped_line_of_the_passfile_is_found(host in "[^*\n\r\0]{1,20}", database in "[^*\n\r\0]{1,20}", user in "[^*\n\r\0]{1,20}", password in "[^\n\r\0]{0,20}") {
        prop_assume!(!host.starts_with('#') && host != super::passfile::SOCKET_DIRECTORY);
        let line = [&host, "5432", &database, &user, &password].map(escaped).join(":");
        let key = Key { host: &host, port: 5432, database: &database, user: &user };
        prop_assert_eq!(find(&format!("other:*:*:*:no\n{line}\n*:*:*:*:later\n"), key), Some(password));
        prop_assert_eq!(find(&line, Key { port: 1, ..key }), None);
    }
}
