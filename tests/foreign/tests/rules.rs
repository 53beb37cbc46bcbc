//! What every shop must keep to.

use promo_guard_foreign::kind::{Group, Kind};
use promo_guard_foreign::{shop, staged};
use promo_guard_habits::rng::MINUTE;
use promo_guard_habits::rows::{Actor, Answer, Attempt, Held, Shop, Status};
use promo_guard_habits::truth::Verdict;
use std::collections::{BTreeMap, BTreeSet};

fn shops() -> impl Iterator<Item = Shop> {
    (1..60).map(|seed| shop(seed).0)
}

fn counted(attempt: &Attempt) -> bool {
    matches!(attempt.answer, Answer::Invalid | Answer::Expired | Answer::NotApplicable)
}

#[test]
fn a_seed_gives_the_same_shop() {
    for seed in [1, 2, 77] {
        assert!(shop(seed) == shop(seed), "seed {seed}");
    }
    assert!(shop(1).0.attempts != shop(2).0.attempts);
}

/// The rule of the guard, counted again from the rows: strictly more than 100 failures of two users in 10 minutes.
/// A node whose clock is behind dates its rows back, by at most 25 minutes.
#[test]
fn the_guard_pauses_only_where_its_rule_held() {
    let mut pauses = 0;
    for seed in 1..60 {
        let (shop, truths) = shop(seed);
        let skewed = truths.iter().any(|truth| truth.kind == Kind::ClockSkew);
        let back = if skewed { 36 * MINUTE } else { 10 * MINUTE };
        for change in shop.changes.iter().filter(|change| change.by == Actor::Guard) {
            let code = shop.campaigns[change.campaign].code;
            let failures = shop.attempts.iter().filter(|attempt| {
                attempt.code == code
                    && counted(attempt)
                    && attempt.at >= change.at - back
                    && attempt.at <= change.at
            });
            let users: BTreeSet<i64> = failures.clone().map(|attempt| attempt.user).collect();
            assert!(failures.count() > 100 && users.len() >= 2, "seed {seed}, campaign {}", change.campaign);
            assert_eq!(change.at % MINUTE, 0);
            pauses += 1;
        }
    }
    assert!(pauses > 30, "only {pauses} pauses");
}

/// And it never overlooks a campaign that stays active: at no full minute does its rule hold.
#[test]
fn the_guard_overlooks_nothing() {
    for seed in (1..200).step_by(7) {
        let (shop, truths) = shop(seed);
        if truths.iter().any(|truth| truth.kind == Kind::ClockSkew) {
            continue;
        }
        for (place, row) in shop.campaigns.iter().enumerate() {
            if row.status != Status::Active || shop.changes.iter().any(|change| change.campaign == place) {
                continue;
            }
            let failures: Vec<&Attempt> =
                shop.attempts.iter().filter(|attempt| attempt.code == row.code && counted(attempt)).collect();
            for window in failures.windows(101) {
                let minute = window[100].at - window[100].at.rem_euclid(MINUTE) + MINUTE;
                let several = window.iter().any(|attempt| attempt.user != window[0].user);
                let held = window[0].at >= minute - 10 * MINUTE && several;
                assert!(!held || minute >= shop.end, "seed {seed}, campaign {place}");
            }
        }
    }
}

#[test]
fn used_total_is_what_was_applied() {
    for shop in shops() {
        let mut applied = vec![0; shop.campaigns.len()];
        let mut bought = vec![0; shop.campaigns.len()];
        for redemption in &shop.redemptions {
            applied[redemption.campaign] += i64::from(redemption.applied_at.is_some());
            let both = matches!(redemption.status, Held::Applied | Held::Revoked);
            assert_eq!(both, redemption.applied_at.is_some());
        }
        for purchase in &shop.purchases {
            if let Some(place) = purchase.campaign {
                bought[place] += 1;
            }
        }
        for (place, row) in shop.campaigns.iter().enumerate() {
            assert_eq!(row.used_total, applied[place], "shop {}, campaign {place}", shop.seed);
            assert_eq!(row.used_total, bought[place], "shop {}, campaign {place}", shop.seed);
        }
    }
}

