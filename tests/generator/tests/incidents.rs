//! Each kind of incident shows in the data as what it is.

mod support;

use std::collections::{HashMap, HashSet};

use promo_guard_generator::{
    Attempt, AttemptResult, CampaignIdx, ClusterKind, Config, Dataset, Incident, IncidentKind, Intensity,
    Reason, Status, Verdict, generate,
};
use support::invariants::violations;
use support::{END, MINUTE};

fn one(kind: IncidentKind, intensity: Intensity, seed: u64) -> Dataset {
    generate(&Config::small(seed, END).with(Incident::new(kind, intensity, 60)))
}

fn labelled(data: &Dataset, kind: ClusterKind) -> Vec<&Attempt> {
    data.attempts
        .iter()
        .zip(&data.truth.labels)
        .filter(|&(_, label)| data.truth.clusters[label.0 as usize].kind == kind)
        .map(|(a, _)| a)
        .collect()
}

fn users(attempts: &[&Attempt]) -> usize {
    attempts.iter().map(|a| a.user).collect::<HashSet<_>>().len()
}

fn codes(attempts: &[&Attempt]) -> usize {
    attempts.iter().map(|a| a.code).collect::<HashSet<_>>().len()
}

/// The verdict, whether the campaign is paused at the end, and whether lifting the pause would be safe.
fn expected(kind: IncidentKind, intensity: Intensity) -> Option<(Verdict, bool, bool)> {
    use IncidentKind as K;
    let high = intensity == Intensity::High;
    match kind {
        K::Hammered | K::Leak | K::IngestionGap => Some((Verdict::AbuseLikely, true, false)),
        K::FastEnumeration | K::SlowEnumeration | K::BreadthFirst | K::ScatteredTypos => None,
        K::Misprint => Some((Verdict::Healthy, false, true)),
        K::LaunchSpike if high => Some((Verdict::FalsePositive, true, true)),
        K::LaunchSpike => Some((Verdict::Healthy, false, true)),
        K::RetryStorm | K::PauseEcho | K::RateLimitEcho => Some((Verdict::FalsePositive, true, true)),
        K::ValidityInPast | K::LimitUsedUp | K::WrongAudience => {
            Some((Verdict::ConfigRegression, true, false))
        }
        K::WrongScope => Some((Verdict::ConfigRegression, high, false)),
        K::ManualPause => Some((Verdict::Inconclusive, true, false)),
        K::OrdinaryEnd => Some((Verdict::Healthy, true, false)),
    }
}

#[test]
fn every_kind_at_every_intensity_ends_as_its_truth_says() {
    for &kind in IncidentKind::ALL {
        for &intensity in Intensity::ALL {
            for seed in 20..22 {
                let data = one(kind, intensity, seed);
                let what = format!("{kind} {intensity} seed {seed}");
                let outcome = data.truth.campaigns.first().map(|truth| {
                    let paused = data.campaign(truth.campaign).status == Status::Paused;
                    assert_eq!(paused, truth.paused_at.is_some(), "{what}");
                    (truth.verdict, paused, truth.unpause_safe)
                });
                if kind == IncidentKind::WrongScope && intensity == Intensity::Medium {
                    // On the edge of the guard's rule: either way is right.
                    assert_eq!(
                        outcome.map(|o| (o.0, o.2)),
                        Some((Verdict::ConfigRegression, false)),
                        "{what}"
                    );
                } else {
                    assert_eq!(outcome, expected(kind, intensity), "{what}");
                }
                assert!(data.truth.campaigns.len() <= 1, "{what}: another campaign came into it");
                assert_eq!(violations(&data), [], "{what}");
            }
        }
    }
}

#[test]
fn pauses_come_after_the_start_and_soon() {
    for &kind in IncidentKind::ALL {
        let data = one(kind, Intensity::Low, 23);
        let Some(paused) = data.truth.campaigns.first().and_then(|truth| truth.paused_at) else { continue };
        let start = data.truth.incidents[0].start;
        assert!(paused >= start && paused.0 <= start.0 + 11 * MINUTE, "{kind}");
    }
}

#[test]
fn strangers_who_hammer_have_no_past_and_try_again_and_again() {
    let data = one(IncidentKind::Hammered, Intensity::Medium, 30);
    let attackers = labelled(&data, ClusterKind::AbusedCode);
    let before = attackers.iter().filter(|a| a.result == AttemptResult::NotApplicable).count();
    assert!(before > 100 && attackers.len() > 500 && codes(&attackers) == 1);
    assert!(attackers.len() > 5 * users(&attackers));
    assert!(attackers.iter().all(|a| a.result != AttemptResult::Accepted));
    let strangers: HashSet<_> = attackers.iter().map(|a| a.user).collect();
    let start = data.truth.incidents[0].start;
    assert!(data.attempts.iter().all(|a| a.at >= start || !strangers.contains(&a.user)));
    let echo = labelled(&data, ClusterKind::PauseEcho);
    assert!(echo.len() > 30 && echo.iter().all(|a| !strangers.contains(&a.user)));
}

