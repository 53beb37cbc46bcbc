//! The first screen, letter by letter, at 80x24 and 120x40, without and with colours, for several kinds of incident. `UPDATE_GOLDEN=1`
//! writes the files anew.

use postgres::Client;
use promo_guard_generator::{Config, Incident, IncidentKind, Intensity, Micros, generate};
use promo_guard_tests::load::{LoadOptions, load};
use promo_guard_tests::{Terminal, promoctl, repo, server, table};
use std::fs;
use std::process::Command;
use unicode_width::UnicodeWidthStr;

const END: Micros = Micros(1_772_414_400_000_000); // 2026-03-02 01:20 UTC
const AS_OF: &str = "2026-03-02 01:20:00Z";

/// A bound database of a small shop with these incidents.
pub fn shop(incidents: &[Incident]) -> (Client, String) {
    let mut config = Config::small(97, END);
    config.incidents = incidents.to_vec();
    let (mut db, name) = server().empty_database();
    load(&mut db, &generate(&config), &LoadOptions::default().without_foreign_keys()).unwrap();
    db.batch_execute("CREATE EXTENSION promo_guard; SELECT promo_guard.bind()").unwrap();
    (db, name)
}

fn incident(kind: IncidentKind, intensity: Intensity, before_end: u32) -> Incident {
    Incident::new(kind, intensity, before_end)
}

/// promoctl with a cache of its own, and as many columns and lines.
fn sized(name: &str, cache: &tempfile::TempDir, (width, height): (usize, usize)) -> Command {
    let mut command = promoctl(server(), name);
    command
        .env("XDG_CACHE_HOME", cache.path())
        .env("COLUMNS", width.to_string())
        .env("LINES", height.to_string());
    command
}

fn without_escapes(text: &str) -> String {
    regex::Regex::new("\u{1b}\\[[0-9;]*m").unwrap().replace_all(text, "").into_owned()
}

/// Compares the screen in all forms with the golden files; gives it at 80x24.
fn golden(case: &str, name: &str, user: &str) -> String {
    let cache = tempfile::tempdir().unwrap();
    let mut first = String::new();
    for (width, height) in [(80, 24), (120, 40)] {
        for color in ["never", "always"] {
            let out = sized(name, &cache, (width, height))
                .env("PGUSER", user)
                .args(["triage", "--as-of", AS_OF, "--color", color])
                .output()
                .unwrap();
            let told = String::from_utf8(out.stdout).unwrap().replace(name, "shop");
            assert!(out.status.success(), "{told}{}", String::from_utf8_lossy(&out.stderr));
            let plain = without_escapes(&told);
            assert_eq!(plain == told, color == "never", "{case}: colours");
            // One line is the prompt's.
            assert!(plain.lines().count() < height, "{case} at {width}x{height}:\n{plain}");
            for line in plain.lines() {
                assert!(line.width() <= width, "{case}: {} columns: {line}", line.width());
            }
            if color == "never" && width == 80 {
                first.clone_from(&plain);
            }
            let end = if color == "always" { ".color" } else { "" };
            let file = format!("{case}.{width}x{height}{end}.txt");
            let path = repo().join("tests/tests/promoctl/golden").join(&file);
            // An escape character in a file is not seen in a diff.
            let told = told.replace('\u{1b}', "\\e");
            if std::env::var_os("UPDATE_GOLDEN").is_some() {
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(&path, &told).unwrap();
            }
            assert_eq!(fs::read_to_string(&path).unwrap(), told, "{file}");
        }
    }
    first
}

/// Rows of the table: lines that begin with a number and have columns.
fn rows(screen: &str) -> usize {
    let row = |line: &&str| {
        line.trim_start().starts_with(|c: char| c.is_ascii_digit()) && line.trim().contains("  ")
    };
    screen.lines().filter(row).count()
}

