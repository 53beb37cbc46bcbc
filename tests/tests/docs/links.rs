//! Links within the project lead to a file, and to a heading of it.

use super::{PAGES, page, told_by_hand};
use promo_guard_tests::repo;
use regex::Regex;
use std::fs;
use std::path::Path;

/// The anchors of a page's headings, as forges make them.
fn anchors(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap_or_default();
    let heading = |line: &str| {
        let title = line.trim_start_matches('#').trim().to_lowercase();
        let kept = title.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    text.lines().filter(|line| line.starts_with('#')).map(heading).collect()
}

#[test]
fn links_lead_somewhere() {
    let link = Regex::new(r"\]\(([^)\s]+)\)").unwrap();
    let mut seen = 0;
    for path in PAGES {
        let dir = repo().join(path).parent().unwrap().to_owned();
        for found in link.captures_iter(&told_by_hand(path)) {
            let target = &found[1];
            if target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let file = if file.is_empty() { repo().join(path) } else { dir.join(file) };
            assert!(file.exists(), "{path} links to {target}");
            if !anchor.is_empty() {
                assert!(anchors(&file).contains(&anchor.to_owned()), "{path} links to {target}");
            }
            seen += 1;
        }
    }
    assert!(seen > 15, "{seen} links");
}

#[test]
fn the_readme_is_short() {
    let lines = page("README.md").lines().count();
    assert!(lines <= 200, "{lines} lines");
}

/// Files that the contributor's page names exist.
#[test]
fn files_that_pages_name_exist() {
    let name = Regex::new(r"`((?:extension|cli|sql|tests|docs)/[\w./-]+)`").unwrap();
    for path in ["CONTRIBUTING.md", "docs/ARCHITECTURE.md", "docs/INSIDE.md", "SECURITY.md"] {
        for found in name.captures_iter(&page(path)) {
            assert!(repo().join(&found[1]).exists(), "{path} names {}", &found[1]);
        }
    }
}
