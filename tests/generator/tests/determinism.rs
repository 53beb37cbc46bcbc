//! A seed means the same data for ever, wherever they end.

mod support;

use promo_guard_generator::{
    AttemptResult, CodeHash, Config, Dataset, Incident, IncidentKind, Intensity, Micros, Snapshot, generate,
};
use support::{END, MINUTE};

fn busy(end: Micros) -> Config {
    let mut config = Config::small(3, end)
        .with(Incident::new(IncidentKind::Hammered, Intensity::Low, 45).edited_after(30))
        .with(Incident::new(IncidentKind::PauseEcho, Intensity::Low, 90));
    config.future_attempts = 5;
    config.null_users_per_10k = 50;
    config
}

#[test]
fn same_configuration_same_data() {
    assert!(generate(&busy(END)) == generate(&busy(END)));
}

#[test]
fn another_seed_other_data() {
    let other = Config { seed: 4, ..busy(END) };
    assert!(generate(&busy(END)).attempts != generate(&other).attempts);
}

#[test]
fn another_end_only_moves_the_data_in_time() {
    let shift = 7_654_321_987;
    let (here, there) = (generate(&busy(END)), generate(&busy(Micros(END.0 + shift))));
    assert_eq!(here.attempts.len(), there.attempts.len());
    for (a, b) in here.attempts.iter().zip(&there.attempts) {
        assert_eq!((a.at.0 + shift, a.user, a.code, a.result), (b.at.0, b.user, b.code, b.result));
    }
    assert_eq!(here.truth.labels, there.truth.labels);
    assert_eq!(here.ledger.len(), there.ledger.len());
    assert!(
        here.redemptions.iter().zip(&there.redemptions).all(|(a, b)| (a.id, a.status) == (b.id, b.status))
    );
}

#[test]
fn the_data_of_a_seed_never_change() {
    // A new number here means that every recorded figure and every held-out seed means something else.
    let data = generate(&busy(END));
    let sum = data.attempts.iter().fold(0_u64, |sum, a| {
        let user = a.user.map_or(0, |user| user.get() as u64);
        sum.rotate_left(5) ^ (a.at.0 - END.0) as u64 ^ user ^ (a.result as u64) << 60
    });
    assert_eq!((data.attempts.len(), data.redemptions.len(), data.purchases.len(), sum), PINNED);
}

const PINNED: (usize, usize, usize, u64) = (26_100, 20_470, 18_089, 2_159_639_870_645_496_154);

#[test]
fn nothing_is_dated_after_the_end_unless_asked_for() {
    let data = generate(&Config { future_attempts: 0, ..busy(END) });
    assert!(data.attempts.iter().all(|a| a.at < END));
    for r in &data.redemptions {
        assert!(r.created_at < END && r.updated_at < END && r.applied_at.is_none_or(|at| at < END));
    }
    for p in &data.purchases {
        let times = [Some(p.created_at), p.paid_at, p.credited_at, p.refunded_at];
        assert!(times.into_iter().flatten().all(|at| at < END));
        assert!(p.paid_at <= p.credited_at || p.credited_at.is_none());
    }
    assert!(data.campaigns.iter().all(|c| c.updated_at <= END && c.created_at <= c.valid_from));
    assert_eq!(generate(&busy(END)).attempts.iter().filter(|a| a.at > END).count(), 5);
}

#[test]
fn every_attempt_is_labelled_and_in_order() {
    let data = generate(&busy(END));
    assert_eq!(data.attempts.len(), data.truth.labels.len());
    assert!(data.truth.labels.iter().all(|label| (label.0 as usize) < data.truth.clusters.len()));
    assert!(data.attempts.is_sorted_by_key(|a| a.at));
    assert!(data.attempts.iter().any(|a| a.user.is_none()));
    let from = Micros(END.0 - 30 * MINUTE);
    let pairs = data.failed_pairs(from, END);
    let failed =
        data.attempts.iter().filter(|a| a.at >= from && a.at <= END && a.result.is_failure()).count();
    assert_eq!(pairs.iter().map(|pair| pair.attempts as usize).sum::<usize>(), failed);
    assert!(failed > 100);
}

#[test]
fn invalid_comes_from_unknown_codes_only_and_accepted_from_known_ones() {
    let data = generate(&busy(END));
    for a in &data.attempts {
        let known = data.codes.campaign(a.code).is_some();
        match a.result {
            AttemptResult::Invalid => assert!(!known),
            AttemptResult::RateLimited => {}
            _ => assert!(known),
        }
    }
}

#[test]
fn each_acceptance_leaves_one_redemption() {
    let data: Dataset = generate(&busy(END));
    let accepted = data.attempts.iter().filter(|a| a.result == AttemptResult::Accepted).count();
    assert_eq!(accepted, data.redemptions.len());
}

#[test]
fn the_limiter_lets_five_through_in_ten_minutes() {
    let data = generate(&busy(END));
    let mut by_user = std::collections::HashMap::<_, Vec<_>>::new();
    for a in data.attempts.iter().filter(|a| a.source.as_str() != "API" && a.user.is_some()) {
        by_user.entry(a.user).or_default().push(a);
    }
    let mut limited = 0;
    for tries in by_user.values() {
        for (i, a) in tries.iter().enumerate() {
            // The limiter counts in whole seconds.
            let admitted = |slack: i64| {
                let since = a.at.0 - 10 * MINUTE + slack;
                tries[..i].iter().filter(|b| b.at.0 > since && b.result != AttemptResult::RateLimited).count()
            };
            if a.result == AttemptResult::RateLimited {
                limited += 1;
                assert!(admitted(-1_000_000) >= 5);
            } else {
                assert!(admitted(1_000_000) < 5);
            }
        }
    }
    assert!(limited > 10, "{limited}");
}

#[test]
fn hashes_are_of_the_normalised_code() {
    assert_eq!(CodeHash::of(" abc-def 12 "), CodeHash::of("ABCDEF12"));
    assert_ne!(CodeHash::of("ABCDEF12"), CodeHash::of("ABCDEF13"));
    let text = CodeHash::of("x").to_string();
    assert!(text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)));
    let data = generate(&busy(END));
    for campaign in &data.campaigns {
        assert_eq!(CodeHash::of(data.codes.plain(campaign.code)), data.codes.hash(campaign.code));
    }
}

#[test]
fn snapshots_are_json() {
    let data = generate(&busy(END));
    let discount = data.redemptions.iter().find_map(|r| match r.snapshot {
        Some(s @ Snapshot::Discount(_)) => Some(s.to_json()),
        _ => None,
    });
    let text = discount.expect("a discount among the redemptions");
    assert!(text.starts_with(r#"{"discount_type": ""#) && text.contains(r#", "discount_value": "#), "{text}");
}
