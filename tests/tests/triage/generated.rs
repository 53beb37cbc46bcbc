//! Section 1 on a simulated shop, whose truth is known.

use promo_guard_generator::{ChangedBy, Config, Incident, IncidentKind, Intensity, Micros, Status, generate};
use promo_guard_tests::load::{LoadOptions, load};
use promo_guard_tests::{server, table};

const END: Micros = Micros(1_772_414_400_000_000); // 2026-03-02 01:20 UTC

#[test]
fn counts_equal_the_runbooks_own_queries_on_a_simulated_night() {
    let (mut db, _) = server().empty_database();
    let night = Config::small(3, END)
        .with(Incident::new(IncidentKind::Hammered, Intensity::Medium, 50))
        .with(Incident::new(IncidentKind::FastEnumeration, Intensity::Low, 20))
        .with(Incident::new(IncidentKind::Leak, Intensity::Medium, 90));
    load(&mut db, &generate(&night), &LoadOptions::default()).unwrap();
    db.batch_execute("CREATE EXTENSION promo_guard; SELECT promo_guard.bind()").unwrap();
    for length in ["1 minute", "30 minutes", "6 hours", "4 days"] {
        let window = table(
            &mut db,
            &format!("SELECT to_timestamp({0}) - interval '{length}', to_timestamp({0})", END.0 / 1_000_000),
        );
        super::runbook::compare(&mut db, &window[0][0], &window[0][1]);
    }
}

#[test]
fn the_evidence_dates_every_pause_of_the_guard_to_the_minute_and_claims_none_of_a_person() {
    let (mut guarded, mut by_hand) = (0, 0);
    for seed in 1..=3 {
        let config = Config::small(seed, END)
            .with(Incident::new(IncidentKind::Hammered, Intensity::High, 50))
            .with(Incident::new(IncidentKind::PauseEcho, Intensity::Medium, 110))
            .with(Incident::new(IncidentKind::Hammered, Intensity::Medium, 170).edited_after(20))
            .with(Incident::new(IncidentKind::ManualPause, Intensity::Low, 90));
        let data = generate(&config);
        let (mut db, _) = server().empty_database();
        load(&mut db, &data, &LoadOptions::default()).unwrap();
        db.batch_execute("CREATE EXTENSION promo_guard; SELECT promo_guard.bind()").unwrap();
        let rows = table(
            &mut db,
            &format!(
                "SELECT campaign_id, (extract(epoch FROM paused_at) * 1000000)::bigint, paused_at_source
                 FROM promo_guard.paused_campaigns(as_of => to_timestamp({}), max_rows => NULL)",
                END.0 / 1_000_000
            ),
        );
        for row in rows {
            let last = data
                .status_changes
                .iter()
                .rfind(|c| data.campaigns[c.campaign.0 as usize].id.0.to_string() == row[0]);
            let Some(last) = last.filter(|c| c.to == Status::Paused) else {
                panic!("{row:?} is paused and nobody paused it")
            };
            let found: i64 = row[1].parse().unwrap();
            if last.by == ChangedBy::Guard {
                guarded += 1;
                // the job runs once a minute: it acts within one of the failure that made its rule true
                let late = last.at.0 - found;
                assert_eq!(row[2], "evidence", "seed {seed}: {last:?}");
                assert!(
                    (0..=60_000_000).contains(&late),
                    "seed {seed}: {} s off: {last:?}",
                    late / 1_000_000
                );
            } else {
                by_hand += 1;
                assert_eq!(row[2], "estimated", "seed {seed}: {last:?}");
                assert!(found >= last.at.0, "an estimate is an upper bound");
            }
        }
    }
    assert!(
        guarded >= 6 && by_hand >= 3,
        "only {guarded} pauses of the guard and {by_hand} by hand were seen"
    );
}
