//! The file of the plain codes: new, of mode 0600, on disk before the rotation is committed.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::codes::Made;
use crate::error::Error;
use crate::output::Rows;

/// The statement that tells whether the code of this new campaign is in use.
pub fn question(new_id: Option<i64>) -> String {
    let id = new_id.map_or_else(|| "the first new_campaign_id in it".to_owned(), |id| id.to_string());
    format!("SELECT at FROM promo_guard.rotation WHERE new_campaign_id = {id};")
}

/// Where it will be, and where it is until then.
pub struct CodeFile {
    path: PathBuf,
    partial: PathBuf,
}

impl CodeFile {
    /// At this path, where nothing may be yet.
    pub fn at(path: &Path) -> Result<CodeFile, Error> {
        let mut partial = path.as_os_str().to_owned();
        partial.push(".partial");
        let file = CodeFile { path: path.to_owned(), partial: partial.into() };
        if file.path.symlink_metadata().is_ok() {
            return Err(Error::usage_with_hint(
                format!("\"{}\" is there already", file.path.display()),
                "Plain codes go into a new file: name another one.",
            ));
        }
        if file.partial.symlink_metadata().is_ok() {
            return Err(Error::usage_with_hint(
                format!(
                    "\"{}\" is there already, from a rotation that was interrupted",
                    file.partial.display()
                ),
                format!(
                    "{}\nIf it gives a row, the codes are in use: give the file its name. Else delete it.",
                    file.question()
                ),
            ));
        }
        let directory = file.directory();
        if !directory.is_dir() {
            return Err(Error::usage(format!("\"{}\" is no directory", directory.display())));
        }
        Ok(file)
    }

    /// The statement that tells whether the codes of the file under its other name are in use: by the first of them.
    fn question(&self) -> String {
        let first = File::open(&self.partial).ok().and_then(|file| {
            // No more of it than it takes, and of that only the id.
            let mut lines = BufReader::new(file.take(200)).lines().map_while(Result::ok).map(Zeroizing::new);
            lines.nth(1)?.split(',').nth(1)?.parse().ok()
        });
        question(first)
    }

    fn directory(&self) -> PathBuf {
        match self.path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
            _ => PathBuf::from("."),
        }
    }

    /// Its name until the rotation is committed.
    pub fn partial(&self) -> &Path {
        &self.partial
    }

    /// Writes the codes, a line each, and waits until they are on disk.
    pub fn write(&self, rotated: &Rows, codes: &[Made]) -> Result<(), Error> {
        let outcome = self.try_write(rotated, codes);
        if outcome.is_err() {
            self.discard();
        }
        outcome.map_err(|error| {
            Error::usage(format!(
                "could not write \"{}\": {error}; nothing was rotated",
                self.partial.display()
            ))
        })
    }

    fn try_write(&self, rotated: &Rows, codes: &[Made]) -> io::Result<()> {
        let line = |id: &str, new: &str, code: &str| format!("{id},{new},{code}\n").len();
        let room: usize = codes.iter().map(|made| line("", "", &made.code) + 2 * 20).sum();
        let mut text = Zeroizing::new(String::with_capacity(room + 64));
        text.push_str("old_campaign_id,new_campaign_id,code\n");
        for (row, made) in rotated.iter().zip(codes) {
            text.push_str(&row.get("old_campaign_id").plain());
            text.push(',');
            text.push_str(&row.get("new_campaign_id").plain());
            text.push(',');
            text.push_str(&made.code);
            text.push('\n');
        }
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&self.partial)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        File::open(self.directory())?.sync_all()
    }

    /// Removes it: nothing was committed, and codes that are not in use are useless. Where it cannot be removed, its name says
    /// what it is.
    pub fn discard(&self) {
        let _ = fs::remove_file(&self.partial);
    }

    /// Gives it its name; what may have come to be there meanwhile is not overwritten.
    pub fn finish(&self) -> Result<(), Error> {
        let named = fs::hard_link(&self.partial, &self.path).and_then(|()| fs::remove_file(&self.partial));
        named.and_then(|()| File::open(self.directory())?.sync_all()).map_err(|error| {
            Error::usage(format!(
                "the rotation is done, and its codes are in \"{}\", which could not be renamed: {error}",
                self.partial.display()
            ))
        })
    }
}
