//! Texts that are compared letter by letter with a file of the repository.

use std::fs;
use std::path::Path;

/// Compares a text with the file, line by line. With `UPDATE_GOLDEN=1` in the environment it writes the file first.
///
/// # Panics
/// Where they differ, or the file cannot be read or written.
pub fn golden(path: &Path, text: &str) {
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::create_dir_all(path.parent().expect("a file in a folder"))
            .expect("the folder of the golden file");
        fs::write(path, text).expect("the golden file is written");
    }
    let expected = fs::read_to_string(path).unwrap_or_default();
    let name = path.display();
    for (number, (expected, got)) in expected.lines().zip(text.lines()).enumerate() {
        assert_eq!(got, expected, "{name}, line {}: UPDATE_GOLDEN=1 writes it anew", number + 1);
    }
    let lines = (text.lines().count(), expected.lines().count());
    assert_eq!(lines.0, lines.1, "{name}: lines now and in the file; UPDATE_GOLDEN=1 writes it anew");
}
