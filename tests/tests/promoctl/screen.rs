//! The screen of a terminal that is drawn again, the page of one campaign, and the JSON behind both.

use super::first_screen::{AS_OF, incident, shop};
use promo_guard_generator::{IncidentKind, Intensity};
use promo_guard_tests::{Terminal, promoctl, server, table};
use unicode_width::UnicodeWidthStr;

/// At a real terminal, and now: the screen fits, and the one that is drawn over it says what has changed.
#[test]
fn a_watched_screen_fits_the_terminal_and_marks_what_changed() {
    let (mut db, name) = server().bound_database();
    db.batch_execute(
        "INSERT INTO promo_codes (id, code_hash, code_prefix, campaign_name, promo_type, target_scope, status, valid_from, valid_until, updated_at)
         SELECT g, lpad(g::text, 64, 'e'), 'P', 'Promotion ' || g, 'PREMIUM_GRANT', 'ALL', 'PAUSED', now() - interval '9 d', now() + interval '9 d', now() - interval '2 h'
         FROM generate_series(1, 30) AS g",
    )
    .unwrap();
    let cache = tempfile::tempdir().unwrap();
    let mut command = promoctl(server(), &name);
    command
        .env("TERM", "xterm-256color")
        .env("XDG_CACHE_HOME", cache.path())
        .args(["triage", "--watch", "2"]);
    let mut terminal = Terminal::run(&mut command, 24, 80);
    let lines = terminal.wait_for(|lines| lines.iter().any(|line| line.starts_with("Updated ")));
    let titles = |lines: &[String]| lines.iter().filter(|line| line.contains("CAMPAIGN")).count();
    assert!(lines.len() <= 24 && titles(&lines) == 1, "{lines:#?}");
    assert!(lines.iter().all(|line| line.width() <= 80), "{lines:#?}");
    db.batch_execute(
        "INSERT INTO promo_attempts (id, user_id, normalized_code_hash, result, source, attempted_at)
         SELECT g, g, lpad('7', 64, 'e'), 'EXPIRED', 'API', now() FROM generate_series(1, 12) AS g",
    )
    .unwrap();
    let lines = terminal.wait_for(|lines| lines.iter().any(|line| line.ends_with("+12 users")));
    assert!(lines.iter().any(|l| l.contains("Promotion 7") && l.ends_with("+12 users")), "{lines:#?}");
    assert_eq!(titles(&lines), 1, "it is drawn in place: {lines:#?}");
    terminal.keys("\u{3}");
    assert_eq!(terminal.end().0.code(), Some(130));
}

/// The sections of `show`, and what a reader gets of them.
#[test]
fn show_has_all_of_a_campaign_on_one_page_and_a_reader_gets_the_rest_withheld() {
    let (mut db, name) = shop(&[incident(IncidentKind::Hammered, Intensity::Medium, 40)]);
    db.batch_execute(
        "DO $do$ BEGIN CREATE ROLE show_reader LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $do$;
         SELECT promo_guard.grant_reader('show_reader');
         INSERT INTO promo_guard.status_history (campaign_id, from_status, to_status, at, actor, transaction_id)
         SELECT id, 'ACTIVE', 'PAUSED', '2026-03-02 00:45Z', 'night_shift', '1' FROM promo_codes WHERE status = 'PAUSED'",
    )
    .unwrap();
    let id = table(&mut db, "SELECT id FROM promo_codes WHERE status = 'PAUSED'").concat().concat();
    let show = |user: &str, more: &[&str]| {
        let mut command = promoctl(server(), &name);
        let out =
            command.env("PGUSER", user).args(["show", &id, "--as-of", AS_OF]).args(more).output().unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).unwrap()
    };
    let page = show("postgres", &[]);
    for said in [
        "PAUSED for 35 min, since 00:45:00Z. The status history recorded it. Paused by",
        "certain (ABUSE_LIKELY)",
        "promoctl rotate ",
        "of an unpause fail",
        "Failures over time",
        "ACTIVE to PAUSED by night_shift",
    ] {
        assert!(page.split_whitespace().collect::<Vec<_>>().join(" ").contains(said), "{said}: {page}");
    }
    assert!(page.lines().all(|line| line.width() <= 80 || line.starts_with("    promoctl ")), "{page}");
    let page = show("show_reader", &[]);
    assert!(page.contains("Records are shown to operators.") && !page.contains("night_shift to"), "{page}");
    let json: serde_json::Value = serde_json::from_str(&show("postgres", &["--output", "json"])).unwrap();
    assert_eq!(json["campaign"]["verdict"], "ABUSE_LIKELY");
    assert_eq!(json["history"][0]["actor"], "night_shift");
    let json: serde_json::Value = serde_json::from_str(&show("show_reader", &["--output", "json"])).unwrap();
    assert!(json["history"].is_null() && json["clusters"].is_array(), "{json}");
}

/// The JSON does not depend on what the screen has room for.
#[test]
fn the_json_of_triage_has_every_part() {
    let (_db, name) = shop(&[incident(IncidentKind::Hammered, Intensity::Medium, 40)]);
    let out =
        promoctl(server(), &name).args(["triage", "--as-of", AS_OF, "--output", "json"]).output().unwrap();
    let json: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    let mut db = server().connect(&name);
    let keys = table(
        &mut db,
        &format!("SELECT k FROM jsonb_object_keys(promo_guard.triage(as_of => '{AS_OF}')) AS k ORDER BY 1"),
    );
    // Those that promoctl has under another name.
    let named = |key: &str| match key {
        "clusters" => "failure_clusters".to_owned(),
        "settlement" => "settlement_summary".to_owned(),
        "window" => "as_of".to_owned(),
        other => other.to_owned(),
    };
    for key in keys.concat() {
        assert!(json.get(named(&key)).is_some(), "{key} is missing");
    }
    assert_eq!(json["campaigns"][0]["short_action"], "keep paused, rotate");
}
