//! The catalogue of sentences, for tests: tests/catalogue has one file for each section of the runbook, with every sentence
//! that core can say and sample values.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// Sentences of a section, each with the case that it is for.
#[derive(Default)]
pub struct Catalogue(String);

impl Catalogue {
    /// Adds a heading.
    pub fn heading(&mut self, name: &str) {
        let gap = if self.0.is_empty() { "" } else { "\n" };
        let _ = writeln!(self.0, "{gap}{name}");
    }

    /// Adds the sentences of a case.
    pub fn add(&mut self, case: &str, sentences: impl AsRef<str>) {
        let _ = writeln!(self.0, "  {case}\n    {}", sentences.as_ref().replace('\n', "\n    "));
    }

    /// Compares it with the file of that name. With `UPDATE_GOLDEN=1` in the environment it writes the file first.
    pub fn compare(&self, name: &str) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/catalogue").join(name);
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            fs::write(&path, &self.0).unwrap();
        }
        let expected = fs::read_to_string(&path).unwrap_or_default();
        for (expected, got) in expected.lines().zip(self.0.lines()) {
            assert_eq!(got, expected, "{name}: UPDATE_GOLDEN=1 writes it anew");
        }
        assert_eq!(
            self.0.lines().count(),
            expected.lines().count(),
            "{name}: UPDATE_GOLDEN=1 writes it anew"
        );
    }
}
