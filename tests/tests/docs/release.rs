//! A release as CONTRIBUTING.md describes it, in a copy of the tree: freeze, then the next version.

use promo_guard_tests::repo;
use std::path::Path;
use std::process::Command;

/// Whether a shell command in that directory succeeds, and what it prints.
fn sh(dir: &Path, command: &str) -> (bool, String) {
    let out = Command::new("sh").args(["-c", &format!("{command} 2>&1")]).current_dir(dir).output().unwrap();
    (out.status.success(), String::from_utf8_lossy(&out.stdout).into_owned())
}

fn must(dir: &Path, command: &str) -> String {
    let (succeeded, said) = sh(dir, command);
    assert!(succeeded, "{command}: {said}");
    said
}

fn commit(dir: &Path) {
    must(dir, "git add -A && git -c user.name=test -c user.email=test@localhost commit -qm release");
}

#[test]
fn a_version_is_frozen_and_the_next_one_begun() {
    let copy = tempfile::tempdir().unwrap();
    let copy = copy.path();
    must(repo(), &format!("tar -c --exclude=./target --exclude=./.git . | tar -x -C '{}'", copy.display()));
    must(copy, "git init -q");
    let present = env!("CARGO_PKG_VERSION");
    // On the commit of a release its script is frozen already.
    if !repo().join(format!("sql/released/promo_guard--{present}.sql")).exists() {
        let (bumped, said) = sh(copy, "packaging/bump.sh 987.6.5");
        assert!(!bumped && said.contains("make freeze"), "{said}");
        must(copy, "packaging/freeze.sh 2026-12-01");
    }
    commit(copy);
    must(copy, "packaging/check-version.sh");
    assert!(!sh(copy, "packaging/freeze.sh").0, "a released script is frozen once");

    must(copy, "packaging/bump.sh 987.6.5");
    commit(copy);
    let said = sh(copy, "packaging/check-version.sh");
    assert!(!said.0 && said.1.contains("FAILED: the install script is frozen as it is"), "{}", said.1);
    must(copy, "packaging/freeze.sh");
    commit(copy);
    let said = must(copy, "packaging/check-version.sh");
    assert!(said.contains(&format!("ok: there is an upgrade from {present}")), "{said}");
    // What a person reads of the version is nowhere that of the release before.
    let old =
        sh(copy, &format!("grep -rlF 'promo_guard {present}' README.md docs tests/catalogue META.json"));
    assert_eq!(old, (false, String::new()));
}
