//! How a command takes a campaign: by id, by a part of its name, by its number on the last page.

use postgres::Client;
use promo_guard_tests::{promoctl, server, table};
use std::fs;
use std::path::PathBuf;

/// Campaigns with ids far from any number of a page, but for one.
fn shop() -> (Client, String) {
    let (mut db, name) = server().bound_database();
    db.batch_execute(
        "INSERT INTO promo_codes (id, code_hash, code_prefix, campaign_name, promo_type, target_scope, status, valid_from, valid_until, updated_at)
         SELECT id, lpad(id::text, 64, 'e'), 'P', n, 'PREMIUM_GRANT', 'ALL', s, now() - interval '9 d', now() + interval '9 d', now() - interval '1 h'
         FROM (VALUES (9001, 'Student -25%', 'PAUSED'), (9002, 'Student Night', 'ACTIVE'), (9003, 'Spring', 'PAUSED'), (9004, 'Spring Gift', 'ACTIVE'),
                      (9005, 'Book', 'PAUSED'), (9006, 'Book', 'PAUSED')) AS c (id, n, s)",
    )
    .unwrap();
    (db, name)
}

/// promoctl with a cache of its own: exit status, output, errors.
fn run(name: &str, cache: &tempfile::TempDir, arguments: &[&str]) -> (i32, String, String) {
    let mut command = promoctl(server(), name);
    let out = command.env("XDG_CACHE_HOME", cache.path()).args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (out.status.code().unwrap_or(-1), text(out.stdout), text(out.stderr))
}

/// The number that a page gives a campaign.
fn number(page: &str, name: &str) -> String {
    let line = page.lines().find(|line| line.contains(name)).unwrap_or_else(|| panic!("{page}"));
    line.split_whitespace().next().unwrap().to_owned()
}

fn status(db: &mut Client, id: i64) -> String {
    table(db, &format!("SELECT status FROM promo_codes WHERE id = {id}")).concat().concat()
}

#[test]
fn a_campaign_is_found_by_id_by_name_and_by_a_unique_part() {
    let (_db, name) = shop();
    let cache = tempfile::tempdir().unwrap();
    for reference in ["9001", "Student -25%", "-25%", "STUDENT -", "id:9001"] {
        let (code, out, err) = run(&name, &cache, &["show", "--", reference]);
        assert!(code == 0 && out.starts_with("Student -25%\nid 9001, "), "{reference}: {out}{err}");
        assert_eq!(err.contains("is Student -25% (id 9001, PAUSED)."), !reference.ends_with("9001"), "{err}");
    }
    // the whole name of one is a part of another's
    let (code, out, _) = run(&name, &cache, &["show", "Spring"]);
    assert!(code == 0 && out.starts_with("Spring\nid 9003, "), "{out}");
    let (code, out, err) = run(&name, &cache, &["show", "student"]);
    assert!(code == 2 && out.is_empty(), "{out}{err}");
    for candidate in ["Student -25% (id 9001, PAUSED)", "Student Night (id 9002, ACTIVE)"] {
        assert!(err.contains(candidate), "{err}");
    }
    let (code, _, err) = run(&name, &cache, &["show", "no such"]);
    assert!(code == 2 && err.contains("no campaign has \"no such\" in its name"), "{err}");
    let (code, _, err) = run(&name, &cache, &["show", "77"]);
    assert!(code == 2 && err.contains("no campaign has the id 77"), "{err}");
    // the function itself refuses an id that does not exist
    let (code, _, err) = run(&name, &cache, &["pause", "77", "--reason", "x"]);
    assert!(code == 3 && err.contains("02000"), "{err}");
}

