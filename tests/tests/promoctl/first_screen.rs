//! The first screen, letter by letter, at 80x24 and 120x40, without and with colours, for several kinds of incident. `UPDATE_GOLDEN=1`
//! writes the files anew.

use postgres::Client;
use promo_guard_generator::{Config, Incident, IncidentKind, Intensity, Micros, generate};
use promo_guard_tests::load::{LoadOptions, load};
use promo_guard_tests::{promoctl, repo, server, table};
use std::fs;
use std::process::Command;
use unicode_width::UnicodeWidthStr;

const END: Micros = Micros(1_772_414_400_000_000); // 2026-03-02 01:20 UTC
pub const AS_OF: &str = "2026-03-02 01:20:00Z";

/// A bound database of a small shop with these incidents.
pub fn shop(incidents: &[Incident]) -> (Client, String) {
    let mut config = Config::small(97, END);
    config.incidents = incidents.to_vec();
    let (mut db, name) = server().empty_database();
    load(&mut db, &generate(&config), &LoadOptions::default().without_foreign_keys()).unwrap();
    db.batch_execute("CREATE EXTENSION promo_guard; SELECT promo_guard.bind()").unwrap();
    (db, name)
}

pub fn incident(kind: IncidentKind, intensity: Intensity, before_end: u32) -> Incident {
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
            for sentence in plain.lines().flat_map(|line| line.split(". ")) {
                let words = sentence.split_whitespace().count();
                assert!(words <= 20, "{case}: {words} words: {sentence}");
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
         FROM generate_series(1, 50000) AS g;
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
    assert!(
        screen.contains("No attempts recorded in this time. Check that the application still writes them."),
        "{screen}"
    );
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
    assert!(screen.contains("Pause now, rotate afterwards: promoctl pause 1 --reason abuse"), "{screen}");
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
    let said = "Unpaused: 1 Welcome Back, 12 min ago, bake 12 of 15 min.  promoctl watch 1";
    assert!(screen.contains(said), "{screen}");
}

#[test]
fn one_campaign_was_paused_by_a_false_alarm() {
    let (_db, name) = shop(&[incident(IncidentKind::RetryStorm, Intensity::Medium, 25)]);
    let screen = golden("one_paused", &name, "postgres");
    assert!(screen.contains("1 paused") && screen.contains("false alarm"), "{screen}");
}

/// The page that PAGE.md sketches: each kind of verdict, an active campaign first, guesses beside them.
#[test]
fn a_mixed_night_has_its_five_worst_campaigns_on_the_screen() {
    use IncidentKind::{FastEnumeration, Hammered, Leak, ManualPause, PauseEcho, ValidityInPast};
    let (_db, name) = shop(&[
        incident(Hammered, Intensity::High, 38),
        incident(PauseEcho, Intensity::Medium, 74),
        incident(ValidityInPast, Intensity::Low, 95),
        incident(ManualPause, Intensity::Low, 160),
        incident(FastEnumeration, Intensity::Low, 27),
        incident(Leak, Intensity::Medium, 52),
    ]);
    let screen = golden("mixed", &name, "postgres");
    assert_eq!(rows(&screen), 5, "{screen}");
    assert!(screen.contains(" codes that do not exist, and still do."), "{screen}");
    for verdict in ["abuse", "misconfigured", "false alarm", "unclear"] {
        assert!(screen.contains(verdict), "{verdict}: {screen}");
    }
}

#[test]
fn a_mass_pause_is_one_line() {
    let (mut db, name) = shop(&[]);
    db.batch_execute(
        "UPDATE promo_codes SET campaign_name = 'Promotion ' || code_prefix || id % 1000;
         INSERT INTO promo_guard.status_history (campaign_id, from_status, to_status, at, actor, transaction_id)
         SELECT id, 'ACTIVE', 'PAUSED', '2026-03-02 01:05Z', 'deploy', '1' FROM promo_codes WHERE status = 'ACTIVE';
         UPDATE promo_codes SET status = 'PAUSED', updated_at = '2026-03-02 01:05Z' WHERE status = 'ACTIVE'",
    )
    .unwrap();
    let screen = golden("mass_pause", &name, "postgres");
    assert_eq!(rows(&screen), 1, "{screen}");
    assert!(screen.contains("mass pause") && screen.contains("unpause --together 1"), "{screen}");
}

#[test]
fn a_result_that_no_rule_knows_is_named() {
    let (mut db, name) = shop(&[incident(IncidentKind::Hammered, Intensity::Medium, 40)]);
    db.batch_execute(
        "ALTER TABLE promo_attempts DROP CONSTRAINT IF EXISTS promo_attempts_result_check;
         UPDATE promo_attempts SET result = 'not_found' WHERE result = 'INVALID' AND attempted_at > '2026-03-02Z'",
    )
    .unwrap();
    let screen = golden("unmapped", &name, "postgres");
    assert!(screen.contains("with unmapped result not_found. To map them: promoctl doctor"), "{screen}");
}

#[test]
fn a_wrong_configuration_is_named_with_its_command() {
    use IncidentKind::{LimitUsedUp, ValidityInPast, WrongScope};
    let (_db, name) = shop(&[
        incident(ValidityInPast, Intensity::Medium, 50),
        incident(LimitUsedUp, Intensity::Medium, 40),
        incident(WrongScope, Intensity::High, 60),
    ]);
    let screen = golden("broken_configuration", &name, "postgres");
    for fix in ["Fix valid_from and valid_until as", "Fix max_total_uses as", "Fix target_scope as"] {
        assert!(screen.contains(fix), "{fix}: {screen}");
    }
}
