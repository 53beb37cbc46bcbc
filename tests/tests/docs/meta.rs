//! META.json against the specification of PGXN (https://pgxn.org/meta/spec.txt, version 1.0.0). `make check-meta` asks PGXN's validator.

use promo_guard_tests::repo;
use regex::Regex;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::fs;

fn meta() -> Map<String, Value> {
    let text = fs::read_to_string(repo().join("META.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn text<'a>(of: &'a Map<String, Value>, key: &str) -> &'a str {
    let text = of.get(key).and_then(Value::as_str).unwrap_or_else(|| panic!("META.json: no {key}"));
    assert!(!text.trim().is_empty(), "META.json: {key} is empty");
    text
}

/// The keys that must be there are, and no key is unknown.
fn keys(of: &Map<String, Value>, required: &[&str], optional: &[&str]) {
    let there: BTreeSet<&str> = of.keys().map(String::as_str).collect();
    let missing: Vec<_> = required.iter().filter(|key| !there.contains(**key)).collect();
    assert!(missing.is_empty(), "META.json lacks {missing:?}");
    let unknown: Vec<_> =
        there.iter().filter(|key| !required.contains(*key) && !optional.contains(*key)).collect();
    assert!(unknown.is_empty(), "META.json has {unknown:?}, which the specification does not know");
}

#[test]
fn meta_json_follows_the_specification() {
    let meta = meta();
    keys(
        &meta,
        &["name", "version", "abstract", "maintainer", "license", "provides", "meta-spec"],
        &["description", "generated_by", "tags", "no_index", "prereqs", "release_status", "resources"],
    );
    let term = Regex::new(r"^[^\s/\\\x00-\x1f]{2,}$").unwrap();
    let version = Regex::new(r"^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$").unwrap();
    assert!(term.is_match(text(&meta, "name")));
    assert!(version.is_match(text(&meta, "version")));
    for key in ["abstract", "maintainer", "description", "generated_by"] {
        text(&meta, key);
    }
    assert_eq!(text(&meta, "license"), "postgresql");
    assert!(["stable", "testing", "unstable"].contains(&text(&meta, "release_status")));
    let spec = meta["meta-spec"].as_object().unwrap();
    keys(spec, &["version"], &["url"]);
    assert_eq!((text(spec, "version"), text(spec, "url")), ("1.0.0", "https://pgxn.org/meta/spec.txt"));
    for tag in meta["tags"].as_array().unwrap() {
        let tag = tag.as_str().unwrap();
        assert!(!tag.is_empty() && tag.len() < 256 && !tag.contains(['/', '\\']), "{tag}");
    }
    let range = Regex::new(r"^((>=|<=|==|!=|>|<) )?\d+\.\d+\.\d+$").unwrap();
    for (phase, relations) in meta["prereqs"].as_object().unwrap() {
        assert!(["configure", "build", "test", "runtime", "develop"].contains(&phase.as_str()), "{phase}");
        for (relation, modules) in relations.as_object().unwrap() {
            assert!(
                ["requires", "recommends", "suggests", "conflicts"].contains(&relation.as_str()),
                "{relation}"
            );
            for (module, versions) in modules.as_object().unwrap() {
                assert!(term.is_match(module));
                assert!(
                    versions.as_str().unwrap().split(", ").all(|part| range.is_match(part)),
                    "{versions}"
                );
            }
        }
    }
}

#[test]
fn meta_json_names_what_is_here_in_the_version_that_is_built() {
    let meta = meta();
    assert_eq!(text(&meta, "version"), env!("CARGO_PKG_VERSION"));
    let provides = meta["provides"].as_object().unwrap();
    assert_eq!(provides.keys().collect::<Vec<_>>(), ["promo_guard"]);
    let extension = provides["promo_guard"].as_object().unwrap();
    keys(extension, &["file", "version"], &["abstract", "docfile"]);
    assert_eq!(text(extension, "version"), env!("CARGO_PKG_VERSION"));
    for key in ["file", "docfile"] {
        let file = text(extension, key);
        assert!(repo().join(file).is_file(), "{file}");
    }
    let control = fs::read_to_string(repo().join("extension/promo_guard.control")).unwrap();
    assert!(control.contains("default_version = '@CARGO_VERSION@'"), "{control}");
    let postgresql = meta["prereqs"]["runtime"]["requires"]["PostgreSQL"].as_str().unwrap();
    let cargo = fs::read_to_string(repo().join("extension/Cargo.toml")).unwrap();
    let majors: Vec<u32> = Regex::new(r"(?m)^pg(\d+) = ")
        .unwrap()
        .captures_iter(&cargo)
        .map(|found| found[1].parse().unwrap())
        .collect();
    let (first, last) = (majors.iter().min().unwrap(), majors.iter().max().unwrap());
    assert_eq!(postgresql, format!(">= {first}.0.0, < {}.0.0", last + 1));
}

/// cargo-pgrx installs what install_script.rs names; a file that it does not name would be missing from every installation.
#[test]
fn every_file_of_the_install_script_is_listed_and_a_frozen_script_of_this_version_is_the_same() {
    let named =
        std::process::Command::new(repo().join("sql/install/assemble.sh")).arg("--names").output().unwrap();
    let named: BTreeSet<String> =
        String::from_utf8(named.stdout).unwrap().lines().map(|name| format!("{name}.sql")).collect();
    let there: BTreeSet<String> = fs::read_dir(repo().join("sql/install"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".sql"))
        .collect();
    assert_eq!(named, there);
    let frozen = repo().join(format!("sql/released/promo_guard--{}.sql", env!("CARGO_PKG_VERSION")));
    if frozen.exists() {
        let now = std::process::Command::new(repo().join("sql/install/assemble.sh")).output().unwrap();
        let same = now.stdout == fs::read(frozen).unwrap();
        assert!(same, "the version in Cargo.toml is released: make bump NEW=…");
    }
}
