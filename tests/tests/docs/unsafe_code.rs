//! docs/INSIDE.md names every file with unsafe code, and no other.

use super::page;
use promo_guard_tests::repo;
use regex::Regex;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

fn files_with_unsafe_code(folder: &Path, found: &mut BTreeSet<String>) {
    let code = Regex::new(r"(?m)^[^/\n]*\bunsafe (\{|fn|impl|extern)|#\[unsafe\(").unwrap();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            files_with_unsafe_code(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs")
            && code.is_match(&fs::read_to_string(&path).unwrap())
        {
            found.insert(path.strip_prefix(repo()).unwrap().to_string_lossy().into_owned());
        }
    }
}

#[test]
fn every_file_with_unsafe_code_is_in_the_table_with_its_reason() {
    let mut found = BTreeSet::new();
    for folder in ["cli/src", "cli/connect/src", "extension/core/src", "extension/src"] {
        files_with_unsafe_code(&repo().join(folder), &mut found);
    }
    let page = page("docs/INSIDE.md");
    let (_, section) = page.split_once("## Unsafe code").unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    let file = Regex::new(r"`([a-z_/]+\.rs)`").unwrap();
    let listed: BTreeSet<String> = rows
        .flat_map(|row| {
            let cells: Vec<&str> = row.split('|').map(str::trim).collect();
            assert!(cells.len() == 5 && cells[1..4].iter().all(|cell| !cell.is_empty()), "{row}");
            file.captures_iter(cells[1]).map(|f| format!("extension/src/{}", &f[1])).collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(listed, found);
}
