//! A week of a shop with incidents, one of them paused and one unpaused again.

use chrono::Utc;
use postgres::Client;
use promo_guard_generator::{Config, Incident, IncidentKind, Intensity, Micros, generate};
use promo_guard_tests::load::{LoadOptions, load};
use promo_guard_tests::{Server, table};

/// The overrides that let any campaign go that may go at all.
const ANYTHING: &str =
    "ARRAY['history_explains_pause', 'not_abuse', 'burst_over', 'guard_would_not_repause', 'config_converts',
                              'settlement_clean', 'traffic_observed']";

/// A database with the shop in it, set up; nothing is connected to it.
pub fn shop(server: &Server) -> String {
    let (mut db, name) = server.empty_database();
    db.batch_execute("CREATE EXTENSION promo_guard").unwrap();
    load_shop(&mut db);
    set_up(&mut db);
    name
}

/// The tables of the shop up to now, in the schema public. Attempts are of the last six days.
pub fn load_shop(db: &mut Client) {
    let mut config = Config::small(22, Micros(Utc::now().timestamp_micros()));
    (config.days, config.attempts_per_day) = (6, 1_500);
    let kinds = [
        IncidentKind::Hammered,
        IncidentKind::PauseEcho,
        IncidentKind::Leak,
        IncidentKind::FastEnumeration,
        IncidentKind::Misprint,
        IncidentKind::WrongAudience,
        IncidentKind::WrongScope,
        IncidentKind::ManualPause,
    ];
    config.incidents = (1..)
        .zip(kinds)
        .map(|(n, kind)| {
            let incident = Incident::new(kind, Intensity::Medium, 20 + 17 * n);
            if n % 3 == 0 { incident.edited_after(5) } else { incident }
        })
        .collect();
    load(db, &generate(&config), &LoadOptions::default().without_foreign_keys()).unwrap();
    db.batch_execute(
        "DELETE FROM promo_attempts WHERE attempted_at < date_trunc('day', now(), 'UTC') - interval '6 days'",
    )
    .unwrap();
}

/// Binds the shop and lets one of its paused campaigns go.
pub fn set_up(db: &mut Client) {
    db.batch_execute("SELECT promo_guard.bind(ledger => 'ledger')").unwrap();
    let paused = table(db, "SELECT id FROM promo_codes WHERE status = 'PAUSED' ORDER BY id DESC").concat();
    assert!(paused.len() > 2, "{paused:?}");
    let let_go = paused.iter().find(|id| {
        let sql =
            format!("SELECT decision FROM promo_guard.unpause({id}, 'a test', overrides => {ANYTHING})");
        table(db, &sql) == [["UNPAUSED"]]
    });
    assert!(let_go.is_some(), "no campaign could be unpaused");
}
