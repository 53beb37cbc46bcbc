//! What a connection depends on besides the command line, in one value, so that precedence is a pure function.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use nix::unistd::{User, geteuid};

/// Where service files of the whole machine are, unless PGSYSCONFDIR says otherwise: Debian's libpq looks here.
const SYSTEM_DIRECTORY: &str = "/etc/postgresql-common";

/// The process's surroundings.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// Environment variables that a connection depends on, and no others: the rest may hold secrets, such as a pepper.
    pub variables: HashMap<String, String>,
    /// The user's home directory: HOME, else the operating system's record.
    pub home: Option<PathBuf>,
    /// The operating system's name for the user; the default of `user`.
    pub os_user: Option<String>,
}

impl Environment {
    /// Reads it from the process. The only place that does.
    pub fn of_this_process() -> Environment {
        let account = User::from_uid(geteuid()).ok().flatten();
        let variables: HashMap<String, String> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
            .filter(|(name, _)| name.starts_with("PG") || name == "HOME")
            .filter_map(|(name, value)| Some((name, value.into_string().ok()?)))
            .collect();
        let home = variables.get("HOME").filter(|home| !home.is_empty()).map(PathBuf::from);
        Environment {
            home: home.or_else(|| account.as_ref().map(|account| account.dir.clone())),
            os_user: account.map(|account| account.name),
            variables,
        }
    }

    /// A variable's value, where it is set.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str)
    }

    /// A file in the home directory.
    pub fn in_home(&self, name: &str) -> Option<PathBuf> {
        self.home.as_ref().map(|home| home.join(name))
    }

    /// The directory of the machine's own settings.
    pub fn system_directory(&self) -> &Path {
        Path::new(self.get("PGSYSCONFDIR").unwrap_or(SYSTEM_DIRECTORY))
    }
}
