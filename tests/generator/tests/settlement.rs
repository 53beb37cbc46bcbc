//! Healthy data break no settlement rule; a planted defect is found, exactly there and by that rule only.

mod support;

use promo_guard_generator::{Config, Dataset, Rule, add_pending_look_alikes, generate, plant, plant_since};
use support::invariants::{Violation, violations};
use support::{END, MINUTE};

fn healthy() -> Dataset {
    let mut data = generate(&Config::settlement(11, END, 20_000));
    add_pending_look_alikes(&mut data, 50, 11);
    data
}

#[test]
fn healthy_data_with_pending_look_alikes_break_no_rule() {
    let data = healthy();
    assert!(data.redemptions.len() >= 20_000, "{} redemptions", data.redemptions.len());
    assert_eq!(violations(&data), []);
}

#[test]
fn healthy_data_hold_the_corner_cases() {
    let data = healthy();
    let free = data.purchases.iter().filter(|p| p.stars.0 == 0 && p.credited_at.is_some()).count();
    let rounded_away =
        data.purchases.iter().filter(|p| p.applied_promo.is_some() && p.discount.0 == 0).count();
    let plain = data.purchases.iter().filter(|p| p.applied_promo.is_none()).count();
    let no_snapshot = data.redemptions.iter().filter(|r| r.snapshot.is_none()).count();
    let edited = data
        .redemptions
        .iter()
        .filter(|r| match (r.snapshot, data.campaign(r.campaign).discount()) {
            (Some(promo_guard_generator::Snapshot::Discount(then)), Some(now)) => then != now,
            _ => false,
        })
        .count();
    let grants = data
        .redemptions
        .iter()
        .filter(|r| matches!(r.snapshot, Some(promo_guard_generator::Snapshot::Grant(_))))
        .count();
    for (what, count) in [
        ("free", free),
        ("rounded away", rounded_away),
        ("plain", plain),
        ("no snapshot", no_snapshot),
        ("edited since", edited),
        ("grants", grants),
    ] {
        assert!(count > 20, "{what}: {count}");
    }
}

#[test]
fn every_rule_planted_a_thousand_times_is_found_exactly_there() {
    let clean = healthy();
    for &rule in Rule::ALL {
        let mut data = clean.clone();
        let planted = plant(&mut data, rule, 1_000, 5);
        assert_eq!(planted.len(), 1_000, "{rule}");
        let mut expected: Vec<_> = planted.iter().map(|p| (p.rule, p.redemption, p.purchase)).collect();
        let mut found: Vec<_> = violations(&data).iter().map(|v| told(v, &data)).collect();
        if matches!(rule, Rule::UsedTotalDrift | Rule::OverRedeemed) {
            let mut expected: Vec<_> = planted.iter().map(|p| (rule, p.campaign)).collect();
            let mut found: Vec<_> = violations(&data).iter().map(|v| (v.rule, v.campaign)).collect();
            expected.sort_unstable();
            found.sort_unstable();
            assert_eq!(found, expected, "{rule}");
            continue;
        }
        expected.sort_unstable();
        found.sort_unstable();
        assert_eq!(found.len(), expected.len(), "{rule}");
        assert_eq!(found, expected, "{rule}");
    }
}

/// Rules about a purchase alone are told without its redemption; the record of a plant names both.
fn told(v: &Violation, data: &Dataset) -> (Rule, Option<uuid::Uuid>, Option<uuid::Uuid>) {
    let redemption = v.redemption.or_else(|| {
        let linked = |r: &&promo_guard_generator::Redemption| r.applied_purchase_id == v.purchase;
        v.purchase.and_then(|_| data.redemptions.iter().find(linked)).map(|r| r.id)
    });
    (v.rule, redemption, v.purchase)
}

#[test]
fn rules_planted_together_do_not_disturb_each_other_and_stay_in_their_window() {
    let mut data = healthy();
    let since = promo_guard_generator::Micros(END.0 - 24 * 60 * MINUTE);
    let mut planted = Vec::new();
    for (seed, &rule) in Rule::ALL.iter().enumerate() {
        planted.extend(plant_since(&mut data, rule, 7, seed as u64, since));
    }
    assert_eq!(planted.len(), 7 * Rule::ALL.len());
    let mut expected: Vec<_> = planted.iter().map(|p| p.rule).collect();
    let mut found: Vec<_> = violations(&data).iter().map(|v| v.rule).collect();
    expected.sort_unstable();
    found.sort_unstable();
    assert_eq!(found, expected);
    for p in planted.iter().filter(|p| p.redemption.is_some()) {
        let redemption = data.redemptions.iter().find(|r| Some(r.id) == p.redemption).expect("planted");
        assert!(redemption.updated_at >= since || redemption.reserved_until >= Some(since), "{p:?}");
    }
}
