//! Why there is no connection.

use std::fmt;

use postgres::error::DbError;

/// A reason. No password is in it.
#[derive(Debug)]
pub enum Error {
    /// The settings ask for something that cannot be done.
    Usage {
        /// What is wrong.
        message: String,
        /// What to do about it.
        hint: Option<String>,
    },
    /// A server could not be reached, or refused.
    Connection {
        /// What failed and where. The server's own words are not in it.
        message: String,
        /// The server's answer, if one came.
        server: Option<Box<DbError>>,
        /// What to do about it.
        hint: Option<String>,
    },
}

impl Error {
    pub(crate) fn usage(message: impl Into<String>) -> Error {
        Error::Usage { message: message.into(), hint: None }
    }

    pub(crate) fn usage_with_hint(message: impl Into<String>, hint: impl Into<String>) -> Error {
        Error::Usage { message: message.into(), hint: Some(hint.into()) }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Error::Usage { message, hint } | Error::Connection { message, hint, .. }) = self;
        to.write_str(message)?;
        if let Error::Connection { server: Some(server), .. } = self {
            write!(to, "{}:  {}", server.severity(), server.message())?;
        }
        hint.as_ref().map_or(Ok(()), |hint| write!(to, "\nHINT:  {hint}"))
    }
}

impl std::error::Error for Error {}
