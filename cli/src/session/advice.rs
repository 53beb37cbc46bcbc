//! What to do about an error of the server's that has no HINT: the statement to run.

use postgres::error::SqlState;
use promo_guard_core::binding::{quote_ident, quote_literal};

use crate::error::Error;

/// The functions that `promoctl setup` calls, which are the owner's.
const SETUP: [&str; 4] = ["bind", "attach_history", "grant_reader", "grant_operator"];

/// Who asks, for advice that names them.
#[derive(Clone, Copy)]
pub struct Caller<'a> {
    /// The role as which it connected.
    pub role: &'a str,
    /// `promoctl` and the options that lead here again.
    pub again: &'a str,
}

impl Caller<'_> {
    /// The error with what to do: the extension, a function of this program's version, or a grant is missing. `what` is the function
    /// that was called, as `promo_guard.name()`, or the server where it was a statement.
    pub fn advised(self, error: Error, what: &str) -> Error {
        let Error::Server(server) = error else { return error };
        let ours = server.message().contains("promo_guard");
        let code = server.code();
        // The tables that are read here are in every version: without them there is no extension.
        let absent = *code == SqlState::INVALID_SCHEMA_NAME || *code == SqlState::UNDEFINED_TABLE;
        let hint = if ours && absent {
            format!(
                "promo_guard is not installed in this database. As its owner run\n{0}CREATE EXTENSION promo_guard;\n\
                 and then\n{0}{again} setup\nor connect to another database with -d.",
                "    ",
                again = self.again
            )
        } else if ours && *code == SqlState::UNDEFINED_FUNCTION {
            format!(
                "The extension in this database is not the one that promoctl {} needs. As its owner run\n    \
                 ALTER EXTENSION promo_guard UPDATE;",
                env!("CARGO_PKG_VERSION")
            )
        } else if *code == SqlState::INSUFFICIENT_PRIVILEGE && server.hint().is_none() {
            let function = what.strip_prefix("promo_guard.").and_then(|what| what.strip_suffix("()"));
            match function {
                // A function that runs as its caller reports other objects: the application's tables.
                Some(function) if !ours && !server.message().contains(function) => {
                    return Error::Server(server);
                }
                Some(function) if SETUP.contains(&function) => owner_needed(),
                _ => self.grant_needed(),
            }
        } else {
            return Error::Server(server);
        };
        Error::Advised { server, hint }
    }

    fn grant_needed(self) -> String {
        let role = quote_literal(&role_name(self.role));
        format!(
            "Role {} lacks a grant. As the owner of promo_guard run\n    \
             SELECT promo_guard.grant_reader({role});\n\
             for a role that reads, or\n    \
             SELECT promo_guard.grant_operator({role});\n\
             for a role that also pauses and unpauses.",
            self.role
        )
    }
}

fn owner_needed() -> String {
    "Setup is for the owner of promo_guard. To see which role that is:\n    \
     SELECT extowner::regrole FROM pg_catalog.pg_extension WHERE extname = 'promo_guard';\n\
     Connect as that role with -U."
        .to_owned()
}

/// The error with what to do where the role that was named does not exist.
pub fn unknown_role(error: Error, role: &str) -> Error {
    let unknown = |code: &SqlState| *code == SqlState::UNDEFINED_OBJECT;
    let hint = format!(
        "To see which roles there are:\n    \
         SELECT rolname FROM pg_catalog.pg_roles ORDER BY rolname;\n\
         To create this one:\n    \
         CREATE ROLE {role} LOGIN;"
    );
    match error {
        Error::Server(server) if server.hint().is_none() && unknown(server.code()) => {
            Error::Advised { server, hint }
        }
        other => other,
    }
}

/// A role's name as `regrole` reads it.
fn role_name(name: &str) -> String {
    let simple = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        && !name.starts_with(|first: char| first.is_ascii_digit());
    if simple { name.to_owned() } else { quote_ident(name) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_named_as_regrole_reads_it() {
        assert_eq!(role_name("on_call2"), "on_call2");
        assert_eq!(role_name("On-Call"), "\"On-Call\"");
        assert_eq!(role_name("2nd"), "\"2nd\"");
        let caller = Caller { role: "o'Hara", again: "promoctl" };
        assert!(caller.grant_needed().contains("grant_reader('\"o''Hara\"');"), "{}", caller.grant_needed());
    }
}
