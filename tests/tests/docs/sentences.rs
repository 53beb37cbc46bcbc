//! Every text that the product can say, as it stands in the source: tests/catalogue/templates.txt. A change of wording is a
//! change of that file, which `UPDATE_GOLDEN=1` writes anew.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use promo_guard_tests::{golden, repo};
use regex::Regex;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// Where texts for people stand.
const SOURCES: &[&str] = &["extension/core/src", "extension/src", "cli/src", "cli/connect/src"];
/// What is written into a text that people never see.
const SILENT: &[&str] =
    &["assert", "assert_eq", "debug_assert", "expect", "include_str", "panic", "unreachable"];

/// Files below a folder with that extension.
pub fn files(dir: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(dir)
        .unwrap()
        .flat_map(|entry| {
            let path = entry.unwrap().path();
            if path.is_dir() { files(&path, extension) } else { vec![path] }
        })
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .collect();
    found.sort();
    found
}

/// The texts of a Rust file: its literals without those of its tests, and the help of promoctl's arguments.
fn texts(tokens: TokenStream, help: bool, found: &mut Vec<String>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut at = 0;
    let mut before = String::new();
    let mut of_tests = false;
    while let Some(token) = tokens.get(at) {
        at += 1;
        match token {
            TokenTree::Punct(mark) if mark.as_char() == '#' => {
                let attribute = tokens.get(at + usize::from(tokens.get(at).is_some_and(is_bang)));
                let Some(TokenTree::Group(attribute)) = attribute else { continue };
                let words = attribute.stream().to_string();
                of_tests |= words.replace(' ', "") == "cfg(test)";
                if help && words.starts_with("doc") {
                    texts(attribute.stream(), help, found);
                }
                // The attribute itself is done with.
                while !matches!(tokens.get(at), Some(TokenTree::Group(_))) {
                    at += 1;
                }
                at += 1;
            }
            TokenTree::Group(group) => {
                let skipped =
                    of_tests && group.delimiter() == Delimiter::Brace || SILENT.contains(&before.as_str());
                if !skipped {
                    texts(group.stream(), help, found);
                }
                of_tests &= group.delimiter() != Delimiter::Brace;
            }
            TokenTree::Literal(literal) => {
                if let Ok(text) = syn::parse_str::<syn::LitStr>(&literal.to_string()) {
                    found.push(text.value());
                }
            }
            TokenTree::Ident(word) => before = word.to_string(),
            TokenTree::Punct(mark) if mark.as_char() == ';' => of_tests = false,
            TokenTree::Punct(_) => {}
        }
    }
}

fn is_bang(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(mark) if mark.as_char() == '!')
}

static WORDS: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"[A-Za-z]{2,}[,.:;']? +[a-z]{2,}").unwrap());
static SQL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?x)^\s*(\(?SELECT|WITH|INSERT|UPDATE|DELETE|LOCK\ TABLE|DROP|SET|CREATE\ OR|ORDER\ BY|FROM|CASE|AND|WHERE|LEFT\ JOIN|USING
          |SHOW|SAVEPOINT|ROLLBACK|SCHEMA|TABLE|count\(|hashint|\(l\.|%:has|\{\},|\{column\}\ IN|\w+\.\w+\ )",
    )
    .unwrap()
});

/// Whether it is for people: words of a language, and neither a statement for the server nor a format of a machine's.
fn is_prose(text: &str) -> bool {
    WORDS.is_match(text) && !SQL.is_match(text)
}

/// Literals of an SQL file that are sentences.
fn sql_texts(text: &str) -> Vec<String> {
    let code: String =
        text.lines().map(|line| line.split("-- ").next().unwrap_or_default()).collect::<Vec<_>>().join("\n");
    let literal = Regex::new(r"'((?:[^']|'')*)'").unwrap();
    literal.captures_iter(&code).map(|found| found[1].replace("''", "'")).collect()
}

/// Module to texts.
fn templates() -> BTreeMap<String, BTreeSet<String>> {
    let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for source in SOURCES {
        for path in files(&repo().join(source), "rs") {
            let place = path.strip_prefix(repo()).unwrap().to_str().unwrap().to_owned();
            if place.contains("/tests") || place.ends_with("simulation.rs") {
                continue;
            }
            let mut found = Vec::new();
            let tokens: TokenStream = fs::read_to_string(&path).unwrap().parse().unwrap();
            texts(tokens, place.starts_with("cli/src/args"), &mut found);
            let module = Path::new(&place).parent().unwrap().to_str().unwrap().to_owned();
            all.entry(module).or_default().extend(found.into_iter().filter(|text| is_prose(text)));
        }
    }
    for path in files(&repo().join("sql/query"), "sql") {
        let place = path.strip_prefix(repo()).unwrap();
        let module = place.parent().unwrap().to_str().unwrap().to_owned();
        let found = sql_texts(&fs::read_to_string(&path).unwrap());
        all.entry(module).or_default().extend(found.into_iter().filter(|text| is_prose(text)));
    }
    all.retain(|_, texts| !texts.is_empty());
    all
}

#[test]
fn the_catalogue_lists_every_text_of_the_source() {
    let templates = templates();
    let mut page = String::new();
    for (module, texts) in &templates {
        page.push_str(&format!("{module}\n"));
        for text in texts {
            page.push_str(&format!("    {}\n", text.trim().replace('\n', "\n      ")));
        }
        page.push('\n');
    }
    golden(&repo().join("tests/catalogue/templates.txt"), &page);
}