#[test]
fn a_leak_is_a_surge_of_successes_by_strangers() {
    let data = one(IncidentKind::Leak, Intensity::High, 30);
    let leak = labelled(&data, ClusterKind::LeakedCode);
    let taken = leak.iter().filter(|a| a.result == AttemptResult::Accepted).count();
    assert!(taken > 80 && codes(&leak) == 1 && users(&leak) * 2 > leak.len(), "{taken} of {}", leak.len());
}

#[test]
fn enumeration_is_many_codes_tried_about_once() {
    let fast = one(IncidentKind::FastEnumeration, Intensity::Low, 30);
    let fast = labelled(&fast, ClusterKind::Enumeration);
    assert!(fast.len() > 800 && users(&fast) == 3 && codes(&fast) == fast.len());
    let slow = one(IncidentKind::SlowEnumeration, Intensity::Low, 30);
    let slow = labelled(&slow, ClusterKind::Enumeration);
    assert!(users(&slow) == 12 && codes(&slow) == slow.len());
    assert!(slow.iter().all(|a| a.result == AttemptResult::Invalid), "the limiter never noticed");
    let broad = one(IncidentKind::BreadthFirst, Intensity::Low, 30);
    let broad = labelled(&broad, ClusterKind::Enumeration);
    assert!(users(&broad) == broad.len() && codes(&broad) < broad.len() && broad.len() > 500);
}

/// Users of these attempts who are accepted within ten minutes of their first.
fn recovered(data: &Dataset, attempts: &[&Attempt]) -> usize {
    let mut first: HashMap<_, _> = HashMap::new();
    for a in attempts {
        first.entry(a.user).or_insert(a.at);
    }
    let accepted = |user, from: promo_guard_generator::Micros| {
        data.attempts.iter().any(|a| {
            a.user == user
                && a.result == AttemptResult::Accepted
                && a.at >= from
                && a.at.0 <= from.0 + 10 * MINUTE
        })
    };
    first.into_iter().filter(|&(user, from)| accepted(user, from)).count()
}

#[test]
fn a_misprint_is_one_unknown_code_of_many_who_then_succeed() {
    let data = one(IncidentKind::Misprint, Intensity::Medium, 30);
    let slips = labelled(&data, ClusterKind::MistypedCode);
    assert!(codes(&slips) == 1 && users(&slips) > 200);
    assert!(
        slips.iter().all(|a| a.result == AttemptResult::Invalid || a.result == AttemptResult::RateLimited)
    );
    assert!(recovered(&data, &slips) * 10 > users(&slips) * 6);
    let enumeration = one(IncidentKind::BreadthFirst, Intensity::Medium, 30);
    assert_eq!(recovered(&enumeration, &labelled(&enumeration, ClusterKind::Enumeration)), 0);
}

#[test]
fn scattered_typos_are_everybodys_own_and_background() {
    let data = one(IncidentKind::ScatteredTypos, Intensity::High, 30);
    let start = data.truth.incidents[0].start;
    let slips: Vec<_> = data
        .attempts
        .iter()
        .filter(|a| {
            a.at >= start && a.result == AttemptResult::Invalid && data.codes.campaign(a.code).is_none()
        })
        .collect();
    assert!(slips.len() > 800 && codes(&slips) * 2 > users(&slips), "{} {}", codes(&slips), users(&slips));
    assert_eq!(data.truth.clusters.len(), 1);
    assert!(recovered(&data, &slips) * 2 > users(&slips));
}

#[test]
fn a_retry_storm_is_few_users_in_seconds() {
    let data = one(IncidentKind::RetryStorm, Intensity::Low, 30);
    let storm = labelled(&data, ClusterKind::RetryStorm);
    assert!(users(&storm) == 4 && storm.len() > 150);
    assert!(storm.last().expect("a storm").at.0 - storm[0].at.0 < 2 * MINUTE);
    assert!(storm.iter().any(|a| a.result == AttemptResult::Accepted));
}

#[test]
fn pause_echo_of_a_popular_code_keeps_the_rule_true_by_itself() {
    let data = one(IncidentKind::PauseEcho, Intensity::Low, 30);
    let echo = labelled(&data, ClusterKind::PauseEcho);
    assert!(echo.iter().all(|a| matches!(a.result, AttemptResult::Expired | AttemptResult::RateLimited)));
    let mut now = END.0 - 40 * MINUTE;
    while now <= END.0 {
        let last = echo.iter().filter(|a| a.at.0 >= now - 10 * MINUTE && a.at.0 <= now).count();
        assert!(last > 100, "{last} at {} minutes before the end", (END.0 - now) / MINUTE);
        now += MINUTE;
    }
}

#[test]
fn rate_limits_hide_the_insistent() {
    let data = one(IncidentKind::RateLimitEcho, Intensity::Medium, 30);
    let echo = labelled(&data, ClusterKind::PauseEcho);
    let limited = echo.iter().filter(|a| a.result == AttemptResult::RateLimited).count();
    assert!(limited * 5 > echo.len() && users(&echo) > 100, "{limited} of {}", echo.len());
}

