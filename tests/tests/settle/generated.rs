//! A simulated shop of 20,000 redemptions, healthy; then each rule broken a thousand times at random, among what only looks
//! broken: every plant is found once, and nothing else is.

use postgres::Client;
use promo_guard_generator::{
    Config, Dataset, Micros, Planted, Rule, add_pending_look_alikes, generate, plant,
};
use promo_guard_tests::load::{LoadOptions, load};
use promo_guard_tests::{server, table};
use std::collections::BTreeMap;

const END: Micros = Micros(1_772_414_400_000_000); // 2026-03-02 01:20 UTC
const REDEMPTIONS: usize = 20_000;
const PLANTS: usize = 1_000;

/// A schema of its own for these data, bound in place of the one before.
fn bind(db: &mut Client, data: &Dataset, schema: &str) {
    load(db, data, &LoadOptions { indexes: true, ..LoadOptions::into_schema(schema) }.without_foreign_keys())
        .unwrap();
    db.batch_execute(&format!(
        "SET search_path = {schema}; CREATE EXTENSION IF NOT EXISTS promo_guard;
         SELECT promo_guard.bind('{schema}.promo_codes', '{schema}.promo_attempts', '{schema}.promo_redemptions', '{schema}.purchases',
                                 ledger => '{schema}.ledger')"
    ))
    .unwrap();
}

fn as_of() -> String {
    format!("lookback => '60 days', as_of => to_timestamp({})", END.0 / 1_000_000)
}

/// What is reported, each with how often: rule, redemption, purchase, campaign, user.
fn reported(db: &mut Client) -> BTreeMap<Vec<String>, usize> {
    let rows = table(
        db,
        &format!(
            "SELECT rule, redemption_id, purchase_id, campaign_id, user_id FROM promo_guard.settlement_violations({})",
            as_of()
        ),
    );
    let mut found = BTreeMap::new();
    for row in rows {
        *found.entry(row).or_default() += 1;
    }
    found
}

/// A plant as it should be reported. The ledger knows of purchases only.
fn report(data: &Dataset, planted: &Planted) -> Vec<String> {
    let text = |value: Option<String>| value.unwrap_or_else(|| "∅".to_owned());
    let redemption = planted.redemption.filter(|_| planted.rule != Rule::CreditedNotInLedger);
    vec![
        planted.rule.to_string(),
        text(redemption.map(|id| id.to_string())),
        text(planted.purchase.map(|id| id.to_string())),
        text(planted.campaign.map(|c| data.campaign(c).id.0.to_string())),
        text(planted.user.map(|u| u.get().to_string())),
    ]
}

#[test]
fn healthy_data_have_no_violation_and_every_plant_among_look_alikes_is_found_exactly_once() {
    let healthy = generate(&Config::settlement(11, END, REDEMPTIONS));
    assert!(healthy.redemptions.len() > REDEMPTIONS * 9 / 10, "{}", healthy.redemptions.len());
    let (mut db, _) = server().empty_database();
    bind(&mut db, &healthy, "healthy");
    assert_eq!(reported(&mut db), BTreeMap::new());

    let mut report_lines = Vec::new();
    for (i, rule) in Rule::ALL.iter().enumerate() {
        let mut data = healthy.clone();
        add_pending_look_alikes(&mut data, 50, i as u64);
        let planted = plant(&mut data, *rule, PLANTS, 100 + i as u64);
        assert!(planted.len() >= PLANTS * 9 / 10, "{rule}: {} planted", planted.len());
        bind(&mut db, &data, &format!("broken_{i}"));

        let mut expected: BTreeMap<Vec<String>, usize> = BTreeMap::new();
        for one in &planted {
            *expected.entry(report(&data, one)).or_default() += 1;
        }
        let found = reported(&mut db);
        let missed: Vec<_> = expected.keys().filter(|k| !found.contains_key(*k)).take(3).collect();
        let false_alarms: Vec<_> = found.keys().filter(|k| !expected.contains_key(*k)).take(3).collect();
        assert!(
            missed.is_empty() && false_alarms.is_empty(),
            "{rule}: missed {missed:?}, false alarms {false_alarms:?}"
        );
        assert!(found.values().all(|n| *n == 1), "{rule}: once each");

        let summary = table(
            &mut db,
            &format!(
                "SELECT rule, violations, pending, skipped FROM promo_guard.settlement_summary({})",
                as_of()
            ),
        );
        for line in &summary {
            let count = if line[0] == rule.as_str() { planted.len() } else { 0 };
            assert_eq!(
                (line[1].as_str(), line[3].as_str()),
                (count.to_string().as_str(), "∅"),
                "{rule}: {line:?}"
            );
        }
        let pending: i64 = summary.iter().map(|line| line[2].parse::<i64>().unwrap()).sum();
        assert!(pending >= 4 * 50, "{rule}: {pending} pending");
        report_lines.push(format!("{rule}: {} of {}, pending {pending}", found.len(), planted.len()));
        db.batch_execute(&format!("SELECT promo_guard.unbind(); DROP SCHEMA broken_{i} CASCADE")).unwrap();
    }
    println!("{}", report_lines.join("\n"));
}
