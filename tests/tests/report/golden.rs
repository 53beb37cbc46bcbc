//! What is pasted and sent, letter by letter: a report as Markdown, for Slack and as JSON, at a fixed time, of the night with the
//! hostile name. `UPDATE_GOLDEN=1` writes the files anew.

use super::night::{AS_OF, night};
use promo_guard_tests::{promoctl, repo, server};
use std::fs;

#[test]
fn the_report_is_what_the_golden_files_say() {
    let (_db, name) = night();
    for (format, file) in [("markdown", "report.md"), ("slack", "report.slack"), ("json", "report.json")] {
        let out = promoctl(server(), &name)
            .args(["report", "--as-of", AS_OF, "--format", format])
            .output()
            .unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        // The database is another at every run.
        let told = String::from_utf8(out.stdout).unwrap().replace(&name, "shop");
        assert!(!told.contains('\u{1b}'), "{format}: no control character reaches a terminal");
        let path = repo().join("tests/tests/report/golden").join(file);
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, &told).unwrap();
        }
        let golden = fs::read_to_string(&path).unwrap();
        for (golden, told) in golden.lines().zip(told.lines()) {
            assert_eq!(golden, told, "{file}");
        }
        assert_eq!(golden.lines().count(), told.lines().count(), "{file}");
    }
}
