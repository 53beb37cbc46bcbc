//! The pages that people read: what they show is what the software prints, their commands run, their links lead somewhere.

mod cycles;
mod demo;
mod examples;
mod links;
mod meta;
mod named;
mod sentences;
mod statements;
mod unsafe_code;
mod words;

use promo_guard_tests::repo;
use std::fs;

/// Every page.
const PAGES: [&str; 13] = [
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "docs/ACCESS.md",
    "docs/ADOPTING.md",
    "docs/ARCHITECTURE.md",
    "docs/CONCEPTS.md",
    "docs/DEMO.md",
    "docs/INSIDE.md",
    "docs/SCALE.md",
    "docs/SUPPORT.md",
    "sql/monitoring/README.md",
];

fn page(path: &str) -> String {
    fs::read_to_string(repo().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// A page without what the demo prints.
fn told_by_hand(path: &str) -> String {
    let mut page = page(path);
    for (begin, end) in [
        ("<!-- demo -->", "<!-- end of demo -->"),
        ("<!-- excerpt of docs/DEMO.md -->", "<!-- end of excerpt -->"),
    ] {
        if let (Some(from), Some(until)) = (page.find(begin), page.find(end)) {
            page.replace_range(from..until + end.len(), "");
        }
    }
    page
}
