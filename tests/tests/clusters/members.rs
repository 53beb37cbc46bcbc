//! Every failed pair is in exactly one cluster, and the numbers add up.

use super::shop::{clusters, holds, shop, shop_where};
use promo_guard_core::classify::Judgement;
use promo_guard_core::clusters::{Draft, Settings};
use promo_guard_core::policy::Policy;
use promo_guard_generator::{CampaignIdx, Micros, generate};
use promo_guard_tests::load::{LoadOptions, load};
use promo_guard_tests::scoring::facts::{self, History};
use promo_guard_tests::scoring::scenario::{self, TUNED};
use promo_guard_tests::scoring::verdicts::SectionTwo;
use promo_guard_tests::{server, table};

#[test]
fn nothing_one_attempt_and_what_is_out_of_the_window() {
    let (mut db, _) = shop();
    assert!(clusters(&mut db).is_empty());
    db.batch_execute("SELECT try(code(9), 'INVALID', 5, 5, '2026-03-01 12:00:00.000001Z'); SELECT try(code(9), 'INVALID', 6, 6, '2026-03-01 11:29:59.999999Z')").unwrap();
    assert!(clusters(&mut db).is_empty(), "one is later, one too early");
    db.batch_execute("SELECT try(repeat('1', 64), 'ACCEPTED', 5, 5, '2026-03-01 11:45Z')").unwrap();
    assert!(clusters(&mut db).is_empty(), "a success is no failure");
    db.batch_execute("SELECT try(code(9), 'INVALID', 5, 5, '2026-03-01 11:30Z')").unwrap();
    assert_eq!(clusters(&mut db), [["BACKGROUND", "∅", "1", "1", "1"]]);
    holds(&mut db, "interval '30 min'", "timestamptz '2026-03-01 12:00Z'");
}

#[test]
fn max_rows_shows_the_worst() {
    let mut db = shop_where(
        "SELECT try(code(g), 'INVALID', 7, 7, '2026-03-01 11:40Z'::timestamptz + g * interval '2 s') FROM generate_series(1, 300) AS g;
         SELECT try(code(1000), 'INVALID', 9, 9, '2026-03-01 11:40Z')",
    );
    let all = clusters(&mut db);
    assert!(all.len() >= 2, "{all:?}");
    let one = table(&mut db, "SELECT kind FROM promo_guard.failure_clusters(NULL, '2026-03-01 12:00Z', 1)");
    assert_eq!(one, [[all[0][0].clone()]]);
    assert!(
        table(&mut db, "SELECT kind FROM promo_guard.failure_clusters(NULL, '2026-03-01 12:00Z', 0)")
            .is_empty()
    );
}

/// Every kind of incident, in a database and without one: the same clusters, and every failed pair in one of them.
#[test]
fn the_database_is_asked_for_what_core_would_want_to_know() {
    let end = scenario::END;
    let as_of = format!("to_timestamp({} / 1e6)", end.0);
    let lookback = "interval '30 min'";
    let (settings, policy) = (Settings::default(), Policy::default());
    for n in 0..18 {
        let data = generate(&TUNED.scenario(n).config);
        let picture = facts::picture(&data, Micros(end.0 - 30 * 60_000_000), end);
        let facts = facts::facts(&data, &picture, History::None, &settings);
        let pulse = &mut || ();
        let mut division =
            Draft::of(&picture, &facts.known, &settings, pulse).divide(&picture, &facts, &settings, pulse);
        let doubtful: Vec<CampaignIdx> = division
            .doubtful()
            .into_iter()
            .map(|id| CampaignIdx(data.campaigns.iter().position(|c| c.id.0 == id).unwrap() as u32))
            .collect();
        let verdicts = SectionTwo::of(&data, History::None, &policy).judge(doubtful.iter().copied());
        let ids = doubtful.iter().map(|idx| data.campaign(*idx).id.0);
        let rulings = ids.zip(verdicts.iter().map(Judgement::ruling)).collect();
        division.follow(&rulings, pulse);
        let expected: Vec<Vec<String>> = division
            .all(pulse)
            .clusters
            .iter()
            .map(|c| {
                vec![
                    c.id.clone(),
                    c.attempts.to_string(),
                    c.users.to_string(),
                    c.recovered_users.to_string(),
                    c.explanation.clone(),
                ]
            })
            .collect();
        let (mut db, _) = server().empty_database();
        load(&mut db, &data, &LoadOptions::default()).unwrap();
        db.batch_execute("CREATE EXTENSION promo_guard; SELECT promo_guard.bind()").unwrap();
        let sql = format!(
            "SELECT cluster_id, attempts, users, recovered_users, explanation FROM promo_guard.failure_clusters({lookback}, {as_of}, NULL)"
        );
        assert_eq!(table(&mut db, &sql), expected, "scenario {n}");
        holds(&mut db, lookback, &as_of);
    }
}