#[test]
fn a_manual_pause_has_no_evidence_before_and_little_after() {
    let data = one(IncidentKind::ManualPause, Intensity::High, 30);
    let code = data.campaign(data.truth.incidents[0].campaigns[0]).code;
    let failures: Vec<_> = data
        .attempts
        .iter()
        .filter(|a| a.code == code && a.result.counts_for_guard())
        .map(|a| a.at.0)
        .collect();
    for (i, &at) in failures.iter().enumerate() {
        assert!(failures[i..].iter().take_while(|&&later| later <= at + 10 * MINUTE).count() <= 100);
    }
    assert!(failures.len() > 50);
}

fn reasons(data: &Dataset, kind: ClusterKind) -> HashMap<(AttemptResult, Reason), usize> {
    let mut counts = HashMap::new();
    for a in labelled(data, kind) {
        *counts.entry((a.result, a.reason)).or_default() += 1;
    }
    counts
}

#[test]
fn broken_configurations_fail_as_they_must() {
    for (kind, result, reason) in [
        (IncidentKind::ValidityInPast, AttemptResult::Expired, Reason::None),
        (IncidentKind::LimitUsedUp, AttemptResult::NotApplicable, Reason::Depleted),
        (IncidentKind::WrongAudience, AttemptResult::NotApplicable, Reason::NewUsersOnly),
        (IncidentKind::WrongScope, AttemptResult::NotApplicable, Reason::AlreadyUsed),
    ] {
        let data = one(kind, Intensity::High, 31);
        let counts = reasons(&data, ClusterKind::ConfigFailure);
        let this = counts.get(&(result, reason)).copied().unwrap_or(0);
        assert!(this > 60 && this * 10 >= counts.values().sum::<usize>() * 9, "{kind}: {counts:?}");
        assert_eq!(data.truth.verdict(data.truth.incidents[0].campaigns[0]), Verdict::ConfigRegression);
    }
}

#[test]
fn a_wrong_scope_is_accepted_and_never_bought() {
    let data = one(IncidentKind::WrongScope, Intensity::Low, 31);
    let campaign: CampaignIdx = data.truth.incidents[0].campaigns[0];
    let start = data.truth.incidents[0].start;
    let since: Vec<_> =
        data.redemptions.iter().filter(|r| r.campaign == campaign && r.created_at >= start).collect();
    assert!(since.len() > 100 && since.iter().all(|r| r.applied_purchase_id.is_none()));
    let before = data.redemptions.iter().filter(|r| r.campaign == campaign && r.applied_at.is_some()).count();
    assert!(before > 500);
}

#[test]
fn an_ordinary_end_comes_when_it_was_planned() {
    let data = one(IncidentKind::OrdinaryEnd, Intensity::Low, 31);
    let campaign = data.truth.incidents[0].campaigns[0];
    let until = data.campaign(campaign).valid_until;
    let accepted = data.redemptions.iter().filter(|r| r.campaign == campaign);
    let last = accepted.map(|r| r.created_at).max().expect("it was popular");
    assert!(last < until && last.0 > until.0 - 2 * MINUTE);
    let past = one(IncidentKind::ValidityInPast, Intensity::Low, 31);
    let campaign = past.truth.incidents[0].campaigns[0];
    let until = past.campaign(campaign).valid_until;
    assert!(past.redemptions.iter().any(|r| r.campaign == campaign && r.created_at > until));
}

#[test]
fn a_mixture_on_one_campaign_has_the_gravest_verdict_and_both_clusters() {
    let config = Config::small(40, END)
        .with(Incident::new(IncidentKind::WrongAudience, Intensity::Low, 70))
        .with(Incident::new(IncidentKind::Hammered, Intensity::Low, 68).on_campaign_of(0));
    let data = generate(&config);
    let campaign = data.truth.incidents[0].campaigns[0];
    assert_eq!(data.truth.incidents[1].campaigns, [campaign]);
    assert_eq!(data.truth.verdict(campaign), Verdict::AbuseLikely);
    assert!(labelled(&data, ClusterKind::ConfigFailure).len() > 20);
    assert!(labelled(&data, ClusterKind::AbusedCode).len() > 100);
}

#[test]
fn the_demo_is_the_night_it_says() {
    let data = generate(&Config::demo(1, END));
    assert!(data.attempts.len() >= 50_000 && data.campaigns.len() >= 200);
    let paused = data.campaigns.iter().filter(|c| c.status == Status::Paused).count();
    assert_eq!(paused, 5);
    let verdicts: HashSet<_> =
        data.truth.campaigns.iter().filter(|c| c.paused_at.is_some()).map(|c| c.verdict).collect();
    assert_eq!(verdicts.len(), 4);
    let mut planted: Vec<_> = data.truth.planted.iter().map(|p| p.rule).collect();
    let mut found: Vec<_> = violations(&data).iter().map(|v| v.rule).collect();
    planted.sort_unstable();
    found.sort_unstable();
    assert_eq!(planted, found);
    assert_eq!(planted.len(), 13);
    let hammered = data.truth.about(data.truth.incidents[0].campaigns[0]).expect("concerned");
    let minutes = (END.0 - hammered.paused_at.expect("paused").0) / MINUTE;
    assert!((33..=37).contains(&minutes), "{minutes}");
}