#[test]
fn nothing_is_paused() {
    let (_db, name) = shop(&[]);
    let screen = golden("none_paused", &name, "postgres");
    assert!(screen.contains("No campaign is paused, and no active campaign needs action."), "{screen}");
}

#[test]
fn sixty_campaigns_are_paused() {
    let (mut db, name) = shop(&[incident(IncidentKind::Hammered, Intensity::Medium, 40)]);
    db.batch_execute(
        "INSERT INTO promo_codes (id, code_hash, code_prefix, campaign_name, promo_type, target_scope, status, valid_from, valid_until, updated_at)
         SELECT 5000 + g, lpad(g::text, 64, 'e'), 'P', 'Promotion ' || g, 'PREMIUM_GRANT', 'ALL', 'PAUSED', '2026-01-01Z', '2027-01-01Z',
                '2026-03-02 01:20Z'::timestamptz - g * interval '7 min'
         FROM generate_series(1, 60 - (SELECT count(*) FROM promo_codes WHERE status = 'PAUSED')) AS g",
    )
    .unwrap();
    assert_eq!(table(&mut db, "SELECT count(*) FROM promo_codes WHERE status = 'PAUSED'"), [["60"]]);
    let screen = golden("sixty_paused", &name, "postgres");
    assert!(
        screen.contains("60 paused") && screen.contains("and 55 more: promoctl triage --full"),
        "{screen}"
    );
    assert_eq!(rows(&screen), 5, "{screen}");
    assert!(
        screen.contains("abuse") && screen.contains("promoctl rotate 1 --out "),
        "the worst first: {screen}"
    );
}

#[test]
fn a_batch_of_many_codes_is_one_line() {
    let (mut db, name) = shop(&[incident(IncidentKind::Hammered, Intensity::Medium, 40)]);
    db.batch_execute(
        "INSERT INTO promo_codes (id, code_hash, code_prefix, campaign_name, promo_type, target_scope, status, valid_from, valid_until, updated_at)
         SELECT 5000 + g, lpad(g::text, 64, 'e'), 'P', 'Voucher Book 2026', 'PREMIUM_GRANT', 'ALL', CASE WHEN g <= 400 THEN 'PAUSED' ELSE 'ACTIVE' END,
                '2026-01-01Z', '2027-01-01Z', '2026-03-02 01:00Z'
         FROM generate_series(1, 10000) AS g;
         INSERT INTO promo_attempts (id, user_id, normalized_code_hash, result, source, attempted_at)
         SELECT 7000000 + 10 * g + u, 7000000 + 10 * g + u, lpad(g::text, 64, 'e'), 'EXPIRED', 'API', '2026-03-02 01:10Z'::timestamptz + u * interval '1 s'
         FROM generate_series(1, 300) AS g, generate_series(1, 4) AS u",
    )
    .unwrap();
    let screen = golden("batch", &name, "postgres");
    let line = screen.lines().find(|line| line.contains("Voucher Book 2026")).unwrap();
    assert!(line.contains("(400 codes)") && line.ends_with(" 1,200"), "{screen}");
    assert_eq!(screen.matches("Voucher Book").count(), 1, "{screen}");
    assert!(screen.contains("abuse"), "the batch does not hide another campaign: {screen}");
}

#[test]
fn a_reader_is_told_that_an_operator_has_to_act() {
    let (mut db, name) = shop(&[incident(IncidentKind::Hammered, Intensity::Medium, 40)]);
    db.batch_execute(
        "DO $do$ BEGIN CREATE ROLE screen_reader LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $do$;
         SELECT promo_guard.grant_reader('screen_reader')",
    )
    .unwrap();
    let screen = golden("reader", &name, "screen_reader");
    assert!(screen.contains("Your role may only read."), "{screen}");
}

#[test]
fn no_attempts_are_recorded() {
    let (_db, name) = shop(&[incident(IncidentKind::IngestionGap, Intensity::High, 75)]);
    let screen = golden("no_attempts", &name, "postgres");
    assert!(screen.contains("No attempts recorded in this time. Ingestion may be down."), "{screen}");
}

