//! The application's guard, replayed from the attempts alone, agrees with every change of status in the truth.

mod support;

use std::collections::{BTreeMap, HashSet};

use promo_guard_generator::{
    AttemptResult, CampaignIdx, ChangedBy, Config, Dataset, Incident, IncidentKind, Intensity, Status,
    generate,
};
use support::{END, MINUTE};

/// The rule, word for word: the last ten minutes, strictly more than a hundred failures, two users or more.
fn holds(data: &Dataset, campaign: CampaignIdx, now: i64) -> bool {
    let from = data.attempts.partition_point(|a| a.at.0 < now - 10 * MINUTE);
    let until = data.attempts.partition_point(|a| a.at.0 <= now);
    let code = data.campaign(campaign).code;
    let mut failures = 0;
    let mut users = HashSet::new();
    for a in data.attempts[from..until].iter().filter(|a| a.code == code) {
        if matches!(a.result, AttemptResult::Invalid | AttemptResult::Expired | AttemptResult::NotApplicable)
        {
            failures += 1;
            users.insert(a.user);
        }
    }
    failures > 100 && users.len() >= 2
}

fn replay(data: &Dataset) {
    // Only campaigns that failed at all can be paused; the busiest are enough to look at minute by minute.
    let mut failures: BTreeMap<u32, usize> = BTreeMap::new();
    for a in data.attempts.iter().filter(|a| a.result.counts_for_guard()) {
        if let Some(campaign) = data.codes.campaign(a.code) {
            *failures.entry(campaign.0).or_default() += 1;
        }
    }
    for (&campaign, _) in failures.iter().filter(|&(_, &n)| n > 100) {
        let campaign = CampaignIdx(campaign);
        let changes: Vec<_> = data.status_changes.iter().filter(|c| c.campaign == campaign).collect();
        let status_before = |at: i64| {
            let done = changes.iter().rfind(|c| c.at.0 < at);
            let first = changes.first().map_or(data.campaign(campaign).status, |c| c.from);
            done.map_or(first, |c| c.to)
        };
        let mut now = data.begin.0 + MINUTE;
        while now <= data.end.0 {
            let fired = changes.iter().any(|c| c.by == ChangedBy::Guard && c.at.0 == now);
            let should = status_before(now) == Status::Active && holds(data, campaign, now);
            assert_eq!(
                fired,
                should,
                "campaign {campaign:?}, {} minutes before the end",
                (data.end.0 - now) / MINUTE
            );
            now += MINUTE;
        }
    }
    for change in data.status_changes.iter().filter(|c| c.by == ChangedBy::Guard) {
        assert_eq!((change.from, change.to), (Status::Active, Status::Paused));
        assert!(holds(data, change.campaign, change.at.0));
    }
}

#[test]
fn auto_pauses_are_the_rules_and_no_other() {
    let mut config = Config::small(8, END);
    for (i, &kind) in IncidentKind::ALL.iter().enumerate() {
        if kind != IncidentKind::IngestionGap {
            config = config.with(Incident::new(kind, Intensity::Low, 40 + 20 * i as u32).resumed_after(35));
        }
    }
    let data = generate(&config);
    let fired = data.status_changes.iter().filter(|c| c.by == ChangedBy::Guard).count();
    assert!(fired > 10, "{fired}");
    replay(&data);
}

#[test]
fn an_unrecorded_attempt_does_not_count() {
    let config = Config::small(9, END).with(Incident::new(IncidentKind::IngestionGap, Intensity::Medium, 60));
    let data = generate(&config);
    replay(&data);
    assert!(data.attempts.iter().all(|a| a.at.0 < END.0 - 39 * MINUTE));
    assert!(data.attempts.iter().any(|a| a.at.0 > END.0 - 41 * MINUTE));
}

#[test]
fn healthy_traffic_never_fires_the_guard() {
    for seed in 0..4 {
        let data = generate(&Config::small(seed, END));
        assert!(data.status_changes.iter().all(|c| c.by != ChangedBy::Guard), "seed {seed}");
        assert_eq!(data.truth.campaigns, []);
    }
    let rush = Config { final_rush: Some((30, 60_000)), ..Config::bulk(1, END, 300_000) };
    let data = generate(&rush);
    assert!(data.status_changes.iter().all(|c| c.by != ChangedBy::Guard));
    let last = data.attempts.iter().filter(|a| a.at.0 > END.0 - 30 * MINUTE).count();
    assert!((55_000..65_000).contains(&last), "{last}");
}

#[test]
fn the_lifecycle_job_never_touches_a_paused_campaign() {
    let config = Config::small(8, END).with(Incident::new(IncidentKind::OrdinaryEnd, Intensity::Low, 90));
    let data = generate(&config);
    let ended: Vec<_> = data.status_changes.iter().filter(|c| c.by == ChangedBy::Lifecycle).collect();
    assert!(!ended.is_empty());
    for change in ended {
        assert_eq!(change.from, Status::Active);
        assert_eq!((change.at.0 - data.begin.0) % (10 * MINUTE), 0);
        let row = data.campaign(change.campaign);
        match change.to {
            Status::Expired => assert!(row.valid_until <= change.at),
            _ => assert_eq!(Some(row.used_total), row.max_total_uses),
        }
    }
    let campaign = data.truth.incidents[0].campaigns[0];
    assert_eq!(data.campaign(campaign).status, Status::Paused);
    assert!(data.campaign(campaign).valid_until < END);
}

#[test]
fn updated_at_is_the_pause_unless_somebody_edits_later() {
    let pause = |incident: Incident| {
        let data = generate(&Config::small(8, END).with(incident));
        let truth = data.truth.campaigns[0];
        (truth.paused_at.expect("paused"), data.campaign(truth.campaign).updated_at)
    };
    let incident = Incident::new(IncidentKind::PauseEcho, Intensity::Low, 90);
    let (paused, updated) = pause(incident);
    assert_eq!(paused, updated);
    let (paused, updated) = pause(incident.edited_after(60));
    assert!(updated.0 > paused.0 + 40 * MINUTE);
}