#[test]
fn each_success_is_a_redemption_and_a_paused_code_gives_none() {
    for seed in 1..60 {
        let (shop, truths) = shop(seed);
        let accepted = shop.attempts.iter().filter(|attempt| attempt.answer == Answer::Accepted).count();
        assert_eq!(accepted, shop.redemptions.len(), "seed {seed}");
        if truths.iter().any(|truth| truth.kind == Kind::ClockSkew) {
            continue;
        }
        for (place, row) in shop.campaigns.iter().enumerate() {
            let last = shop.changes.iter().rfind(|change| change.campaign == place);
            if let (Status::Paused, Some(pause)) = (row.status, last) {
                let late = |attempt: &&Attempt| attempt.code == row.code && attempt.at > pause.at;
                assert!(!shop.attempts.iter().filter(late).any(|attempt| attempt.answer == Answer::Accepted));
            }
        }
    }
}

#[test]
fn rows_are_in_order_and_inside_the_history() {
    for shop in shops() {
        let early = shop.begin - 60 * MINUTE;
        assert!(shop.attempts.is_sorted_by_key(|attempt| attempt.at));
        assert!(
            shop.attempts.iter().all(|attempt| attempt.at >= early && attempt.at < shop.end),
            "shop {}",
            shop.seed
        );
        assert!(shop.redemptions.is_sorted_by_key(|redemption| redemption.created_at));
        assert!(shop.purchases.is_sorted_by_key(|purchase| purchase.created_at));
        assert!(shop.changes.is_sorted_by_key(|change| change.at));
        for redemption in &shop.redemptions {
            let applied = redemption.applied_at.unwrap_or(redemption.created_at);
            assert!(applied >= redemption.created_at && applied < shop.end);
        }
        for row in &shop.campaigns {
            assert!(
                row.updated_at >= row.created_at && row.updated_at < shop.end,
                "shop {}: {row:?}",
                shop.seed
            );
        }
        let codes: BTreeSet<u64> = shop.campaigns.iter().map(|row| row.code).collect();
        assert_eq!(codes.len(), shop.campaigns.len());
    }
}

/// Nobody is accepted more often than the limit of uses per user allows at a time.
#[test]
fn limits_of_users_hold() {
    for shop in shops() {
        let mut applied: BTreeMap<(i64, usize), i64> = BTreeMap::new();
        for redemption in shop.redemptions.iter().filter(|redemption| redemption.applied_at.is_some()) {
            *applied.entry((redemption.user, redemption.campaign)).or_default() += 1;
        }
        assert!(applied.values().all(|uses| *uses <= 60));
        for ((user, place), uses) in applied {
            let row = &shop.campaigns[place];
            let edited = row.updated_at > row.created_at;
            assert!(
                uses <= row.max_uses_per_user || edited,
                "shop {}: {user} used {place} {uses} times",
                shop.seed
            );
        }
    }
}

#[test]
fn every_kind_occurs_and_has_a_truth() {
    let mut seen: BTreeSet<Kind> = BTreeSet::new();
    for seed in 1..400 {
        seen.extend(shop(seed).1.iter().map(|truth| truth.kind));
    }
    let missing: Vec<&str> =
        Kind::ALL.iter().filter(|kind| !seen.contains(kind)).map(|kind| kind.label()).collect();
    assert!(missing.is_empty(), "missing: {missing:?}");
}

#[test]
fn a_truth_fits_its_campaign() {
    for seed in 1..120 {
        let (shop, truths) = shop(seed);
        let places: BTreeSet<usize> = truths.iter().map(|truth| truth.campaign).collect();
        assert_eq!(places.len(), truths.len(), "seed {seed}: two truths for one campaign");
        for (place, row) in shop.campaigns.iter().enumerate() {
            assert!(
                row.status != Status::Paused || places.contains(&place),
                "seed {seed}: {place} has no truth"
            );
        }
        for truth in truths {
            assert_eq!(truth.paused, shop.campaigns[truth.campaign].status == Status::Paused);
            assert!(!truth.abused || !truth.harmless);
            assert!(!truth.harmless || truth.verdict != Verdict::Abuse);
            assert!(!(truth.paused && truth.verdict == Verdict::Healthy), "seed {seed}: {}", truth.label);
            assert!(Some(truth.verdict) != truth.also);
        }
    }
}

/// Each kind alone, several times: staging it never fails, and most incidents of people and scripts are paused.
#[test]
fn most_incidents_are_paused() {
    let (mut paused, mut all) = (0, 0);
    for (number, &kind) in Kind::ALL.iter().enumerate() {
        for turn in 0..4 {
            let (_, truths) = staged(9_000 + 10 * number as u64 + turn, &[kind]);
            let own = truths.iter().filter(|truth| truth.kind == kind && kind.group() != Group::Pause);
            paused += own.clone().filter(|truth| truth.paused).count();
            all += own.count();
        }
    }
    assert!(paused * 2 > all, "{paused} of {all}");
}