#[test]
fn a_japanese_name_of_80_characters_is_cut_by_its_columns() {
    let (mut db, name) = shop(&[incident(IncidentKind::Hammered, Intensity::Medium, 40)]);
    let long = "春の感謝祭限定クーポン".repeat(8).chars().take(80).collect::<String>();
    db.execute("UPDATE promo_codes SET campaign_name = $1 WHERE status = 'PAUSED'", &[&long]).unwrap();
    let screen = golden("japanese", &name, "postgres");
    assert!(screen.contains("春の感謝祭限定クーポン") && screen.contains('…'), "{screen}");
}

#[test]
fn a_leak_that_is_active_comes_first() {
    let (mut db, name) = shop(&[incident(IncidentKind::Hammered, Intensity::Medium, 40)]);
    // New users succeed with a code that few used before, and go on with it.
    db.batch_execute(
        "UPDATE promo_codes SET campaign_name = 'Partner Gift', max_total_uses = NULL, new_users_only = false, first_purchase_only = false
         WHERE id = (SELECT max(id) FROM promo_codes WHERE status = 'ACTIVE');
         INSERT INTO promo_attempts (id, user_id, normalized_code_hash, result, source, attempted_at)
         SELECT 7000000 + g, 7000000 + g, code_hash, 'ACCEPTED', 'API', '2026-03-02 01:00Z'::timestamptz + g * interval '6 s'
         FROM promo_codes, generate_series(1, 180) AS g WHERE campaign_name = 'Partner Gift';
         INSERT INTO promo_attempts (id, user_id, normalized_code_hash, result, source, attempted_at)
         SELECT 8000000 + 10 * g + k, 7000000 + g, code_hash, 'NOT_APPLICABLE', 'API',
                '2026-03-02 01:00Z'::timestamptz + g * interval '6 s' + k * interval '10 s'
         FROM promo_codes, generate_series(1, 180) AS g, generate_series(1, 4) AS k WHERE campaign_name = 'Partner Gift'",
    )
    .unwrap();
    let screen = golden("active_leak", &name, "postgres");
    let first = screen.lines().find(|line| line.starts_with("1 ")).unwrap();
    assert!(first.contains("ACTIVE") && first.contains("abuse"), "{screen}");
    assert!(screen.contains("Pause, then rotate: promoctl pause 1 --reason abuse"), "{screen}");
}

#[test]
fn a_campaign_that_was_unpaused_stays_on_the_screen() {
    let (mut db, name) = shop(&[]);
    db.batch_execute(
        "UPDATE promo_codes SET campaign_name = 'Welcome Back' WHERE id = (SELECT min(id) FROM promo_codes WHERE status = 'ACTIVE');
         INSERT INTO promo_guard.status_history (campaign_id, from_status, to_status, at, actor, transaction_id)
         SELECT id, f, t, at::timestamptz, 'oncall', '1' FROM promo_codes,
             (VALUES ('ACTIVE', 'PAUSED', '2026-03-02 00:20Z'), ('PAUSED', 'ACTIVE', '2026-03-02 01:08Z')) AS h (f, t, at)
         WHERE campaign_name = 'Welcome Back';
         INSERT INTO promo_guard.bake (campaign_id, action_id, began_by, since, until, on_regression, false_alarm, paused_at, terms)
         SELECT id, (SELECT max(id) FROM promo_guard.action_log), 'oncall', '2026-03-02 01:08Z', '2026-03-02 01:23Z', 'alert', 0.05, '2026-03-02 00:20Z', '{}'
         FROM promo_codes WHERE campaign_name = 'Welcome Back'",
    )
    .unwrap();
    let screen = golden("unpaused", &name, "postgres");
    assert!(screen.contains("Unpaused: 1 Welcome Back, 12 min ago, bake 12 of 15 min."), "{screen}");
}

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
