//! The generator itself: the tables are consistent, the guard fires by its rule, and a seed gives one shop.

use promo_guard_habits::app::{GUARD_FAILURES, GUARD_LOOKBACK};
use promo_guard_habits::habits::{Habits, Region};
use promo_guard_habits::rng::{MINUTE, Rng};
use promo_guard_habits::rows::{Actor, Answer, Deed, Held, Shop, Status};
use promo_guard_habits::story::{Choice, shop};
use promo_guard_habits::truth::{Kind, Verdict};
use std::collections::{BTreeMap, HashMap};

fn shops(n: u64) -> impl Iterator<Item = Shop> {
    (0..n).map(|seed| shop(seed, &Choice::of(Region::All)))
}

fn counted(shop: &Shop, campaign: usize, from: i64, until: i64) -> usize {
    let code = shop.campaigns[campaign].code;
    let fails = |a: &&promo_guard_habits::rows::Attempt| {
        a.code == code && !matches!(a.answer, Answer::Accepted | Answer::RateLimited)
    };
    shop.attempts.iter().filter(fails).filter(|a| a.at > from && a.at <= until).count()
}

#[test]
fn a_seed_gives_one_shop() {
    for seed in [3, 77] {
        assert_eq!(shop(seed, &Choice::of(Region::All)), shop(seed, &Choice::of(Region::All)));
        assert_ne!(shop(seed, &Choice::of(Region::All)), shop(seed + 1, &Choice::of(Region::All)));
    }
}

#[test]
fn the_guard_pauses_where_its_rule_holds_and_nowhere_else() {
    let mut pauses = 0;
    for shop in shops(40) {
        for change in shop.changes.iter().filter(|c| c.by == Actor::Guard) {
            pauses += 1;
            assert_eq!(change.at % MINUTE, 0, "the guard runs at whole minutes");
            let failures = counted(&shop, change.campaign, change.at - GUARD_LOOKBACK, change.at);
            assert!(failures > GUARD_FAILURES, "{failures} failures in shop {}", shop.seed);
        }
        // An ACTIVE campaign on which the rule holds at the last whole minute would have been paused.
        let minute = shop.end - shop.end.rem_euclid(MINUTE);
        for (place, campaign) in shop.campaigns.iter().enumerate() {
            let changed = shop.changes.iter().any(|c| c.campaign == place && c.at > minute - GUARD_LOOKBACK);
            if campaign.status == Status::Active && !changed {
                assert!(counted(&shop, place, minute - GUARD_LOOKBACK, minute) <= GUARD_FAILURES);
            }
        }
    }
    assert!(pauses > 40);
}

#[test]
fn the_tables_agree_with_each_other() {
    for shop in shops(30) {
        let accepted = shop.attempts.iter().filter(|a| a.answer == Answer::Accepted).count();
        assert_eq!(accepted, shop.redemptions.len(), "one redemption for each success");
        let mut applied: HashMap<usize, i64> = HashMap::new();
        for r in &shop.redemptions {
            assert_eq!(r.applied_at.is_some(), matches!(r.status, Held::Applied | Held::Revoked));
            *applied.entry(r.campaign).or_default() += i64::from(r.applied_at.is_some());
        }
        for (place, campaign) in shop.campaigns.iter().enumerate() {
            assert_eq!(campaign.used_total, applied.get(&place).copied().unwrap_or(0));
            let bought = shop.purchases.iter().filter(|p| p.campaign == Some(place)).count() as i64;
            assert_eq!(campaign.used_total, bought, "one purchase for each use");
        }
        assert!(shop.attempts.is_sorted_by_key(|a| a.at));
        assert!(shop.attempts.iter().all(|a| a.at <= shop.end));
        let mut last: BTreeMap<usize, Status> = BTreeMap::new();
        shop.changes.iter().for_each(|c| {
            last.insert(c.campaign, c.to);
        });
        for (place, status) in last {
            assert_eq!(shop.campaigns[place].status, status, "the last change is the status");
        }
    }
}

#[test]
fn unknown_codes_are_the_only_ones_answered_invalid() {
    for shop in shops(15) {
        for a in &shop.attempts {
            let known = shop.campaigns.iter().any(|c| c.code == a.code);
            assert_eq!(a.answer == Answer::Invalid, !known && a.answer != Answer::RateLimited);
        }
    }
}

#[test]
fn every_kind_comes_about_and_can_be_left_out() {
    let mut seen: BTreeMap<Kind, u32> = BTreeMap::new();
    for shop in shops(250) {
        shop.truth.iter().for_each(|t| *seen.entry(t.kind).or_default() += 1);
    }
    for kind in Kind::ALL {
        assert!(seen.contains_key(&kind), "{kind:?} never came about");
    }
    let choice = Choice::of(Region::All).without(&[Kind::LeakedToFarm, Kind::TvSpot, Kind::AgedFarm]);
    for seed in 0..40 {
        let shop = shop(seed, &choice);
        assert!(!shop.truth.iter().any(|t| matches!(t.kind, Kind::LeakedToFarm | Kind::TvSpot)));
    }
}

#[test]
fn habits_left_out_do_not_come_about() {
    let mut rng = Rng::new(9);
    let mut held = BTreeMap::new();
    for _ in 0..2_000 {
        let habits = Habits::drawn(&mut rng);
        for region in Region::HELD_OUT {
            *held.entry(format!("{region:?}")).or_insert(0) += u32::from(region.holds(&habits));
            assert!(!(region.holds(&habits) && Region::Common.holds(&habits)));
        }
    }
    assert!(held.values().all(|n| *n > 60), "each part is worth leaving out: {held:?}");
}

#[test]
fn what_nobody_explains_is_inconclusive_and_a_fault_shows_in_the_row() {
    for shop in shops(120) {
        for t in &shop.truth {
            let row = &shop.campaigns[t.campaign];
            match t.kind {
                Kind::UnexplainedPause | Kind::MassPause | Kind::DeliberatePause => {
                    assert_eq!(t.verdict, Verdict::Inconclusive);
                    assert!(!t.by_guard && t.paused);
                    let reason = shop
                        .actions
                        .iter()
                        .any(|a| a.campaign == t.campaign && matches!(a.what, Deed::Pause(_)));
                    assert_eq!(reason, t.kind == Kind::DeliberatePause);
                }
                Kind::EndMoved => assert!(row.valid_until <= shop.end),
                Kind::BeginMoved => assert!(row.valid_from > shop.end),
                Kind::UpsideDown => assert!(row.valid_until <= row.valid_from),
                Kind::LimitLowered => {
                    assert!(row.max_total_uses.is_some_and(|most| most < 20));
                }
                Kind::AudienceFlag => assert!(row.new_users_only || row.first_purchase_only),
                Kind::PerUserLowered => assert_eq!(row.max_uses_per_user, 1),
                _ => {}
            }
            if t.kind.is_abuse() && t.verdict == Verdict::Abuse {
                assert!(!t.signs.is_empty(), "abuse is known by signs");
            }
            assert!(t.paused || !t.harmful);
        }
    }
}
