//! The pepper: the application's secret key for hashing codes. From an environment variable or a file of one's own.

use std::env;
use std::ffi::OsString;
use std::fs::{File, Metadata};
use std::io::Read;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::Path;

use zeroize::Zeroizing;

use crate::args::PepperArguments;
use crate::error::Error;

/// The variable that is looked at where nothing else is said.
pub const DEFAULT_VARIABLE: &str = "PROMO_PEPPER";

/// Bytes of the longest pepper. A file that is longer is not one.
const LONGEST: usize = 64 * 1024;

/// The secret; wiped when dropped. No `Debug`.
pub struct Pepper(Zeroizing<Vec<u8>>);

impl Pepper {
    /// Finds it where the command line says.
    pub fn find(arguments: &PepperArguments) -> Result<Pepper, Error> {
        match (&arguments.pepper_file, &arguments.pepper_env) {
            (Some(file), _) => Pepper::in_file(file),
            (None, Some(variable)) => Pepper::in_variable(variable, |name| env::var_os(name)),
            (None, None) => Pepper::in_variable(DEFAULT_VARIABLE, |name| env::var_os(name)),
        }
    }

    /// In an environment variable.
    fn in_variable(name: &str, get: impl FnOnce(&str) -> Option<OsString>) -> Result<Pepper, Error> {
        let letter = |c: char| c.is_ascii_alphabetic() || c == '_';
        if !name.starts_with(letter) || !name.chars().all(|c| letter(c) || c.is_ascii_digit()) {
            // It may be the pepper itself, given by mistake: not to be repeated.
            return Err(Error::usage_with_hint(
                "--pepper-env is not the name of an environment variable",
                "It takes the variable's name; the pepper itself never stands on a command line.",
            ));
        }
        match get(name).map(OsString::into_vec).map(Pepper::of) {
            None => Err(Error::usage_with_hint(
                format!("there is no pepper: the environment variable {name} is not set"),
                "Set it to the application's own pepper, or name another place with --pepper-env or --pepper-file.",
            )),
            Some(pepper) if pepper.bytes().is_empty() => {
                Err(Error::usage(format!("the environment variable {name} is empty: that is no pepper")))
            }
            Some(pepper) => Ok(pepper),
        }
    }

    /// In a file, or a pipe such as `<(…)` makes. Its permissions are those of what was opened.
    fn in_file(path: &Path) -> Result<Pepper, Error> {
        let shown = path.display();
        let unread = |error| Error::usage(format!("could not read the pepper file \"{shown}\": {error}"));
        let file = File::open(path).map_err(unread)?;
        let metadata = file.metadata().map_err(unread)?;
        if !(metadata.is_file() || metadata.file_type().is_fifo()) {
            return Err(Error::usage(format!("pepper file \"{shown}\" is not a plain file")));
        }
        if others_may_read(&metadata) {
            return Err(Error::usage_with_hint(
                format!(
                    "pepper file \"{shown}\" has group or world access; permissions should be u=rw (0600) or less"
                ),
                "Others may have read it: chmod 600 it, and ask whether the pepper is still a secret.",
            ));
        }
        // All of its room at once: a buffer that grows leaves copies behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(LONGEST + 1));
        file.take(LONGEST as u64 + 1).read_to_end(&mut bytes).map_err(unread)?;
        if bytes.len() > LONGEST {
            return Err(Error::usage(format!("pepper file \"{shown}\" is too long for a pepper")));
        }
        if bytes.last() == Some(&b'\n') {
            bytes.pop();
            if bytes.last() == Some(&b'\r') {
                bytes.pop();
            }
        }
        if bytes.is_empty() {
            return Err(Error::usage(format!("pepper file \"{shown}\" is empty: that is no pepper")));
        }
        Ok(Pepper(bytes))
    }

    /// Takes these bytes as the pepper.
    pub fn of(bytes: Vec<u8>) -> Pepper {
        Pepper(Zeroizing::new(bytes))
    }

    /// The key.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

fn others_may_read(metadata: &Metadata) -> bool {
    metadata.permissions().mode() & 0o077 != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(outcome: Result<Pepper, Error>) -> Result<Vec<u8>, String> {
        outcome.map(|pepper| pepper.bytes().to_vec()).map_err(|error| format!("{error:?}"))
    }

    #[test]
    fn a_variable_is_taken_as_it_is() {
        let get = |value: &str| Some(OsString::from(value));
        assert_eq!(told(Pepper::in_variable("P", |_| get("salt \n"))), Ok(b"salt \n".to_vec()));
        assert!(told(Pepper::in_variable("P", |_| get(""))).is_err_and(|e| e.contains("P is empty")));
        assert!(told(Pepper::in_variable("P", |_| None)).is_err_and(|e| e.contains("P is not set")));
    }

    #[test]
    fn a_pepper_given_for_a_name_is_not_repeated() {
        for pepper in ["s3cret!", "c2VjcmV0LXBlcHBlcg==", "", "1secret"] {
            let told = told(Pepper::in_variable(pepper, |_| None));
            assert!(told.is_err_and(|e| !e.contains("ecret") && e.contains("variable's name")));
        }
    }
}
