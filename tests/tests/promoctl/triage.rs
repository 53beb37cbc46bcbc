//! The long page, on five different incidents.

use promo_guard_generator::{Config, Incident, IncidentKind, Intensity, Micros, generate};
use promo_guard_tests::load::{LoadOptions, load};
use promo_guard_tests::{promoctl, server};
use std::fs;

const END: Micros = Micros(1_772_414_400_000_000); // 2026-03-02 01:20 UTC
const AS_OF: &str = "2026-03-02 01:20:00Z";

/// The page on these incidents. With TRIAGE_PAGES set to a directory it is written there, to be read.
fn page(name: &str, incidents: &[Incident]) -> String {
    let mut config = Config::small(90 + name.len() as u64, END);
    config.incidents = incidents.to_vec();
    let (mut db, database) = server().empty_database();
    load(&mut db, &generate(&config), &LoadOptions::default().without_foreign_keys()).unwrap();
    db.batch_execute("CREATE EXTENSION promo_guard").unwrap();
    assert!(
        promoctl(server(), &database)
            .args(["setup", "--ledger", "ledger"])
            .output()
            .unwrap()
            .status
            .success()
    );
    let out = promoctl(server(), &database).args(["triage", "--full", "--as-of", AS_OF]).output().unwrap();
    let text = String::from_utf8(out.stdout).unwrap();
    assert!(out.status.success(), "{text}{}", String::from_utf8_lossy(&out.stderr));
    if let Ok(directory) = std::env::var("TRIAGE_PAGES") {
        fs::write(format!("{directory}/{name}.txt"), &text).unwrap();
    }
    let too_wide: Vec<_> =
        text.lines().filter(|l| l.chars().count() > 80 && !l.starts_with("    ")).collect();
    assert!(too_wide.is_empty(), "{too_wide:?}");
    // A sentence may run over lines.
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_leak_that_may_be_a_promotion_is_kept_paused_and_asked_about() {
    let text = page("leak", &[Incident::new(IncidentKind::Leak, Intensity::Medium, 50)]);
    assert!(text.contains("Cannot tell a promotion from a leak"), "{text}");
    assert!(text.contains("PAUSED until you know") && text.contains("promo_guard.announce("), "{text}");
}

#[test]
fn a_popular_clean_code_is_checked_for_unpausing_beside_a_guessing_attack() {
    let text = page(
        "echo_and_guessing",
        &[
            Incident::new(IncidentKind::PauseEcho, Intensity::Low, 80),
            Incident::new(IncidentKind::FastEnumeration, Intensity::Medium, 20),
        ],
    );
    assert!(text.contains("FALSE_POSITIVE"), "{text}");
    assert!(text.contains("they are no evidence") || text.contains("then unpause it"), "{text}");
    assert!(text.contains(": FALSE_POSITIVE. promoctl") && text.contains(" check "), "{text}");
}

#[test]
fn a_code_that_nobody_can_buy_with_is_seen_without_a_pause() {
    let text = page("wrong_scope", &[Incident::new(IncidentKind::WrongScope, Intensity::Low, 35)]);
    assert!(text.contains("CONFIG_REGRESSION"), "{text}");
    assert!(text.contains("target_scope"), "{text}");
}

#[test]
fn a_pause_that_nobody_explains_stays() {
    let text = page(
        "manual_and_validity",
        &[
            Incident::new(IncidentKind::ManualPause, Intensity::Medium, 65),
            Incident::new(IncidentKind::ValidityInPast, Intensity::Medium, 40),
        ],
    );
    assert!(text.contains("INCONCLUSIVE") && text.contains("CONFIG_REGRESSION"), "{text}");
}

#[test]
fn silence_after_an_attack_is_no_calm() {
    let text = page("ingestion_gap", &[Incident::new(IncidentKind::IngestionGap, Intensity::High, 75)]);
    assert!(text.contains("No attempts were recorded"), "{text}");
    assert!(text.contains("ABUSE_LIKELY"), "{text}");
}
