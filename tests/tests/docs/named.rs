//! What the pages name exists: make's targets, cargo's packages and suites, and in README.md every function with its group and every
//! command of promoctl.

use super::{PAGES, told_by_hand};
use promo_guard_tests::{promoctl_path, repo, server, table};
use regex::Regex;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

/// Lines of code blocks and words in code style, without their comments.
fn commands(program: &str) -> Vec<String> {
    let span = Regex::new(r"`([^`\n]+)`").unwrap();
    let mut found = Vec::new();
    for page in PAGES.iter().map(|path| told_by_hand(path)) {
        found.extend(page.split("```").skip(1).step_by(2).flat_map(str::lines).map(str::to_owned));
        found.extend(span.captures_iter(&page).map(|code| code[1].to_owned()));
    }
    // A command may stand behind an assignment, as in UPDATE_DEMO=1 cargo …
    let behind = Regex::new(&format!(r"^(?:\w+=\S+ )*({program} .*)$")).unwrap();
    let without_comment = |line: &str| line.split(" #").next().unwrap_or_default().trim().to_owned();
    found.iter().filter_map(|line| Some(without_comment(&behind.captures(line)?[1]))).collect()
}

#[test]
fn makes_targets_exist() {
    let makefile = ["Makefile", "packaging/packaging.mk"]
        .map(|file| fs::read_to_string(repo().join(file)).unwrap())
        .join("\n");
    let rule = Regex::new(r"(?m)^([\w-]+)(%?):").unwrap();
    let rules: Vec<(String, bool)> =
        rule.captures_iter(&makefile).map(|r| (r[1].to_owned(), !r[2].is_empty())).collect();
    let commands = commands("make");
    assert!(commands.len() > 10, "{commands:?}");
    for command in commands {
        for target in command.split(' ').skip(1).filter(|word| !word.contains(['=', '[', '…'])) {
            let known = rules.iter().any(
                |(name, open)| {
                    if *open { target.starts_with(name) } else { target == name }
                },
            );
            assert!(known, "`{command}`: the Makefile has no target {target}");
        }
    }
}

/// The variable of the Makefile.
fn variable(name: &str) -> String {
    let makefile = fs::read_to_string(repo().join("Makefile")).unwrap();
    let value = Regex::new(&format!("(?m)^{name} := (.*)$")).unwrap();
    value.captures(&makefile).unwrap_or_else(|| panic!("the Makefile has no {name}"))[1].to_owned()
}

#[test]
fn the_readme_names_the_packages_that_make_installs_and_the_versions_that_it_tests() {
    let readme = fs::read_to_string(repo().join("README.md")).unwrap();
    let packages = format!("`{}`", variable("PACKAGES"));
    assert!(readme.contains(&packages), "{packages}");
    let more = format!("`{}`", variable("TEST_PACKAGES").replace("$(PACKAGES) ", ""));
    assert!(readme.contains(&more), "{more}");
    let others = variable("OTHERS");
    let others: Vec<&str> = others.split(' ').collect();
    let newest = others.last().unwrap();
    assert!(readme.contains(&format!("PostgreSQL 15 to {newest}, ")), "README.md: 15 to {newest}");
    let support = fs::read_to_string(repo().join("docs/SUPPORT.md")).unwrap();
    let all = format!("PostgreSQL 15, {} and {newest}, ", others[..others.len() - 1].join(", "));
    assert!(support.contains(&all), "docs/SUPPORT.md: {all}");
    let packages: Vec<String> = others.iter().map(|version| format!("`make deb-{version}`")).collect();
    assert!(support.contains(&packages.join(", ")), "docs/SUPPORT.md: {packages:?}");
}

/// A fresh machine has no pg_config before make has installed it, and says nothing of it.
#[test]
fn make_asks_no_pg_config_before_its_packages_are_there() {
    let out = Command::new("make")
        .args(["-C", &repo().display().to_string(), "packages", "PG_CONFIG=/nowhere/pg_config"])
        .env_remove("MAKEFLAGS")
        .env_remove("MAKELEVEL")
        .output()
        .unwrap();
    assert!(out.status.success());
    assert_eq!(String::from_utf8_lossy(&out.stderr), "");
}