#[test]
fn a_number_is_a_line_of_the_last_page_and_is_said_in_full_before_a_change() {
    let (mut db, name) = shop();
    let cache = tempfile::tempdir().unwrap();
    let (code, _, err) = run(&name, &cache, &["show", "no:1"]);
    assert!(code == 2 && err.contains("has no number 1"), "{err}");
    let (_, page, _) = run(&name, &cache, &["triage"]);
    let spring = number(&page, "Spring");
    let (code, out, err) = run(&name, &cache, &["show", &spring]);
    assert!(code == 0 && out.starts_with("Spring\nid 9003, "), "{out}{err}");
    let fix = ["fix", &spring, "max_total_uses=7", "--reason", "tested"];
    let (code, _, err) = run(&name, &cache, &fix);
    assert_eq!(code, 0, "{err}");
    let told = format!("Number {spring} on the last page is Spring (id 9003, PAUSED).");
    assert!(err.contains(&told), "{err}");
    assert_eq!(table(&mut db, "SELECT max_total_uses FROM promo_codes WHERE id = 9003"), [["7"]]);
    // by id too
    let (_, _, err) = run(&name, &cache, &["pause", "9002", "--reason", "tested"]);
    assert!(err.contains("Campaign: Student Night (id 9002, ACTIVE)."), "{err}");
    assert_eq!(status(&mut db, 9002), "PAUSED");
    // a batch has one number, and only its batch is changed by it
    let book = number(&page, "Book (2 codes)");
    let (code, _, err) = run(&name, &cache, &["pause", &book, "--reason", "tested"]);
    assert!(code == 2 && err.contains("is a batch of 2 codes: Book"), "{err}");
}

#[test]
fn a_number_of_an_old_page_or_of_another_database_is_refused() {
    let ((mut db, name), (_, other)) = (shop(), shop());
    let cache = tempfile::tempdir().unwrap();
    let (_, page, _) = run(&name, &cache, &["triage"]);
    let spring = number(&page, "Spring");
    let pause = |name: &str| run(name, &cache, &["pause", &spring, "--reason", "tested"]);
    let (code, _, err) = pause(&other);
    assert!(code == 2 && err.contains(&format!("was of database {name} at ")), "{err}");
    assert_eq!(pause(&name).0, 0);
    let file: PathBuf = cache.path().join("promoctl/page-none.json");
    let mut kept: serde_json::Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    kept["shown_at"] = (kept["shown_at"].as_u64().unwrap() - 1_860).into();
    fs::write(&file, kept.to_string()).unwrap();
    let (code, _, err) = pause(&name);
    assert!(code == 2 && err.contains("is 31 min old. Run promoctl triage again."), "{err}");
    // an id that is as small as a number on the page
    let (_, page, _) = run(&name, &cache, &["triage"]);
    let spring = number(&page, "Spring");
    db.batch_execute(&format!("UPDATE promo_codes SET id = {spring} WHERE id = 9004")).unwrap();
    let (code, _, err) = run(&name, &cache, &["pause", &spring, "--reason", "tested"]);
    assert!(
        code == 2
            && err.contains(&format!("id:{spring} is Spring Gift"))
            && err.contains(&format!("no:{spring} is Spring")),
        "{err}"
    );
    let (code, _, err) = run(&name, &cache, &["pause", &format!("id:{spring}"), "--reason", "tested"]);
    assert!(code == 0 && err.contains("Spring Gift"), "{err}");
}

#[test]
fn a_number_leads_to_a_whole_batch_in_rotate() {
    let (mut db, name) = shop();
    let cache = tempfile::tempdir().unwrap();
    let (_, page, _) = run(&name, &cache, &["triage"]);
    let (book, file) = (number(&page, "Book (2 codes)"), cache.path().join("codes"));
    let out = promoctl(server(), &name)
        .env("XDG_CACHE_HOME", cache.path())
        .env("PROMO_PEPPER", "pepper")
        .args(["rotate", &book, "--out", file.to_str().unwrap(), "--reason", "tested"])
        .output()
        .unwrap();
    let err = String::from_utf8(out.stderr).unwrap();
    assert!(out.status.success() && err.contains("is Book (id 900"), "{err}");
    assert_eq!(table(&mut db, "SELECT count(*) FROM promo_guard.rotation"), [["2"]]);
}

#[test]
fn without_a_cache_a_page_has_ids_instead_of_numbers() {
    let (_db, name) = shop();
    let out = promoctl(server(), &name).arg("triage").output().unwrap();
    let page = String::from_utf8(out.stdout).unwrap();
    assert!(page.contains("promoctl show 9") && !page.contains("promoctl show 1\n"), "{page}");
    assert!(!std::path::Path::new("/nonexistent").exists(), "the home directory is not made");
}