#[test]
fn cargos_packages_and_suites_exist() {
    let commands = commands("cargo");
    assert!(commands.len() > 4, "{commands:?}");
    let manifest = |dir: &str| fs::read_to_string(repo().join(dir).join("Cargo.toml")).unwrap();
    let packages: String =
        ["extension", "extension/core", "cli", "tests", "tests/generator"].map(manifest).concat();
    let mut suites = 0;
    for command in commands {
        let words: Vec<&str> = command.split_whitespace().collect();
        for pair in words.windows(2) {
            let exists = match pair[0] {
                "-p" => packages.contains(&format!("name = \"{}\"", pair[1])),
                "--test" => {
                    suites += 1;
                    let suite = repo().join("tests/tests").join(pair[1]);
                    suite.join("main.rs").exists() || suite.with_extension("rs").exists()
                }
                _ => true,
            };
            assert!(exists, "`{command}`: there is no {}", pair[1]);
        }
    }
    assert!(suites > 2, "{suites} suites");
}

/// The rows of the table of functions: what stands in its second and its third column.
fn functions_by_section() -> Vec<(String, String)> {
    let page = told_by_hand("README.md");
    let (_, table) = page.split_once("| section | functions | promoctl |\n").expect("the table of functions");
    let rows = table.lines().skip(1).take_while(|line| line.starts_with('|'));
    rows.map(|row| {
        let columns: Vec<&str> = row.split('|').collect();
        (columns[2].to_owned(), columns[3].to_owned())
    })
    .collect()
}

#[test]
fn the_readme_lists_every_function_with_its_group() {
    // One letter stands behind all names since the one before: `a`, `b` O; `c` R.
    let token = Regex::new(r"`(\w+)`|\b([ROA])\b").unwrap();
    let mut told = BTreeMap::new();
    for (functions, _) in functions_by_section() {
        let mut names = Vec::new();
        for found in token.captures_iter(&functions) {
            match (found.get(1), found.get(2)) {
                (Some(name), _) => names.push(name.as_str().to_owned()),
                (_, Some(group)) => {
                    told.extend(names.drain(..).map(|name| (name, group.as_str().to_owned())));
                }
                _ => {}
            }
        }
        assert!(names.is_empty(), "no group behind {names:?}");
    }

    let (mut db, _) = server().bound_database();
    db.batch_execute(
        "CREATE ROLE docs_reader;
         CREATE ROLE docs_operator;
         SELECT promo_guard.grant_reader('docs_reader');
         SELECT promo_guard.grant_operator('docs_operator')",
    )
    .unwrap();
    let rows = table(
        &mut db,
        "SELECT name, CASE WHEN reader THEN 'R' WHEN operator THEN 'O' ELSE 'A' END
         FROM (SELECT p.proname AS name, has_function_privilege('docs_reader', p.oid, 'EXECUTE') AS reader,
                      has_function_privilege('docs_operator', p.oid, 'EXECUTE') AS operator
               FROM pg_proc AS p WHERE p.pronamespace = 'promo_guard'::regnamespace
               UNION ALL
               SELECT c.relname, has_table_privilege('docs_reader', c.oid, 'SELECT'), has_table_privilege('docs_operator', c.oid, 'SELECT')
               FROM pg_class AS c WHERE c.oid IN ('promo_guard.announcements'::regclass, 'promo_guard.metrics'::regclass, 'promo_guard.policy'::regclass)) AS a",
    );
    let real: BTreeMap<String, String> =
        rows.into_iter().map(|row| (row[0].clone(), row[1].clone())).collect();
    for (name, group) in &told {
        assert_eq!(real.get(name), Some(group), "{name}");
    }
    // What only the owner may call is listed where somebody calls it by hand. policy_defaults() is read through the view policy.
    let missing: Vec<&String> = real
        .iter()
        .filter(|(name, group)| *group != "A" && *name != "policy_defaults" && !told.contains_key(*name))
        .map(|(name, _)| name)
        .collect();
    assert!(missing.is_empty(), "README.md does not list {missing:?}");
}

#[test]
fn the_readme_lists_every_command() {
    let name = Regex::new(r"`([a-z]+)`").unwrap();
    let told: BTreeSet<String> = functions_by_section()
        .iter()
        .flat_map(|(_, commands)| name.captures_iter(commands).map(|c| c[1].to_owned()).collect::<Vec<_>>())
        .collect();
    let help = Command::new(promoctl_path()).arg("--help").env_clear().output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let (_, commands) = help.split_once("Commands:\n").expect("the commands in --help");
    let listed = Regex::new(r"(?m)^  ([a-z]+)\b").unwrap();
    let (commands, _) = commands.split_once("\n\n").unwrap_or((commands, ""));
    let real: BTreeSet<String> =
        listed.captures_iter(commands).map(|c| c[1].to_owned()).filter(|c| c != "help").collect();
    assert_eq!(told, real);
}
